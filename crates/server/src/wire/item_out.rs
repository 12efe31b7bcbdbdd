//! Packages and add-ons to the wire: only what is not as by default.

use std::collections::BTreeSet;

use api::{
    AllOf, AnyOf, FeatureAmount, Given, RequirementBody,
    request::{GovernanceBody, ItemBody},
};
use domain::{Definition, FeatureValue, Governance, Item, ListField, Requirement, Text};

use super::reader::from_word;

/// A feature's value on the wire.
pub fn amount_body(value: FeatureValue) -> FeatureAmount {
    match value {
        FeatureValue::On => FeatureAmount::Toggle(true),
        FeatureValue::Off => FeatureAmount::Toggle(false),
        FeatureValue::Amount(amount) => FeatureAmount::Amount(amount),
        FeatureValue::Unlimited => FeatureAmount::Unlimited,
    }
}

/// A requirement on the wire.
pub fn requirement_body(requirement: &Requirement) -> RequirementBody {
    let bodies = |parts: &[Requirement]| parts.iter().map(requirement_body).collect();
    match requirement {
        Requirement::Term(term) => RequirementBody::Term(term.to_string()),
        Requirement::All(parts) => RequirementBody::All(AllOf { all: bodies(parts) }),
        Requirement::Any(parts) => RequirementBody::Any(AnyOf { any: bodies(parts) }),
    }
}

/// What a definition says, without what is as by default.
pub fn definition_body(definition: &Definition) -> ItemBody {
    let rules = &definition.rules;
    let availability =
        |(key, word): (&domain::ItemKey, &domain::Availability)| Some((key.to_string(), from_word(word.as_str())?));
    let attached = definition.attached_permissions.iter();
    let features = definition.features.iter();
    ItemBody {
        module_keys: list(&definition.modules),
        permissions: list(&definition.permissions),
        features: some(
            features.map(|(key, value)| (key.to_string(), amount_body(*value))).collect(),
            definition.features.is_empty(),
        ),
        addons: some(definition.addons.iter().filter_map(availability).collect(), definition.addons.is_empty()),
        attached_permissions: some(
            attached.map(|(key, addon)| (key.to_string(), addon.to_string())).collect(),
            definition.attached_permissions.is_empty(),
        ),
        standalone: given(rules.standalone),
        compatible_packages: list(&rules.compatible_packages),
        compatible_modules: list(&rules.compatible_modules),
        requires: given(rules.requires.as_ref().map(requirement_body)),
        conflicts_with: list(&rules.conflicts_with),
        ..ItemBody::default()
    }
}

/// An item as a document declares it: its newest definition, without what is as by default, and without its key.
pub fn item_body(item: &Item) -> ItemBody {
    let profile = &item.profile;
    let attributes = profile.attributes.iter();
    let said = ItemBody {
        name: Some(item.name.to_string()),
        description: text(item.description.as_ref()),
        lifecycle_status: from_word(item.lifecycle.as_str()).filter(|_| !item.is_active()),
        visibility: word(profile.visibility.map(domain::Visibility::as_str)),
        trial_days: given(profile.trial_days),
        trial_group: given(profile.trial_group.as_ref().map(ToString::to_string)),
        grace_days: given(profile.grace_days),
        governance: some(governance_body(&profile.governance), profile.governance == Governance::default()),
        attributes: some(
            attributes.map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            profile.attributes.is_empty(),
        ),
        aliases: list(&profile.aliases),
        commercial_type: word(profile.commercial_type.map(domain::CommercialType::as_str)),
        requires_base_package: some(true, !profile.requires_base_package),
        upgrade_targets: list(&profile.upgrade_targets),
        downgrade_targets: list(&profile.downgrade_targets),
        target_customer: text(profile.target_customer.as_ref()),
        business_problem: text(profile.business_problem.as_ref()),
        kind: word(profile.addon_kind.map(domain::AddonKind::as_str)),
        orientation: word(profile.orientation.map(domain::Orientation::as_str)),
        business_purpose: text(profile.business_purpose.as_ref()),
        redundant_with: list(&profile.redundant_with),
        ..item.definition().map(definition_body).unwrap_or_default()
    };
    profile.none.iter().copied().fold(said, with_none)
}

/// A body that says of a list that it is empty, where it is.
fn with_none(mut body: ItemBody, list: ListField) -> ItemBody {
    match list {
        ListField::Addons => drop(body.addons.get_or_insert_default()),
        ListField::UpgradeTargets => drop(body.upgrade_targets.get_or_insert_default()),
        ListField::DowngradeTargets => drop(body.downgrade_targets.get_or_insert_default()),
        ListField::ConflictsWith => drop(body.conflicts_with.get_or_insert_default()),
        ListField::RedundantWith => drop(body.redundant_with.get_or_insert_default()),
    }
    body
}

fn governance_body(governance: &Governance) -> GovernanceBody {
    let people = |people: &BTreeSet<Text>| people.iter().map(ToString::to_string).collect();
    GovernanceBody {
        owner: governance.owner.as_ref().map(ToString::to_string),
        assigners: people(&governance.assigners),
        retirers: people(&governance.retirers),
        approvers: people(&governance.approvers),
    }
}

fn list<T: ToString>(set: &BTreeSet<T>) -> Option<Vec<String>> {
    some(set.iter().map(ToString::to_string).collect(), set.is_empty())
}

fn some<T>(value: T, is_default: bool) -> Option<T> {
    (!is_default).then_some(value)
}

fn given<T>(value: Option<T>) -> Given<T> {
    value.map_or(Given::Missing, Given::Value)
}

fn text(text: Option<&Text>) -> Given<String> {
    given(text.map(ToString::to_string))
}

fn word<T: serde::de::DeserializeOwned>(word: Option<&str>) -> Given<T> {
    given(word.and_then(from_word))
}
