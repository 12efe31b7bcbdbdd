//! The caller as a type: a handler that needs a scope takes [`Caller<Scope>`]; forgetting it does not compile.

use std::{marker::PhantomData, sync::Arc};

use api::ErrorCode;
use axum::extract::FromRequestParts;
use http::request::Parts;

use super::{App, Problem, RequestNote};
use crate::caller::{Caller as Identity, Refused, Scope};

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

fn refuse(app: &App, refused: Refused, request_id: &str, parts: &Parts) -> Problem {
    let reason = refused.reason();
    tracing::warn!(reason, request_id, path = parts.uri.path(), "invalid internal credentials");
    app.core.metrics().refused(reason);
    if refused == Refused::Unconfirmed {
        return Problem::unavailable("the known keys could not be confirmed; ask again");
    }
    Problem::unauthorized()
}
