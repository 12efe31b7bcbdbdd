//! What tokens are accepted.

use domain::Text;

use super::JwksSource;
use crate::caller::{Role, ScopeSet, Secret};

/// Least length of a shared secret, in bytes: HS256 is as strong as its secret, and a shorter one can be guessed offline from any one
/// token (RFC 7518 §3.2 asks for as many bits as the hash has).
pub const SECRET_BYTES_MIN: usize = 32;

/// What tokens are accepted.
#[derive(Clone, Debug)]
pub struct TokenSettings {
    /// What `iss` must be.
    pub issuer: String,
    /// What `aud` must be or contain.
    pub audience: String,
    /// The secret for HS256, at least [`SECRET_BYTES_MIN`] bytes.
    pub hs256_secret: Option<Secret<Vec<u8>>>,
    /// Where the public keys for EdDSA, ES256 and RS256 are.
    pub jwks: Option<JwksSource>,
    /// The subjects that are callers.
    pub callers: Vec<TokenCaller>,
}

/// A subject that is a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenCaller {
    /// What `sub` must be; it is the caller's name too.
    pub subject: Text,
    /// The caller's role.
    pub role: Role,
    /// The role's scopes and those on top.
    pub scopes: ScopeSet,
}
