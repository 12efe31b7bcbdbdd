//! Keys on the wire.

use api::{RoleWord, response::KeyView};
use store::KeyRecord;

use crate::{caller::Role, service::to_instant};

/// A key, without its secret.
pub(super) fn key_view(key: &KeyRecord) -> KeyView {
    KeyView {
        id: key.id,
        name: key.name.clone(),
        role: match Role::parse(&key.role) {
            Some(Role::Auth) => RoleWord::Auth,
            Some(Role::Admin) => RoleWord::Admin,
            Some(Role::Job) | None => RoleWord::Job,
        },
        scopes: key.scopes.clone(),
        created_at: to_instant(key.created_at),
        expires_at: key.expires_at.map(to_instant),
        revoked_at: key.revoked_at.map(to_instant),
        last_used_at: key.last_used_at.map(to_instant),
    }
}
