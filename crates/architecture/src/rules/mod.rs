//! The rules. Each takes what it needs of the repository and gives what is wrong with it.

pub mod boundary;
pub mod concepts;
pub mod dependencies;
pub mod documents;
pub mod imports;
pub mod ratchet;
pub mod reachable;
pub mod shipped;
pub mod sizes;
pub mod sql;
pub mod unfinished;
pub mod words;
