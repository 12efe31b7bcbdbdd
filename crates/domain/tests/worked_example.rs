//! The example with numbers in docs/invalidation.md, row by row.

use domain::{
    Catalog, CatalogCommand, CatalogFacts, Command, CompanyId, CompanyState, CreateItem, CreateModule, ItemEdit,
    ItemKey, ItemKind, ItemRef, ModuleEdit, ModuleKey, ModuleKind, Patch, Reach, SetHolding, Status, Text, Timestamp,
    Uuid, apply, apply_catalog, decide, decide_catalog, resolve,
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
            let module = CreateModule {
                id: id(number),
                key: key_of_module,
                kind,
                edit: ModuleEdit { name: Some(name.clone()), ..ModuleEdit::default() },
            };
            example.change_catalog(&CatalogCommand::CreateModule(module), april(1));
            let item = CreateItem {
                id: id(number + 10),
                kind: if kind == ModuleKind::Base { ItemKind::Package } else { ItemKind::Addon },
                key: ItemKey::parse(key).unwrap(),
                edit: ItemEdit { name: Some(name), modules: Some(modules(&[key])), ..ItemEdit::default() },
            };
            example.change_catalog(&CatalogCommand::CreateItem(Box::new(item)), april(1));
        }
        example
    }

    fn change_catalog(&mut self, command: &CatalogCommand, at: Timestamp) {
        let commands = std::slice::from_ref(command);
        let facts = CatalogFacts::default();
        let change = decide_catalog(commands, &self.catalog, &facts, at, &actor()).unwrap().unwrap();
        self.catalog = apply_catalog(&self.catalog, &change);
    }

    fn remap_basic(&mut self, keys: &[&str], reach: Reach, at: Timestamp) {
        let edit = ItemEdit { modules: Some(modules(keys)), reach: Some(reach), ..ItemEdit::default() };
        let (kind, id, edit) = (ItemKind::Package, id(20), Box::new(edit));
        self.change_catalog(&CatalogCommand::UpdateItem { kind, id, edit }, at);
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
        fresh: id(900),
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

    let edit = ModuleEdit { is_active: Some(false), ..ModuleEdit::default() };
    example.change_catalog(&CatalogCommand::UpdateModule { id: id(12), edit }, may(21));
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
