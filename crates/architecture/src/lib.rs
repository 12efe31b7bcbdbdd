//! The house rules, as programs. Not shipped.
//!
//! A rule is a function from what is read of the repository to what is wrong with it. Every rule is tested twice: on planted violations,
//! beside the rule, and on the repository itself, in `tests/house.rs`.

mod finding;
mod outline;
mod policy;
pub mod rules;
mod tokens;
mod tree;

pub use finding::Finding;
pub use outline::{Function, ModuleFile, Name, NameKind, Outline};
pub use tokens::Token;
pub use tree::{File, Rust, Tree, root};
