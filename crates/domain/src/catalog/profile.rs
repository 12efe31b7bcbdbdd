//! What is said of a package or an add-on besides what it grants. Changes of it make no revision and touch no entitlement.

use std::collections::{BTreeMap, BTreeSet};

use super::{ItemKind, Term};
use crate::{ItemKey, Text};

/// Free facts by name, without meaning for entitlements.
pub type Attributes = BTreeMap<Text, Text>;

/// The most attributes of one entry.
pub const MAX_ATTRIBUTES: usize = 50;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word of the API and the tables.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The one of that word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}

words! {
    /// Where an item stands in its life (requirements 002 §6.6).
    Lifecycle {
        /// Being written; nobody can hold it.
        Draft = "draft",
        /// May be assigned.
        Active = "active",
        /// Stays with those who hold it; for now assigned to nobody new.
        Inactive = "inactive",
        /// Stays with those who hold it; no longer sold.
        Deprecated = "deprecated",
        /// Over. Nobody holds it.
        Archived = "archived",
    }
}

impl Lifecycle {
    /// Whether an item may go from here to there.
    pub fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Draft | Self::Inactive | Self::Deprecated, Self::Active | Self::Archived)
            | (Self::Active, Self::Inactive | Self::Deprecated) => true,
            (one, other) => one == other,
        }
    }

    /// Whether companies may hold it: its rows stay in force and may be renewed.
    pub fn may_be_held(self) -> bool {
        matches!(self, Self::Active | Self::Inactive | Self::Deprecated)
    }
}

words! {
    /// Who may be shown and sold a package (requirements 002 §4.2).
    Visibility {
        /// Everyone.
        Public = "public",
        /// Shown to the platform's own staff only.
        AdminOnly = "admin_only",
        /// Assigned only by a write whose source is `migration`.
        MigrationOnly = "migration_only",
        /// Assigned only by a write whose source is `internal`.
        InternalOnly = "internal_only",
    }
}

impl Visibility {
    /// The source that a write must have to assign an item of this visibility.
    pub fn required_source(self) -> Option<&'static str> {
        match self {
            Self::Public | Self::AdminOnly => None,
            Self::MigrationOnly => Some("migration"),
            Self::InternalOnly => Some("internal"),
        }
    }
}

words! {
    /// What kind of product a package is (requirements 002 §5).
    CommercialType {
        /// The main starting bundle of a persona; includes exactly one base module.
        Base = "base",
        /// For one business profile.
        Vertical = "vertical",
        /// Expands a base tier.
        Premium = "premium",
        /// Not a product: migration, compatibility, special conditions.
        Internal = "internal",
    }
}

words! {
    /// What an add-on is (requirements 000 §4).
    AddonKind {
        /// Extends what a capability can do.
        CapabilityEnhancer = "capability_enhancer",
        /// Brings data.
        DataSourceEnhancer = "data_source_enhancer",
        /// Extends reporting.
        ReportingEnhancer = "reporting_enhancer",
        /// Extends a workflow.
        WorkflowEnhancer = "workflow_enhancer",
        /// Unlocks whole modules.
        ModuleUnlocker = "module_unlocker",
    }
}

words! {
    /// What an add-on is mostly about (requirements 000 §6).
    Orientation {
        /// Doing.
        Operational = "operational",
        /// Reporting.
        Reporting = "reporting",
        /// Data.
        Data = "data",
        /// Intelligence.
        Intelligence = "intelligence",
    }
}

words! {
    /// A list of an item that may be empty because there is nothing to name, or because nobody has said yet what to name.
    ListField {
        /// Of a package: what it says of add-ons.
        Addons = "addons",
        /// Of a package: where it may be upgraded to.
        UpgradeTargets = "upgradeTargets",
        /// Of a package: where it may be downgraded to.
        DowngradeTargets = "downgradeTargets",
        /// Of an add-on: what it does not work beside.
        ConflictsWith = "conflictsWith",
        /// Of an add-on: what makes it superfluous.
        RedundantWith = "redundantWith",
    }
}

impl ListField {
    /// Which items have it.
    pub fn kind(self) -> ItemKind {
        match self {
            Self::Addons | Self::UpgradeTargets | Self::DowngradeTargets => ItemKind::Package,
            Self::ConflictsWith | Self::RedundantWith => ItemKind::Addon,
        }
    }
}

/// Who answers for an item (requirements 002 §6.7). People are named as callers name them in `X-Actor-Id`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Governance {
    /// Who owns it commercially.
    pub owner: Option<Text>,
    /// Who may assign it; empty is everyone.
    pub assigners: BTreeSet<Text>,
    /// Who may retire it; empty is everyone.
    pub retirers: BTreeSet<Text>,
    /// Who approves changes of what it grants; empty is nobody needs to.
    pub approvers: BTreeSet<Text>,
}

/// What is said of an item besides what it grants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Who may be shown and sold it; `None` is public.
    pub visibility: Option<Visibility>,
    /// Of a package: what kind of product; `None` is base when it includes a base module, else premium.
    pub commercial_type: Option<CommercialType>,
    /// Of a package: whether it may be assigned only beside a base package.
    pub requires_base_package: bool,
    /// Of a package: where it may be upgraded to.
    pub upgrade_targets: BTreeSet<ItemKey>,
    /// Of a package: where it may be downgraded to.
    pub downgrade_targets: BTreeSet<ItemKey>,
    /// Of a package: who it is for.
    pub target_customer: Option<Text>,
    /// Of a package: what it solves for them.
    pub business_problem: Option<Text>,
    /// Of an add-on: what it is; `None` is a module unlocker when it includes modules, else a capability enhancer.
    pub addon_kind: Option<AddonKind>,
    /// Of an add-on: what it is mostly about.
    pub orientation: Option<Orientation>,
    /// Of an add-on: why it exists.
    pub business_purpose: Option<Text>,
    /// Of an add-on: what makes it superfluous.
    pub redundant_with: BTreeSet<Term>,
    /// Days of a trial that names no end; with it a company has one trial for life.
    pub trial_days: Option<u32>,
    /// Items of one group share the one trial.
    pub trial_group: Option<ItemKey>,
    /// Days of grace after an end.
    pub grace_days: Option<u32>,
    /// Who answers for it.
    pub governance: Governance,
    /// Free facts.
    pub attributes: Attributes,
    /// Other keys by which requests may name it.
    pub aliases: BTreeSet<ItemKey>,
    /// The lists that were said to be empty: the answer is none. Of any other an empty list is no answer.
    pub none: BTreeSet<ListField>,
}

impl Profile {
    /// Who may be shown and sold it.
    pub fn visibility(&self) -> Visibility {
        self.visibility.unwrap_or(Visibility::Public)
    }
}
