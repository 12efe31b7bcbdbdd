//! Making an API key.

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Text, Timestamp, Uuid};
use store::KeyRecord;

use super::{Role, Scope, Secret, sha256::sha256};
use crate::wire::{GivenTextError, given_line};

/// Random bytes of a key: 256 bits, beyond guessing.
const KEY_BYTES: usize = 32;

/// What every key begins with, so that scanners of repositories and logs can find one that leaked.
const PREFIX: &str = "pc_";

/// What a new key is for.
#[derive(Clone, Debug)]
pub struct NewKey<'a> {
    /// The caller's name.
    pub name: &'a str,
    /// The caller's role.
    pub role: Role,
    /// Scopes on top of the role's.
    pub scopes: &'a [Scope],
    /// When it is made.
    pub now: Timestamp,
    /// First instant at which it is no longer accepted.
    pub expires_at: Option<Timestamp>,
}

/// Why a key was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewKeyError {
    /// The name is not a text.
    #[error("name {0}")]
    Name(GivenTextError),
    /// The role can never have that scope.
    #[error("a caller of role `{role}` cannot have scope `{scope}`")]
    Scope {
        /// The role.
        role: Role,
        /// The scope.
        scope: Scope,
    },
    /// It would never be accepted.
    #[error("the expiry lies in the past")]
    Expired,
    /// The machine gave no random bytes.
    #[error("no random bytes are to be had")]
    Random,
}

/// API keys.
#[derive(Clone, Copy, Debug)]
pub struct ApiKey;

impl ApiKey {
    /// Makes a key: its text, to be shown once and kept by nobody here, and the record to be stored, which holds only its hash.
    ///
    /// # Errors
    /// [`NewKeyError`] when the key would be of no use, or no random bytes can be had.
    pub fn generate(new: &NewKey<'_>) -> Result<(Secret<String>, KeyRecord), NewKeyError> {
        let name = given_line(new.name, Text::ACTOR_CHARS).map_err(NewKeyError::Name)?;
        let extra = new.scopes.iter().copied();
        new.role.scopes_with(extra).map_err(|scope| NewKeyError::Scope { role: new.role, scope })?;
        if new.expires_at.is_some_and(|expires_at| expires_at <= new.now) {
            return Err(NewKeyError::Expired);
        }
        let mut random = [0; KEY_BYTES];
        rand::fill(&mut random).map_err(|_| NewKeyError::Random)?;
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let record = KeyRecord {
            id: Uuid::now_v7(),
            name: name.as_str().to_owned(),
            role: new.role.as_str().to_owned(),
            scopes: new.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            hash: sha256(text.as_bytes()),
            created_at: new.now,
            expires_at: new.expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        Ok((Secret::new(text), record))
    }
}
