//! Making and changing endpoints: what is decided on what is stored. `service::write_system` stores it.

use std::time::Duration;

use aws_lc_rs::rand;
use domain::{Text, Timestamp, Uuid};
use store::{
    Delivery, DeliveryStatus, DisabledReason, EventType, StoreError, SystemChange, WEBHOOK_SECRET_BYTES,
    WebhookEndpoint, WebhookEvent, WebhookSecret,
};

use super::{Outgoing, outgoing::MAX_ENDPOINTS, send::UrlError};
use crate::service::{Call, WriteError};

/// What a new endpoint is.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Where events are posted to.
    pub url: String,
    /// The events that it chose.
    pub events: Vec<EventType>,
    /// What it is for.
    pub description: Option<Text>,
}

/// Why an endpoint was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Its address.
    #[error("{0}")]
    Url(#[from] UrlError),
    /// There are as many as there may be.
    #[error("there are {MAX_ENDPOINTS} webhook endpoints already, and there may be no more; remove one")]
    Full,
    /// There is no such endpoint.
    #[error("webhook endpoint not found")]
    NotFound,
    /// There is no such delivery.
    #[error("delivery not found; it may have been removed after its retention")]
    NoDelivery,
    /// It is told nothing.
    #[error("the webhook endpoint is disabled; enable it first")]
    Disabled,
    /// `If-Match` does not hold.
    #[error("{0}")]
    Write(#[from] WriteError),
    /// The machine gave no random bytes.
    #[error("no random bytes are to be had")]
    Random,
    /// The store did not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// A change of an endpoint; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct EndpointEdit {
    /// Where events are posted to.
    pub url: Option<String>,
    /// The events that it chooses.
    pub events: Option<Vec<EventType>>,
    /// What it is for.
    pub description: Option<Option<Text>>,
    /// Whether it is told anything.
    pub enabled: Option<bool>,
}

/// What is decided of an endpoint: what is to be stored, `None` when nothing changes, and the endpoint afterwards.
pub type DecidedEndpoint = (Option<SystemChange>, WebhookEndpoint);

impl Outgoing {
    /// A new endpoint. Once it is stored it is told of what is committed from then on, and perhaps of what was a moment before.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub async fn create(
        &self,
        new: &NewEndpoint,
        call: &Call,
        now: Timestamp,
    ) -> Result<DecidedEndpoint, EndpointError> {
        let url = self.url(&new.url)?;
        if self.core.store().webhook_endpoints().await?.len() >= MAX_ENDPOINTS as usize {
            return Err(EndpointError::Full);
        }
        let endpoint = WebhookEndpoint {
            id: Uuid::now_v7(),
            step: 1,
            url,
            events: new.events.clone(),
            description: new.description.clone(),
            secret: fresh_secret()?,
            previous_secret: None,
            failing_since: None,
            disabled: None,
            created_by: call.actor.clone(),
            created_at: now,
            updated_at: now,
        };
        if !call.dry_run {
            self.skip_unheard().await?;
        }
        let add = SystemChange::AddEndpoint { endpoint: Box::new(endpoint.clone()), most: MAX_ENDPOINTS };
        Ok((Some(add), endpoint))
    }

    /// An endpoint.
    ///
    /// # Errors
    /// [`EndpointError`] when there is none.
    pub async fn find(&self, id: Uuid) -> Result<WebhookEndpoint, EndpointError> {
        self.look_for(id).await?.ok_or(EndpointError::NotFound)
    }

    async fn look_for(&self, id: Uuid) -> Result<Option<WebhookEndpoint>, EndpointError> {
        let endpoints = self.core.store().webhook_endpoints().await?;
        Ok(endpoints.into_iter().find(|endpoint| endpoint.id == id))
    }

    /// Changes an endpoint: address, events, description, and whether it is told anything.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub async fn change(
        &self,
        id: Uuid,
        edit: &EndpointEdit,
        call: &Call,
        now: Timestamp,
    ) -> Result<DecidedEndpoint, EndpointError> {
        let url = edit.url.as_deref().map(|url| self.url(url)).transpose()?;
        let known = self.find(id).await?;
        expected(Some(&known), call)?;
        if edit.enabled == Some(true) && !call.dry_run {
            self.skip_unheard().await?;
        }
        let mut next = known.clone();
        next.url = url.unwrap_or(next.url);
        next.events = edit.events.clone().unwrap_or(next.events);
        next.description = edit.description.clone().unwrap_or(next.description);
        match edit.enabled {
            Some(false) if known.disabled.is_none() => next.disabled = Some((DisabledReason::Asked, now)),
            // Its time begins anew.
            Some(true) if known.disabled.is_some() => (next.disabled, next.failing_since) = (None, None),
            Some(_) | None => {}
        }
        Ok(put(&known, next, now))
    }

    /// Gives an endpoint another secret. For a while events are signed with the one before, too.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub async fn rotate(
        &self,
        id: Uuid,
        overlap: Duration,
        call: &Call,
        now: Timestamp,
    ) -> Result<DecidedEndpoint, EndpointError> {
        let known = self.find(id).await?;
        expected(Some(&known), call)?;
        let micros = i64::try_from(overlap.as_micros()).unwrap_or(i64::MAX);
        let mut next = known.clone();
        let before = std::mem::replace(&mut next.secret, fresh_secret()?);
        let ends_at = Timestamp::clamped(now.micros().saturating_add(micros));
        next.previous_secret = (micros > 0).then_some((before, ends_at));
        Ok(put(&known, next, now))
    }

    /// Removes an endpoint; `None` when there is none.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub async fn remove(&self, id: Uuid, call: &Call) -> Result<Option<SystemChange>, EndpointError> {
        let known = self.look_for(id).await?;
        expected(known.as_ref(), call)?;
        Ok(known.map(|known| SystemChange::RemoveEndpoint { id, known: known.step }))
    }

    /// A delivery that tries whether an endpoint hears.
    ///
    /// # Errors
    /// [`EndpointError`] when there is no such endpoint, or it is disabled.
    pub async fn test(&self, id: Uuid, now: Timestamp) -> Result<(SystemChange, Delivery), EndpointError> {
        self.enabled(id).await?;
        let event = WebhookEvent { event: EventType::EndpointTest, at: now, company: None, version: 0 };
        let delivery = Delivery::new(id, event, now);
        Ok((SystemChange::AddDelivery(Box::new(delivery.clone())), delivery))
    }

    /// Has a delivery attempted again.
    ///
    /// # Errors
    /// [`EndpointError`] when there is no such endpoint or delivery, or the endpoint is disabled.
    pub async fn redeliver(
        &self,
        id: Uuid,
        delivery: Uuid,
        now: Timestamp,
    ) -> Result<(SystemChange, Delivery), EndpointError> {
        self.enabled(id).await?;
        let (known, _) = self.core.store().delivery(id, delivery).await?.ok_or(EndpointError::NoDelivery)?;
        let again = SystemChange::Redeliver { endpoint: id, delivery, attempts: known.attempts, at: now };
        let (status, next_attempt_at) = (DeliveryStatus::Pending, Some(now));
        Ok((again, Delivery { status, tries: 0, next_attempt_at, settled_at: None, ..known }))
    }

    /// Has those look again who make deliveries and who attempt them.
    pub fn wake(&self) {
        self.made.notify_one();
        self.due.notify_one();
    }

    async fn enabled(&self, id: Uuid) -> Result<(), EndpointError> {
        if self.find(id).await?.disabled.is_some() { Err(EndpointError::Disabled) } else { Ok(()) }
    }
}

/// Refuses a call whose `If-Match` does not hold of the endpoint's step; of one that is not there it is 0.
fn expected(known: Option<&WebhookEndpoint>, call: &Call) -> Result<(), WriteError> {
    let current = known.map_or(0, |known| known.step);
    let holds = call.if_match.as_ref().is_none_or(|precondition| precondition.holds(current));
    if holds { Ok(()) } else { Err(WriteError::Precondition { current }) }
}

/// An endpoint as it is from now on, if anything changes.
fn put(known: &WebhookEndpoint, mut next: WebhookEndpoint, now: Timestamp) -> DecidedEndpoint {
    if next == *known {
        return (None, next);
    }
    (next.step, next.updated_at) = (known.step + 1, now);
    (Some(SystemChange::PutEndpoint { known: known.step, next: Box::new(next.clone()) }), next)
}

fn fresh_secret() -> Result<WebhookSecret, EndpointError> {
    let mut bytes = [0; WEBHOOK_SECRET_BYTES];
    rand::fill(&mut bytes).map_err(|_| EndpointError::Random)?;
    Ok(WebhookSecret::new(bytes))
}
