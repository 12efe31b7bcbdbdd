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

stand_as_strings! { ItemStatus ModuleType ReachWord RoleWord }
