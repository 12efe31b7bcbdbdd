//! Closed sets of words.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::IntoDeserializer};
use utoipa::ToSchema;

/// The status of a company's package or add-on (requirements 004 §21.3). `active` and `trial` entitle within the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", remote = "Self")]
pub enum ItemStatus {
    /// Entitles.
    Active,
    /// Switched off.
    Inactive,
    /// Ended by choice.
    Cancelled,
    /// Ended by time.
    Expired,
    /// Entitles, on trial.
    Trial,
    /// Suspended.
    Paused,
}

/// The type of a module (requirements 004 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", remote = "Self")]
pub enum ModuleType {
    /// Delivered by a base package.
    Base,
    /// Delivered by an add-on or on top of a base module.
    Addon,
}

/// Whom a change of what a package or add-on grants reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", remote = "Self")]
pub enum ReachWord {
    /// All holders, at once.
    #[default]
    Existing,
    /// Only assignments from now on.
    Future,
}

/// The role of a calling service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", remote = "Self")]
pub enum RoleWord {
    /// The Auth backend: reads entitlements.
    Auth,
    /// The Platform Admin backend: reads and writes everything.
    Admin,
    /// An internal job: reads; writes by extra scopes.
    Job,
}

/// Where a package or an add-on stands in its life (requirements 002 §6.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", remote = "Self")]
pub enum LifecycleWord {
    /// Being written.
    Draft,
    /// May be assigned.
    Active,
    /// Stays with those who hold it; for now assigned to nobody new.
    Inactive,
    /// Stays with those who hold it; no longer sold.
    Deprecated,
    /// Over.
    Archived,
}

/// Who may be shown and sold a package (requirements 002 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", remote = "Self")]
pub enum VisibilityWord {
    /// Everyone.
    Public,
    /// The platform's own staff.
    AdminOnly,
    /// Assigned only by a write whose source is `migration`.
    MigrationOnly,
    /// Assigned only by a write whose source is `internal`.
    InternalOnly,
}

/// What kind of product a package is (requirements 002 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", remote = "Self")]
pub enum CommercialTypeWord {
    /// The main starting bundle of a persona.
    Base,
    /// For one business profile.
    Vertical,
    /// Expands a base tier.
    Premium,
    /// Not a product.
    Internal,
}

/// What a package says of an add-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", remote = "Self")]
pub enum AvailabilityWord {
    /// May be bought.
    Allowed,
    /// Granted with the package.
    Included,
    /// Not with this package.
    Forbidden,
}

/// What an add-on is (requirements 000 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", remote = "Self")]
pub enum AddonKindWord {
    /// Extends what a capability can do.
    CapabilityEnhancer,
    /// Brings data.
    DataSourceEnhancer,
    /// Extends reporting.
    ReportingEnhancer,
    /// Extends a workflow.
    WorkflowEnhancer,
    /// Unlocks whole modules.
    ModuleUnlocker,
}

/// What an add-on is mostly about (requirements 000 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", remote = "Self")]
pub enum OrientationWord {
    /// Doing.
    Operational,
    /// Reporting.
    Reporting,
    /// Data.
    Data,
    /// Intelligence.
    Intelligence,
}

/// What a feature's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", remote = "Self")]
pub enum FeatureKindWord {
    /// On or off.
    Toggle,
    /// A number that must not be exceeded, or unlimited.
    Limit,
    /// An amount that is used up.
    Credit,
}

/// How a limit's several sources combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", remote = "Self")]
pub enum CombineWord {
    /// They add up.
    Sum,
    /// The largest holds.
    Max,
}

/// What a breach of a rule of discipline leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", remote = "Self")]
pub enum StrictnessWord {
    /// A warning.
    Lenient,
    /// A refusal.
    Strict,
}

macro_rules! stand_as_strings {
    ($($name:ident)*) => {
        $(
            // A word stands as a string and only so: what is derived alone would read `{"active": null}` as the word too.
            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let word = Cow::<str>::deserialize(deserializer)?;
                    Self::deserialize(word.into_deserializer())
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    Self::serialize(self, serializer)
                }
            }
        )*
    };
}

stand_as_strings! {
    ItemStatus ModuleType ReachWord RoleWord LifecycleWord VisibilityWord CommercialTypeWord AvailabilityWord AddonKindWord OrientationWord FeatureKindWord CombineWord StrictnessWord
}
