//! A company's row for one package (a subscription) or one add-on (a company add-on).

use crate::{ItemKey, ItemRef, Text, Timestamp};

/// The status of a row (requirements 004 §21.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Entitles within its window.
    Active,
    /// Switched off.
    Inactive,
    /// Ended by choice.
    Cancelled,
    /// Ended by time.
    Expired,
    /// Entitles within its window, on trial.
    Trial,
    /// Suspended: does not entitle, may be resumed.
    Paused,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Active, Self::Inactive, Self::Cancelled, Self::Expired, Self::Trial, Self::Paused];

    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Trial => "trial",
            Self::Paused => "paused",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether a row of this status entitles within its window.
    pub fn is_entitling(self) -> bool {
        match self {
            Self::Active | Self::Trial => true,
            Self::Inactive | Self::Cancelled | Self::Expired | Self::Paused => false,
        }
    }
}

/// When a row is in force: from `starts_at` until `grace_ends_at` or, without one, `ends_at`. Half open; absent ends are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Window {
    /// First instant in force.
    pub starts_at: Option<Timestamp>,
    /// First instant no longer paid for.
    pub ends_at: Option<Timestamp>,
    /// First instant no longer in force, where a grace period follows the end.
    pub grace_ends_at: Option<Timestamp>,
}

impl Window {
    /// First instant no longer in force; `None` is never.
    pub fn closes_at(&self) -> Option<Timestamp> {
        self.grace_ends_at.or(self.ends_at)
    }

    /// Whether no instant lies in the window.
    pub fn is_empty(&self) -> bool {
        matches!((self.starts_at, self.closes_at()), (Some(start), Some(end)) if start >= end)
    }

    /// Whether `instant` lies in the window.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.starts_at.is_none_or(|start| start <= instant) && !self.has_closed(instant)
    }

    /// Whether the window lies wholly before `instant`.
    pub fn has_closed(&self, instant: Timestamp) -> bool {
        self.closes_at().is_some_and(|end| end <= instant)
    }

    /// The instants at which an answer can change; none for an empty window.
    pub fn boundaries(&self) -> impl Iterator<Item = Timestamp> + use<> {
        let ends = if self.is_empty() { [None, None] } else { [self.starts_at, self.closes_at()] };
        ends.into_iter().flatten()
    }

    /// Whether some instant from `from` on lies in both windows.
    pub fn overlaps_from(&self, other: &Self, from: Timestamp) -> bool {
        let start = [Some(from), self.starts_at, other.starts_at].into_iter().flatten().max();
        let end = [self.closes_at(), other.closes_at()].into_iter().flatten().min();
        !self.is_empty() && !other.is_empty() && end.is_none_or(|end| start.is_none_or(|start| start < end))
    }
}

/// The part of a row that entitlements depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The package or add-on held.
    pub item: ItemRef,
    /// Its status.
    pub status: Status,
    /// When it is in force.
    pub window: Window,
    /// How many; at least 1.
    pub quantity: u32,
    /// The revision that it was assigned.
    pub assigned_revision: u32,
    /// When the row was made: the older of two conflicting rows wins.
    pub created_at: Timestamp,
}

impl Terms {
    /// Whether the row entitles at `instant`.
    pub fn in_force(&self, instant: Timestamp) -> bool {
        self.status.is_entitling() && self.window.contains(instant)
    }
}

/// The part of a row that says where it came from. Entitlements never depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What kind of process wrote it, such as `platform_admin` or `billing_sync`.
    pub source: Option<Text>,
    /// The provider's name for it, such as a subscription id.
    pub external_reference: Option<Text>,
    /// On whose behalf it was made.
    pub created_by: Text,
    /// On whose behalf it was last changed.
    pub updated_by: Text,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a planned change of package took from a row that it ends, so that it can be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// On the row of a package that was changed to: the package that ends where this row begins. On the row of an add-on that the change
    /// ends as well: the package that was changed to.
    pub package: ItemKey,
    /// Its end before.
    pub ends_at: Option<Timestamp>,
    /// Its grace end before.
    pub grace_ends_at: Option<Timestamp>,
}

/// A company's row for one package or add-on, whole (requirements 004 §7.6, §7.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// What entitlements depend on.
    pub terms: Terms,
    /// Where it came from.
    pub origin: Origin,
    /// When the row first went on trial, if it ever did: a company has one trial of a line for life.
    pub trialed_at: Option<Timestamp>,
    /// Of a paused row, as what it entitled when it was paused; none when it has not entitled since it was assigned. What never entitled
    /// is not resumed but assigned, and only a paused trial is resumed as a trial.
    pub paused_from: Option<Status>,
    /// Of a package that was changed to, what it replaces; of an add-on that a planned change ends, what it had before.
    pub replaces: Option<Replaced>,
    /// Whether its end has been written to the history. The row then shows as expired; what it counts for stays as it was, so that
    /// no answer and no version depends on it.
    pub lapsed: bool,
}

impl Holding {
    /// The status that it shows and is stored with: expired once its end has been written to the history.
    pub fn shown_status(&self) -> Status {
        if self.lapsed && self.terms.status.is_entitling() { Status::Expired } else { self.terms.status }
    }
}

impl Holding {
    /// Whether the row can go on without being assigned anew: it entitles by its status, or did until it was paused, and has not ended.
    pub fn is_renewable(&self, at: Timestamp) -> bool {
        let may_entitle = match self.terms.status {
            Status::Active | Status::Trial => true,
            Status::Paused => self.paused_from.is_some(),
            Status::Inactive | Status::Cancelled | Status::Expired => false,
        };
        may_entitle && !self.terms.window.has_closed(at)
    }

    /// Whether the row is on trial, or was until it was paused.
    pub fn is_on_trial(&self) -> bool {
        let paused = self.paused_from.filter(|_| self.terms.status == Status::Paused);
        paused.unwrap_or(self.terms.status) == Status::Trial
    }
}
