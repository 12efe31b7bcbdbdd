//! Packages and add-ons: what companies buy, and the numbered definitions of what that means.

use super::{Definition, Lifecycle, Profile};
use crate::{ItemKey, Text, Timestamp};
use uuid::Uuid;

/// Package or add-on. Both are sold, held and revised alike; where they differ the kind says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A bundle that a company buys.
    Package,
    /// An optional extension.
    Addon,
}

impl ItemKind {
    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Addon => "addon",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Package, Self::Addon].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Names one package or one add-on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemRef {
    /// Which of the two.
    pub kind: ItemKind,
    /// Its key.
    pub key: ItemKey,
}

/// Whom a new revision reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// All holders, at once.
    Existing,
    /// Only assignments from now on.
    Future,
}

impl Reach {
    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Existing => "existing",
            Self::Future => "future",
        }
    }

    /// The reach of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Existing, Self::Future].into_iter().find(|reach| reach.as_str() == word)
    }
}

/// An immutable numbered definition of what an item grants; only its epoch grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// 1 for an item's first definition, then one more each time.
    pub number: u32,
    /// Whom it reached when it was made.
    pub reach: Reach,
    /// What it grants, and under which rules.
    pub definition: Definition,
    /// Grows whenever what this revision *means* changes; higher than every epoch of earlier revisions at its making.
    pub epoch: u64,
    /// When the epoch last grew.
    pub epoch_grown_at: Timestamp,
    /// When the revision was made.
    pub created_at: Timestamp,
}

/// A package or an add-on (requirements 004 §7.2, §7.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Identifier, never reused.
    pub id: Uuid,
    /// Package or add-on.
    pub kind: ItemKind,
    /// Stable key, immutable.
    pub key: ItemKey,
    /// What people call it.
    pub name: Text,
    /// For people.
    pub description: Option<Text>,
    /// Where it stands in its life; only an active item may be newly assigned.
    pub lifecycle: Lifecycle,
    /// What else is said of it.
    pub profile: Profile,
    /// All definitions, by number: `revisions[n].number == n + 1`.
    pub revisions: Vec<Revision>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Item {
    /// How commands and rows name it.
    pub fn reference(&self) -> ItemRef {
        ItemRef { kind: self.kind, key: self.key.clone() }
    }

    /// Whether it may be newly assigned.
    pub fn is_active(&self) -> bool {
        self.lifecycle == Lifecycle::Active
    }

    /// The definition of that number.
    pub fn revision(&self, number: u32) -> Option<&Revision> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.revisions.get(index)
    }

    /// What the newest definition says; of an item without any, nothing.
    pub fn definition(&self) -> Option<&Definition> {
        self.newest().map(|revision| &revision.definition)
    }

    /// The items that share one trial for life: its group, or itself.
    pub fn trial_line(&self) -> (Option<&ItemKey>, ItemKind, &ItemKey) {
        match &self.profile.trial_group {
            Some(group) => (Some(group), ItemKind::Package, group),
            None => (None, self.kind, &self.key),
        }
    }

    /// The newest definition: what a new assignment gets.
    pub fn newest(&self) -> Option<&Revision> {
        self.revisions.last()
    }

    /// The number of the newest definition that reached existing holders; 0 before there is any.
    pub fn newest_existing(&self) -> u32 {
        let reached = self.revisions.iter().rev().find(|revision| revision.reach == Reach::Existing);
        reached.map_or(0, |revision| revision.number)
    }

    /// What a row assigned at revision `assigned` means now: the later of that and the newest that reached existing holders.
    pub fn effective(&self, assigned: u32) -> Option<&Revision> {
        let number = assigned.max(self.newest_existing());
        self.revision(number).or_else(|| self.newest())
    }

    /// What an included add-on means: the newest definition that reached existing holders.
    pub fn included_revision(&self) -> Option<&Revision> {
        self.revision(self.newest_existing()).or_else(|| self.newest())
    }
}
