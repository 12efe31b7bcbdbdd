//! The wire: request, response and problem types of the HTTP API. Shared by the server, the command line and clients.
//!
//! JSON is camelCase; instants are RFC 3339 in UTC; absent values are `null`, never missing.

mod described;
pub mod envelope;
mod given;
mod instant;
pub mod request;
pub mod response;
mod status;

pub use described::{KeyWord, ScopeWord};
pub use envelope::{Detail, ErrorBody, ErrorCode, Failure, Success};
pub use given::Given;
pub use instant::{Instant, InstantError};
pub use status::{ItemStatus, ModuleType, ReachWord, RoleWord};
