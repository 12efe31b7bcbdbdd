//! Signed service tokens: JWTs by an issuer that the operator trusts, for subjects that the operator names.
//!
//! Whoever may sign does not decide what a caller may do: the token says only who it is; role and scopes stand in the configuration.

mod accepted;
mod claims;
mod jwks;
mod key_set;
mod settings;
mod verify;

pub use jwks::{JwksError, JwksSource, Refresh, check_jwks};
pub use settings::{SECRET_BYTES_MIN, TokenCaller, TokenSettings};
pub use verify::{Tokens, follow_tokens};
