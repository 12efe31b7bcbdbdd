//! What the process remembers: companies with their encoded answers, and the catalog.

mod companies;
mod entry;
mod folded;
mod names;
mod packed;
#[cfg(test)]
mod races;

pub(crate) use companies::{CachedAnswer, CompanyCache, Lookup};
