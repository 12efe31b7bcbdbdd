//! Following the feed: where it ends, everything that is to be held, then everything after that place; anew when it cannot be resumed.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use super::state::State;
use crate::{
    CallError, Retry,
    feed::{Event, Events},
};

/// Between two probes of the database's clock.
const PROBE_EVERY: Duration = Duration::from_secs(5);
/// The status of a place that cannot be resumed from.
const GONE: u16 = 410;

/// Why a stream ended.
enum Ended {
    /// The place is of another life of the database, or too old.
    Expired,
    /// Anything else: it is opened again at the place that was reached, after the wait that was asked for.
    Broken { why: String, wait: Option<Duration>, was_alive: bool },
}

/// Follows the feed, for ever.
pub(crate) async fn follow(state: Arc<State>) {
    let retry = Retry::default();
    loop {
        let mut place = begin(&state, &retry).await;
        list(&state, &retry).await;
        let mut failed = 0;
        loop {
            let ended = stream(&state, &mut place).await;
            match ended {
                Ended::Expired => break,
                Ended::Broken { why, wait, was_alive } => {
                    failed = if was_alive { 1 } else { failed + 1 };
                    tracing::warn!(why, failed, "the stream of changes ended");
                    sleep(retry.wait(failed, wait)).await;
                }
            }
        }
        tracing::warn!("the feed cannot be resumed: everything is loaded again");
        state.forget();
    }
}

/// Probes the database's clock now and then.
pub(crate) async fn probe(state: Arc<State>) {
    loop {
        sleep(PROBE_EVERY).await;
        if let Err(error) = look(&state).await {
            tracing::debug!(%error, "the database's clock could not be asked");
        }
    }
}

/// Asks where the feed ends. Twice: the first request pays for the connection, and would tell the time less well.
async fn begin(state: &State, retry: &Retry) -> String {
    let mut failed = 0;
    loop {
        let first = look(state).await;
        let outcome = if first.is_ok() { look(state).await } else { first };
        match outcome {
            Ok((place, as_of)) => {
                state.begin_anew(as_of);
                return place;
            }
            Err(error) => {
                failed += 1;
                tracing::warn!(%error, failed, "the feed cannot be asked where it ends");
                sleep(retry.wait(failed, None)).await;
            }
        }
    }
}

async fn look(state: &State) -> Result<(String, Option<i64>), CallError> {
    let sent = state.settings.clock.micros();
    let end = state.settings.client.feed_end().await?;
    let as_of = end.as_of.map(api::Instant::micros);
    if let Some(as_of) = as_of {
        state.probed(as_of, sent, state.settings.clock.micros());
    }
    Ok((end.cursor, as_of))
}

/// Of all companies: reads their list.
async fn list(state: &State, retry: &Retry) {
    let (mut cursor, mut failed): (Option<String>, u32) = (None, 0);
    while state.is_unlisted() {
        match state.settings.client.company_page(cursor.as_deref()).await {
            Ok(page) => {
                failed = 0;
                let companies = page.companies.iter().map(|company| company.company_id);
                state.listed(companies, page.next_cursor.is_none());
                cursor = page.next_cursor;
            }
            Err(error) => {
                failed += 1;
                tracing::warn!(%error, failed, "the list of all companies cannot be read");
                sleep(retry.wait(failed, None)).await;
            }
        }
    }
}

/// Follows one stream to its end.
async fn stream(state: &State, place: &mut String) -> Ended {
    let mut response = match state.settings.client.feed_after(place).await {
        Ok(response) => response,
        Err((error, _)) if error.status() == Some(GONE) => return Ended::Expired,
        Err((error, wait)) => return Ended::Broken { why: error.to_string(), wait, was_alive: false },
    };
    tracing::info!("following the feed");
    state.connected(true);
    let mut events = Events::default();
    let mut was_alive = false;
    let why = loop {
        let piece = match timeout(state.settings.silence, response.chunk()).await {
            Ok(Ok(Some(piece))) => piece,
            Ok(Ok(None)) => break "the service ended it".to_owned(),
            Ok(Err(error)) => break error.without_url().to_string(),
            Err(_) => break "it was silent for too long".to_owned(),
        };
        match events.take(&piece) {
            Ok(events) => {
                was_alive |= !events.is_empty();
                for event in events {
                    hear(state, place, event);
                }
            }
            Err(why) => break why,
        }
    };
    state.connected(false);
    Ended::Broken { why, wait: None, was_alive }
}

fn hear(state: &State, place: &mut String, event: Event) {
    match event {
        Event::Heartbeat { position, as_of } => {
            state.heartbeat(as_of.micros());
            *place = position;
        }
        Event::Change(change) => {
            state.heard(&change);
            *place = change.cursor;
        }
    }
}
