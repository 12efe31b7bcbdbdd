//! Modules: the product boundaries that backends gate on.

use std::collections::BTreeSet;

use crate::{ModuleKey, Text, Timestamp};
use uuid::Uuid;

/// Whether a module is a persona's core application or an extension (requirements 004 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModuleKind {
    /// Delivered by a base package.
    Base,
    /// Delivered by an add-on, or by a package on top of a base module.
    Addon,
}

impl ModuleKind {
    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Addon => "addon",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Base, Self::Addon].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A module (requirements 004 §7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Identifier, never reused.
    pub id: Uuid,
    /// Stable key, immutable.
    pub key: ModuleKey,
    /// What people call it.
    pub name: Text,
    /// Immutable.
    pub kind: ModuleKind,
    /// For people.
    pub description: Option<Text>,
    /// An inactive module is enabled for nobody.
    pub is_active: bool,
    /// The first segment of its permissions; its key unless said otherwise.
    pub namespace: ModuleKey,
    /// Earlier or other first segments that stand for it as well, such as `basic` after it was renamed `promoter`.
    pub namespace_aliases: BTreeSet<ModuleKey>,
    /// Other keys by which requests may name it.
    pub aliases: BTreeSet<ModuleKey>,
    /// Grows whenever what a grant of it means changes.
    pub epoch: u64,
    /// When the epoch last grew.
    pub epoch_grown_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Module {
    /// Every first segment of its permissions: its namespace, then the aliases.
    pub fn namespaces(&self) -> impl Iterator<Item = &ModuleKey> {
        std::iter::once(&self.namespace).chain(&self.namespace_aliases)
    }
}
