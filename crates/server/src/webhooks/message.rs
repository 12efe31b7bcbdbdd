//! What is posted: made anew for each attempt, so that what is told is never older than the event, nor than the last attempt.

use api::{
    Success,
    response::{CatalogChanged, EntitlementsChanged, EntitlementsView, NothingMore, WebhookMessage},
};
use domain::CompanyId;
use serde::Serialize;
use store::{EventType, StoreError, WebhookEvent};

use crate::service::{Core, Freshness, to_instant};

/// A message's body, and the version that it tells.
pub(super) struct Message {
    pub(super) body: Vec<u8>,
    pub(super) version: u64,
}

/// The message of an event.
///
/// # Errors
/// [`StoreError`] when what the company owns cannot be known for certain right now.
pub(super) async fn message(core: &Core, event: &WebhookEvent) -> Result<Message, StoreError> {
    match (event.event, event.company) {
        (EventType::EntitlementsChanged, Some(company)) => {
            let entitlements = entitlements(core, company, event.version).await?;
            let version = entitlements.entitlement_version;
            let changed =
                EntitlementsChanged { company_id: company.uuid(), entitlement_version: version, entitlements };
            Ok(Message { body: body(event, changed), version })
        }
        (EventType::CatalogChanged, _) => {
            Ok(Message { body: body(event, CatalogChanged { generation: event.version }), version: event.version })
        }
        (EventType::EventsMissed | EventType::EndpointTest | EventType::EntitlementsChanged, _) => {
            Ok(Message { body: body(event, NothingMore {}), version: 0 })
        }
    }
}

async fn entitlements(core: &Core, company: CompanyId, version: u64) -> Result<EntitlementsView, StoreError> {
    let answer = core.entitlements(company, Freshness::AtLeast(version)).await?;
    let answer = answer.ok_or_else(|| StoreError::Defect(format!("company {company} of the feed is unknown")))?;
    let view: Success<EntitlementsView> = serde_json::from_slice(&answer.body)
        .map_err(|error| StoreError::Defect(format!("an encoded answer cannot be read: {error}")))?;
    Ok(view.data)
}

fn body<T: Serialize>(event: &WebhookEvent, carried: T) -> Vec<u8> {
    let message =
        WebhookMessage { event: event.event.as_str().to_owned(), timestamp: to_instant(event.at), data: carried };
    serde_json::to_vec(&message).unwrap_or_default()
}
