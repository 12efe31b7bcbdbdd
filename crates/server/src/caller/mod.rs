//! Who calls, and what they may do: scopes and roles, API keys, signed service tokens, client certificates, and the one place where
//! a request's credentials become a [`Caller`] ([`Authenticator`]).
//!
//! Callers are services. Nothing here knows people: whose behalf a service acts on is for the service to know.

mod api_key;
mod authenticator;
mod certificate;
mod follow;
mod identity;
mod keys;
mod refused;
mod role;
mod scope;
mod secret;
mod sha256;
mod token;

pub use api_key::{ApiKey, NewKey, NewKeyError};
pub use authenticator::{Authenticator, INTERNAL_API_KEY};
pub use certificate::{CertificateCaller, PeerCertificate};
pub use follow::{KEY_POLL_MS, follow_keys, note_use};
pub use identity::{Caller, CallerKind};
pub use keys::{KEYS_FRESH_MS, Keys};
pub use refused::Refused;
pub use role::{Allowance, Role};
pub use scope::{Scope, ScopeSet};
pub use secret::Secret;
pub use token::{
    JwksError, JwksSource, Refresh, SECRET_BYTES_MIN, TokenCaller, TokenSettings, Tokens, check_jwks, follow_tokens,
};
