//! Health.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The process lives, or is ready (requirements 004 §13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthView {
    /// `ok`.
    #[schema(example = "ok")]
    pub status: String,
}
