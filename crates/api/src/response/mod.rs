//! Bodies of answers.

mod catalog;
mod companies;
mod keys;
mod owned;
mod package_change;
mod rules;
mod service;
mod timeline;

pub use catalog::{AddonList, ItemView, ItemWritten, ModuleList, ModuleView, ModuleWritten, PackageList};
pub use companies::{
    AddonView, AddonWritten, BasicWritten, ChangeView, EntitlementsView, HistoryEntryView, HistoryView, PackageWritten,
    RepairedView, SummaryView,
};
pub use keys::{KeyCreated, KeyList, KeyView};
pub use owned::*;
pub use package_change::*;
pub use rules::*;
pub use service::HealthView;
pub use timeline::*;
