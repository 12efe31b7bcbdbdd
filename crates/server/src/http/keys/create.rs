//! `POST /internal/keys`.

use std::sync::Arc;

use api::{Detail, RoleWord, Success, request::CreateKey, response::KeyCreated};
use axum::{
    Json,
    extract::{FromRequest, Request, State},
};
use http::StatusCode;

use super::{
    super::{
        App, Caller, Problem,
        body::{WholeBody, from_json, require_json},
        caller::SystemAdmin,
        document::{ReadProblems, WriteProblems},
        query::Query,
    },
    view::key_view,
};
use crate::{
    caller::{ApiKey, NewKey, NewKeyError, Role, Scope},
    service::from_instant,
};

/// Makes an API key. The answer is the only place where its secret ever stands.
#[utoipa::path(post, path = "/internal/keys", tag = "Keys", request_body = CreateKey,
    responses((status = 201, description = "The key made", body = Success<KeyCreated>), ReadProblems, WriteProblems))]
pub async fn create_key(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    request: Request,
) -> Result<(StatusCode, Json<Success<KeyCreated>>), Problem> {
    Query::parse(request.uri().query(), &[])?;
    require_json(request.headers())?;
    let WholeBody(bytes) = WholeBody::from_request(request, &app).await?;
    let body: CreateKey = from_json(&bytes)?;
    let scopes = scopes(&body.scopes)?;
    let role = match body.role {
        RoleWord::Auth => Role::Auth,
        RoleWord::Admin => Role::Admin,
        RoleWord::Job => Role::Job,
    };
    let new = NewKey {
        name: &body.name,
        role,
        scopes: &scopes,
        now: app.core.clock().now(),
        expires_at: body.expires_at.map(from_instant),
    };
    let (secret, record) = ApiKey::generate(&new).map_err(|error| key_problem(&error))?;
    let _place = app.place().await?;
    app.core.store().add_key(record.clone()).await?;
    let (made_by, id) = (caller.identity.name.as_str(), record.id);
    tracing::info!(key_id = %id, name = record.name, role = record.role, changed_by = made_by, "key made");
    let created = KeyCreated { key: secret.reveal().clone(), view: key_view(&record) };
    Ok((StatusCode::CREATED, Json(Success::of(created))))
}

fn key_problem(error: &NewKeyError) -> Problem {
    let field = match error {
        NewKeyError::Name(_) => "name",
        NewKeyError::Scope { .. } => "scopes",
        NewKeyError::Expired => "expiresAt",
        NewKeyError::Random => return Problem::from_defect(error),
    };
    Problem::invalid(field, error.to_string())
}

fn scopes(words: &[String]) -> Result<Vec<Scope>, Problem> {
    let mut details = Vec::new();
    let mut scopes = Vec::new();
    for (index, word) in words.iter().enumerate() {
        match Scope::parse(word) {
            Some(scope) => scopes.push(scope),
            None => details.push(Detail::new(
                format!("scopes[{index}]"),
                format!("`{word}` is no scope; there are {}", Scope::ALL.map(Scope::as_str).join(", ")),
            )),
        }
    }
    if details.is_empty() { Ok(scopes) } else { Err(Problem::invalid_fields(details)) }
}
