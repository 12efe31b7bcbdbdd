//! Entitlement reads (requirements 004 §15.1, §15.2).

mod at;
mod batch;
mod eligibility;
mod explain;
mod features;
mod get;
mod summary;
mod timeline;

pub use batch::*;
pub use eligibility::*;
pub use explain::*;
pub use features::*;
pub use get::*;
pub use summary::*;
pub use timeline::*;
