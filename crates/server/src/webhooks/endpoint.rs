//! Making and changing endpoints.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand;
use domain::{Text, Timestamp, Uuid};
use store::{
    Committed, Delivery, DisabledReason, EventType, StoreError, WEBHOOK_SECRET_BYTES, WebhookEndpoint, WebhookEvent,
    WebhookSecret,
};

use super::{Outgoing, outgoing::MAX_ENDPOINTS, send::UrlError};

/// How often a change is tried while others change the same endpoint.
const MAX_ATTEMPTS: u32 = 16;

/// What a new endpoint is.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Where events are posted to.
    pub url: String,
    /// The events that it chose.
    pub events: Vec<EventType>,
    /// What it is for.
    pub description: Option<Text>,
    /// Who makes it.
    pub created_by: Text,
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
    /// Others change it again and again.
    #[error("lost {MAX_ATTEMPTS} races against other changes of the endpoint; repeat the request")]
    Contended,
    /// The machine gave no random bytes.
    #[error("no random bytes are to be had")]
    Random,
    /// The store did not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl Outgoing {
    /// Makes an endpoint. It is told of what is committed from then on, and perhaps of what was a moment before.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub async fn create(&self, new: NewEndpoint) -> Result<WebhookEndpoint, EndpointError> {
        let (store, url) = (self.core.store(), self.url(&new.url)?);
        let now = store.ready().await?;
        let endpoint = WebhookEndpoint {
            id: Uuid::now_v7(),
            step: 1,
            url,
            events: new.events,
            description: new.description,
            secret: fresh_secret()?,
            previous_secret: None,
            failing_since: None,
            disabled: None,
            created_by: new.created_by,
            created_at: now,
            updated_at: now,
        };
        self.skip_unheard().await?;
        if !store.add_webhook_endpoint(&endpoint, MAX_ENDPOINTS).await? {
            return Err(EndpointError::Full);
        }
        self.made.notify_one();
        Ok(endpoint)
    }

    /// An endpoint.
    ///
    /// # Errors
    /// [`EndpointError`] when there is none.
    pub async fn find(&self, id: Uuid) -> Result<WebhookEndpoint, EndpointError> {
        let endpoints = self.core.store().webhook_endpoints().await?;
        endpoints.into_iter().find(|endpoint| endpoint.id == id).ok_or(EndpointError::NotFound)
    }

    /// Changes an endpoint: address, events, description, and whether it is told anything.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub async fn change(
        &self,
        id: Uuid,
        url: Option<&str>,
        enabled: Option<bool>,
        change: impl Fn(&mut WebhookEndpoint),
    ) -> Result<WebhookEndpoint, EndpointError> {
        let url = url.map(|url| self.url(url)).transpose()?;
        if enabled == Some(true) {
            self.skip_unheard().await?;
        }
        let changed = self
            .put(id, |endpoint, now| {
                change(endpoint);
                if let Some(url) = &url {
                    endpoint.url.clone_from(url);
                }
                match enabled {
                    Some(false) if endpoint.disabled.is_none() => {
                        endpoint.disabled = Some((DisabledReason::Asked, now));
                    }
                    // Its time begins anew.
                    Some(true) if endpoint.disabled.is_some() => {
                        (endpoint.disabled, endpoint.failing_since) = (None, None);
                    }
                    Some(_) | None => {}
                }
            })
            .await?;
        self.made.notify_one();
        self.due.notify_one();
        Ok(changed)
    }

    /// Gives an endpoint another secret. For a while events are signed with the one before, too.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub async fn rotate(&self, id: Uuid, overlap: Duration) -> Result<WebhookEndpoint, EndpointError> {
        let fresh = fresh_secret()?;
        let micros = i64::try_from(overlap.as_micros()).unwrap_or(i64::MAX);
        self.put(id, |endpoint, now| {
            let before = std::mem::replace(&mut endpoint.secret, fresh.clone());
            let ends_at = Timestamp::clamped(now.micros().saturating_add(micros));
            endpoint.previous_secret = (micros > 0).then_some((before, ends_at));
        })
        .await
    }

    /// Tries whether an endpoint hears.
    ///
    /// # Errors
    /// [`EndpointError`] when there is none, or it is disabled.
    pub async fn test(&self, id: Uuid) -> Result<Delivery, EndpointError> {
        self.find(id).await?;
        let store = self.core.store();
        let event =
            WebhookEvent { event: EventType::EndpointTest, at: store.ready().await?, company: None, version: 0 };
        let delivery = store.add_delivery(id, &event).await?.ok_or(EndpointError::Disabled)?;
        self.due.notify_one();
        Ok(delivery)
    }

    /// Has a delivery attempted again.
    ///
    /// # Errors
    /// [`EndpointError`] when there is no such endpoint or delivery, or the endpoint is disabled.
    pub async fn redeliver(&self, id: Uuid, delivery: Uuid) -> Result<Delivery, EndpointError> {
        if self.find(id).await?.disabled.is_some() {
            return Err(EndpointError::Disabled);
        }
        let again = self.core.store().redeliver(id, delivery).await?.ok_or(EndpointError::NoDelivery)?;
        self.due.notify_one();
        Ok(again)
    }

    async fn put(
        &self,
        id: Uuid,
        change: impl Fn(&mut WebhookEndpoint, Timestamp),
    ) -> Result<WebhookEndpoint, EndpointError> {
        let store: &Arc<dyn store::Store> = self.core.store();
        for _ in 0..MAX_ATTEMPTS {
            let known = self.find(id).await?;
            let now = store.ready().await?;
            let mut next = known.clone();
            change(&mut next, now);
            if next == known {
                return Ok(known);
            }
            (next.step, next.updated_at) = (known.step + 1, now);
            if store.put_webhook_endpoint(known.step, &next).await? == Committed::Done {
                return Ok(next);
            }
        }
        Err(EndpointError::Contended)
    }
}

fn fresh_secret() -> Result<WebhookSecret, EndpointError> {
    let mut bytes = [0; WEBHOOK_SECRET_BYTES];
    rand::fill(&mut bytes).map_err(|_| EndpointError::Random)?;
    Ok(WebhookSecret::new(bytes))
}
