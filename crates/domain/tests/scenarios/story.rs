//! A company, the catalog of requirements 004 §9, and what happens to them.

use domain::{
    Catalog, CatalogCommand, ChangeSet, ChangeType, Command, CompanyId, CompanyState, Entitlements, Holding, ItemKey,
    ItemKind, ItemRef, ModuleKey, ModuleKind, Patch, Reach, Refusal, SetHolding, Status, Text, Timestamp, Uuid, apply,
    apply_catalog, decide, decide_catalog, resolve,
};

/// A story. It begins at midnight of day 0, with the bootstrap catalog and a company that was never written.
pub(crate) struct Story {
    pub(crate) catalog: Catalog,
    pub(crate) state: CompanyState,
    now: Timestamp,
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

fn modules(keys: &[&str]) -> Vec<ModuleKey> {
    keys.iter().map(|key| ModuleKey::parse(key).unwrap()).collect()
}

/// A write that says a status and nothing else.
pub(crate) fn to(item: &ItemRef, status: Status) -> SetHolding {
    SetHolding {
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

impl Story {
    pub(crate) fn begin() -> Self {
        let state = CompanyState::unknown(CompanyId::new(Uuid::from_u128(1)).unwrap());
        let mut story = Self { catalog: Catalog::empty(), state, now: day(0), ids: 1 };
        story.module("basic", ModuleKind::Base);
        story.sell(package("basic"), &["basic"]);
        for key in ["finance", "market", "touring", "venue", "ai"] {
            story.module(key, ModuleKind::Addon);
            story.sell(addon(key), &[key]);
        }
        story
    }

    /// Time goes on to an instant.
    pub(crate) fn on(&mut self, instant: Timestamp) -> &mut Self {
        self.now = instant;
        self
    }

    pub(crate) fn try_write(&mut self, set: SetHolding) -> Result<Option<ChangeSet>, Refusal> {
        self.try_command(&Command::SetHolding(set))
    }

    pub(crate) fn try_command(&mut self, command: &Command) -> Result<Option<ChangeSet>, Refusal> {
        let changes = decide(command, &self.state, &self.catalog, self.now, &text("admin"))?;
        if let Some(changes) = &changes {
            self.state = apply(self.state.clone(), changes);
        }
        Ok(changes)
    }

    /// A write that must be accepted and change something; gives what the history says.
    pub(crate) fn write(&mut self, set: SetHolding) -> ChangeType {
        let changes = self.try_write(set).unwrap().unwrap();
        let [event] = changes.events().try_into().unwrap();
        event.change_type
    }

    pub(crate) fn activate(&mut self, items: &[ItemRef]) -> &mut Self {
        for item in items {
            self.write(to(item, Status::Active));
        }
        self
    }

    pub(crate) fn try_change(&mut self, command: &CatalogCommand) -> Result<bool, Refusal> {
        let change = decide_catalog(command, &self.catalog, self.now, &text("admin"))?;
        if let Some(change) = &change {
            self.catalog = apply_catalog(&self.catalog, change);
        }
        Ok(change.is_some())
    }

    fn change(&mut self, command: &CatalogCommand) {
        assert_eq!(self.try_change(command), Ok(true));
    }

    fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    pub(crate) fn module(&mut self, key: &str, kind: ModuleKind) {
        let (id, key_of, name) = (self.id(), ModuleKey::parse(key).unwrap(), text(key));
        self.change(&CatalogCommand::CreateModule { id, key: key_of, name, kind, description: None, is_active: true });
    }

    pub(crate) fn creation(&mut self, item: ItemRef, keys: &[&str]) -> CatalogCommand {
        CatalogCommand::CreateItem {
            id: self.id(),
            kind: item.kind,
            name: text(item.key.as_str()),
            key: item.key,
            description: None,
            is_active: true,
            modules: modules(keys),
        }
    }

    pub(crate) fn sell(&mut self, item: ItemRef, keys: &[&str]) {
        let command = self.creation(item, keys);
        self.change(&command);
    }

    pub(crate) fn update(&self, item: &ItemRef, keys: Option<&[&str]>, reach: Reach) -> CatalogCommand {
        let id = self.catalog.item(item).unwrap().id;
        let (name, description, is_active) = (None, Patch::Keep, None);
        CatalogCommand::UpdateItem {
            kind: item.kind,
            id,
            name,
            description,
            is_active,
            modules: keys.map(modules),
            reach,
        }
    }

    pub(crate) fn remap(&mut self, item: &ItemRef, keys: &[&str], reach: Reach) {
        let command = self.update(item, Some(keys), reach);
        self.change(&command);
    }

    pub(crate) fn switch_item(&mut self, item: &ItemRef, on: bool) {
        let mut command = self.update(item, None, Reach::Existing);
        if let CatalogCommand::UpdateItem { is_active, .. } = &mut command {
            *is_active = Some(on);
        }
        self.change(&command);
    }

    pub(crate) fn switch_module(&mut self, key: &str, on: bool) {
        let id = self.catalog.module(&ModuleKey::parse(key).unwrap()).unwrap().id;
        let (name, description) = (None, Patch::Keep);
        self.change(&CatalogCommand::UpdateModule { id, name, description, is_active: Some(on) });
    }

    pub(crate) fn answer(&self) -> Entitlements {
        resolve(&self.state.standing(), &self.catalog, self.now)
    }

    pub(crate) fn version(&self) -> u64 {
        self.answer().version
    }

    /// The enabled modules, in one line.
    pub(crate) fn enabled(&self) -> String {
        self.answer().enabled_modules.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// The add-ons, in one line.
    pub(crate) fn addons(&self) -> String {
        self.answer().addons.iter().map(|addon| addon.key.to_string()).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn row(&self, item: &ItemRef) -> &Holding {
        self.state.holding(item).unwrap()
    }
}
