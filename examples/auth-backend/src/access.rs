//! Effective access: what a membership was granted and its company owns.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;
use platform_core_client::Answer;
use serde::Serialize;

use crate::Membership;

/// Most answers kept. When they are, all are dropped: each is a moment's work.
const MAX_KEPT: usize = 10_000;

/// What somebody may do in a company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// What it was computed from, and what it is kept under.
    pub cache_key: String,
    /// What may be done.
    pub permissions: Vec<String>,
}

/// Computed accesses, by key.
#[derive(Debug, Default)]
pub struct Accesses(Mutex<BTreeMap<String, Arc<Access>>>);

impl Accesses {
    /// The access of a membership whose company owns what the answer says.
    ///
    /// It is kept under `access:{companyId}:{membershipId}:{accessVersion}:{entitlementVersion}` (requirements 004 §18.4): whenever either side
    /// moves so does the key, so nothing has to be invalidated, and nothing that is kept is ever wrong.
    pub fn of(&self, membership: &Membership, answer: &Answer) -> Arc<Access> {
        let Membership { company_id, membership_id, access_version, .. } = membership;
        let cache_key = format!("access:{company_id}:{membership_id}:{access_version}:{}", answer.version());
        let mut kept = self.0.lock();
        if let Some(access) = kept.get(&cache_key) {
            return Arc::clone(access);
        }
        let granted = membership.grants.iter().filter(|grant| answer.module(&grant.module));
        let permissions = granted.flat_map(|grant| grant.permissions.iter().cloned()).collect();
        let access = Arc::new(Access { cache_key: cache_key.clone(), permissions });
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(cache_key, Arc::clone(&access));
        access
    }
}
