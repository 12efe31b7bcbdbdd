//! The part of the bootstrap catalog that the dataset holds.

use domain::{
    CatalogCommand, CatalogFacts, CreateItem, CreateModule, ItemEdit, ItemKey, ItemKind, ModuleEdit, ModuleKey,
    ModuleKind, Text, Uuid, decide_catalog,
};
use store::{CatalogCommit, Committed, Store};

/// Makes `basic` and the add-ons of the dataset.
pub(crate) async fn bootstrap(store: &dyn Store) {
    for key in ["basic", "finance", "market", "touring", "ai"] {
        let is_base = key == "basic";
        let name = Text::line(key, 100).unwrap();
        let module = CatalogCommand::CreateModule(CreateModule {
            id: Uuid::new_v4(),
            key: ModuleKey::parse(key).unwrap(),
            kind: if is_base { ModuleKind::Base } else { ModuleKind::Addon },
            edit: ModuleEdit { name: Some(name.clone()), ..ModuleEdit::default() },
        });
        make(store, module).await;
        let item = CatalogCommand::CreateItem(Box::new(CreateItem {
            id: Uuid::new_v4(),
            kind: if is_base { ItemKind::Package } else { ItemKind::Addon },
            key: ItemKey::parse(key).unwrap(),
            edit: ItemEdit {
                name: Some(name),
                modules: Some(vec![ModuleKey::parse(key).unwrap()]),
                ..ItemEdit::default()
            },
        }));
        make(store, item).await;
    }
}

async fn make(store: &dyn Store, command: CatalogCommand) {
    let (catalog, now) = store.catalog().await.unwrap();
    let actor = Text::line("bench", 100).unwrap();
    let change = decide_catalog(&[command], &catalog, &CatalogFacts::default(), now, &actor).unwrap();
    let commit =
        CatalogCommit { change, request_id: "seed".to_owned(), reply: None, asks: None, decides: None, roll_out: None };
    assert_eq!(store.commit_catalog(commit).await.unwrap(), Committed::Done);
}
