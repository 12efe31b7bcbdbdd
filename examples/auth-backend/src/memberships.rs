//! Memberships and what they were granted: in a file here, in a database elsewhere.

use std::{collections::BTreeMap, path::Path};

use platform_core_client::Uuid;
use serde::Deserialize;

/// That somebody belongs to a company, and what they were granted there.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Membership {
    /// Its identifier.
    pub membership_id: String,
    /// The company.
    pub company_id: Uuid,
    /// Moves whenever the grants do.
    pub access_version: u64,
    /// What was granted.
    pub grants: Vec<Grant>,
}

/// Permissions that count while the company has a module.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grant {
    /// The key of the module.
    pub module: String,
    /// The permissions.
    pub permissions: Vec<String>,
}

/// All memberships, by identifier.
#[derive(Clone, Debug, Default)]
pub struct Memberships(BTreeMap<String, Membership>);

/// Why memberships could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MembershipError {
    /// The file.
    #[error("the file of memberships cannot be read: {0}")]
    File(#[from] std::io::Error),
    /// What stands in it.
    #[error("the file of memberships is no list of memberships: {0}")]
    Shape(#[from] serde_json::Error),
}

impl Memberships {
    /// Reads a file.
    ///
    /// # Errors
    /// [`MembershipError`].
    pub fn read(path: &Path) -> Result<Self, MembershipError> {
        let list: Vec<Membership> = serde_json::from_slice(&std::fs::read(path)?)?;
        Ok(Self::of(list))
    }

    /// These.
    pub fn of(list: Vec<Membership>) -> Self {
        Self(list.into_iter().map(|membership| (membership.membership_id.clone(), membership)).collect())
    }

    /// The one of an identifier.
    pub fn get(&self, id: &str) -> Option<&Membership> {
        self.0.get(id)
    }

    /// The companies of all, each once: those that the replica follows.
    pub fn companies(&self) -> Vec<Uuid> {
        let mut companies: Vec<Uuid> = self.0.values().map(|membership| membership.company_id).collect();
        companies.sort_unstable();
        companies.dedup();
        companies
    }
}
