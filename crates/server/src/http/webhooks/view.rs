//! Endpoints and deliveries on the wire, and what a body says of them.

use std::sync::Arc;

use api::{
    Detail, ErrorCode,
    response::{WebhookAttemptView, WebhookDeliveryView, WebhookEndpointSecret, WebhookEndpointView},
};
use domain::{CompanyId, Text, Uuid};
use store::{Attempt, Delivery, EventType, WebhookEndpoint};

use super::super::{App, Problem};
use crate::{
    service::{Call, to_instant},
    webhooks::{EndpointError, secret_text},
    wire::given_line,
};

impl From<EndpointError> for Problem {
    fn from(error: EndpointError) -> Self {
        let message = error.to_string();
        match error {
            EndpointError::Url(_) => Self::invalid("url", message),
            EndpointError::Full | EndpointError::Disabled => Self::new(ErrorCode::Conflict, message),
            EndpointError::NotFound | EndpointError::NoDelivery => Self::new(ErrorCode::NotFound, message),
            EndpointError::Random => Self::from_defect(&error),
            EndpointError::Write(error) => error.into(),
            EndpointError::Store(error) => error.into(),
        }
    }
}

/// An endpoint, without its secret.
pub(super) fn endpoint_view(endpoint: &WebhookEndpoint) -> WebhookEndpointView {
    WebhookEndpointView {
        id: endpoint.id,
        url: endpoint.url.clone(),
        events: endpoint.events.iter().map(|event| event.as_str().to_owned()).collect(),
        description: endpoint.description.as_ref().map(ToString::to_string),
        enabled: endpoint.disabled.is_none(),
        disabled_reason: endpoint.disabled.map(|(reason, _)| reason.as_str().to_owned()),
        disabled_at: endpoint.disabled.map(|(_, at)| to_instant(at)),
        failing_since: endpoint.failing_since.map(to_instant),
        previous_secret_ends_at: endpoint.previous_secret.as_ref().map(|(_, ends_at)| to_instant(*ends_at)),
        created_by: endpoint.created_by.to_string(),
        created_at: to_instant(endpoint.created_at),
        updated_at: to_instant(endpoint.updated_at),
    }
}

/// An endpoint with its secret, for the caller who has just made one; a dry run has made none.
pub(super) fn with_secret(endpoint: &WebhookEndpoint, call: &Call) -> WebhookEndpointSecret {
    let secret = (!call.dry_run).then(|| secret_text(&endpoint.secret).reveal().clone());
    WebhookEndpointSecret { secret, view: endpoint_view(endpoint) }
}

/// What is done once a write of an endpoint or a delivery is stored: a log line, and who may have something to do looks.
pub(super) fn stored(app: &Arc<App>, call: &Call, id: Uuid, what: &'static str) -> Box<dyn FnOnce() + Send + Sync> {
    let (app, call) = (Arc::clone(app), call.clone());
    Box::new(move || {
        tracing::info!(
            endpoint_id = %id,
            changed_by = call.actor.as_str(),
            caller = call.caller.name.as_str(),
            request_id = call.request_id,
            "{what}"
        );
        app.outgoing.wake();
    })
}

/// A delivery.
pub(super) fn delivery_view(delivery: &Delivery) -> WebhookDeliveryView {
    let company = delivery.event.company;
    WebhookDeliveryView {
        id: delivery.id,
        event: delivery.event.event.as_str().to_owned(),
        timestamp: to_instant(delivery.event.at),
        company_id: company.map(CompanyId::uuid),
        entitlement_version: company.map(|_| delivery.event.version),
        status: delivery.status.as_str().to_owned(),
        attempts: delivery.attempts,
        next_attempt_at: delivery.next_attempt_at.map(to_instant),
        created_at: to_instant(delivery.created_at),
        settled_at: delivery.settled_at.map(to_instant),
    }
}

/// An attempt.
pub(super) fn attempt_view(attempt: Attempt) -> WebhookAttemptView {
    WebhookAttemptView {
        number: attempt.number,
        at: to_instant(attempt.at),
        took_ms: attempt.took_ms,
        status: attempt.status,
        error: attempt.error,
        excerpt: attempt.excerpt,
        version: attempt.version,
    }
}

/// The events that a body chooses, each once.
pub(super) fn events(words: &[String]) -> Result<Vec<EventType>, Problem> {
    let mut details = Vec::new();
    let mut events = Vec::new();
    for (index, word) in words.iter().enumerate() {
        match EventType::parse(word).filter(|event| EventType::CHOSEN.contains(event)) {
            Some(event) if !events.contains(&event) => events.push(event),
            Some(_) => details.push(Detail::new(format!("events[{index}]"), format!("`{word}` stands twice"))),
            None => {
                let all = EventType::CHOSEN.map(EventType::as_str).join(", ");
                details.push(Detail::new(
                    format!("events[{index}]"),
                    format!("`{word}` is no event that can be chosen; there are {all}"),
                ));
            }
        }
    }
    if details.is_empty() { Ok(events) } else { Err(Problem::invalid_fields(details)) }
}

/// What a body says that an endpoint is for.
pub(super) fn description(text: &str) -> Result<Text, Problem> {
    given_line(text, Text::NAME_CHARS).map_err(|error| Problem::invalid("description", format!("description {error}")))
}
