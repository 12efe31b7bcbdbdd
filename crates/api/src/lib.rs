//! The wire: request, response and problem types of the HTTP API. Shared by the server, the command line and clients.
//!
//! JSON is camelCase; instants are RFC 3339 in UTC; absent values are `null`, never missing.

mod amount;
mod described;
pub mod document;
pub mod envelope;
mod given;
mod ids;
mod instant;
pub mod request;
mod requirement;
pub mod response;
mod status;

pub use amount::{FeatureAmount, MAX_AMOUNT};
pub use described::{KeyWord, ScopeWord, WebhookEventWord};
pub use envelope::{Detail, ErrorBody, ErrorCode, Failure, Previewed, Success};
pub use given::Given;
pub use ids::canonical_uuid;
pub use instant::{Instant, InstantError};
pub use requirement::{AllOf, AnyOf, RequirementBody};
pub use status::{
    AddonKindWord, AvailabilityWord, CombineWord, CommercialTypeWord, FeatureKindWord, ItemStatus, LifecycleWord,
    ModuleType, OrientationWord, ReachWord, RoleWord, StrictnessWord, VisibilityWord,
};
