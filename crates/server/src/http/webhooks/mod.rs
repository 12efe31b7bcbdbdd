//! Outgoing webhooks: endpoints and deliveries.

mod create;
mod deliveries;
mod endpoints;
mod patch;
mod redeliver;
mod rotate;
mod view;

pub use create::*;
pub use deliveries::*;
pub use endpoints::*;
pub use patch::*;
pub use redeliver::*;
pub use rotate::*;
