//! What the process remembers: companies with their encoded answers, and the catalog.

mod companies;
mod entry;
mod folded;
mod packed;

pub(crate) use companies::{CachedAnswer, CompanyCache, Lookup};
