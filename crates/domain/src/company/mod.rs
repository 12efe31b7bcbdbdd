//! A company's commercial state, what may be asked of it, and what a change is.

mod change;
mod command;
mod credit;
mod event;
mod grant;
mod holding;
mod profile;
mod state;

pub use change::{ChangeSet, HoldingChange, Note, Passed, apply};
pub use command::{AddGrant, ChangePackage, Command, ConsumeCredits, CreditScope, GrantCredits, Patch, SetHolding};
pub use credit::{CreditEntry, CreditLot, CreditMove, Credits, MAX_OPEN_LOTS};
pub use event::{ChangeType, CompanyEvent, EntityType, Record};
pub use grant::{Grant, GrantTerms, Granted};
pub use holding::{Holding, Origin, Replaced, Status, Terms, Window};
pub use profile::{CompanyProfile, MAX_EXTERNAL_REFERENCES};
pub use state::{CompanyId, CompanyState, Standing};
