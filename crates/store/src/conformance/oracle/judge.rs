//! Which commands the rules accept, and what they make.

use std::collections::BTreeSet;

use domain::{
    CatalogCommand, Command, CompanyId, ItemKind, ItemRef, ModuleKey, ModuleKind, Patch, Reach, SetHolding, Timestamp,
};

use super::{Fact, ItemName, Module, Oracle, Row, Sold};

/// What the rules say of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Verdict {
    /// Rules are broken: the codes of all of them.
    Refused(BTreeSet<&'static str>),
    /// It changes nothing.
    Nothing,
    /// It makes this so.
    Accepted(Fact),
}

impl Verdict {
    fn of(broken: BTreeSet<&'static str>, fact: Fact, stands: bool) -> Self {
        match (broken.is_empty(), stands) {
            (false, _) => Self::Refused(broken),
            (true, true) => Self::Nothing,
            (true, false) => Self::Accepted(fact),
        }
    }

    fn refused(code: &'static str) -> Self {
        Self::Refused(BTreeSet::from([code]))
    }
}

/// A field after a patch.
fn patched<T: Clone, U>(patch: &Patch<T>, stored: Option<U>, of: impl Fn(T) -> U) -> Option<U> {
    match patch {
        Patch::Keep => stored,
        Patch::Clear => None,
        Patch::Set(value) => Some(of(value.clone())),
    }
}

fn name_of(item: &ItemRef) -> ItemName {
    (item.kind == ItemKind::Package, item.key.to_string())
}

impl Oracle {
    /// What the rules say of a company command at an instant.
    pub(in super::super) fn judge(&self, company: CompanyId, command: &Command, at: i64) -> Verdict {
        match command {
            Command::Repair if self.facts_of(company) == 0 => Verdict::refused("not_found"),
            Command::Repair => Verdict::Accepted(Fact::Repair),
            Command::SetHolding(set) => self.judge_row(company, set, at),
        }
    }

    fn judge_row(&self, company: CompanyId, set: &SetHolding, at: i64) -> Verdict {
        let sold = self.sold(self.log.len());
        let Some(item) = sold.get(&name_of(&set.item)) else { return Verdict::refused("not_found") };
        let rows = self.rows(company, self.log.len());
        let before = rows.get(&item.name_of);
        let stored = |field: fn(&Row) -> Option<i64>| before.and_then(field);
        let text = |text: domain::Text| text.to_string();
        let mut row = Row {
            item: item.name_of.clone(),
            status: set.status.as_str().to_owned(),
            starts: patched(&set.starts_at, stored(|row| row.starts), Timestamp::micros),
            ends: patched(&set.ends_at, stored(|row| row.ends), Timestamp::micros),
            grace: patched(&set.grace_ends_at, stored(|row| row.grace), Timestamp::micros),
            quantity: set.quantity.unwrap_or_else(|| before.map_or(1, |row| row.quantity)),
            revision: before.map_or(item.sets.len(), |row| row.revision),
            source: patched(&set.source, before.and_then(|row| row.source.clone()), text),
            reference: patched(&set.external_reference, before.and_then(|row| row.reference.clone()), text),
        };
        let mut broken = BTreeSet::new();
        let ends_before_start = row.starts.zip(row.ends).is_some_and(|(start, end)| start > end);
        let grace_before_end = row.grace.is_some_and(|grace| row.ends.is_none_or(|end| grace < end));
        if ends_before_start || grace_before_end || row.quantity == 0 {
            broken.insert("validation");
        }
        let renewal =
            before.is_some_and(|row| (row.has_entitling_status() || row.status == "paused") && at < row.over());
        if before == Some(&row) {
            return Verdict::Nothing;
        }
        if row.has_entitling_status() && !renewal {
            row.revision = item.sets.len();
            if !item.active {
                broken.insert("conflict");
            }
        }
        let meets = |other: &Row| {
            let instants = [Some(at), row.starts, other.starts].into_iter().flatten();
            instants.filter(|instant| *instant >= at).any(|instant| row.in_force(instant) && other.in_force(instant))
        };
        let others = rows.values().filter(|other| other.item != row.item);
        if self.is_base(&row, item) && others.filter(|other| self.is_base(other, &sold[&other.item])).any(meets) {
            broken.insert("conflict");
        }
        Verdict::of(broken, Fact::Row(row.clone()), before == Some(&row))
    }

    /// Whether a row is for a package that includes a base module, active or not.
    fn is_base(&self, row: &Row, item: &Sold) -> bool {
        let modules = self.modules(self.log.len());
        row.item.0 && item.sets[item.meant_by(row.revision) - 1].0.iter().any(|key| modules[key].base)
    }

    /// What the rules say of a catalog command.
    pub(in super::super) fn judge_catalog(&self, command: &CatalogCommand) -> Verdict {
        let facts = self.log.len();
        let alike = |one: &str, other: &str| one.replace('_', "-") == other.replace('_', "-");
        match command {
            CatalogCommand::CreateModule { id, key, name, kind, description, is_active } => {
                let taken = self.modules(facts).into_keys().any(|known| alike(&known, key.as_str()));
                let module = Module {
                    key: key.to_string(),
                    id: *id,
                    base: *kind == ModuleKind::Base,
                    active: *is_active,
                    name: name.to_string(),
                    description: description.as_ref().map(ToString::to_string),
                };
                Verdict::of(taken.then_some("conflict").into_iter().collect(), Fact::Module(module), false)
            }
            CatalogCommand::UpdateModule { id, name, description, is_active } => {
                let Some(before) = self.modules(facts).into_values().find(|module| module.id == *id) else {
                    return Verdict::refused("not_found");
                };
                let module = Module {
                    name: name.as_ref().map_or(before.name.clone(), ToString::to_string),
                    description: patched(description, before.description.clone(), |text| text.to_string()),
                    active: is_active.unwrap_or(before.active),
                    ..before.clone()
                };
                Verdict::of(BTreeSet::new(), Fact::Module(module.clone()), module == before)
            }
            CatalogCommand::CreateItem { id, kind, key, name, description, is_active, modules } => {
                let name_of = (*kind == ItemKind::Package, key.to_string());
                let taken =
                    self.sold(facts).into_keys().any(|(kind, known)| kind == name_of.0 && alike(&known, &name_of.1));
                let mut broken = self.broken_set(name_of.0, modules);
                broken.extend(taken.then_some("conflict"));
                let sold = Sold {
                    name_of,
                    id: *id,
                    active: *is_active,
                    name: name.to_string(),
                    description: description.as_ref().map(ToString::to_string),
                    sets: vec![(modules.iter().map(ToString::to_string).collect(), true)],
                };
                Verdict::of(broken, Fact::Sold(sold), false)
            }
            CatalogCommand::UpdateItem { .. } => self.judge_update(command),
        }
    }

    fn judge_update(&self, command: &CatalogCommand) -> Verdict {
        let CatalogCommand::UpdateItem { kind, id, name, description, is_active, modules, reach } = command else {
            return Verdict::Nothing;
        };
        let package = *kind == ItemKind::Package;
        let mut known = self.sold(self.log.len()).into_values();
        let Some(before) = known.find(|sold| sold.name_of.0 == package && sold.id == *id) else {
            return Verdict::refused("not_found");
        };
        let mut after = Sold {
            name: name.as_ref().map_or(before.name.clone(), ToString::to_string),
            description: patched(description, before.description.clone(), |text| text.to_string()),
            active: is_active.unwrap_or(before.active),
            ..before.clone()
        };
        let mut broken = BTreeSet::new();
        if let Some(modules) = modules {
            broken = self.broken_set(package, modules);
            let set: BTreeSet<String> = modules.iter().map(ToString::to_string).collect();
            if before.sets.last().is_none_or(|(newest, _)| *newest != set) {
                after.sets.push((set, *reach == Reach::Existing));
            }
        }
        Verdict::of(broken, Fact::Sold(after.clone()), after == before)
    }

    /// What is wrong with a module set: unknown keys, keys named twice, base modules where they may not be.
    fn broken_set(&self, package: bool, keys: &[ModuleKey]) -> BTreeSet<&'static str> {
        let modules = self.modules(self.log.len());
        let named: BTreeSet<&str> = keys.iter().map(ModuleKey::as_str).collect();
        let unknown = named.iter().any(|key| !modules.contains_key(*key));
        let base = named.iter().filter(|key| modules.get(**key).is_some_and(|module| module.base)).count();
        let wrong = unknown || named.len() < keys.len() || base > usize::from(package);
        wrong.then_some("validation").into_iter().collect()
    }
}
