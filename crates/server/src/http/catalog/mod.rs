//! The catalog (requirements 004 §14, §16).

mod backfill;
mod change_requests;
mod create_item;
mod create_module;
mod documents;
mod features;
mod get_item;
mod get_module;
mod list_items;
mod list_modules;
mod patch_item;
mod patch_module;
mod permissions;
mod policy;
mod read;
mod revisions;
mod roll_outs;
mod write;

pub use backfill::*;
pub use change_requests::*;
pub use create_item::*;
pub use create_module::*;
pub use documents::*;
pub use features::*;
pub use get_item::*;
pub use get_module::*;
pub use list_items::*;
pub use list_modules::*;
pub use patch_item::*;
pub use patch_module::*;
pub use permissions::*;
pub use policy::*;
pub use revisions::*;
pub use roll_outs::*;
pub use write::FromBreach;
