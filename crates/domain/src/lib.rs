//! The pure core of platform-core: what a company commercially owns at an instant, and what a command would change.
//!
//! Three functions carry everything: [`resolve()`] answers, [`decide()`] judges a command and returns a [`ChangeSet`], and
//! [`apply`] turns a state and a change set into the next state. The catalog has the same pair, [`decide_catalog`] and
//! [`apply_catalog`]. None of them does I/O, reads a clock or draws a random number: an instant and fresh identifiers are
//! arguments, so every rule can be tested by the million.

pub mod catalog;
pub mod company;
mod decide;
mod impact;
mod key;
mod refusal;
mod resolve;
mod text;
mod time;

pub use catalog::{
    AddonKind, AddonRules, Attributes, Availability, Catalog, CatalogChange, CatalogCommand, CatalogEvent,
    CatalogFacts, CatalogReach, Combine, CommercialType, CreateItem, CreateModule, Definition, Entry, Feature,
    FeatureEdit, FeatureKind, FeatureValue, Governance, Item, ItemEdit, ItemKind, ItemKindEdit, ItemRef, Lifecycle,
    ListField, MAX_AMOUNT, MAX_ATTRIBUTES, MAX_CATALOG_ENTRIES, MAX_PERMISSION_CHARS, MAX_REQUIREMENT_DEPTH, MAX_TERMS,
    Module, ModuleEdit, ModuleKind, Orientation, Permission, PermissionEdit, PermissionKey, Policy, Profile, Reach,
    Reached, Requirement, Revision, Strictness, Term, TermError, Visibility, apply_catalog, decide_catalog, missing,
    validate,
};
pub use company::{
    AddGrant, ChangePackage, ChangeSet, ChangeType, Command, CompanyEvent, CompanyId, CompanyProfile, CompanyState,
    ConsumeCredits, CreditEntry, CreditLot, CreditMove, CreditScope, Credits, EntityType, Grant, GrantCredits,
    GrantTerms, Granted, Holding, HoldingChange, MAX_EXTERNAL_REFERENCES, MAX_OPEN_LOTS, Note, Origin, Passed, Patch,
    Record, Replaced, SetHolding, Standing, Status, Terms, Window, apply,
};
pub use decide::{
    Direction, MAX_ENTITLEMENT_VERSION, MAX_GRANTS, MAX_HOLDINGS, PackageChangeReport, ReducedLimit, boundary_after,
    decide, direction,
};
pub use impact::{Impact, Moved};
pub use key::{FeatureKey, ItemKey, KeyError, MAX_KEY_CHARS, ModuleKey};
pub use refusal::{Breach, Refusal, RefusalCode};
pub use resolve::{
    AddonInForce, Asked, Candidate, Considered, Eligibility, Entitlements, Evaluation, FeatureInForce, Gained, Idle,
    Moment, PackageInForce, Shape, Source, Stop, boundaries, resolve, timeline, version_at,
};
pub use text::{Text, TextError};
pub use time::Timestamp;
pub use uuid::Uuid;
