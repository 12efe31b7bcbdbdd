//! `POST /internal/keys`.

use std::sync::Arc;

use api::{Detail, RoleWord, Success, request::CreateKey, response::KeyCreated};
use axum::extract::State;
use domain::Timestamp;
use futures_util::FutureExt;
use http::StatusCode;
use store::SystemChange;

use super::{
    super::{
        App, Caller, Problem,
        answer::{made, rendered, shown_once},
        call::{WriteRequest, without_version},
        caller::SystemAdmin,
        document::{DryRunParams, ReadProblems, UnversionedParams, WriteProblems},
    },
    NO_VERSION, know,
    view::key_view,
};
use crate::{
    caller::{ApiKey, NewKey, NewKeyError, Role, Scope},
    service::{Call, SystemStep, Written, from_instant},
};

/// Makes an API key. The first answer is the only place where its secret ever stands: a repeat under the same `Idempotency-Key` makes no
/// other key, and is answered 409 with the id of the one that was made.
#[utoipa::path(post, path = "/internal/keys", tag = "Keys", params(DryRunParams, UnversionedParams), request_body = CreateKey,
    responses(
        (status = 201, description = "The key made", body = Success<KeyCreated>),
        (status = 200, description = "What a dry run would make", body = Success<KeyCreated>), ReadProblems, WriteProblems))]
pub async fn create_key(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    request: WriteRequest<CreateKey>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    without_version(&call, NO_VERSION)?;
    let scopes: Arc<[Scope]> = scopes(&body.scopes)?.into();
    let (body, asked) = (Arc::new(body), call.clone());
    let _place = app.place().await?;
    let decide = move |now| {
        let (body, scopes, call) = (Arc::clone(&body), Arc::clone(&scopes), asked.clone());
        async move { step(&body, &scopes, call, now) }.boxed()
    };
    let written: Result<Written, Problem> = app.core.write_system(call, decide).await;
    know(&app).await;
    written
}

fn step(body: &CreateKey, scopes: &[Scope], call: Call, now: Timestamp) -> Result<SystemStep, Problem> {
    let role = match body.role {
        RoleWord::Auth => Role::Auth,
        RoleWord::Admin => Role::Admin,
        RoleWord::Job => Role::Job,
    };
    let new = NewKey { name: &body.name, role, scopes, now, expires_at: body.expires_at.map(from_instant) };
    let (secret, record) = ApiKey::generate(&new).map_err(|error| key_problem(&error))?;
    let key = (!call.dry_run).then(|| secret.reveal().clone());
    let created = KeyCreated { key, view: key_view(&record) };
    let id = record.id;
    let told = format!(
        "this Idempotency-Key has made key `{id}`; its secret stood in the first answer only and is not kept: if that answer was lost, \
         revoke the key (DELETE /internal/keys/{id}) and make another one under a new Idempotency-Key"
    );
    Ok(SystemStep {
        change: Some(SystemChange::AddKey(record.clone())),
        answer: rendered(made(&call, StatusCode::CREATED), created, None, None),
        repeat: Some(shown_once(told)),
        stored: Box::new(move || {
            tracing::info!(
                key_id = %id,
                name = record.name,
                role = record.role,
                changed_by = call.actor.as_str(),
                caller = call.caller.name.as_str(),
                request_id = call.request_id,
                "key made"
            );
        }),
    })
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
