//! Loading companies, some hundred with one request.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use api::ErrorCode;
use uuid::Uuid;

use super::{state::State, work::Need};
use crate::{CallError, Read, Retry};

/// Most companies of one request.
const BATCH: usize = 200;
/// How often it is looked whether something is due.
const LOOK: Duration = Duration::from_millis(50);

/// Loads what is to be loaded, for ever. What could not be loaded is tried again; meanwhile it grows older than its bound and is not
/// answered.
pub(crate) async fn refetch(state: Arc<State>) {
    let retry = Retry::default();
    let mut failed = 0;
    loop {
        let (companies, life, round) = state.next(BATCH);
        if companies.is_empty() {
            state.taken();
            let _woken_or_time_to_look = tokio::time::timeout(LOOK, state.wake.notified()).await;
            continue;
        }
        match load(&state, companies.clone(), (life, round)).await {
            Ok(true) => failed = 0,
            Ok(false) => failed += 1,
            Err(error) => {
                failed += 1;
                tracing::warn!(%error, companies = companies.len(), failed, "companies could not be loaded");
                state.failed(companies.into_iter(), life);
            }
        }
        state.taken();
        if failed > 0 {
            tokio::time::sleep(retry.wait(failed, None)).await;
        }
    }
}

/// Loads some companies; whether all came as they were needed.
async fn load(state: &State, companies: Vec<(Uuid, Need)>, asked: (u64, u64)) -> Result<bool, CallError> {
    let ids: Vec<Uuid> = companies.iter().map(|(company, _)| *company).collect();
    // What is in a node's memory may be older than the change that was heard of.
    let answer = state.settings.client.batch(&ids, state.settings.upcoming, &Read::new().strong()).await?;
    let mut entries: VecDeque<_> = answer.companies.into();
    let mut is_complete = true;
    for (company, need) in companies {
        let entry = entries.pop_front().filter(|entry| entry.company_id == company);
        let error = entry.as_ref().and_then(|entry| entry.error.as_ref()).map(|error| error.code);
        let entitlements = entry.and_then(|entry| Some((entry.entitlements?, entry.upcoming.unwrap_or_default())));
        let came = match (entitlements, error) {
            (Some((view, upcoming)), None) => state.loaded((company, need), (Some(view), upcoming), asked),
            (None, Some(ErrorCode::NotFound)) => state.loaded((company, need), (None, Vec::new()), asked),
            (_, error) => {
                tracing::debug!(%company, ?error, "a company could not be loaded");
                state.failed([(company, need)].into_iter(), asked.0);
                false
            }
        };
        is_complete &= came;
    }
    Ok(is_complete)
}
