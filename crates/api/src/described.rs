//! Words that stand in lists, as the document describes them.

use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

/// The key of a module, package or add-on.
pub struct KeyWord;

impl utoipa::PartialSchema for KeyWord {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(64))
            .pattern(Some("^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"))
            .description(Some("The key of an entry of the catalog."))
            .examples(["finance"])
            .into()
    }
}

impl utoipa::ToSchema for KeyWord {}

/// Something that a caller may be allowed to do.
pub struct ScopeWord;

impl ScopeWord {
    /// Every scope.
    pub const ALL: [&str; 11] = [
        "entitlements:read",
        "modules:read",
        "summary:read",
        "changes:read",
        "catalog:read",
        "history:read",
        "companies:read",
        "catalog:write",
        "companies:write",
        "billing:write",
        "system:admin",
    ];
}

impl utoipa::PartialSchema for ScopeWord {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Self::ALL))
            .description(Some("Something that a caller may be allowed to do."))
            .into()
    }
}

impl utoipa::ToSchema for ScopeWord {}

/// An event that a webhook endpoint may choose.
pub struct WebhookEventWord;

impl WebhookEventWord {
    /// Every such event.
    pub const ALL: [&str; 2] = ["company.entitlements_changed", "catalog.changed"];
}

impl utoipa::PartialSchema for WebhookEventWord {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Self::ALL))
            .description(Some("An event that a webhook endpoint may choose."))
            .into()
    }
}

impl utoipa::ToSchema for WebhookEventWord {}
