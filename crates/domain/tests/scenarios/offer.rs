//! What a catalog command says of a package or an add-on, in few words.

use domain::{
    Attributes, Availability, FeatureKey, FeatureValue, Governance, ItemEdit, ItemKey, Lifecycle, ModuleKey, Patch,
    PermissionKey, Reach, Requirement, Term, Visibility,
};

use crate::story::text;

/// What is said of an item.
#[derive(Clone, Default)]
pub(crate) struct Offer(pub(crate) ItemEdit);

/// An offer that says nothing yet.
pub(crate) fn offer() -> Offer {
    Offer::default()
}

/// A term, such as `module:finance`.
pub(crate) fn term(words: &str) -> Requirement {
    Requirement::Term(Term::parse(words).unwrap())
}

pub(crate) fn all<const N: usize>(parts: &[Requirement; N]) -> Requirement {
    Requirement::All(parts.to_vec())
}

pub(crate) fn any<const N: usize>(parts: &[Requirement; N]) -> Requirement {
    Requirement::Any(parts.to_vec())
}

pub(crate) fn item_keys(keys: &[&str]) -> std::collections::BTreeSet<ItemKey> {
    keys.iter().map(|key| ItemKey::parse(key).unwrap()).collect()
}

pub(crate) fn module_keys(keys: &[&str]) -> Vec<ModuleKey> {
    keys.iter().map(|key| ModuleKey::parse(key).unwrap()).collect()
}

pub(crate) fn permission_key(key: &str) -> PermissionKey {
    PermissionKey::parse(key).unwrap()
}

pub(crate) fn feature_key(key: &str) -> FeatureKey {
    FeatureKey::parse(key).unwrap()
}

impl Offer {
    fn with(mut self, change: impl FnOnce(&mut ItemEdit)) -> Self {
        change(&mut self.0);
        self
    }

    pub(crate) fn modules(self, keys: &[&str]) -> Self {
        self.with(|edit| edit.modules = Some(module_keys(keys)))
    }

    pub(crate) fn permissions(self, keys: &[&str]) -> Self {
        self.with(|edit| edit.permissions = Some(keys.iter().map(|key| permission_key(key)).collect()))
    }

    /// Permissions that a package has for an add-on.
    pub(crate) fn attached(self, keys: &[&str], addon: &str) -> Self {
        let addon = ItemKey::parse(addon).unwrap();
        let attached = keys.iter().map(|key| (permission_key(key), addon.clone())).collect();
        self.with(|edit| edit.own.attached_permissions = Some(attached))
    }

    pub(crate) fn feature(self, key: &str, value: FeatureValue) -> Self {
        self.with(|edit| edit.features.get_or_insert_default().extend([(feature_key(key), value)]))
    }

    /// Gives no feature any more.
    pub(crate) fn no_features(self) -> Self {
        self.with(|edit| edit.features = Some(std::collections::BTreeMap::new()))
    }

    fn says(self, keys: &[&str], availability: Availability) -> Self {
        let said = item_keys(keys).into_iter().map(|key| (key, availability));
        self.with(|edit| edit.own.addons.get_or_insert_default().extend(said))
    }

    pub(crate) fn allows(self, keys: &[&str]) -> Self {
        self.says(keys, Availability::Allowed)
    }

    pub(crate) fn includes(self, keys: &[&str]) -> Self {
        self.says(keys, Availability::Included)
    }

    pub(crate) fn forbids(self, keys: &[&str]) -> Self {
        self.says(keys, Availability::Forbidden)
    }

    /// Works with these packages.
    pub(crate) fn with_packages(self, keys: &[&str]) -> Self {
        self.with(|edit| edit.own.compatible_packages = Some(item_keys(keys)))
    }

    /// Works with these modules.
    pub(crate) fn with_modules(self, keys: &[&str]) -> Self {
        self.with(|edit| edit.own.compatible_modules = Some(module_keys(keys).into_iter().collect()))
    }

    pub(crate) fn standalone(self, standalone: bool) -> Self {
        self.with(|edit| edit.own.standalone = Patch::Set(standalone))
    }

    pub(crate) fn requires(self, requirement: Requirement) -> Self {
        self.with(|edit| edit.own.requires = Patch::Set(requirement))
    }

    pub(crate) fn conflicts(self, terms: &[&str]) -> Self {
        self.with(|edit| edit.own.conflicts_with = Some(terms.iter().map(|one| Term::parse(one).unwrap()).collect()))
    }

    pub(crate) fn redundant(self, terms: &[&str]) -> Self {
        self.with(|edit| edit.own.redundant_with = Some(terms.iter().map(|one| Term::parse(one).unwrap()).collect()))
    }

    pub(crate) fn beside_a_base_package(self) -> Self {
        self.with(|edit| edit.own.requires_base_package = Some(true))
    }

    pub(crate) fn upgrades(self, keys: &[&str]) -> Self {
        self.with(|edit| edit.own.upgrade_targets = Some(item_keys(keys)))
    }

    pub(crate) fn downgrades(self, keys: &[&str]) -> Self {
        self.with(|edit| edit.own.downgrade_targets = Some(item_keys(keys)))
    }

    pub(crate) fn trial(self, days: u32) -> Self {
        self.with(|edit| edit.trial_days = Patch::Set(days))
    }

    pub(crate) fn trial_group(self, group: &str) -> Self {
        self.with(|edit| edit.trial_group = Patch::Set(ItemKey::parse(group).unwrap()))
    }

    pub(crate) fn grace(self, days: u32) -> Self {
        self.with(|edit| edit.grace_days = Patch::Set(days))
    }

    pub(crate) fn reach(self, reach: Reach) -> Self {
        self.with(|edit| edit.reach = Some(reach))
    }

    pub(crate) fn lifecycle(self, lifecycle: Lifecycle) -> Self {
        self.with(|edit| edit.lifecycle = Some(lifecycle))
    }

    pub(crate) fn visible(self, visibility: Visibility) -> Self {
        self.with(|edit| edit.visibility = Patch::Set(visibility))
    }

    /// Only these may assign it, only those retire it.
    pub(crate) fn governed(self, assigners: &[&str], retirers: &[&str]) -> Self {
        let people = |names: &[&str]| names.iter().map(|name| text(name)).collect();
        let governance =
            Governance { assigners: people(assigners), retirers: people(retirers), ..Governance::default() };
        self.with(|edit| edit.governance = Some(governance))
    }

    pub(crate) fn attribute(self, name: &str, value: &str) -> Self {
        self.with(|edit| edit.attributes = Some(Attributes::from([(text(name), text(value))])))
    }
}
