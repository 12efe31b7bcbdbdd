//! The stored form of what is said of a package or an add-on besides what it grants.

use std::collections::BTreeMap;

use domain::{
    AddonKind, Attributes, CommercialType, Governance, ItemKey, ListField, Orientation, Profile, Term, Text, Visibility,
};
use serde::{Deserialize, Serialize};

use super::{RecordError, json, need, of_version, optional_text, parsed, set, text, text_map, texts};

/// An item's profile, version 1. What is not said is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileRecord {
    v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visibility: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commercial_type: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    requires_base_package: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    upgrade_targets: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    downgrade_targets: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target_customer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    business_problem: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    addon_kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    orientation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    business_purpose: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    redundant_with: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trial_days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trial_group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grace_days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    assigners: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retirers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    approvers: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    none: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl ProfileRecord {
    /// The stored form of a profile.
    pub fn of(profile: &Profile) -> Self {
        let some = |text: &Option<Text>| text.as_ref().map(ToString::to_string);
        let Governance { owner, assigners, retirers, approvers } = &profile.governance;
        Self {
            v: 1,
            visibility: profile.visibility.map(|one| one.as_str().to_owned()),
            commercial_type: profile.commercial_type.map(|one| one.as_str().to_owned()),
            requires_base_package: profile.requires_base_package,
            upgrade_targets: texts(&profile.upgrade_targets),
            downgrade_targets: texts(&profile.downgrade_targets),
            target_customer: some(&profile.target_customer),
            business_problem: some(&profile.business_problem),
            addon_kind: profile.addon_kind.map(|one| one.as_str().to_owned()),
            orientation: profile.orientation.map(|one| one.as_str().to_owned()),
            business_purpose: some(&profile.business_purpose),
            redundant_with: texts(&profile.redundant_with),
            trial_days: profile.trial_days,
            trial_group: profile.trial_group.as_ref().map(ToString::to_string),
            grace_days: profile.grace_days,
            owner: some(owner),
            assigners: texts(assigners),
            retirers: texts(retirers),
            approvers: texts(approvers),
            attributes: text_map(&profile.attributes),
            aliases: texts(&profile.aliases),
            none: profile.none.iter().map(|list| list.as_str().to_owned()).collect(),
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        json(self)
    }

    /// From JSON.
    ///
    /// # Errors
    /// [`RecordError`] when the text is no profile, or of a version that this build does not know.
    pub fn from_json(text: &str) -> Result<Self, RecordError> {
        let record: Self = parsed(text)?;
        of_version("profile", record.v, 1)?;
        Ok(record)
    }

    /// The profile of a stored form.
    ///
    /// # Errors
    /// [`RecordError`] naming the field that has an impossible value.
    pub fn to_profile(&self) -> Result<Profile, RecordError> {
        let item = |key: &str| ItemKey::parse(key).ok();
        let person = |name: &str| text(name, "governance").ok();
        Ok(Profile {
            visibility: word(self.visibility.as_ref(), "visibility", Visibility::parse)?,
            commercial_type: word(self.commercial_type.as_ref(), "commercialType", CommercialType::parse)?,
            requires_base_package: self.requires_base_package,
            upgrade_targets: set(&self.upgrade_targets, "upgradeTargets", item)?,
            downgrade_targets: set(&self.downgrade_targets, "downgradeTargets", item)?,
            target_customer: optional_text(self.target_customer.as_ref(), "targetCustomer")?,
            business_problem: optional_text(self.business_problem.as_ref(), "businessProblem")?,
            addon_kind: word(self.addon_kind.as_ref(), "addonKind", AddonKind::parse)?,
            orientation: word(self.orientation.as_ref(), "orientation", Orientation::parse)?,
            business_purpose: optional_text(self.business_purpose.as_ref(), "businessPurpose")?,
            redundant_with: set(&self.redundant_with, "redundantWith", |term| Term::parse(term).ok())?,
            trial_days: self.trial_days,
            trial_group: word(self.trial_group.as_ref(), "trialGroup", item)?,
            grace_days: self.grace_days,
            governance: Governance {
                owner: optional_text(self.owner.as_ref(), "owner")?,
                assigners: set(&self.assigners, "assigners", person)?,
                retirers: set(&self.retirers, "retirers", person)?,
                approvers: set(&self.approvers, "approvers", person)?,
            },
            attributes: attributes(&self.attributes)?,
            aliases: set(&self.aliases, "aliases", item)?,
            none: set(&self.none, "none", ListField::parse)?,
        })
    }
}

/// Attributes of a stored form.
pub(super) fn attributes(stored: &BTreeMap<String, String>) -> Result<Attributes, RecordError> {
    stored.iter().map(|(name, value)| Ok((text(name, "attributes")?, text(value, "attributes")?))).collect()
}

fn word<T>(
    stored: Option<&String>,
    field: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, RecordError> {
    stored.map(|word| need(parse(word), field)).transpose()
}
