//! An Auth backend in small: who belongs to which company and what they were granted there is its own business; what the company owns it takes
//! from platform-core. Effective access is the intersection of both (requirements 004 §19.1).
//!
//! When platform-core has not confirmed for longer than the replica's bound what a company owns, access is not known, and the answer is 503
//! (requirements 004 §19.2). Nothing is guessed, and nothing that was known before is used.

mod access;
mod memberships;
mod routes;

pub use access::{Access, Accesses};
pub use memberships::{Grant, Membership, MembershipError, Memberships};
pub use routes::router;
