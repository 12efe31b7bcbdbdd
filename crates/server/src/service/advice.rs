//! What would give a company what it lacks, in words: whether an item could be assigned now, and what stands in the way.

use domain::{
    Catalog, ChangePackage, Command, CompanyState, Direction, Item, ItemKey, ItemKind, ItemRef, Patch, SetHolding,
    Status, Stop, Text, Timestamp, Uuid, decide, direction,
};

/// Who would be told what to do, about whom, by which catalog, when.
#[derive(Clone, Copy)]
pub(super) struct Advice<'a> {
    /// The company.
    pub(super) state: &'a CompanyState,
    /// What is sold.
    pub(super) catalog: &'a Catalog,
    /// The instant.
    pub(super) at: Timestamp,
}

impl Advice<'_> {
    /// How the company would come to an item: by assigning it, by changing to it, or after what must come first.
    pub(super) fn to_have(self, item: &ItemRef) -> String {
        let name = named(item);
        let Some(known) = self.catalog.item(item) else { return format!("put {name} back into the catalog") };
        if !known.is_active() {
            return format!("{name} is {} and not sold now; activate it first", known.lifecycle.as_str());
        }
        let assigners = &known.profile.governance.assigners;
        let source = known.profile.visibility().required_source();
        let line = |text: &str| Text::line(text, Text::SOURCE_CHARS).ok();
        let Some(actor) = assigners.first().cloned().or_else(|| line("explain")) else {
            return format!("assign {name}");
        };
        let set = SetHolding {
            fresh: Uuid::nil(),
            item: item.clone(),
            status: Status::Active,
            starts_at: Patch::Clear,
            ends_at: Patch::Clear,
            grace_ends_at: Patch::Clear,
            quantity: None,
            source: source.and_then(line).map_or(Patch::Keep, Patch::Set),
            external_reference: Patch::Keep,
        };
        let Err(refusal) = decide(&Command::SetHolding(set), self.state, self.catalog, self.at, &actor) else {
            return format!("assign {name}{}: nothing stands in the way", provisos(assigners.iter(), source));
        };
        if refusal.breaches.iter().any(|breach| breach.rule == "one_base_package") {
            return self.to_change_to(known);
        }
        let first = refusal.breaches.iter().map(|breach| self.remedy(breach.rule, &breach.message, known));
        format!("{}; then assign {name}{}", first.collect::<Vec<_>>().join("; "), provisos(assigners.iter(), source))
    }

    /// A second base package does not stand beside the first: it takes its place.
    fn to_change_to(self, package: &Item) -> String {
        let change = ChangePackage {
            fresh: Uuid::nil(),
            package: package.key.clone(),
            from: None,
            effective_at: None,
            deactivate_invalidated: false,
            source: Patch::Keep,
            external_reference: Patch::Keep,
        };
        match direction(&change, self.state, self.catalog, self.at) {
            Ok(direction) => {
                let word = match direction {
                    Direction::Upgrade => "an upgrade",
                    Direction::Downgrade => "a downgrade",
                };
                format!("change the package to {} (change-package), {word} of what the company has", package.key)
            }
            Err(_) => format!(
                "package {} would be a second base package, and what the company has cannot be changed to it; \
                 end that one first, or name {} among its upgrade or downgrade targets",
                package.key, package.key
            ),
        }
    }

    /// What must come first, where a rule refuses an assignment.
    fn remedy(self, rule: &str, message: &str, item: &Item) -> String {
        match rule {
            "compatible" => company_for(item),
            "requires_base_package" => {
                let is_sold = |one: &&Item| {
                    let newest = one.newest().filter(|_| one.is_active());
                    newest.is_some_and(|newest| self.catalog.includes_base(newest))
                };
                let sold = self.catalog.all_items().filter(|one| one.kind == ItemKind::Package).filter(is_sold);
                let names: Vec<String> = sold.map(|one| named(&one.reference())).collect();
                format!("first assign a base package ({})", one_of(&names))
            }
            "forbidden" => format!("{message}, so that package must be left first"),
            "conflicts_with" => format!("{message}, so that must end first"),
            _ => message.to_owned(),
        }
    }

    /// What would let an add-on work that a rule stops.
    pub(super) fn to_lift(self, stop: &Stop<'_>, addon: &ItemKey) -> String {
        match stop {
            Stop::Forbidden(package) => {
                format!("leave package {package}, or let it allow add-on {addon}")
            }
            Stop::Incompatible => {
                let known = self.catalog.addon(addon);
                known.map_or_else(|| format!("put add-on {addon} back into the catalog"), company_for)
            }
            Stop::Requires(requires) => format!("see that the company has what it requires: {requires}"),
            Stop::Conflict(term) => format!("end {term}, or do without add-on {addon}"),
            Stop::Older(other) => format!("end add-on {other}, which is older, or do without add-on {addon}"),
        }
    }
}

/// With what an add-on works.
fn company_for(addon: &Item) -> String {
    let Some(newest) = addon.newest() else { return "it has no definition".to_owned() };
    let rules = &newest.definition.rules;
    let packages = rules.compatible_packages.iter().map(|key| format!("package {key}"));
    let modules = rules.compatible_modules.iter().map(|key| format!("module {key}"));
    format!("first see that the company has {}", one_of(&packages.chain(modules).collect::<Vec<_>>()))
}

/// Who may do it, and from where, where that is limited.
fn provisos<'a>(assigners: impl Iterator<Item = &'a Text>, source: Option<&str>) -> String {
    let names = assigners.map(Text::as_str).collect::<Vec<_>>().join(" or ");
    let by = if names.is_empty() { String::new() } else { format!(" on behalf of {names}") };
    let from = source.map(|source| format!(" with source {source}")).unwrap_or_default();
    format!("{by}{from}")
}

fn one_of(names: &[String]) -> String {
    if names.is_empty() { "nothing that is sold now".to_owned() } else { names.join(" or ") }
}

/// An item, for people.
pub(super) fn named(item: &ItemRef) -> String {
    let kind = match item.kind {
        ItemKind::Package => "package",
        ItemKind::Addon => "add-on",
    };
    format!("{kind} {}", item.key)
}
