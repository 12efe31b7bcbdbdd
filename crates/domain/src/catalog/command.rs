//! What may be asked of the catalog.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AddonKind, Attributes, Availability, Combine, CommercialType, FeatureKind, FeatureValue, Governance, Lifecycle,
    ListField, Orientation, PermissionKey, Policy, Requirement, Term, Visibility,
};
use crate::{FeatureKey, ItemKey, ItemKind, ModuleKey, ModuleKind, Patch, Reach, Text};
use uuid::Uuid;

/// What a command says of a module that may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleEdit {
    /// A name.
    pub name: Option<Text>,
    /// A description, or none any more.
    pub description: Patch<Text>,
    /// On or off.
    pub is_active: Option<bool>,
    /// The first segment of its permissions; cleared, its key.
    pub namespace: Patch<ModuleKey>,
    /// Other first segments that stand for it.
    pub namespace_aliases: Option<BTreeSet<ModuleKey>>,
    /// Other keys by which requests may name it.
    pub aliases: Option<BTreeSet<ModuleKey>>,
}

/// Makes a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateModule {
    /// A fresh identifier.
    pub id: Uuid,
    /// Its key, not yet taken.
    pub key: ModuleKey,
    /// Base or add-on.
    pub kind: ModuleKind,
    /// What else is said of it; a name is needed, and it is active unless said otherwise.
    pub edit: ModuleEdit,
}

/// What a command says of a permission that may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionEdit {
    /// The module that owns the capability.
    pub module: Option<ModuleKey>,
    /// A description, or none any more.
    pub description: Patch<Text>,
}

/// What a command says of a feature that may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeatureEdit {
    /// A name.
    pub name: Option<Text>,
    /// A description, or none any more.
    pub description: Patch<Text>,
    /// What an amount counts.
    pub unit: Patch<Text>,
    /// How a limit's sources combine.
    pub combine: Option<Combine>,
    /// The whole new set of attributes.
    pub attributes: Option<Attributes>,
}

/// What a command says of what only packages or only add-ons have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemKindEdit {
    /// Of a package: the whole new set of what it says of add-ons.
    pub addons: Option<BTreeMap<ItemKey, Availability>>,
    /// Of a package: the whole new set of attached permissions.
    pub attached_permissions: Option<BTreeMap<PermissionKey, ItemKey>>,
    /// Of a package: what kind of product.
    pub commercial_type: Patch<CommercialType>,
    /// Of a package: whether it may be assigned only beside a base package.
    pub requires_base_package: Option<bool>,
    /// Of a package: where it may be upgraded to.
    pub upgrade_targets: Option<BTreeSet<ItemKey>>,
    /// Of a package: where it may be downgraded to.
    pub downgrade_targets: Option<BTreeSet<ItemKey>>,
    /// Of a package: who it is for.
    pub target_customer: Patch<Text>,
    /// Of a package: what it solves for them.
    pub business_problem: Patch<Text>,
    /// Of an add-on: what it is.
    pub addon_kind: Patch<AddonKind>,
    /// Of an add-on: what it is mostly about.
    pub orientation: Patch<Orientation>,
    /// Of an add-on: why it exists.
    pub business_purpose: Patch<Text>,
    /// Of an add-on: what makes it superfluous.
    pub redundant_with: Option<BTreeSet<Term>>,
    /// Of an add-on: whether it may be owned with no package.
    pub standalone: Patch<bool>,
    /// Of an add-on: packages that it works with.
    pub compatible_packages: Option<BTreeSet<ItemKey>>,
    /// Of an add-on: modules that it works with.
    pub compatible_modules: Option<BTreeSet<ModuleKey>>,
    /// Of an add-on: what it needs besides.
    pub requires: Patch<Requirement>,
    /// Of an add-on: what it does not work beside.
    pub conflicts_with: Option<BTreeSet<Term>>,
}

/// What a command says of a package or an add-on that may change. What it does not say stays; of a new item, has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemEdit {
    /// A name.
    pub name: Option<Text>,
    /// A description, or none any more.
    pub description: Patch<Text>,
    /// Where it stands in its life.
    pub lifecycle: Option<Lifecycle>,
    /// The short form of that: active, or inactive where it was active.
    pub is_active: Option<bool>,
    /// The whole new module set, as named: keys or aliases.
    pub modules: Option<Vec<ModuleKey>>,
    /// The whole new set of own permissions.
    pub permissions: Option<BTreeSet<PermissionKey>>,
    /// The whole new set of features.
    pub features: Option<BTreeMap<FeatureKey, FeatureValue>>,
    /// Who may be shown and sold it.
    pub visibility: Patch<Visibility>,
    /// Days of a trial that names no end.
    pub trial_days: Patch<u32>,
    /// Items of one group share the one trial.
    pub trial_group: Patch<ItemKey>,
    /// Days of grace after an end.
    pub grace_days: Patch<u32>,
    /// Who answers for it.
    pub governance: Option<Governance>,
    /// The whole new set of attributes.
    pub attributes: Option<Attributes>,
    /// Other keys by which requests may name it.
    pub aliases: Option<BTreeSet<ItemKey>>,
    /// Of lists whether they are said to be empty, rather than left empty; what is not named stays.
    pub none: BTreeMap<ListField, bool>,
    /// What only its kind has.
    pub own: ItemKindEdit,
    /// Whom the next revision reaches, where one is made; `None` is all holders.
    pub reach: Option<Reach>,
}

/// Makes a package or an add-on with its first revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateItem {
    /// A fresh identifier.
    pub id: Uuid,
    /// Package or add-on.
    pub kind: ItemKind,
    /// Its key, not yet taken by one of its kind.
    pub key: ItemKey,
    /// What else is said of it; a name is needed, and it is active unless said otherwise.
    pub edit: ItemEdit,
}

/// A catalog write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogCommand {
    /// Makes a module (requirements 004 §16.1).
    CreateModule(CreateModule),
    /// Changes a module (requirements 004 §16.2). Key and type never change.
    UpdateModule {
        /// Which.
        id: Uuid,
        /// To what.
        edit: ModuleEdit,
    },
    /// Makes a permission.
    CreatePermission {
        /// A fresh identifier.
        id: Uuid,
        /// Its key, not yet taken.
        key: PermissionKey,
        /// What else is said of it; without a module, the one whose namespace its key begins with.
        edit: PermissionEdit,
    },
    /// Changes a permission.
    UpdatePermission {
        /// Which.
        id: Uuid,
        /// To what.
        edit: PermissionEdit,
    },
    /// Makes a feature.
    CreateFeature {
        /// A fresh identifier.
        id: Uuid,
        /// Its key, not yet taken.
        key: FeatureKey,
        /// Toggle, limit or credit.
        kind: FeatureKind,
        /// What else is said of it; a name is needed.
        edit: FeatureEdit,
    },
    /// Changes a feature.
    UpdateFeature {
        /// Which.
        id: Uuid,
        /// To what.
        edit: FeatureEdit,
    },
    /// Makes a package or an add-on (requirements 004 §16.3, §16.5).
    CreateItem(Box<CreateItem>),
    /// Changes a package or an add-on (requirements 004 §16.4, §16.6). Another definition makes the next revision.
    UpdateItem {
        /// Package or add-on.
        kind: ItemKind,
        /// Which.
        id: Uuid,
        /// To what.
        edit: Box<ItemEdit>,
    },
    /// Sets the policy.
    SetPolicy(Policy),
}
