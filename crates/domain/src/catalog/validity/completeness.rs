//! What an item must say before it is sold under a strict policy: the questions of requirements 000 §4–§6 and 002 §4–§6.

use super::{Catalog, Market, spoken, subject};
use crate::{
    Breach, Item, ItemKind,
    catalog::{AddonKind, Definition, ListField},
};

/// One question: the field, where it is asked, whether it is answered, and what the answer is.
type Question = (&'static str, &'static str, bool, &'static str);

/// What an item does not say yet, in the order in which it is asked for.
pub(super) fn missing(item: &Item, catalog: &Catalog, market: &Market<'_>) -> Vec<Breach> {
    let nothing = Definition::default();
    let definition = item.definition().unwrap_or(&nothing);
    let questions = match item.kind {
        ItemKind::Package => of_package(item, definition, catalog),
        ItemKind::Addon => of_addon(item, definition, market),
    };
    let unanswered = questions.into_iter().filter(|(_, _, is_answered, _)| !is_answered);
    let breach = |(field, source, _, what): Question| {
        Breach::of_entry(subject(item), field, source, format!("{} does not say {what}; set {field}", spoken(item)))
    };
    unanswered.map(breach).collect()
}

fn of_package(item: &Item, definition: &Definition, catalog: &Catalog) -> Vec<Question> {
    let profile = &item.profile;
    let governance = &profile.governance;
    let included = definition.included().filter_map(|key| catalog.addon(key)?.definition());
    let says = |list, is_empty: bool| !is_empty || profile.none.contains(&list);
    let has_modules = !definition.modules.is_empty() || included.into_iter().any(|addon| !addon.modules.is_empty());
    vec![
        ("description", "requirements 002 §4.1", item.description.is_some(), "what it is"),
        ("targetCustomer", "requirements 002 §6.1", profile.target_customer.is_some(), "who it is for"),
        (
            "businessProblem",
            "requirements 002 §6.1",
            profile.business_problem.is_some(),
            "which problem it solves for them",
        ),
        ("commercialType", "requirements 002 §5", profile.commercial_type.is_some(), "what kind of product it is"),
        ("moduleKeys", "requirements 002 §6.2", has_modules, "which modules it enables"),
        (
            "addons",
            "requirements 002 §6.3",
            says(ListField::Addons, definition.addons.is_empty()),
            "which add-ons it allows, includes and forbids (an empty list: none)",
        ),
        (
            "upgradeTargets",
            "requirements 002 §6.5",
            says(ListField::UpgradeTargets, profile.upgrade_targets.is_empty()),
            "where it may be upgraded to (an empty list: nowhere)",
        ),
        (
            "downgradeTargets",
            "requirements 002 §6.5",
            says(ListField::DowngradeTargets, profile.downgrade_targets.is_empty()),
            "where it may be downgraded to (an empty list: nowhere)",
        ),
        ("visibility", "requirements 002 §4.2", profile.visibility.is_some(), "who may be shown it"),
        ("governance.owner", "requirements 002 §6.7", governance.owner.is_some(), "who owns it commercially"),
        ("governance.assigners", "requirements 002 §6.7", !governance.assigners.is_empty(), "who may assign it"),
        ("governance.retirers", "requirements 002 §6.7", !governance.retirers.is_empty(), "who may retire it"),
        (
            "governance.approvers",
            "requirements 002 §6.7",
            !governance.approvers.is_empty(),
            "who approves changes of it",
        ),
    ]
}

fn of_addon(item: &Item, definition: &Definition, market: &Market<'_>) -> Vec<Question> {
    let profile = &item.profile;
    let rules = &definition.rules;
    let names_companions = !rules.compatible_packages.is_empty() || !rules.compatible_modules.is_empty();
    let unlocks = !definition.modules.is_empty();
    let slices = !definition.permissions.is_empty() || !definition.features.is_empty();
    let (unlocks_enough, slices_enough, kind_fits) = match profile.addon_kind {
        Some(AddonKind::ModuleUnlocker) => (unlocks, true, true),
        Some(
            AddonKind::CapabilityEnhancer
            | AddonKind::DataSourceEnhancer
            | AddonKind::ReportingEnhancer
            | AddonKind::WorkflowEnhancer,
        ) => (true, slices || unlocks, !unlocks),
        None => (true, slices || unlocks, true),
    };
    vec![
        ("description", "requirements 000 §4", item.description.is_some(), "what it is"),
        ("businessPurpose", "requirements 000 §6", profile.business_purpose.is_some(), "why it exists"),
        ("kind", "requirements 000 §4", profile.addon_kind.is_some(), "what kind of extension it is"),
        ("kind", "requirements 000 §4", kind_fits, "that it is a `module_unlocker`, though it includes modules"),
        (
            "orientation",
            "requirements 000 §6",
            profile.orientation.is_some(),
            "whether it is about operations, reporting, data or intelligence",
        ),
        (
            "standalone",
            "requirements 000 §4",
            rules.standalone.is_some() || names_companions,
            "whether it may be owned alone, or which packages or modules it works with",
        ),
        (
            "conflictsWith",
            "requirements 000 §5",
            !rules.conflicts_with.is_empty() || profile.none.contains(&ListField::ConflictsWith),
            "what it does not work beside (an empty list: nothing)",
        ),
        (
            "redundantWith",
            "requirements 000 §5",
            !profile.redundant_with.is_empty() || profile.none.contains(&ListField::RedundantWith),
            "what makes it superfluous (an empty list: nothing)",
        ),
        ("moduleKeys", "requirements 000 §4", unlocks_enough, "which modules it unlocks"),
        ("permissions", "requirements 000 §4", slices_enough, "which permissions or features it gives"),
        (
            "compatibleModules",
            "requirements 000 §4",
            market.is_sold_into(item),
            "with what that is for sale it works: nothing brings the modules that it needs",
        ),
        ("governance.owner", "requirements 002 §6.7", profile.governance.owner.is_some(), "who owns it commercially"),
    ]
}
