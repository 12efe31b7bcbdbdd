//! Permissions: catalogue entries that a company may become eligible for. Never anybody's grants.

use std::{fmt, sync::Arc};

use crate::{KeyError, ModuleKey, Text, Timestamp, key};
use uuid::Uuid;

/// The longest permission key, in characters: a module's namespace and what it says of it.
pub const MAX_PERMISSION_CHARS: usize = 128;

/// The key of a permission: two or more slugs joined by dots, such as `finance.ticketing.read`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionKey(Arc<str>);

impl PermissionKey {
    /// Parses a key.
    ///
    /// # Errors
    /// [`KeyError`] when the text is not two or more slugs joined by dots, of at most [`MAX_PERMISSION_CHARS`] characters.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.is_empty() || text.len() > MAX_PERMISSION_CHARS {
            return Err(KeyError::Length);
        }
        let is_slug = |segment: &str| key::check(segment).is_ok();
        if text.contains('.') && text.split('.').all(is_slug) { Ok(Self(text.into())) } else { Err(KeyError::Shape) }
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first segment: the namespace of the module that owns the capability.
    pub fn namespace(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for PermissionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for PermissionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`", self.0)
    }
}

impl std::borrow::Borrow<str> for PermissionKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// A permission of the catalogue (requirements 000 §7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Identifier, never reused.
    pub id: Uuid,
    /// Stable key, immutable.
    pub key: PermissionKey,
    /// The module that owns the capability; the key's first segment is one of its namespaces.
    pub module: ModuleKey,
    /// For people.
    pub description: Option<Text>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
