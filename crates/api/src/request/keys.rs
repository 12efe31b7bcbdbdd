//! Key writes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Instant, RoleWord, ScopeWord};

/// Makes an API key. Several keys of one name live at once while one is rotated.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateKey {
    /// The caller's name, as it will stand in logs and as `changedBy`.
    #[schema(
        min_length = 1,
        max_length = 128,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "auth-backend"
    )]
    pub name: String,
    /// The caller's role.
    pub role: RoleWord,
    /// Scopes on top of the role's.
    #[serde(default)]
    #[schema(value_type = Vec<ScopeWord>, max_items = 16, example = json!(["companies:write"]))]
    pub scopes: Vec<String>,
    /// First instant at which the key is no longer accepted; never when left out.
    #[serde(default)]
    pub expires_at: Option<Instant>,
}
