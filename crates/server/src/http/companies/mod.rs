//! Company writes and history (requirements 004 §15.3, §17).

mod change_package;
mod credits;
mod deactivate_addon;
mod grants;
mod history;
mod holding;
mod list;
mod preview;
mod profile;
mod repair;
mod set_addon;
mod set_basic;
mod set_package;

pub use change_package::*;
pub use credits::*;
pub use deactivate_addon::*;
pub use grants::*;
pub use history::*;
pub use list::*;
pub use profile::*;
pub use repair::*;
pub use set_addon::*;
pub use set_basic::*;
pub use set_package::*;
