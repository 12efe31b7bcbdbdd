//! The example with numbers in docs/invalidation.md, row by row.

use domain::{
    Catalog, CatalogCommand, Command, CompanyId, CompanyState, ItemKey, ItemKind, ItemRef, ModuleKey, ModuleKind,
    Patch, Reach, SetHolding, Status, Text, Timestamp, Uuid, apply, apply_catalog, decide, decide_catalog, resolve,
};

const DAY: i64 = 86_400_000_000;

/// Midnight of a day counted from 31 March: 1 is 1 April, 31 is 1 May.
fn april(day: i64) -> Timestamp {
    Timestamp::from_micros(1_774_915_200_000_000 + day * DAY).unwrap()
}

fn may(day: i64) -> Timestamp {
    april(30 + day)
}

fn actor() -> Text {
    Text::line("example", Text::ACTOR_CHARS).unwrap()
}

fn modules(keys: &[&str]) -> Vec<ModuleKey> {
    keys.iter().map(|key| ModuleKey::parse(key).unwrap()).collect()
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

struct Example {
    catalog: Catalog,
    state: CompanyState,
}

impl Example {
    /// Modules and items of the same names, all of revision 1 and epoch 0.
    fn new() -> Self {
        let mut example =
            Self { catalog: Catalog::empty(), state: CompanyState::unknown(CompanyId::new(id(1)).unwrap()) };
        for (number, key, kind) in
            [(10, "basic", ModuleKind::Base), (11, "finance", ModuleKind::Addon), (12, "ai", ModuleKind::Addon)]
        {
            let name = Text::line(key, Text::NAME_CHARS).unwrap();
            let [key_of_module] = modules(&[key]).try_into().unwrap();
            let (description, is_active) = (None, true);
            let module = CatalogCommand::CreateModule {
                id: id(number),
                key: key_of_module,
                name: name.clone(),
                kind,
                description: description.clone(),
                is_active,
            };
            example.change_catalog(&module, april(1));
            let item = CatalogCommand::CreateItem {
                id: id(number + 10),
                kind: if kind == ModuleKind::Base { ItemKind::Package } else { ItemKind::Addon },
                key: ItemKey::parse(key).unwrap(),
                name,
                description,
                is_active,
                modules: modules(&[key]),
            };
            example.change_catalog(&item, april(1));
        }
        example
    }

    fn change_catalog(&mut self, command: &CatalogCommand, at: Timestamp) {
        let change = decide_catalog(command, &self.catalog, at, &actor()).unwrap().unwrap();
        self.catalog = apply_catalog(&self.catalog, &change);
    }

    fn remap_basic(&mut self, keys: &[&str], reach: Reach, at: Timestamp) {
        let command = CatalogCommand::UpdateItem {
            kind: ItemKind::Package,
            id: id(20),
            name: None,
            description: Patch::Keep,
            is_active: None,
            modules: Some(modules(keys)),
            reach,
        };
        self.change_catalog(&command, at);
    }

    fn write(&mut self, command: SetHolding, at: Timestamp) {
        let changes = decide(&Command::SetHolding(command), &self.state, &self.catalog, at, &actor()).unwrap();
        if let Some(changes) = changes {
            self.state = apply(self.state.clone(), &changes);
        }
    }

    /// Base, version and modules at an instant.
    fn row(&self, at: Timestamp) -> (i64, u64, Vec<String>) {
        let answer = resolve(&self.state.standing(), &self.catalog, at);
        let modules = answer.enabled_modules.iter().map(ToString::to_string).collect();
        (self.state.version_base, answer.version, modules)
    }
}

fn set(kind: ItemKind, key: &str, status: Status) -> SetHolding {
    SetHolding {
        item: ItemRef { kind, key: ItemKey::parse(key).unwrap() },
        status,
        starts_at: Patch::Keep,
        ends_at: Patch::Keep,
        grace_ends_at: Patch::Keep,
        quantity: None,
        source: Patch::Keep,
        external_reference: Patch::Keep,
    }
}

#[track_caller]
fn holds(example: &Example, at: Timestamp, base: i64, version: u64, modules: &[&str]) {
    let modules: Vec<String> = modules.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(example.row(at), (base, version, modules));
}

#[test]
fn the_example_in_the_documents_is_what_happens() {
    let mut example = Example::new();
    let basic = || set(ItemKind::Package, "basic", Status::Active);

    example.write(basic(), april(10));
    holds(&example, april(10), 1, 1, &["basic"]);

    let window = (Patch::Set(april(16)), Patch::Set(may(16)));
    let finance = set(ItemKind::Addon, "finance", Status::Active);
    example.write(SetHolding { starts_at: window.0, ends_at: window.1, ..finance }, april(15));
    holds(&example, april(15), 2, 2, &["basic"]);

    holds(&example, april(16), 2, 3, &["basic", "finance"]);
    let almost = Timestamp::from_micros(may(16).micros() - 1).unwrap();
    holds(&example, almost, 2, 3, &["basic", "finance"]);
    assert_eq!(resolve(&example.state.standing(), &example.catalog, almost).valid_until, Some(may(16)));
    holds(&example, may(16), 2, 4, &["basic"]);

    example.remap_basic(&["basic", "ai"], Reach::Existing, may(20));
    holds(&example, may(20), 2, 5, &["basic", "ai"]);

    let (name, description, is_active) = (None, Patch::Keep, Some(false));
    example.change_catalog(&CatalogCommand::UpdateModule { id: id(12), name, description, is_active }, may(21));
    holds(&example, may(21), 2, 6, &["basic"]);

    for day in [22, 23] {
        example.write(set(ItemKind::Addon, "finance", Status::Expired), may(day));
        holds(&example, may(day), 5, 7, &["basic"]);
    }

    example.remap_basic(&["basic"], Reach::Future, may(24));
    holds(&example, may(24), 5, 7, &["basic"]);

    let reference = Patch::Set(Text::line("sub_124", Text::REFERENCE_CHARS).unwrap());
    example.write(SetHolding { external_reference: reference, ..basic() }, may(25));
    holds(&example, may(25), 6, 8, &["basic"]);
}
