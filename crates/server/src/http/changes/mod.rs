//! The change feed.

mod get;

pub use get::*;
