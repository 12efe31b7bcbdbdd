//! API keys of callers: hashes and what goes with them, never the secret.

use domain::{Timestamp, Uuid};

/// One API key. Several of one name live at once while a key is rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Identifier.
    pub id: Uuid,
    /// The caller's name.
    pub name: String,
    /// The caller's role: `auth`, `admin` or `job`.
    pub role: String,
    /// Scopes on top of the role's, such as `companies:write`.
    pub scopes: Vec<String>,
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// When it was made.
    pub created_at: Timestamp,
    /// First instant at which it is no longer accepted; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last accepted, to within a minute.
    pub last_used_at: Option<Timestamp>,
}

/// Every key at one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRing {
    /// Grows with every key made or revoked.
    pub generation: u64,
    /// All keys, revoked and expired ones too, oldest first.
    pub keys: Vec<KeyRecord>,
}

impl KeyRing {
    /// The live keys of that id, or else, where there is no such id, of that name.
    pub fn live(&self, name_or_id: &str) -> Vec<&KeyRecord> {
        let is_id = |key: &KeyRecord| key.id.to_string() == name_or_id;
        let is_of_one = self.keys.iter().any(is_id);
        let is_meant = |key: &&KeyRecord| if is_of_one { is_id(key) } else { key.name == name_or_id };
        self.keys.iter().filter(is_meant).filter(|key| key.revoked_at.is_none()).collect()
    }
}
