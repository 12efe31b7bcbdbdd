//! Company writes and history (requirements 004 §15.3, §17).

mod deactivate_addon;
mod history;
mod holding;
mod repair;
mod set_addon;
mod set_basic;
mod set_package;

pub use deactivate_addon::*;
pub use history::*;
pub use repair::*;
pub use set_addon::*;
pub use set_basic::*;
pub use set_package::*;
