//! What an item must say before it is sold under a strict policy.

use std::collections::BTreeSet;

use domain::{
    AddonKind, Availability, CatalogCommand, CatalogFacts, CommercialType, Item, ItemEdit, ItemKind, Lifecycle,
    ListField, Orientation, Patch, Policy, Strictness, Timestamp, Visibility, decide_catalog, missing,
};

use crate::shelf::{Shelf, addons, fields, first, items, lines, modules, permissions, stocked, text, toggles};

/// Says all that a package must say.
pub(crate) fn complete_package(package: &mut Item) {
    let whole = BTreeSet::from([text("commercial")]);
    package.description = Some(text("What it is"));
    package.profile.target_customer = Some(text(package.key.as_str()));
    package.profile.business_problem = Some(text("Their problem"));
    package.profile.commercial_type = Some(CommercialType::Premium);
    package.profile.visibility = Some(Visibility::Public);
    package.profile.governance.owner = Some(text("commercial"));
    package.profile.governance.assigners.clone_from(&whole);
    package.profile.governance.retirers.clone_from(&whole);
    package.profile.governance.approvers = whole;
    package.profile.none = [ListField::Addons, ListField::UpgradeTargets, ListField::DowngradeTargets].into();
}

/// Says all that an add-on must say besides what it gives and with what it works.
pub(crate) fn complete_addon(addon: &mut Item) {
    addon.description = Some(text("What it is"));
    addon.profile.business_purpose = Some(text("Why it exists"));
    addon.profile.addon_kind = Some(AddonKind::CapabilityEnhancer);
    addon.profile.orientation = Some(Orientation::Data);
    addon.profile.governance.owner = Some(text("commercial"));
    addon.profile.none = [ListField::ConflictsWith, ListField::RedundantWith].into();
}

#[test]
fn everything_that_a_package_does_not_say_is_told() {
    let mut shelf = Shelf::new();
    shelf.package("bare", |_| ());
    let bare = shelf.catalog.item_by_text(ItemKind::Package, "bare").unwrap();
    assert_eq!(
        lines(&missing(bare, &shelf.catalog)),
        [
            "package bare: description: package `bare` does not say what it is; set description [requirements 002 §4.1]",
            "package bare: targetCustomer: package `bare` does not say who it is for; set targetCustomer [requirements 002 §6.1]",
            "package bare: businessProblem: package `bare` does not say which problem it solves for them; set businessProblem \
             [requirements 002 §6.1]",
            "package bare: commercialType: package `bare` does not say what kind of product it is; set commercialType \
             [requirements 002 §5]",
            "package bare: moduleKeys: package `bare` does not say which modules it enables; set moduleKeys [requirements 002 §6.2]",
            "package bare: addons: package `bare` does not say which add-ons it allows, includes and forbids (an empty list: none); set \
             addons [requirements 002 §6.3]",
            "package bare: upgradeTargets: package `bare` does not say where it may be upgraded to (an empty list: nowhere); set \
             upgradeTargets [requirements 002 §6.5]",
            "package bare: downgradeTargets: package `bare` does not say where it may be downgraded to (an empty list: nowhere); set \
             downgradeTargets [requirements 002 §6.5]",
            "package bare: visibility: package `bare` does not say who may be shown it; set visibility [requirements 002 §4.2]",
            "package bare: governance.owner: package `bare` does not say who owns it commercially; set governance.owner \
             [requirements 002 §6.7]",
            "package bare: governance.assigners: package `bare` does not say who may assign it; set governance.assigners \
             [requirements 002 §6.7]",
            "package bare: governance.retirers: package `bare` does not say who may retire it; set governance.retirers \
             [requirements 002 §6.7]",
            "package bare: governance.approvers: package `bare` does not say who approves changes of it; set governance.approvers \
             [requirements 002 §6.7]",
        ]
    );
}

#[test]
fn a_complete_package_lacks_nothing() {
    let mut shelf = Shelf::new();
    shelf.extras(&["finance"]);
    shelf.package("team", |team| {
        complete_package(team);
        first(team).modules = modules(&["finance"]);
    });
    assert_eq!(shelf.incomplete(), Vec::<String>::new());
}

#[test]
fn an_empty_list_is_an_answer_where_it_was_said_to_be_empty_and_one_that_names_something_is_one_always() {
    let mut shelf = stocked();
    shelf.change(ItemKind::Package, "basic", complete_package);
    shelf.change(ItemKind::Package, "basic", |basic| {
        basic.profile.commercial_type = Some(CommercialType::Base);
        basic.profile.none = [ListField::Addons].into();
    });
    assert_eq!(shelf.incomplete(), ["package basic: upgradeTargets", "package basic: downgradeTargets"]);
    shelf.change(ItemKind::Package, "basic", |basic| basic.profile.upgrade_targets = items(&["team"]));
    assert_eq!(shelf.incomplete(), ["package basic: downgradeTargets"]);
}

#[test]
fn the_modules_of_an_included_addon_are_modules_of_the_package() {
    let mut shelf = Shelf::new();
    shelf.extras(&["finance"]);
    shelf.addon("finance", |finance| {
        finance.lifecycle = Lifecycle::Inactive;
        first(finance).modules = modules(&["finance"]);
    });
    shelf.package("team", |team| {
        complete_package(team);
        first(team).addons = addons(&[("finance", Availability::Included)]);
    });
    assert_eq!(shelf.incomplete(), Vec::<String>::new());
}

#[test]
fn everything_that_an_addon_does_not_say_is_told() {
    let mut shelf = Shelf::new();
    shelf.addon("bare", |_| ());
    assert_eq!(
        lines(&domain::validate(&shelf.catalog).incomplete),
        [
            "addon bare: description: add-on `bare` does not say what it is; set description [requirements 000 §4]",
            "addon bare: businessPurpose: add-on `bare` does not say why it exists; set businessPurpose [requirements 000 §6]",
            "addon bare: kind: add-on `bare` does not say what kind of extension it is; set kind [requirements 000 §4]",
            "addon bare: orientation: add-on `bare` does not say whether it is about operations, reporting, data or intelligence; set \
             orientation [requirements 000 §6]",
            "addon bare: standalone: add-on `bare` does not say whether it may be owned alone, or which packages or modules it works \
             with; set standalone [requirements 000 §4]",
            "addon bare: conflictsWith: add-on `bare` does not say what it does not work beside (an empty list: nothing); set \
             conflictsWith [requirements 000 §5]",
            "addon bare: redundantWith: add-on `bare` does not say what makes it superfluous (an empty list: nothing); set \
             redundantWith [requirements 000 §5]",
            "addon bare: permissions: add-on `bare` does not say which permissions or features it gives; set permissions \
             [requirements 000 §4]",
            "addon bare: governance.owner: add-on `bare` does not say who owns it commercially; set governance.owner \
             [requirements 002 §6.7]",
        ]
    );
}

fn addon(say: impl FnOnce(&mut Item)) -> Vec<String> {
    let mut shelf = stocked();
    shelf.permissions("finance", &["finance.reports.read"]);
    shelf.change(ItemKind::Package, "basic", |basic| {
        complete_package(basic);
        basic.profile.commercial_type = Some(CommercialType::Base);
    });
    shelf.addon("report", |report| {
        complete_addon(report);
        say(report);
    });
    assert_eq!(shelf.breaches(), Vec::<String>::new());
    shelf.incomplete()
}

#[test]
fn a_complete_addon_lacks_nothing() {
    let slices = addon(|report| {
        first(report).permissions = permissions(&["finance.reports.read"]);
        first(report).rules.compatible_packages = items(&["basic"]);
    });
    assert_eq!(slices, Vec::<String>::new());
    let by_feature = addon(|report| {
        first(report).features = toggles(&["retention"]);
        first(report).rules.standalone = Some(false);
        first(report).rules.compatible_modules = modules(&["basic"]);
    });
    assert_eq!(by_feature, Vec::<String>::new());
    let unlocks = addon(|report| {
        report.profile.addon_kind = Some(AddonKind::ModuleUnlocker);
        first(report).modules = modules(&["finance"]);
        first(report).rules.standalone = Some(true);
    });
    assert_eq!(unlocks, Vec::<String>::new());
}

#[test]
fn a_module_unlocker_unlocks_modules_and_only_it_does() {
    let kind_with = |kind: AddonKind, unlocked: &[&str]| {
        addon(|report| {
            report.profile.addon_kind = Some(kind);
            first(report).modules = modules(unlocked);
            first(report).features = toggles(&["retention"]);
            first(report).rules.standalone = Some(true);
        })
    };
    for kind in AddonKind::ALL {
        let is_unlocker = *kind == AddonKind::ModuleUnlocker;
        let expected =
            |field: &str, is_fine: bool| if is_fine { vec![] } else { vec![format!("addon report: {field}")] };
        assert_eq!(kind_with(*kind, &["finance"]), expected("kind", is_unlocker), "{kind:?}");
        assert_eq!(kind_with(*kind, &[]), expected("moduleKeys", !is_unlocker), "{kind:?}");
    }
}

#[test]
fn an_addon_works_with_modules_that_something_brings() {
    let compatible_with = |key: &'static str| {
        addon(|report| {
            first(report).features = toggles(&["retention"]);
            first(report).rules.compatible_modules = modules(&[key]);
        })
    };
    assert_eq!(compatible_with("basic"), Vec::<String>::new());
    assert_eq!(compatible_with("ai"), ["addon report: compatibleModules"]);
}

#[test]
fn only_what_is_active_is_told_of_but_a_draft_may_be_asked_about() {
    let mut shelf = Shelf::new();
    for lifecycle in [Lifecycle::Draft, Lifecycle::Inactive, Lifecycle::Deprecated, Lifecycle::Archived] {
        shelf.package(lifecycle.as_str(), |package| package.lifecycle = lifecycle);
    }
    assert_eq!(shelf.incomplete(), Vec::<String>::new());
    let draft = shelf.catalog.item_by_text(ItemKind::Package, "draft").unwrap();
    assert_eq!(fields(&missing(draft, &shelf.catalog)).len(), 13);
}

#[test]
fn what_is_sold_without_such_an_answer_since_before_it_was_asked_for_holds_nothing_up() {
    let mut shelf = stocked();
    shelf.change(ItemKind::Package, "basic", complete_package);
    shelf.change(ItemKind::Package, "basic", |basic| {
        basic.profile.commercial_type = Some(CommercialType::Base);
        basic.profile.none.clear();
    });
    let id = shelf.catalog.item_by_text(ItemKind::Package, "basic").unwrap().id;
    let lenient = shelf.catalog.policy;
    let strict = Policy { completeness: Strictness::Strict, ..lenient };
    let decide = |catalog: &domain::Catalog, command: CatalogCommand| {
        let (facts, at, actor) = (CatalogFacts::default(), Timestamp::clamped(0), text("anna"));
        let refused = decide_catalog(&[command], catalog, &facts, at, &actor).err();
        refused.map(|refusal| refusal.breaches.iter().map(|breach| breach.rule).collect::<Vec<_>>())
    };
    let edit = |edit: ItemEdit| CatalogCommand::UpdateItem { kind: ItemKind::Package, id, edit: Box::new(edit) };
    let asked = vec!["addons", "upgradeTargets", "downgradeTargets"];

    assert_eq!(
        decide(&shelf.catalog, CatalogCommand::SetPolicy(strict)),
        Some(asked),
        "who turns strict is told of all"
    );
    shelf.catalog.policy = strict;
    let words = edit(ItemEdit { description: Patch::Set(text("Other")), ..ItemEdit::default() });
    assert_eq!(decide(&shelf.catalog, words), None);
    let silent = edit(ItemEdit { visibility: Patch::Clear, ..ItemEdit::default() });
    assert_eq!(decide(&shelf.catalog, silent), Some(vec!["visibility"]));
    let said = ItemEdit { none: [(ListField::Addons, true)].into(), ..ItemEdit::default() };
    assert_eq!(decide(&shelf.catalog, edit(said)), None);
    shelf.change(ItemKind::Package, "basic", |basic| basic.profile.none = [ListField::Addons].into());
    let taken_back = ItemEdit { none: [(ListField::Addons, false)].into(), ..ItemEdit::default() };
    assert_eq!(decide(&shelf.catalog, edit(taken_back)), Some(vec!["addons"]));
}
