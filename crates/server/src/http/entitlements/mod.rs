//! Entitlement reads (requirements 004 §15.1, §15.2).

mod get;
mod summary;

pub use get::*;
pub use summary::*;
