//! API keys of callers.

mod create;
mod list;
mod revoke;
mod view;

pub use create::*;
pub use list::*;
pub use revoke::*;
