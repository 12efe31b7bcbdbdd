//! What is named must be there.

use std::collections::BTreeMap;

use domain::{Availability, FeatureValue, ItemKind, Lifecycle, MAX_AMOUNT, PermissionKey};

use crate::shelf::{Shelf, addons, all, feature, first, item, items, modules, permissions, stocked, terms, text};

#[test]
fn everything_that_a_package_names_exists() {
    let mut shelf = stocked();
    shelf.package("team", |team| {
        let definition = first(team);
        definition.modules = modules(&["nowhere"]);
        definition.permissions = permissions(&["basic.never"]);
        definition.attached_permissions =
            BTreeMap::from([(PermissionKey::parse("basic.nothing").unwrap(), item("no-addon"))]);
        definition.features = BTreeMap::from([(feature("unheard"), FeatureValue::On)]);
        definition.addons = addons(&[("lost", Availability::Forbidden)]);
        team.profile.upgrade_targets = items(&["heaven", "team"]);
        team.profile.downgrade_targets = items(&["cellar"]);
    });
    assert_eq!(
        shelf.breaches(),
        [
            "package team: moduleKeys: module `nowhere` does not exist; create it first [requirements 002 §7.2]",
            "package team: permissions: permission `basic.never` does not exist; create it first [requirements 002 §6.4]",
            "package team: attachedPermissions: permission `basic.nothing` does not exist; create it first [requirements 003 §4]",
            "package team: attachedPermissions: add-on `no-addon` does not exist; create it first [requirements 003 §4]",
            "package team: features: feature `unheard` does not exist; create it first [requirements 003 §2]",
            "package team: addons: add-on `lost` does not exist; create it first [requirements 002 §6.3]",
            "package team: upgradeTargets: package `heaven` does not exist; create it first [requirements 002 §6.5]",
            "package team: upgradeTargets: package `team` is its own target; take it out [requirements 002 §6.5]",
            "package team: downgradeTargets: package `cellar` does not exist; create it first [requirements 002 §6.5]",
        ]
    );
}

#[test]
fn everything_that_an_addon_names_exists() {
    let mut shelf = stocked();
    shelf.addon("report", |report| {
        let rules = &mut first(report).rules;
        rules.compatible_packages = items(&["gone"]);
        rules.compatible_modules = modules(&["gone"]);
        rules.requires = Some(all(&["module:m", "package:p", "addon:a", "feature:f", "base", "module:finance"]));
        rules.conflicts_with = terms(&["addon:b", "feature:retention"]);
        report.profile.redundant_with = terms(&["package:q"]);
    });
    assert_eq!(
        shelf.breaches(),
        [
            "addon report: compatiblePackages: package `gone` does not exist; create it first [requirements 000 §4]",
            "addon report: compatibleModules: module `gone` does not exist; create it first [requirements 000 §4]",
            "addon report: requires: module `m` does not exist; create it first [requirements 000 §5]",
            "addon report: requires: package `p` does not exist; create it first [requirements 000 §5]",
            "addon report: requires: add-on `a` does not exist; create it first [requirements 000 §5]",
            "addon report: requires: feature `f` does not exist; create it first [requirements 000 §5]",
            "addon report: conflictsWith: add-on `b` does not exist; create it first [requirements 000 §5]",
            "addon report: redundantWith: package `q` does not exist; create it first [requirements 000 §5]",
        ]
    );
}

#[test]
fn an_alias_is_told_as_one() {
    let mut shelf = stocked();
    shelf.change(ItemKind::Package, "basic", |basic| basic.profile.aliases = items(&["promoter"]));
    shelf.addon("report", |report| first(report).rules.compatible_packages = items(&["promoter"]));
    assert_eq!(
        shelf.breaches(),
        [
            "addon report: compatiblePackages: package `promoter` is an alias of `basic`; name it by its key [requirements 000 §4]"
        ]
    );
}

fn with_feature(key: &str, value: FeatureValue) -> Vec<String> {
    let mut shelf = stocked();
    shelf.addon("extra", |extra| first(extra).features = BTreeMap::from([(feature(key), value)]));
    shelf.breaches()
}

#[test]
fn a_feature_has_a_value_of_its_kind() {
    for (key, value) in [
        ("retention", FeatureValue::On),
        ("storage", FeatureValue::Amount(0)),
        ("storage", FeatureValue::Unlimited),
        ("batches", FeatureValue::Amount(MAX_AMOUNT)),
    ] {
        assert_eq!(with_feature(key, value), Vec::<String>::new(), "{key} {value:?}");
    }
    for (key, value, asks) in [
        ("retention", FeatureValue::Amount(1), "feature `retention` is a toggle, so its value is true"),
        ("retention", FeatureValue::Unlimited, "feature `retention` is a toggle, so its value is true"),
        (
            "storage",
            FeatureValue::On,
            "feature `storage` is a limit, so its value is an integer of at least 0, or null for unlimited",
        ),
        ("batches", FeatureValue::Unlimited, "feature `batches` is a credit, so its value is an integer of at least 0"),
        (
            "retention",
            FeatureValue::Off,
            "feature `retention` is false here; leave it out: only a grant switches a feature off",
        ),
    ] {
        assert_eq!(with_feature(key, value), [format!("addon extra: features: {asks} [requirements 003 §2]")]);
    }
}

#[test]
fn a_permission_belongs_to_a_module_and_begins_with_its_namespace() {
    let mut shelf = stocked();
    shelf.permissions("finance", &["finance.ticketing.read", "live-ticket-sales.read"]);
    shelf.permissions("gone", &["gone.read"]);
    assert_eq!(
        shelf.breaches(),
        [
            "permission gone.read: moduleKey: module `gone` of permission `gone.read` does not exist; create it first \
             [requirements 000 §7.1]",
            "permission live-ticket-sales.read: key: permission `live-ticket-sales.read` belongs to module `finance`, so its key \
             begins with `finance.`; rename it, or name the module that owns the capability [requirements 000 §7.1]",
        ]
    );
}

fn with_addon(lifecycle: Lifecycle, availability: Availability, package: Lifecycle) -> Vec<String> {
    let mut shelf = stocked();
    shelf.addon("old", |old| old.lifecycle = lifecycle);
    shelf.package("team", |team| {
        team.lifecycle = package;
        first(team).addons = addons(&[("old", availability)]);
    });
    shelf.breaches()
}

#[test]
fn what_is_archived_is_neither_included_nor_allowed_nor_a_target() {
    for (availability, word) in [(Availability::Included, "included"), (Availability::Allowed, "allowed")] {
        assert_eq!(
            with_addon(Lifecycle::Archived, availability, Lifecycle::Active),
            [format!(
                "package team: addons: add-on `old` is archived, and package `team` has it as {word}; take it out first \
                 [requirements 002 §6.3]"
            )]
        );
        assert_eq!(with_addon(Lifecycle::Archived, availability, Lifecycle::Archived), Vec::<String>::new());
        assert_eq!(with_addon(Lifecycle::Deprecated, availability, Lifecycle::Active), Vec::<String>::new());
    }
    assert_eq!(with_addon(Lifecycle::Archived, Availability::Forbidden, Lifecycle::Active), Vec::<String>::new());

    let mut shelf = stocked();
    shelf.package("old", |old| old.lifecycle = Lifecycle::Archived);
    shelf.package("team", |team| team.profile.upgrade_targets = items(&["basic", "old"]));
    assert_eq!(
        shelf.breaches(),
        [
            "package team: upgradeTargets: package `old` is archived, so nobody can move to it; take it out [requirements 002 §6.5]"
        ]
    );
}

#[test]
fn a_package_for_sale_does_not_include_a_draft() {
    assert_eq!(
        with_addon(Lifecycle::Draft, Availability::Included, Lifecycle::Active),
        ["package team: addons: add-on `old` is a draft, so package `team` cannot include it; activate it first \
          [requirements 002 §6.3]"]
    );
    assert_eq!(with_addon(Lifecycle::Draft, Availability::Included, Lifecycle::Draft), Vec::<String>::new());
    assert_eq!(with_addon(Lifecycle::Draft, Availability::Allowed, Lifecycle::Active), Vec::<String>::new());
}

#[test]
fn only_the_newest_definition_is_judged_and_nothing_of_what_is_archived() {
    let mut shelf = stocked();
    shelf.package("team", |team| {
        let mut second = team.revisions[0].clone();
        second.number = 2;
        first(team).modules = modules(&["gone"]);
        team.revisions.push(second);
    });
    shelf.addon("over", |over| {
        over.lifecycle = Lifecycle::Archived;
        first(over).modules = modules(&["gone"]);
        first(over).rules.requires = Some(all(&["addon:over"]));
    });
    assert_eq!(shelf.breaches(), Vec::<String>::new());
}

#[test]
fn nothing_has_too_many_attributes() {
    let some = |count: u32| (0..count).map(|number| (text(&format!("a{number}")), text("b"))).collect();
    let mut shelf = stocked();
    shelf.package("team", |team| team.profile.attributes = some(50));
    assert_eq!(shelf.breaches(), Vec::<String>::new());
    shelf.addon("extra", |extra| extra.profile.attributes = some(51));
    assert_eq!(
        shelf.breaches(),
        [
            "addon extra: attributes: addon extra has 51 attributes, but at most 50 are kept; leave some out [limits of the catalog]"
        ]
    );
}

#[test]
fn an_empty_catalog_is_valid() {
    assert_eq!(Shelf::new().breaches(), Vec::<String>::new());
}
