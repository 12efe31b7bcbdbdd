//! Catalogs: whole, exact, guarded, and cheap to change however many hold what changed.

use std::sync::Arc;

use domain::{
    AddonKind, Availability, CatalogCommand, Combine, CommercialType, CreateModule, FeatureEdit, FeatureValue,
    Governance, ItemEdit, ItemKind, ItemKindEdit, Lifecycle, MAX_AMOUNT, ModuleEdit, ModuleKind, Orientation, Patch,
    PermissionEdit, PermissionKey, Policy, Reach, Requirement, Strictness, Term, Text, Uuid, Visibility, apply_catalog,
    resolve,
};

use super::world::{
    activate, actor, addon, catalog, change_catalog, change_catalog_by, company, create_item, create_item_with,
    create_module, decided, edit_item, execute, feature, line, module, now, package, remap, seed, seed_features,
    settled_end, settled_feed, state_of, switch_module,
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
        let commit = CatalogCommit { change: Some(change), request_id: "loser".to_owned(), ..CatalogCommit::default() };
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

/// Given permissions, features, items of which everything is said, and a policy, the catalog equals the pure one after each change.
pub async fn every_kind_of_entry_comes_back_as_it_went_in(store: Arc<dyn Store>) {
    seed(&*store).await;
    let mut expected = seed_features(&*store).await;
    let permission = |key: &str| PermissionKey::parse(key).expect("is a key");
    let texts = || [(line("a 'key'"), line("a \"value\""))].into();
    let id = Uuid::new_v4();
    let seats = expected.feature(&feature("seats")).expect("is there").id;
    let venue = expected.module(&module("venue")).expect("is there").id;
    let said = Patch::Set(line("said"));
    let commands = [
        CatalogCommand::CreatePermission {
            id,
            key: permission("finance.ticketing.read"),
            edit: PermissionEdit::default(),
        },
        CatalogCommand::UpdatePermission {
            id,
            edit: PermissionEdit { description: said.clone(), ..PermissionEdit::default() },
        },
        CatalogCommand::UpdateFeature {
            id: seats,
            edit: FeatureEdit {
                description: said.clone(),
                unit: Patch::Set(line("users")),
                combine: Some(Combine::Max),
                attributes: Some(texts()),
                ..FeatureEdit::default()
            },
        },
        CatalogCommand::UpdateModule {
            id: venue,
            edit: ModuleEdit {
                namespace: Patch::Set(module("halls")),
                namespace_aliases: Some([module("venue"), module("rooms")].into()),
                aliases: Some([module("venues")].into()),
                ..ModuleEdit::default()
            },
        },
        create_item_with(&addon("full"), full_addon()),
        create_item_with(&package("full"), full_package()),
        CatalogCommand::SetPolicy(Policy { completeness: Strictness::Lenient, pricing_duplicates: Strictness::Strict }),
    ];

    for command in commands {
        expected = apply_catalog(&expected, &change_catalog(&*store, &command).await);
        assert_eq!(catalog(&*store).await, expected);
    }
    for lifecycle in [Lifecycle::Deprecated, Lifecycle::Archived] {
        let edit = ItemEdit { lifecycle: Some(lifecycle), ..ItemEdit::default() };
        expected =
            apply_catalog(&expected, &change_catalog(&*store, &edit_item(&expected, &package("full"), edit)).await);
        assert_eq!(catalog(&*store).await, expected);
    }
}

fn full_addon() -> ItemEdit {
    let requires = Requirement::Any(vec![
        Requirement::Term(Term::Module(module("finance"))),
        Requirement::All(vec![Requirement::Term(Term::Base), Requirement::Term(Term::Feature(feature("beta")))]),
    ]);
    ItemEdit {
        modules: Some(vec![module("venue")]),
        permissions: Some([PermissionKey::parse("finance.ticketing.read").expect("is a key")].into()),
        features: Some([(feature("seats"), FeatureValue::Unlimited), (feature("beta"), FeatureValue::On)].into()),
        trial_days: Patch::Set(14),
        trial_group: Patch::Set(addon("group").key),
        grace_days: Patch::Set(3),
        aliases: Some([addon("fuller").key].into()),
        governance: Some(Governance {
            owner: Some(line("owner")),
            assigners: [actor(), line("b")].into(),
            retirers: [actor()].into(),
            approvers: [line("c")].into(),
        }),
        attributes: Some([(line("retention_policy"), line("subscribed"))].into()),
        own: ItemKindEdit {
            addon_kind: Patch::Set(AddonKind::ReportingEnhancer),
            orientation: Patch::Set(Orientation::Data),
            business_purpose: Patch::Set(line("a purpose")),
            redundant_with: Some([Term::Addon(addon("market").key)].into()),
            standalone: Patch::Set(false),
            compatible_packages: Some([package("basic").key].into()),
            compatible_modules: Some([module("market")].into()),
            requires: Patch::Set(requires),
            conflicts_with: Some([Term::Package(package("premium-market").key)].into()),
            ..ItemKindEdit::default()
        },
        ..ItemEdit::default()
    }
}

fn full_package() -> ItemEdit {
    let permission = |key: &str| PermissionKey::parse(key).expect("is a key");
    ItemEdit {
        modules: Some(vec![module("market")]),
        features: Some([(feature("seats"), FeatureValue::Amount(MAX_AMOUNT))].into()),
        visibility: Patch::Set(Visibility::InternalOnly),
        own: ItemKindEdit {
            addons: Some(
                [(addon("finance").key, Availability::Included), (addon("venue").key, Availability::Allowed)].into(),
            ),
            attached_permissions: Some([(permission("finance.ticketing.read"), addon("finance").key)].into()),
            commercial_type: Patch::Set(CommercialType::Internal),
            requires_base_package: Some(true),
            upgrade_targets: Some([package("basic").key].into()),
            downgrade_targets: Some([package("premium-market").key].into()),
            target_customer: Patch::Set(line("us")),
            business_problem: Patch::Set(line("moving")),
            ..ItemKindEdit::default()
        },
        ..ItemEdit::default()
    }
}

/// Given commands that make and change several entries at once, there is one generation, with an entry of history and feed for each, in
/// order; and all of them stand in the history of whom the change reached.
pub async fn a_change_of_several_entries_is_one_change(store: Arc<dyn Store>) {
    let before = seed(&*store).await;
    execute(&*store, company(1), &activate(&addon("finance")), "holder").await;
    execute(&*store, company(2), &activate(&addon("market")), "of another").await;
    let end = settled_end(&*store).await;
    let commands = [
        create_module("extra", ModuleKind::Addon),
        create_item(&addon("extra"), &["extra"]),
        remap(&before, &addon("finance"), &["finance", "extra"], Reach::Existing),
        switch_module(&before, "venue", false),
    ];

    let change = change_catalog_by(&*store, &commands).await;

    let keys: Vec<String> = change.events.iter().map(|event| event.after.key().to_owned()).collect();
    assert_eq!(keys.len(), 4, "{keys:?}");
    assert_eq!(catalog(&*store).await, apply_catalog(&before, &change));
    let feed = settled_feed(&*store, end).await;
    let told: Vec<_> = feed.iter().map(|entry| (entry.version, entry.entity_key.clone())).collect();
    let expected: Vec<_> = keys.iter().map(|key| (before.generation + 1, Some(key.clone()))).collect();
    assert_eq!(told, expected);

    let whole = store.history(company(1), None, 50).await.expect("answers").expect("known");
    let parts: Vec<_> = whole.iter().map(|entry| (entry.position.part, entry.entity_key.clone())).collect();
    let mut of_catalog: Vec<_> = (0..).zip(keys).map(|(part, key)| (part, Some(key))).collect();
    of_catalog.reverse();
    assert_eq!(parts[..4], of_catalog[..]);
    for size in [1, 2, 3] {
        let (mut paged, mut position) = (Vec::new(), None);
        while let Some(page) =
            store.history(company(1), position, size).await.expect("answers").filter(|page| !page.is_empty())
        {
            position = page.last().map(|entry| entry.position);
            paged.extend(page);
            assert!(paged.len() <= whole.len(), "pages of {size} go on and on");
        }
        assert_eq!(paged, whole, "pages of {size}");
    }
    assert_eq!(store.history(company(2), None, 50).await.expect("answers").expect("known").len(), 1);
}
