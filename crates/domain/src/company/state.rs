//! Everything stored about one company.

use std::fmt;

use super::{CompanyProfile, Credits, Grant, GrantTerms, Holding, Terms};
use crate::{ItemRef, Timestamp};
use uuid::Uuid;

/// The canonical identifier of a company; never nil.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompanyId(Uuid);

impl CompanyId {
    /// The id of that UUID; `None` for the nil UUID, which names nobody.
    pub fn new(id: Uuid) -> Option<Self> {
        (!id.is_nil()).then_some(Self(id))
    }

    /// The UUID.
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for CompanyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for CompanyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What decides a company's answer: its rows' terms and the base of its version. This is what caches keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whose.
    pub company_id: CompanyId,
    /// How many times the company was written; 0 is a company that was never written, and so is not known.
    pub write_seq: u64,
    /// What the entitlement version is on top of epochs and boundaries crossed. May be negative.
    pub version_base: i64,
    /// When the company was last written, or when the last boundary passed that its history tells of since. It is judged at no instant before, so
    /// a clock that steps back revives nothing.
    pub last_write_at: Timestamp,
    /// The rows' terms, by kind and key.
    pub terms: Vec<Terms>,
    /// The grants' terms, by identifier.
    pub grants: Vec<GrantTerms>,
}

/// A company's whole commercial state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyState {
    /// Whose.
    pub company_id: CompanyId,
    /// As in [`Standing::write_seq`]; guards every write.
    pub write_seq: u64,
    /// As in [`Standing::version_base`].
    pub version_base: i64,
    /// As in [`Standing::last_write_at`].
    pub last_write_at: Timestamp,
    /// The rows, by kind and key, at most one for each.
    pub holdings: Vec<Holding>,
    /// The grants, by identifier.
    pub grants: Vec<Grant>,
    /// What is known of its credits; empty where a command has nothing to do with them.
    pub credits: Credits,
    /// How it is shown.
    pub profile: CompanyProfile,
    /// The first boundary that the history does not tell of yet; `None` when there is none. No answer depends on it.
    pub next_boundary: Option<Timestamp>,
}

impl CompanyState {
    /// A company that was never written.
    pub fn unknown(company_id: CompanyId) -> Self {
        Self {
            company_id,
            write_seq: 0,
            version_base: 0,
            last_write_at: Timestamp::MIN,
            holdings: Vec::new(),
            grants: Vec::new(),
            credits: Credits::default(),
            profile: CompanyProfile::default(),
            next_boundary: None,
        }
    }

    /// Whether the company was ever written.
    pub fn is_known(&self) -> bool {
        self.write_seq > 0
    }

    /// The row for an item.
    pub fn holding(&self, item: &ItemRef) -> Option<&Holding> {
        self.holdings.iter().find(|holding| holding.terms.item == *item)
    }

    /// What decides the answer.
    pub fn standing(&self) -> Standing {
        Standing {
            company_id: self.company_id,
            write_seq: self.write_seq,
            version_base: self.version_base,
            last_write_at: self.last_write_at,
            terms: self.holdings.iter().map(|holding| holding.terms.clone()).collect(),
            grants: self.grants.iter().map(|grant| grant.terms.clone()).collect(),
        }
    }
}
