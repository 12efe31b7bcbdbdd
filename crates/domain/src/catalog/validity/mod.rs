//! What makes a catalog valid. It is checked whole on every change, and every breach is told, not just the first.

use super::{Catalog, Item};
use crate::Breach;

/// What is wrong with a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What is refused whatever the policy.
    pub breaches: Vec<Breach>,
    /// Active items that are not completely defined; a matter of policy.
    pub incomplete: Vec<Breach>,
    /// Packages that differ in nothing but their price; a matter of policy.
    pub duplicates: Vec<Breach>,
}

/// Checks a whole catalog.
pub fn validate(_catalog: &Catalog) -> Findings {
    Findings::default()
}

/// What an item still lacks before it may become active under a strict policy, in the order in which it is asked for.
pub fn missing(_item: &Item, _catalog: &Catalog) -> Vec<Breach> {
    Vec::new()
}
