//! Outgoing webhooks: the feed is turned into deliveries (`fan_out`), which are claimed and attempted (`deliver`, `send`) until they are
//! taken or given up (`schedule`), each signed (`signature`) and sent to an address that was looked at (`address`, `resolver`).

mod address;
mod deliver;
mod endpoint;
mod events;
mod fan_out;
mod message;
mod outgoing;
mod resolver;
mod schedule;
mod send;
mod signature;

pub use deliver::deliver;
pub use endpoint::{DecidedEndpoint, EndpointEdit, EndpointError, NewEndpoint};
pub use fan_out::fan_out;
pub use outgoing::{MAX_ENDPOINTS, Outgoing, prune};
pub use send::UrlError;
pub use signature::secret_text;
