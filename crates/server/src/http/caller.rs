//! The caller as a type: a handler that needs a scope takes [`Caller<Scope>`]; forgetting it does not compile.

use std::{marker::PhantomData, sync::Arc};

use api::ErrorCode;
use axum::extract::FromRequestParts;
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};

use super::{App, Problem, RequestNote};
use crate::caller::{Caller as Identity, INTERNAL_API_KEY, Refused, Scope};

/// A scope as a type.
pub trait Needs: Send + Sync + 'static {
    /// The scope.
    const SCOPE: Scope;
}

macro_rules! scopes {
    ($($(#[$meta:meta])* $name:ident)*) => {
        $($(#[$meta])* pub struct $name;
        impl Needs for $name {
            const SCOPE: Scope = Scope::$name;
        })*
    };
}

scopes! {
    /// Entitlements.
    EntitlementsRead
    /// The list of modules.
    ModulesRead
    /// Subscription summaries.
    SummaryRead
    /// The change feed.
    ChangesRead
    /// All other catalog reads.
    CatalogRead
    /// Companies and their profiles.
    CompaniesRead
    /// History.
    HistoryRead
    /// Catalog writes.
    CatalogWrite
    /// Company writes.
    CompaniesWrite
    /// Keys.
    SystemAdmin
}

/// A caller that may do what `S` says.
pub struct Caller<S> {
    /// Who it is.
    pub identity: Arc<Identity>,
    scope: PhantomData<S>,
}

impl<S: Needs> FromRequestParts<Arc<App>> for Caller<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let note = parts.extensions.get::<Arc<RequestNote>>().cloned();
        let peer = note.as_ref().and_then(|note| note.connection.certificate());
        let now = app.core.clock().now();
        let admitted = app.authenticator.admit(&parts.headers, peer, now).await;
        let request_id = note.as_ref().map_or("", |note| note.id());
        let identity = admitted.map_err(|refused| refuse(app, refused, request_id, parts))?;
        if let Some(note) = &note {
            note.set_caller(&identity);
        }
        if !identity.may(S::SCOPE) {
            let (name, scope) = (identity.name.as_str(), S::SCOPE.as_str());
            tracing::warn!(caller = name, scope, request_id, path = parts.uri.path(), "caller lacks a scope");
            app.core.metrics().refused("scope");
            let message = format!("caller `{name}` lacks the scope `{scope}`");
            return Err(Problem::new(ErrorCode::Forbidden, message));
        }
        Ok(Self { identity, scope: PhantomData })
    }
}

/// A caller that may do what `S` says, for an answer that goes on: what it showed is judged again on the way.
pub struct Admission<S> {
    credentials: HeaderMap,
    note: Option<Arc<RequestNote>>,
    scope: PhantomData<S>,
}

impl<S: Needs> Admission<S> {
    /// Whether the same credentials would be admitted now.
    pub fn still_may(&self, app: &App) -> bool {
        let peer = self.note.as_ref().and_then(|note| note.connection.certificate());
        let judged = app.authenticator.authenticate(&self.credentials, peer, app.core.clock().now());
        judged.is_ok_and(|identity| identity.may(S::SCOPE))
    }
}

impl<S: Needs> FromRequestParts<Arc<App>> for Admission<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        Caller::<S>::from_request_parts(parts, app).await?;
        let mut credentials = HeaderMap::new();
        for name in [INTERNAL_API_KEY, AUTHORIZATION] {
            credentials.extend(parts.headers.get(&name).map(|value| (name, value.clone())));
        }
        let note = parts.extensions.get::<Arc<RequestNote>>().cloned();
        Ok(Self { credentials, note, scope: PhantomData })
    }
}

fn refuse(app: &App, refused: Refused, request_id: &str, parts: &Parts) -> Problem {
    let reason = refused.reason();
    tracing::warn!(reason, request_id, path = parts.uri.path(), "invalid internal credentials");
    app.core.metrics().refused(reason);
    if refused == Refused::Unconfirmed {
        return Problem::unavailable("the known keys could not be confirmed; ask again");
    }
    Problem::unauthorized()
}
