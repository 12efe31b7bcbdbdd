//! Bodies of requests. Unknown and duplicate fields are refused.

mod catalog;
mod companies;
mod keys;

pub use catalog::{CreateItem, CreateModule, PatchItem, PatchModule};
pub use companies::{DeactivateAddon, SetAddon, SetBasic, SetPackage};
pub use keys::CreateKey;
