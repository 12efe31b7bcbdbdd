//! Packages and add-ons from the wire.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    Given, ReachWord,
    request::{GovernanceBody, ItemBody},
};
use domain::{
    AddonKind, Availability, CommercialType, Governance, ItemEdit, ItemKey, ItemKindEdit, Lifecycle, ListField,
    ModuleKey, Orientation, Patch, PermissionKey, Reach, Term, Text, Visibility,
};

use super::{
    reader::{Reader, to_word, value},
    text::given_line,
};

/// What a field that is left out means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is said: what is stored stays.
    Say,
    /// It has its default: the body declares the whole item.
    Declare,
}

/// Reads what is said of an item.
pub struct ItemFields<'a> {
    /// The body.
    pub body: &'a ItemBody,
    /// What a field that is left out means.
    pub mode: Mode,
}

impl ItemFields<'_> {
    /// The edit that the body asks for. What is wrong with it, the reader remembers.
    pub fn edit(&self, reader: &mut Reader) -> ItemEdit {
        let body = self.body;
        let slug = |text: &str| ItemKey::parse(text);
        let name =
            body.name.as_ref().and_then(|name| reader.parsed("name", name, |text| given_line(text, Text::NAME_CHARS)));
        let lifecycle = body.lifecycle_status.and_then(|word| Lifecycle::parse(&to_word(&word)));
        ItemEdit {
            name,
            description: self.patch(reader.paragraph("description", &body.description)),
            lifecycle,
            is_active: self.activity(lifecycle),
            modules: self
                .option(body.module_keys.as_ref())
                .map(|keys| reader.list("moduleKeys", &keys, ModuleKey::parse)),
            permissions: self
                .option(body.permissions.as_ref())
                .map(|keys| reader.set("permissions", &keys, PermissionKey::parse)),
            features: self.option(body.features.as_ref()).map(|features| reader.features(&features)),
            visibility: self.patch(value(&body.visibility, |word| Visibility::parse(&to_word(word)))),
            trial_days: self.patch(value(&body.trial_days, |days| Some(*days))),
            trial_group: self.patch(reader.patch("trialGroup", &body.trial_group, slug)),
            grace_days: self.patch(value(&body.grace_days, |days| Some(*days))),
            governance: self.option(body.governance.as_ref()).map(|governance| governance_of(&governance, reader)),
            attributes: self.option(body.attributes.as_ref()).map(|attributes| attributes_of(&attributes, reader)),
            aliases: self.option(body.aliases.as_ref()).map(|keys| reader.set("aliases", &keys, slug)),
            none: self.none(),
            own: self.own(reader),
            reach: body.reach.map(|reach| match reach {
                ReachWord::Existing => Reach::Existing,
                ReachWord::Future => Reach::Future,
            }),
        }
    }

    /// Which lists are said to be empty. A document that leaves one out says nothing of it.
    fn none(&self) -> BTreeMap<ListField, bool> {
        let body = self.body;
        let is_empty = |list: &Option<Vec<String>>| list.as_ref().map(Vec::is_empty);
        let given = |list| match list {
            ListField::Addons => body.addons.as_ref().map(BTreeMap::is_empty),
            ListField::UpgradeTargets => is_empty(&body.upgrade_targets),
            ListField::DowngradeTargets => is_empty(&body.downgrade_targets),
            ListField::ConflictsWith => is_empty(&body.conflicts_with),
            ListField::RedundantWith => is_empty(&body.redundant_with),
        };
        let silence = (self.mode == Mode::Declare).then_some(false);
        ListField::ALL.iter().filter_map(|list| Some((*list, given(*list).or(silence)?))).collect()
    }

    fn own(&self, reader: &mut Reader) -> ItemKindEdit {
        let body = self.body;
        let slug = |text: &str| ItemKey::parse(text);
        let terms = |reader: &mut Reader, field: &str, given: &Option<Vec<String>>| {
            self.option(given.as_ref()).map(|terms| reader.set(field, &terms, Term::parse))
        };
        let items = |reader: &mut Reader, field: &str, given: &Option<Vec<String>>| {
            self.option(given.as_ref()).map(|keys| reader.set(field, &keys, slug))
        };
        ItemKindEdit {
            addons: self.option(body.addons.as_ref()).map(|addons| {
                let availability =
                    |word: &api::AvailabilityWord| Availability::parse(&to_word(word)).ok_or("is no availability");
                reader.map("addons", &addons, slug, availability)
            }),
            attached_permissions: self.option(body.attached_permissions.as_ref()).map(|attached| {
                reader.map("attachedPermissions", &attached, PermissionKey::parse, |addon| ItemKey::parse(addon))
            }),
            commercial_type: self.patch(value(&body.commercial_type, |word| CommercialType::parse(&to_word(word)))),
            requires_base_package: self.option(body.requires_base_package.as_ref()),
            upgrade_targets: items(reader, "upgradeTargets", &body.upgrade_targets),
            downgrade_targets: items(reader, "downgradeTargets", &body.downgrade_targets),
            target_customer: self.patch(reader.paragraph("targetCustomer", &body.target_customer)),
            business_problem: self.patch(reader.paragraph("businessProblem", &body.business_problem)),
            addon_kind: self.patch(value(&body.kind, |word| AddonKind::parse(&to_word(word)))),
            orientation: self.patch(value(&body.orientation, |word| Orientation::parse(&to_word(word)))),
            business_purpose: self.patch(reader.paragraph("businessPurpose", &body.business_purpose)),
            redundant_with: terms(reader, "redundantWith", &body.redundant_with),
            standalone: self.patch(value(&body.standalone, |standalone| Some(*standalone))),
            compatible_packages: items(reader, "compatiblePackages", &body.compatible_packages),
            compatible_modules: self
                .option(body.compatible_modules.as_ref())
                .map(|keys| reader.set("compatibleModules", &keys, ModuleKey::parse)),
            requires: self.patch(reader.requirement(&body.requires)),
            conflicts_with: terms(reader, "conflictsWith", &body.conflicts_with),
        }
    }

    /// A declared item is active unless it says otherwise.
    fn activity(&self, lifecycle: Option<Lifecycle>) -> Option<bool> {
        let declared = (self.mode == Mode::Declare && lifecycle.is_none()).then_some(true);
        self.body.is_active.or(declared)
    }

    fn option<T: Clone + Default>(&self, given: Option<&T>) -> Option<T> {
        match (given, self.mode) {
            (Some(value), _) => Some(value.clone()),
            (None, Mode::Say) => None,
            (None, Mode::Declare) => Some(T::default()),
        }
    }

    fn patch<T>(&self, patch: Patch<T>) -> Patch<T> {
        match (patch, self.mode) {
            (Patch::Keep, Mode::Declare) => Patch::Clear,
            (patch, _) => patch,
        }
    }
}

fn governance_of(body: &GovernanceBody, reader: &mut Reader) -> Governance {
    let person = |text: &str| given_line(text, Text::ACTOR_CHARS);
    let mut people = |field: &str, names: &[String]| -> BTreeSet<Text> { reader.set(field, names, person) };
    let assigners = people("governance.assigners", &body.assigners);
    let retirers = people("governance.retirers", &body.retirers);
    let approvers = people("governance.approvers", &body.approvers);
    let owner = body.owner.as_ref().and_then(|owner| reader.parsed("governance.owner", owner, person));
    Governance { owner, assigners, retirers, approvers }
}

/// Attributes from the wire.
pub fn attributes_of(given: &BTreeMap<String, String>, reader: &mut Reader) -> domain::Attributes {
    let name = |text: &str| given_line(text, Text::SOURCE_CHARS);
    reader.map("attributes", given, name, |text| given_line(text, Text::REFERENCE_CHARS))
}

/// A field that a body leaves out.
pub(super) fn said<T: Clone>(value: Option<&T>) -> Given<T> {
    value.cloned().map_or(Given::Null, Given::Value)
}
