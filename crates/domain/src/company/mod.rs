//! A company's commercial state, what may be asked of it, and what a change is.

mod change;
mod command;
mod event;
mod holding;
mod state;

pub use change::{ChangeSet, HoldingChange, apply};
pub use command::{Command, Patch, SetHolding};
pub use event::{ChangeType, CompanyEvent, EntityType};
pub use holding::{Holding, Origin, Status, Terms, Window};
pub use state::{CompanyId, CompanyState, Standing};
