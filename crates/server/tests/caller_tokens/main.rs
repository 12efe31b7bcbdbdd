//! Signed service tokens.

mod issuer;
mod judged;
mod jwks_url;
