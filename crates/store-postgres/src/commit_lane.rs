//! One connection that commits batches, and what it does when a batch fails.

use std::{collections::HashMap, sync::Arc};

use domain::CompanyId;
use store::{Committed, CompanyCommit, ReplyKey, StoreError};

use crate::{
    commit::{Call, Writes},
    commit_batch::{Won, store_batch},
    connect::Connector,
    failure::{Failure, unanswered, uncommitted},
    lane::{Lane, pause},
    limits::{COMMIT_WITHIN, CONTENTION_ROUNDS, PING_AFTER_IDLE},
    replies,
};

/// Serves the queue until the store is dropped.
pub(crate) async fn serve(writes: Arc<Writes>, connector: Connector) {
    let mut lane = Lane::new(&writes.queue, connector);
    while let Some(calls) = writes.take().await {
        let companies: Vec<CompanyId> = calls.iter().filter_map(Call::company).collect();
        lane.check_after(PING_AFTER_IDLE).await;
        match lane.connection().await {
            Ok(_) => {
                let sent: Vec<Call> = calls.into_iter().filter(|call| call.claim.send()).collect();
                let won = settle(&mut lane, sent).await;
                writes.finish(&companies, &won);
            }
            Err(error) => {
                writes.finish(&companies, &HashMap::new());
                for call in calls.into_iter().chain(writes.queue.stranded()) {
                    if call.claim.send() {
                        call.answer(Err(error.clone()));
                    }
                }
                pause().await;
            }
        }
    }
}

/// Stores a batch and answers every call of it; gives the write sequences that were made.
async fn settle(lane: &mut Lane<'_, Call>, calls: Vec<Call>) -> HashMap<CompanyId, u64> {
    let commits: Vec<&CompanyCommit> = calls.iter().map(|call| &call.commit).collect();
    let mut made = HashMap::new();
    match attempt(lane, &commits).await {
        Ok(won) => {
            for call in calls {
                let outcome = outcome(&call.commit, &won, &mut made);
                call.answer(Ok(outcome));
            }
        }
        // One of them is to blame. Nothing of the batch was stored; alone, each gets its own answer.
        Err(Fault::Rejected(_)) => {
            for call in calls {
                let answer = alone(lane, &call.commit).await.map(|won| outcome(&call.commit, &won, &mut made));
                call.answer(answer);
            }
        }
        Err(Fault::Ended(error)) => {
            for call in calls {
                call.answer(Err(error.clone()));
            }
        }
    }
    made
}

fn outcome(commit: &CompanyCommit, won: &Won, made: &mut HashMap<CompanyId, u64>) -> Committed {
    match &commit.changes {
        Some(changes) if won.has(changes.company_id) => {
            made.insert(changes.company_id, changes.write_seq_before + 1);
            Committed::Done
        }
        None if won.replies() => Committed::Done,
        Some(_) | None => Committed::Raced,
    }
}

/// Why a batch was not stored.
enum Fault {
    /// The server rolled it back because of something in it.
    Rejected(sqlx::Error),
    /// It must not be tried again.
    Ended(StoreError),
}

/// Sends one statement, again when others were in its way.
async fn attempt(lane: &mut Lane<'_, Call>, commits: &[&CompanyCommit]) -> Result<Won, Fault> {
    for round in 1..=CONTENTION_ROUNDS {
        let connection = lane.connection().await.map_err(Fault::Ended)?;
        let error = match tokio::time::timeout(COMMIT_WITHIN, store_batch(connection, commits)).await {
            Ok(Ok(won)) => return Ok(won),
            Ok(Err(error)) => error,
            Err(_) => {
                lane.lose();
                let silence = "the database did not say in time whether it stored the write";
                return Err(Fault::Ended(StoreError::OutcomeUnknown(silence.to_owned())));
            }
        };
        match Failure::of(&error) {
            Failure::ConnectionLost => {
                lane.lose();
                return Err(Fault::Ended(uncommitted(&error)));
            }
            Failure::Contention if round < CONTENTION_ROUNDS => {}
            // A lock that somebody holds stops one company's write, not the rest of the batch.
            Failure::Contention | Failure::Refused if commits.len() == 1 => {
                return Err(Fault::Ended(unanswered(&error)));
            }
            Failure::Contention | Failure::Refused | Failure::ReplyTaken | Failure::Defect => {
                return Err(Fault::Rejected(error));
            }
        }
    }
    Err(Fault::Ended(StoreError::Unavailable("too many writes meet each other".to_owned())))
}

/// Stores one write by itself.
async fn alone(lane: &mut Lane<'_, Call>, commit: &CompanyCommit) -> Result<Won, StoreError> {
    for _ in 0..CONTENTION_ROUNDS {
        let error = match attempt(lane, &[commit]).await {
            Ok(won) => return Ok(won),
            Err(Fault::Ended(error)) => return Err(error),
            Err(Fault::Rejected(error)) => error,
        };
        let key = commit.reply.as_ref().map(|reply| &reply.key);
        match key.filter(|_| Failure::of(&error) == Failure::ReplyTaken) {
            // The key may be taken by a reply that has expired and was not pruned yet.
            Some(key) if clear(lane, key).await? => {}
            Some(_) => return Ok(Won::nobody()),
            None => return Err(unanswered(&error)),
        }
    }
    Ok(Won::nobody())
}

async fn clear(lane: &mut Lane<'_, Call>, key: &ReplyKey) -> Result<bool, StoreError> {
    let connection = lane.connection().await?;
    let cleared = tokio::time::timeout(COMMIT_WITHIN, replies::clear_expired(connection, key)).await;
    match cleared {
        Ok(Ok(cleared)) => Ok(cleared),
        Ok(Err(error)) => {
            if Failure::of(&error) == Failure::ConnectionLost {
                lane.lose();
            }
            Err(unanswered(&error))
        }
        Err(_) => {
            lane.lose();
            Err(StoreError::Unavailable("the database did not answer in time".to_owned()))
        }
    }
}
