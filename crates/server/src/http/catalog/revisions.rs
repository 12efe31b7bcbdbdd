//! `GET …/{id or key}/revisions` and `GET …/{id or key}/completeness` of packages and add-ons.

use std::sync::Arc;

use api::{
    Detail, ErrorCode, Success,
    response::{CompletenessView, RevisionList},
};
use axum::{extract::State, response::Response};
use domain::{Catalog, Item, ItemKey, ItemKind, ItemRef, missing};
use http::{HeaderMap, Uri};

use super::{
    super::{
        App, Caller, Problem,
        caller::CatalogRead,
        document::{NotModified, ReadProblems, VersionParams},
        path::IdOrKey,
    },
    read::read,
    write::FromBreach,
};
use crate::service::revision_view;

/// The item that a path names, by id, key or alias.
pub(super) fn named<'a>(catalog: &'a Catalog, kind: ItemKind, which: &IdOrKey) -> Result<&'a Item, Problem> {
    let found = match which {
        IdOrKey::Id(id) => catalog.item_by_id(kind, *id),
        IdOrKey::Key(key) => ItemKey::parse(key).ok().and_then(|key| catalog.item_named(&ItemRef { kind, key })),
    };
    found.ok_or_else(|| Problem::new(ErrorCode::NotFound, format!("{} not found", kind.as_str())))
}

macro_rules! reads {
    ($name:ident, $kind:expr, $path:literal, $param:literal, $what:literal, $answer:ty, $view:expr) => {
        #[doc = $what]
        #[utoipa::path(get, path = $path, tag = "Catalog",
            params(($param = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), VersionParams),
            responses((status = 200, description = $what, body = Success<$answer>), NotModified, ReadProblems))]
        pub async fn $name(
            State(app): State<Arc<App>>,
            _: Caller<CatalogRead>,
            which: IdOrKey,
            uri: Uri,
            headers: HeaderMap,
        ) -> Result<Response, Problem> {
            let view: fn(&Item, &Catalog) -> $answer = $view;
            read(&app, &uri, &headers, |catalog| Ok(view(named(catalog, $kind, &which)?, catalog))).await
        }
    };
}

reads!(
    list_package_revisions,
    ItemKind::Package,
    "/internal/catalog/packages/{packageId}/revisions",
    "packageId",
    "Every revision of a package, newest first.",
    RevisionList,
    revisions
);
reads!(
    list_addon_revisions,
    ItemKind::Addon,
    "/internal/catalog/addons/{addonId}/revisions",
    "addonId",
    "Every revision of an add-on, newest first.",
    RevisionList,
    revisions
);
reads!(
    package_completeness,
    ItemKind::Package,
    "/internal/catalog/packages/{packageId}/completeness",
    "packageId",
    "What a package still lacks before it may become active under a strict policy.",
    CompletenessView,
    completeness
);
reads!(
    addon_completeness,
    ItemKind::Addon,
    "/internal/catalog/addons/{addonId}/completeness",
    "addonId",
    "What an add-on still lacks before it may become active under a strict policy.",
    CompletenessView,
    completeness
);

fn revisions(item: &Item, _: &Catalog) -> RevisionList {
    RevisionList {
        revisions: item.revisions.iter().rev().filter_map(|revision| revision_view(item, revision)).collect(),
    }
}

fn completeness(item: &Item, catalog: &Catalog) -> CompletenessView {
    let missing: Vec<Detail> = missing(item, catalog).into_iter().map(Detail::from_breach).collect();
    CompletenessView { is_complete: missing.is_empty(), missing }
}
