//! API keys of callers.

mod create;
mod list;
mod revoke;
mod view;

pub use create::*;
pub use list::*;
pub use revoke::*;

/// Why `If-Match` does not work on keys.
const NO_VERSION: &str = "an API key has no version, it is made once and revoked once";
