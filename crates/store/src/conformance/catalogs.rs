//! Catalogs: whole, exact, guarded, and cheap to change however many hold what changed.

use std::sync::Arc;

use domain::{
    CatalogCommand, CreateModule, ItemEdit, ItemKind, ModuleEdit, ModuleKind, Patch, Reach, Text, Uuid, apply_catalog,
    resolve,
};

use super::world::{
    activate, addon, catalog, change_catalog, company, create_item, create_item_with, create_module, decided, execute,
    line, module, now, package, remap, seed, settled_end, state_of, switch_module,
};
use crate::{CatalogCommit, Committed, Store};

/// Given modules, packages and add-ons with every optional field present and absent, the catalog equals the pure one after each change.
pub async fn a_catalog_comes_back_as_it_went_in(store: Arc<dyn Store>) {
    let mut expected = catalog(&*store).await;
    let long = "Absatz eins\r\n\tétage 東京 '\"\\ \u{10ffff}\n".repeat(80);
    let description = Text::paragraph(&long, Text::DESCRIPTION_CHARS).expect("is a paragraph");
    let created = [
        create_module("basic", ModuleKind::Base),
        CatalogCommand::CreateModule(CreateModule {
            id: Uuid::new_v4(),
            key: module("live_sales-2"),
            kind: ModuleKind::Addon,
            edit: ModuleEdit {
                name: Some(line("Ünïcode 👩‍👩‍👧‍👦")),
                description: Patch::Set(description.clone()),
                is_active: Some(false),
                ..ModuleEdit::default()
            },
        }),
        create_item(&package("basic"), &["basic", "live_sales-2"]),
        create_item(&addon("nothing-yet"), &[]),
        create_item_with(
            &addon("live"),
            ItemEdit {
                name: Some(line("Live")),
                description: Patch::Set(description.clone()),
                is_active: Some(false),
                modules: Some(vec![module("live_sales-2")]),
                ..ItemEdit::default()
            },
        ),
        // A package and an add-on may share a key.
        create_item(&package("live"), &["live_sales-2"]),
    ];
    for command in created {
        expected = apply_catalog(&expected, &change_catalog(&*store, &command).await);
        assert_eq!(catalog(&*store).await, expected);
    }

    let live = expected.item(&addon("live")).expect("is there").id;
    let sales = expected.module(&module("live_sales-2")).expect("is there").id;
    let update = |name: Option<&str>, description: Patch<Text>, is_active: Option<bool>| CatalogCommand::UpdateItem {
        kind: ItemKind::Addon,
        id: live,
        edit: Box::new(ItemEdit { name: name.map(line), description, is_active, ..ItemEdit::default() }),
    };
    let changed = [
        update(Some("Live!"), Patch::Keep, None),
        update(None, Patch::Clear, Some(true)),
        update(None, Patch::Set(line("back again")), Some(false)),
        CatalogCommand::UpdateModule {
            id: sales,
            edit: ModuleEdit {
                name: Some(line("Sales")),
                description: Patch::Clear,
                is_active: Some(true),
                ..ModuleEdit::default()
            },
        },
    ];
    for command in changed {
        expected = apply_catalog(&expected, &change_catalog(&*store, &command).await);
        assert_eq!(catalog(&*store).await, expected);
    }
}

/// Given revisions of both reaches, and modules that go off and on, every revision and epoch equals the pure one.
pub async fn revisions_and_epochs_come_back_as_they_went_in(store: Arc<dyn Store>) {
    let mut expected = seed(&*store).await;
    let finance = addon("finance");
    let steps: [&dyn Fn(&domain::Catalog) -> CatalogCommand; 7] = [
        &|catalog| remap(catalog, &finance, &["finance", "venue"], Reach::Future),
        &|catalog| switch_module(catalog, "venue", false),
        &|catalog| remap(catalog, &finance, &["market"], Reach::Existing),
        &|catalog| remap(catalog, &finance, &[], Reach::Future),
        &|catalog| switch_module(catalog, "market", false),
        &|catalog| switch_module(catalog, "venue", true),
        &|catalog| remap(catalog, &package("basic"), &["basic", "market", "venue"], Reach::Existing),
    ];

    for step in steps {
        let change = change_catalog(&*store, &step(&expected)).await;
        expected = apply_catalog(&expected, &change);
        assert_eq!(catalog(&*store).await, expected);
    }

    let revisions = &expected.item(&finance).expect("is there").revisions;
    assert_eq!(revisions.iter().map(|revision| revision.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

/// Given two catalog changes decided on one generation, the second is raced, and nothing of it is stored.
pub async fn a_catalog_commit_on_an_old_generation_is_raced_and_stores_nothing(store: Arc<dyn Store>) {
    let before = seed(&*store).await;
    let loser = decided(&switch_module(&before, "venue", false), &before, now(&*store).await).expect("changes");
    let winner = change_catalog(&*store, &switch_module(&before, "market", false)).await;
    let end = settled_end(&*store).await;

    for change in [loser, winner.clone()] {
        let commit = CatalogCommit { change: Some(change), request_id: "loser".to_owned(), reply: None };
        assert_eq!(store.commit_catalog(commit).await, Ok(Committed::Raced));
    }

    assert_eq!(catalog(&*store).await, apply_catalog(&before, &winner));
    assert_eq!(settled_end(&*store).await, end);
}

/// Given holders of what changes and holders of something else, the first move on to another version, the others stay.
pub async fn a_catalog_change_moves_the_version_of_holders_and_of_nobody_else(store: Arc<dyn Store>) {
    let before = seed(&*store).await;
    for (number, item) in [(1, addon("finance")), (2, addon("venue")), (3, package("basic"))] {
        execute(&*store, company(number), &activate(&item), "request").await;
    }

    change_catalog(&*store, &remap(&before, &addon("finance"), &["finance", "market"], Reach::Existing)).await;

    let (after, now) = store.catalog().await.expect("the store answers");
    for (number, version) in [(1, 2), (2, 1), (3, 1)] {
        let standing = state_of(&*store, company(number)).await.standing();
        assert_eq!(standing.write_seq, 1, "a catalog change writes no company");
        assert_eq!(resolve(&standing, &after, now).version, version);
    }
}
