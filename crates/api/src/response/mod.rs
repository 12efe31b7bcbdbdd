//! Bodies of answers.

mod catalog;
mod changes;
mod companies;
mod company_list;
mod keys;
mod owned;
mod package_change;
mod rules;
mod service;
mod timeline;
mod webhooks;

pub use catalog::{AddonList, Foretold, ItemView, ItemWritten, ModuleList, ModuleView, ModuleWritten, PackageList};
pub use changes::{FeedChangeView, FeedKind, FeedView};
pub use companies::{
    AddonView, AddonWritten, BasicWritten, ChangeView, EntitlementsView, HistoryEntryView, HistoryView, PackageWritten,
    RepairedView, SummaryView,
};
pub use company_list::{CompanyLineView, CompanyList, RowView};
pub use keys::{KeyCreated, KeyList, KeyView};
pub use owned::*;
pub use package_change::*;
pub use rules::*;
pub use service::HealthView;
pub use timeline::*;
pub use webhooks::*;
