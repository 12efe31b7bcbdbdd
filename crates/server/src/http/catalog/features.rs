//! `GET` and `POST /internal/catalog/features`.

use std::sync::Arc;

use api::{
    Given, Success,
    request::CreateFeature,
    response::{FeatureList, FeatureWritten},
};
use axum::{extract::State, response::Response};
use domain::{CatalogCommand, Combine, FeatureEdit, FeatureKey, FeatureKind, Text, Uuid};
use http::{HeaderMap, Uri};

use super::{
    super::{
        App, Caller, Problem,
        call::PlannedRequest,
        caller::{CatalogRead, CatalogWrite as NeedsCatalogWrite},
        document::{DryRunParams, NotModified, PlanParams, ReadProblems, VersionParams, WriteParams, WriteProblems},
    },
    read::read,
    write::{answer, changes, finished, write},
};
use crate::{
    service::{CatalogOutcome, Rendered, Written, feature_view, foretold},
    wire::{Reader, attributes_of, given_line, to_word},
};

/// Every feature, by key.
#[utoipa::path(get, path = "/internal/catalog/features", tag = "Catalog", params(VersionParams),
    responses((status = 200, description = "The features", body = Success<FeatureList>), NotModified, ReadProblems))]
pub async fn list_features(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    read(&app, &uri, &headers, |catalog| Ok(FeatureList { features: catalog.features().map(feature_view).collect() }))
        .await
}

/// Makes a feature: a function key that services look up.
#[utoipa::path(post, path = "/internal/catalog/features", tag = "Catalog",
    params(DryRunParams, PlanParams, WriteParams), request_body = CreateFeature,
    responses(
        (status = 201, description = "The feature made", body = Success<FeatureWritten>,
            headers(("Location" = String, description = "Where it stands"))),
        (status = 200, description = "What a dry run would make", body = Success<FeatureWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn create_feature(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: PlannedRequest<CreateFeature>,
) -> Result<Written, Problem> {
    let (body, call, planned) = request.by(&caller);
    let mut reader = Reader::default();
    let key = reader.parsed("key", &body.key, FeatureKey::parse);
    let edit = FeatureEdit {
        name: reader.parsed("name", &body.name, |text| given_line(text, Text::NAME_CHARS)),
        description: reader.paragraph("description", &body.description.map_or(Given::Null, Given::Value)),
        unit: reader.line("unit", &body.unit.map_or(Given::Null, Given::Value), Text::SOURCE_CHARS),
        combine: body.combine.and_then(|word| Combine::parse(&to_word(&word))),
        attributes: Some(attributes_of(&body.attributes, &mut reader)),
    };
    let kind = FeatureKind::parse(&to_word(&body.kind));
    let (key, kind) = finished(reader, key.zip(kind))?;
    let id = Uuid::now_v7();
    let command = CatalogCommand::CreateFeature { id, key, kind, edit };
    write(&app, call, planned, command, move |outcome| render(outcome, id)).await
}

fn render(outcome: &CatalogOutcome, id: Uuid) -> Rendered {
    let feature = outcome.catalog.feature_by_id(id);
    let written = feature.map(|one| FeatureWritten {
        view: feature_view(one),
        changes: changes(outcome),
        foretold: foretold(outcome),
    });
    answer(outcome, written, Some("/internal/catalog/features".to_owned()))
}
