//! Reads that go to the database together: many callers, one statement.

use std::{collections::VecDeque, sync::Arc};

use async_trait::async_trait;
use domain::{CompanyId, CreditScope};
use sqlx::PgConnection;
use store::StoreError;
use tokio::sync::oneshot;

use crate::{
    connect::Connector,
    failure::{Failure, unanswered},
    lane::{Lane, pause},
    limits::{ANSWER_WITHIN, READ_BATCH, READ_STATEMENT_WITHIN, READS_WAITING},
    queue::Queue,
};

/// A statement that answers for many companies at once.
#[async_trait]
pub(crate) trait Question: Send + Sync + 'static {
    /// What one caller learns.
    type Answer: Send + 'static;

    /// Asks for all of them: one answer each, in their order. `known` is the write sequence that the caller has.
    async fn ask(connection: &mut PgConnection, asked: &[Asked]) -> Result<Vec<Self::Answer>, sqlx::Error>;
}

/// What one caller asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// The company.
    pub(crate) company: CompanyId,
    /// The write sequence that the caller has.
    pub(crate) known: Option<u64>,
    /// How much of its credits the caller needs.
    pub(crate) credits: CreditScope,
}

struct Call<A> {
    asked: Asked,
    answer: oneshot::Sender<Result<A, StoreError>>,
}

/// The queue of one question, and the tasks that serve it. They end when it is dropped.
pub(crate) struct Asker<Q: Question>(Arc<Queue<Call<Q::Answer>>>);

impl<Q: Question> Asker<Q> {
    /// Starts serving over that many connections.
    pub(crate) fn start(connector: &Connector, lanes: usize) -> Self {
        let queue = Arc::new(Queue::new(READS_WAITING));
        for _ in 0..lanes {
            tokio::spawn(serve::<Q>(Arc::clone(&queue), connector.clone()));
        }
        Self(queue)
    }

    /// Asks for one company. The statement starts after this call did, so its answer holds every write that was finished before.
    pub(crate) async fn ask(&self, asked: Asked) -> Result<Q::Answer, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.push(Call { asked, answer })?;
        match tokio::time::timeout(ANSWER_WITHIN, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(StoreError::Unavailable("the store is closing".to_owned())),
            Err(_) => Err(StoreError::Unavailable("the database did not answer in time".to_owned())),
        }
    }
}

impl<Q: Question> Drop for Asker<Q> {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn serve<Q: Question>(queue: Arc<Queue<Call<Q::Answer>>>, connector: Connector) {
    let mut lane = Lane::new(&queue, connector);
    while let Some(calls) = queue.take(next_batch).await {
        let asked: Vec<Asked> = calls.iter().map(|call| call.asked).collect();
        match answers::<Q>(&mut lane, &asked).await {
            Ok(answers) => {
                for (call, answer) in calls.into_iter().zip(answers) {
                    // A caller that has gone needs no answer.
                    drop(call.answer.send(Ok(answer)));
                }
            }
            // Something stored is unreadable: whoever did not ask for it shall not suffer.
            Err((StoreError::Defect(_), _)) if calls.len() > 1 => {
                for call in calls {
                    let answer = answers::<Q>(&mut lane, &[call.asked]).await;
                    let alone =
                        answer.map_err(|(error, _)| error).and_then(|mut answers| answers.pop().ok_or_else(missing));
                    drop(call.answer.send(alone));
                }
            }
            Err((error, connected)) => {
                let stranded = if connected { Vec::new() } else { queue.stranded() };
                for call in calls.into_iter().chain(stranded) {
                    drop(call.answer.send(Err(error.clone())));
                }
                if !connected {
                    pause().await;
                }
            }
        }
    }
}

fn missing() -> StoreError {
    StoreError::Defect("a statement answered nothing".to_owned())
}

/// What waits and still has a caller.
fn next_batch<A>(waiting: &mut VecDeque<Call<A>>) -> Vec<Call<A>> {
    let count = waiting.len().min(READ_BATCH);
    waiting.drain(..count).filter(|call| !call.answer.is_closed()).collect()
}

/// The answers, or why there are none and whether a connection was there to ask.
async fn answers<Q: Question>(
    lane: &mut Lane<'_, Call<Q::Answer>>,
    asked: &[Asked],
) -> Result<Vec<Q::Answer>, (StoreError, bool)> {
    // A connection that died while it was idle is noticed by asking; the second round asks on a fresh one.
    for may_retry in [true, false] {
        let connection = lane.connection().await.map_err(|error| (error, false))?;
        match tokio::time::timeout(READ_STATEMENT_WITHIN, Q::ask(connection, asked)).await {
            Ok(Ok(answers)) => return Ok(answers),
            Ok(Err(error)) => {
                if Failure::of(&error) == Failure::ConnectionLost {
                    lane.lose();
                    if may_retry {
                        continue;
                    }
                }
                return Err((unanswered(&error), true));
            }
            Err(_) => {
                lane.lose();
                return Err((StoreError::Unavailable("the database did not answer in time".to_owned()), true));
            }
        }
    }
    Err((StoreError::Unavailable("the connection was lost".to_owned()), true))
}
