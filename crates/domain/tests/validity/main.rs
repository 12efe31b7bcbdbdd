//! What makes a catalog valid: every rule by name, the catalogs of the requirements, and the search for buyers against brute force.

mod brute_force;
mod catalogs;
mod completeness;
mod duplicates;
mod for_nobody;
mod keys;
mod random;
mod references;
mod rules;
mod shelf;
