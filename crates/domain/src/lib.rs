//! The pure core of platform-core: what a company commercially owns at an instant, and what a command would change.
//!
//! Three functions carry everything: [`resolve()`] answers, [`decide()`] judges a command and returns a [`ChangeSet`], and
//! [`apply`] turns a state and a change set into the next state. The catalog has the same pair, [`decide_catalog`] and
//! [`apply_catalog`]. None of them does I/O, reads a clock or draws a random number: an instant and fresh identifiers are
//! arguments, so every rule can be tested by the million.

pub mod catalog;
pub mod company;
mod decide;
mod key;
mod refusal;
mod resolve;
mod text;
mod time;

pub use catalog::{
    Catalog, CatalogChange, CatalogCommand, CatalogEvent, CatalogReach, Item, ItemKind, ItemRef, Module, ModuleKind,
    Reach, Revision, apply_catalog, decide_catalog,
};
pub use company::{
    ChangeSet, ChangeType, Command, CompanyEvent, CompanyId, CompanyState, EntityType, Holding, HoldingChange, Origin,
    Patch, SetHolding, Standing, Status, Terms, Window, apply,
};
pub use decide::{MAX_ENTITLEMENT_VERSION, MAX_HOLDINGS, decide};
pub use key::{ItemKey, KeyError, MAX_KEY_CHARS, ModuleKey};
pub use refusal::{Breach, Refusal, RefusalCode};
pub use resolve::{AddonInForce, Entitlements, resolve, version_at};
pub use text::{Text, TextError};
pub use time::Timestamp;
pub use uuid::Uuid;
