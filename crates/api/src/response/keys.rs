//! Keys.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Instant, RoleWord};

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// Identifier.
    pub id: Uuid,
    /// The caller's name.
    pub name: String,
    /// The caller's role.
    pub role: RoleWord,
    /// Scopes on top of the role's.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Instant,
    /// First instant at which it is no longer accepted.
    #[schema(required)]
    pub expires_at: Option<Instant>,
    /// When it was revoked.
    #[schema(required)]
    pub revoked_at: Option<Instant>,
    /// When it was last accepted, to within a minute.
    #[schema(required)]
    pub last_used_at: Option<Instant>,
}

/// A new API key. The only answer that ever carries the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyCreated {
    /// The key to send as `X-Internal-API-Key`. Shown once; not in the answer to a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub key: Option<String>,
    /// What is stored of it.
    #[serde(flatten)]
    pub view: KeyView,
}

/// Every API key, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyList {
    /// The keys.
    pub keys: Vec<KeyView>,
}
