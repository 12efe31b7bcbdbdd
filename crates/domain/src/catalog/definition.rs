//! What a revision says: everything about a package or an add-on that can change an answer.

use std::collections::{BTreeMap, BTreeSet};

use super::{FeatureValue, PermissionKey, Requirement, Term};
use crate::{FeatureKey, ItemKey, ModuleKey};

/// What a package says of an add-on (requirements 002 §6.3, 003 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Availability {
    /// May be bought.
    Allowed,
    /// Granted with the package, billing bypassed.
    Included,
    /// Not with this package.
    Forbidden,
}

impl Availability {
    /// Every availability.
    pub const ALL: [Self; 3] = [Self::Allowed, Self::Included, Self::Forbidden];

    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Included => "included",
            Self::Forbidden => "forbidden",
        }
    }

    /// The availability of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|availability| availability.as_str() == word)
    }
}

/// When an add-on may work. Of a package they say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddonRules {
    /// Whether it may be owned with no package. `None`: it may when it names neither compatible packages nor modules.
    pub standalone: Option<bool>,
    /// Packages that it works with.
    pub compatible_packages: BTreeSet<ItemKey>,
    /// Modules that it works with.
    pub compatible_modules: BTreeSet<ModuleKey>,
    /// What it needs besides.
    pub requires: Option<Requirement>,
    /// What it does not work beside.
    pub conflicts_with: BTreeSet<Term>,
}

impl AddonRules {
    /// Whether it may be owned with no package.
    pub fn is_standalone(&self) -> bool {
        self.standalone.unwrap_or(self.compatible_packages.is_empty() && self.compatible_modules.is_empty())
    }

    /// Whether nothing can stop it but a package that forbids it or another add-on's conflict.
    pub fn ask_nothing(&self) -> bool {
        self.is_standalone() && self.requires.is_none() && self.conflicts_with.is_empty()
    }
}

/// What a revision grants, and under which rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// The modules that it includes, active or not.
    pub modules: BTreeSet<ModuleKey>,
    /// The permissions that it makes a company eligible for.
    pub permissions: BTreeSet<PermissionKey>,
    /// Of a package: permissions that count only while the add-on that they were attached for is included or operative.
    pub attached_permissions: BTreeMap<PermissionKey, ItemKey>,
    /// The features that it gives.
    pub features: BTreeMap<FeatureKey, FeatureValue>,
    /// Of a package: what it says of add-ons.
    pub addons: BTreeMap<ItemKey, Availability>,
    /// Of an add-on: when it may work.
    pub rules: AddonRules,
}

impl Definition {
    /// The add-ons that a package includes.
    pub fn included(&self) -> impl Iterator<Item = &ItemKey> {
        self.addons.iter().filter(|(_, availability)| **availability == Availability::Included).map(|(key, _)| key)
    }

    /// Whether a package forbids an add-on.
    pub fn forbids(&self, addon: &ItemKey) -> bool {
        self.addons.get(addon) == Some(&Availability::Forbidden)
    }
}
