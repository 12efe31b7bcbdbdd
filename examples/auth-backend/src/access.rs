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

/// Computed accesses, by key, and the life of the database that their versions count in.
#[derive(Debug, Default)]
pub struct Accesses(Mutex<(u64, BTreeMap<String, Arc<Access>>)>);

impl Accesses {
    /// The access of a membership whose company owns what the answer says. `life` is how often the replica had loaded everything anew when it
    /// answered, or `None` when that was just changing.
    ///
    /// It is kept under `access:{companyId}:{membershipId}:{accessVersion}:{entitlementVersion}` (requirements 004 §18.4): whenever either side
    /// moves so does the key, so nothing has to be invalidated. Only a database that was restored counts versions once more: then what was
    /// computed before is dropped.
    pub fn of(&self, membership: &Membership, answer: &Answer, life: Option<u64>) -> Arc<Access> {
        let Membership { company_id, membership_id, access_version, .. } = membership;
        let cache_key = format!("access:{company_id}:{membership_id}:{access_version}:{}", answer.version());
        let computed = || {
            let granted = membership.grants.iter().filter(|grant| answer.module(&grant.module));
            let permissions = granted.flat_map(|grant| grant.permissions.iter().cloned()).collect();
            Arc::new(Access { cache_key: cache_key.clone(), permissions })
        };
        let mut guard = self.0.lock();
        let (kept_of, kept) = &mut *guard;
        let Some(life) = life.filter(|life| *life >= *kept_of) else { return computed() };
        if life > *kept_of || kept.len() >= MAX_KEPT {
            kept.clear();
            *kept_of = life;
        }
        Arc::clone(kept.entry(cache_key.clone()).or_insert_with(computed))
    }
}
