//! A company, the catalog of requirements 004 §9, and what happens to them.

use domain::{
    AddGrant, Catalog, CatalogCommand, CatalogFacts, ChangeSet, ChangeType, Combine, Command, CompanyId, CompanyState,
    CreateItem, CreateModule, Entitlements, Evaluation, FeatureEdit, FeatureKind, Granted, Holding, ItemEdit, ItemKey,
    ItemKind, ItemRef, Lifecycle, ModuleEdit, ModuleKey, ModuleKind, Patch, PermissionEdit, Reach, Refusal, SetHolding,
    Standing, Status, Text, Timestamp, Uuid, apply, apply_catalog, decide, decide_catalog, resolve,
};

use crate::offer::{Offer, feature_key, module_keys, offer, permission_key};

/// A story. It begins at midnight of day 0, with the bootstrap catalog and a company that was never written.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) catalog: Catalog,
    pub(crate) state: CompanyState,
    pub(crate) now: Timestamp,
    actor: Text,
    ids: u128,
}

/// Midnight of a day.
pub(crate) fn day(number: i64) -> Timestamp {
    Timestamp::from_micros(1_776_297_600_000_000 + number * 86_400_000_000).unwrap()
}

/// One microsecond before midnight of a day.
pub(crate) fn right_before(number: i64) -> Timestamp {
    Timestamp::from_micros(day(number).micros() - 1).unwrap()
}

pub(crate) fn text(text: &str) -> Text {
    Text::line(text, Text::NAME_CHARS).unwrap()
}

pub(crate) fn package(key: &str) -> ItemRef {
    ItemRef { kind: ItemKind::Package, key: ItemKey::parse(key).unwrap() }
}

pub(crate) fn addon(key: &str) -> ItemRef {
    ItemRef { kind: ItemKind::Addon, key: ItemKey::parse(key).unwrap() }
}

/// A write that says a status and nothing else.
pub(crate) fn to(item: &ItemRef, status: Status) -> SetHolding {
    SetHolding {
        fresh: Uuid::nil(),
        item: item.clone(),
        status,
        starts_at: Patch::Keep,
        ends_at: Patch::Keep,
        grace_ends_at: Patch::Keep,
        quantity: None,
        source: Patch::Keep,
        external_reference: Patch::Keep,
    }
}

/// A write that makes a row active between two days.
pub(crate) fn between(item: &ItemRef, starts: i64, ends: i64) -> SetHolding {
    SetHolding { starts_at: Patch::Set(day(starts)), ends_at: Patch::Set(day(ends)), ..to(item, Status::Active) }
}

fn line<T: ToString>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| word.to_string()).collect::<Vec<_>>().join(" ")
}

impl Story {
    pub(crate) fn begin() -> Self {
        let state = CompanyState::unknown(CompanyId::new(Uuid::from_u128(1)).unwrap());
        let mut story = Self { catalog: Catalog::empty(), state, now: day(0), actor: text("admin"), ids: 1 };
        story.module("basic", ModuleKind::Base);
        story.sell(&package("basic"), &["basic"]);
        for key in ["finance", "market", "touring", "venue", "ai"] {
            story.module(key, ModuleKind::Addon);
            story.sell(&addon(key), &[key]);
        }
        story
    }

    /// Another company, by the same catalog.
    pub(crate) fn another_company(&self) -> Self {
        let state = CompanyState::unknown(CompanyId::new(Uuid::from_u128(2)).unwrap());
        Self { state, ..self.clone() }
    }

    /// Time goes on to an instant.
    pub(crate) fn on(&mut self, instant: Timestamp) -> &mut Self {
        self.now = instant;
        self
    }

    /// Somebody else asks from now on.
    pub(crate) fn by(&mut self, actor: &str) -> &mut Self {
        self.actor = text(actor);
        self
    }

    pub(crate) fn try_write(&mut self, set: SetHolding) -> Result<Option<ChangeSet>, Refusal> {
        let fresh = self.id();
        self.try_command(&Command::SetHolding(SetHolding { fresh, ..set }))
    }

    pub(crate) fn try_command(&mut self, command: &Command) -> Result<Option<ChangeSet>, Refusal> {
        let changes = decide(command, &self.state, &self.catalog, self.now, &self.actor)?;
        if let Some(changes) = &changes {
            self.state = apply(self.state.clone(), changes);
        }
        Ok(changes)
    }

    /// A command that must be accepted and change something.
    pub(crate) fn command(&mut self, command: &Command) -> ChangeSet {
        self.try_command(command).unwrap().unwrap()
    }

    /// A write that must be accepted and change something; gives what the history says of the row.
    pub(crate) fn write(&mut self, set: SetHolding) -> ChangeType {
        let changes = self.try_write(set).unwrap().unwrap();
        let [event] = changes.events().try_into().unwrap();
        event.change_type
    }

    /// The rules that refuse a write.
    #[track_caller]
    pub(crate) fn refused(&mut self, set: SetHolding) -> Vec<&'static str> {
        self.try_write(set).unwrap_err().breaches.iter().map(|breach| breach.rule).collect()
    }

    pub(crate) fn activate(&mut self, items: &[ItemRef]) -> &mut Self {
        for item in items {
            self.write(to(item, Status::Active));
        }
        self
    }

    pub(crate) fn grant(&mut self, granted: Granted) -> Uuid {
        self.grant_between(granted, None, None)
    }

    pub(crate) fn grant_between(
        &mut self,
        granted: Granted,
        starts_at: Option<Timestamp>,
        ends_at: Option<Timestamp>,
    ) -> Uuid {
        let id = self.id();
        let add = AddGrant { id, granted, starts_at, ends_at, reason: text("because"), source: None };
        self.command(&Command::AddGrant(add));
        id
    }

    /// How many companies hold what: those of this story.
    fn facts(&self) -> CatalogFacts {
        let rows = self.state.holdings.iter().map(|row| &row.terms);
        let entitling = rows.filter(|terms| terms.status.is_entitling() && !terms.window.has_closed(self.now));
        CatalogFacts { holders: entitling.map(|terms| (terms.item.clone(), 1)).collect() }
    }

    pub(crate) fn try_changes(&mut self, commands: &[CatalogCommand]) -> Result<bool, Refusal> {
        let change = decide_catalog(commands, &self.catalog, &self.facts(), self.now, &self.actor)?;
        if let Some(change) = &change {
            self.catalog = apply_catalog(&self.catalog, change);
        }
        Ok(change.is_some())
    }

    pub(crate) fn try_change(&mut self, command: &CatalogCommand) -> Result<bool, Refusal> {
        self.try_changes(std::slice::from_ref(command))
    }

    #[track_caller]
    pub(crate) fn change(&mut self, command: &CatalogCommand) {
        assert_eq!(self.try_change(command), Ok(true));
    }

    pub(crate) fn id(&mut self) -> Uuid {
        // Far enough apart for the credits that follow on one.
        self.ids += 100;
        Uuid::from_u128(self.ids)
    }

    pub(crate) fn module(&mut self, key: &str, kind: ModuleKind) {
        let (id, key_of) = (self.id(), ModuleKey::parse(key).unwrap());
        let edit = ModuleEdit { name: Some(text(key)), ..ModuleEdit::default() };
        self.change(&CatalogCommand::CreateModule(CreateModule { id, key: key_of, kind, edit }));
    }

    pub(crate) fn permissions(&mut self, keys: &[&str]) -> &mut Self {
        for key in keys {
            let (id, key, edit) = (self.id(), permission_key(key), PermissionEdit::default());
            self.change(&CatalogCommand::CreatePermission { id, key, edit });
        }
        self
    }

    pub(crate) fn feature(&mut self, key: &str, kind: FeatureKind, combine: Combine) -> &mut Self {
        let edit = FeatureEdit { name: Some(text(key)), combine: Some(combine), ..FeatureEdit::default() };
        let (id, key) = (self.id(), feature_key(key));
        self.change(&CatalogCommand::CreateFeature { id, key, kind, edit });
        self
    }

    pub(crate) fn creation_of(&mut self, item: &ItemRef, offer: Offer) -> CatalogCommand {
        let name = Some(text(item.key.as_str()));
        let edit = ItemEdit { name, ..offer.0 };
        CatalogCommand::CreateItem(Box::new(CreateItem { id: self.id(), kind: item.kind, key: item.key.clone(), edit }))
    }

    pub(crate) fn creation(&mut self, item: &ItemRef, keys: &[&str]) -> CatalogCommand {
        self.creation_of(item, offer().modules(keys))
    }

    #[track_caller]
    pub(crate) fn offer(&mut self, item: &ItemRef, offer: Offer) -> &mut Self {
        let command = self.creation_of(item, offer);
        self.change(&command);
        self
    }

    pub(crate) fn sell(&mut self, item: &ItemRef, keys: &[&str]) {
        let command = self.creation(item, keys);
        self.change(&command);
    }

    pub(crate) fn edit_of(&self, item: &ItemRef, offer: Offer) -> CatalogCommand {
        let id = self.catalog.item(item).unwrap().id;
        CatalogCommand::UpdateItem { kind: item.kind, id, edit: Box::new(offer.0) }
    }

    #[track_caller]
    pub(crate) fn edit(&mut self, item: &ItemRef, offer: Offer) {
        let command = self.edit_of(item, offer);
        self.change(&command);
    }

    pub(crate) fn update(&self, item: &ItemRef, keys: Option<&[&str]>, reach: Reach) -> CatalogCommand {
        let edit = ItemEdit { modules: keys.map(module_keys), reach: Some(reach), ..ItemEdit::default() };
        self.edit_of(item, Offer(edit))
    }

    #[track_caller]
    pub(crate) fn remap(&mut self, item: &ItemRef, keys: &[&str], reach: Reach) {
        let command = self.update(item, Some(keys), reach);
        self.change(&command);
    }

    pub(crate) fn switch_item(&mut self, item: &ItemRef, on: bool) {
        let edit = ItemEdit { is_active: Some(on), ..ItemEdit::default() };
        self.edit(item, Offer(edit));
    }

    pub(crate) fn lead(&mut self, item: &ItemRef, lifecycle: Lifecycle) {
        self.edit(item, offer().lifecycle(lifecycle));
    }

    pub(crate) fn edit_module(&mut self, key: &str, edit: ModuleEdit) {
        let id = self.catalog.module(&ModuleKey::parse(key).unwrap()).unwrap().id;
        self.change(&CatalogCommand::UpdateModule { id, edit });
    }

    pub(crate) fn switch_module(&mut self, key: &str, on: bool) {
        self.edit_module(key, ModuleEdit { is_active: Some(on), ..ModuleEdit::default() });
    }

    pub(crate) fn answer(&self) -> Entitlements {
        resolve(&self.state.standing(), &self.catalog, self.now)
    }

    pub(crate) fn version(&self) -> u64 {
        self.answer().version
    }

    /// The enabled modules, in one line.
    pub(crate) fn enabled(&self) -> String {
        line(self.answer().enabled_modules)
    }

    /// The add-ons, in one line.
    pub(crate) fn addons(&self) -> String {
        line(self.answer().addons.iter().map(|addon| addon.key.clone()))
    }

    pub(crate) fn standing(&self) -> Standing {
        self.state.standing()
    }

    /// What is owned or included and does not work, with the rules that stop it: `x: rule rule`, in one line.
    pub(crate) fn stopped(&self) -> String {
        let standing = self.standing();
        let evaluation = Evaluation::of(&standing, &self.catalog, self.now);
        let told = evaluation.stopped().map(|addon| {
            let rules = addon.stopped_by.iter().map(|stop| match stop {
                domain::Stop::Forbidden(package) => format!("forbidden by {package}"),
                domain::Stop::Incompatible => "incompatible".to_owned(),
                domain::Stop::Requires(requires) => format!("requires {requires}"),
                domain::Stop::Conflict(term) => format!("conflicts with {term}"),
                domain::Stop::Older(other) => format!("gives way to {other}"),
            });
            format!("{}: {}", addon.key, rules.collect::<Vec<_>>().join(", "))
        });
        told.collect::<Vec<_>>().join("; ")
    }

    /// The features, in one line, such as `retention=On storage=Amount(5)`.
    pub(crate) fn features(&self) -> String {
        let standing = self.standing();
        let features = Evaluation::of(&standing, &self.catalog, self.now).features();
        line(features.iter().map(|one| format!("{}={:?}", one.feature.key, one.value)))
    }

    /// Permission families, then permissions, in one line.
    pub(crate) fn eligible(&self) -> String {
        let standing = self.standing();
        let eligibility = Evaluation::of(&standing, &self.catalog, self.now).eligibility();
        line(eligibility.families.into_iter().chain(eligibility.permissions.iter().map(ToString::to_string)))
    }

    pub(crate) fn row(&self, item: &ItemRef) -> &Holding {
        self.state.holding(item).unwrap()
    }
}
