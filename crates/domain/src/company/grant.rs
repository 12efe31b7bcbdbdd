//! Grants: overrides of a feature or a module for one company (a promotion, a gesture of support, an integration fact).

use super::Window;
use crate::{FeatureKey, FeatureValue, ModuleKey, Text, Timestamp};
use uuid::Uuid;

/// What a grant gives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Granted {
    /// A module.
    Module(ModuleKey),
    /// A value of a toggle or a limit, in the place of whatever else the company has of it.
    Feature(FeatureKey, FeatureValue),
}

impl Granted {
    /// The key of the module or feature.
    pub fn key(&self) -> &str {
        match self {
            Self::Module(key) => key.as_str(),
            Self::Feature(key, _) => key.as_str(),
        }
    }
}

/// The part of a grant that entitlements depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantTerms {
    /// Identifier, never reused.
    pub id: Uuid,
    /// What it gives.
    pub granted: Granted,
    /// When it is in force; without a grace period.
    pub window: Window,
    /// When it was made: of several in force for one feature the newest wins, then the larger identifier.
    pub created_at: Timestamp,
}

/// A grant, whole. It is never changed, only taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What entitlements depend on.
    pub terms: GrantTerms,
    /// Why it was given.
    pub reason: Text,
    /// What kind of process gave it.
    pub source: Option<Text>,
    /// On whose behalf.
    pub created_by: Text,
}
