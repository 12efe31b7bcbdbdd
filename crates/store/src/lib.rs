//! The storage contract: what a store must do ([`Store`]), the versioned forms in which it keeps what SQL does not look into
//! ([`record`]), a model store of plain maps ([`model::ModelStore`]), and one conformance suite for all of them.

mod census;
pub mod chain;
mod change_request;
mod company_filter;
#[cfg(feature = "conformance")]
pub mod conformance;
mod contract;
mod error;
mod feed;
mod history;
mod keys;
mod ledger;
mod log;
pub mod model;
mod past;
pub mod record;
mod reply;
mod roll_out;
mod system;
mod verify;
mod watch;
mod webhook;
mod webhook_store;

pub use census::{Census, Reshaped, mark};
pub use change_request::{ChangeRequest, ChangeRequestStatus};
pub use company_filter::{CompanyFilter, folded, folded_name};
pub use contract::{
    CatalogCommit, Committed, CompanyCommit, CompanyReading, Decision, Loaded, Reading, RollOutStep, Store,
};
pub use error::StoreError;
pub use feed::{FeedEntry, FeedPage, FeedPosition};
pub use history::{HistoryEntry, HistoryPosition, HistorySource};
pub use keys::{KeyRecord, KeyRing};
pub use ledger::{LedgerLine, LedgerPosition};
pub use log::{CatalogHead, CatalogLine, CompanyHead, CompanyLine, catalog_lines, company_lines};
pub use past::{PastCatalog, PastCompany};
pub use reply::{REPLY_KEPT_HOURS, ReplyKey, StoredReply};
pub use roll_out::{RollOut, RollOutStatus};
pub use system::{SystemChange, SystemCommit};
pub use verify::{Breach, MAX_BREACHES, Verified, verify};
pub use watch::{WatchMark, Watched};
pub use webhook::{
    Attempt, Claimed, Delivery, DeliveryStatus, DisabledReason, EventType, FanOut, PrunedDeliveries, Settled,
    Settlement, Verdict, WEBHOOK_SECRET_BYTES, WebhookCursor, WebhookEndpoint, WebhookEvent, WebhookSecret,
};
pub use webhook_store::WebhookStore;

/// The version of the stored schema that this build reads and writes. `migrate` brings a database here; `serve` refuses any other.
pub const SCHEMA_VERSION: u32 = 7;
