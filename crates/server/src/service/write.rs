//! The one write path: keep turns, answer repeats, load, decide, commit, remember. Bounded retries when a race was lost.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::{Refusal, Text};
use futures_util::{FutureExt as _, future::BoxFuture};
use store::{ReplyKey, StoreError, StoredReply};

use super::{CatalogWrite, CompanyWrite, Core, turns::Turn};
use crate::caller::Caller;

/// How often a write is decided anew after it lost a race. Within a process writers of one company take turns, so each lost race is
/// another node's success.
pub(super) const MAX_ATTEMPTS: u32 = 16;

/// How long a repeat waits for the first request under its idempotency key.
const REPEAT_WAIT: Duration = Duration::from_secs(5);

/// Who asks, and how.
#[derive(Clone, Debug)]
pub struct Call {
    /// The caller.
    pub caller: Arc<Caller>,
    /// On whose behalf.
    pub actor: Text,
    /// The request.
    pub request_id: String,
    /// Whether to answer without storing anything.
    pub dry_run: bool,
    /// What must hold of the version.
    pub if_match: Option<Precondition>,
    /// How a repeat is known.
    pub idempotency: Option<Idempotency>,
}

/// How a repeat of a write is known.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The caller and its key.
    pub key: ReplyKey,
    /// SHA-256 over what was asked.
    pub request_hash: [u8; 32],
}

/// What `If-Match` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// That there is anything.
    Any,
    /// That the version is one of these.
    OneOf(Vec<u64>),
}

impl Precondition {
    /// Whether it holds of a version; 0 is of what does not exist.
    pub fn holds(&self, version: u64) -> bool {
        match self {
            Self::Any => version > 0,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}

/// A write.
pub enum Write {
    /// Of a company.
    Company(CompanyWrite),
    /// Of the catalog.
    Catalog(CatalogWrite),
}

/// What a write shall answer, before it is stored.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The status.
    pub status: u16,
    /// Headers, by name.
    pub headers: Vec<(String, String)>,
    /// The body, envelope included.
    pub body: Vec<u8>,
}

/// What a write answers.
#[derive(Clone, Debug)]
pub struct Written {
    /// The status.
    pub status: u16,
    /// Headers, by name.
    pub headers: Vec<(String, String)>,
    /// The body, envelope included.
    pub body: Bytes,
}

impl From<Rendered> for Written {
    fn from(rendered: Rendered) -> Self {
        Self { status: rendered.status, headers: rendered.headers, body: rendered.body.into() }
    }
}

/// Why a write was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The command was refused.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// `If-Match` does not hold.
    #[error("the version is {current}, not what If-Match asks for; read again and decide again")]
    Precondition {
        /// The version now.
        current: u64,
    },
    /// The idempotency key was used for another request.
    #[error("this Idempotency-Key was used for another request; use a new key for a new request")]
    KeyReused,
    /// The first request under the idempotency key is still under way.
    #[error("a request with this Idempotency-Key is still under way; repeat it later")]
    KeyBusy,
    /// Others wrote the same thing again and again, or one boundary followed another.
    #[error("lost {MAX_ATTEMPTS} races against other writers; repeat the request")]
    Contended,
    /// The store did not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A defect.
    #[error("defect: {0}")]
    Defect(String),
}

/// What is done for a call, to its end.
pub(super) type Work<E> = BoxFuture<'static, Result<Written, E>>;

/// How one attempt at a write ended, if it was not refused.
#[derive(Debug)]
pub(super) enum Attempt {
    /// It is done.
    Written(Written),
    /// It is done, but a boundary passed while it was being stored, and what it replaced has shown this version meanwhile.
    Overtaken { written: Written, shown: u64 },
    /// A race was lost. Nothing was stored.
    Raced,
    /// A boundary is too near for it to be stored before. Nothing was stored.
    TooNear(Duration),
}

impl Core {
    /// Carries out a write. It runs to its end even when the one who asked goes away.
    ///
    /// # Errors
    /// [`WriteError`]; unless it is an unknown outcome, nothing was changed.
    pub async fn write(self: &Arc<Self>, call: Call, write: Write) -> Result<Written, WriteError> {
        let core = Arc::clone(self);
        let task = tokio::spawn(async move { core.carry_out(&call, &write).await });
        task.await.unwrap_or_else(|error| Err(WriteError::Defect(error.to_string())))
    }

    /// Carries out a write that is yet to be prepared, unless the call is a repeat.
    ///
    /// # Errors
    /// Those of the preparation, and [`WriteError`]; unless it is an unknown outcome, nothing was changed.
    pub async fn write_prepared<E>(
        self: &Arc<Self>,
        call: Call,
        prepare: impl Future<Output = Result<Write, E>> + Send + 'static,
    ) -> Result<Written, E>
    where
        E: From<WriteError> + Send + 'static,
    {
        self.unless_repeated(call, |core, call| async move { Ok(core.attempts(&call, &prepare.await?).await?) }.boxed())
            .await
    }

    /// Does work to its end, even when the one who asked goes away, unless the call is a repeat: then it answers what it did first. The
    /// work keeps the reply with its effect.
    ///
    /// # Errors
    /// Those of the work, and [`WriteError`].
    pub(super) async fn unless_repeated<E, W>(self: &Arc<Self>, call: Call, work: W) -> Result<Written, E>
    where
        E: From<WriteError> + Send + 'static,
        W: FnOnce(Arc<Self>, Call) -> Work<E> + Send + 'static,
    {
        let core = Arc::clone(self);
        let task = tokio::spawn(async move {
            let _turn = core.turn_of_repeats(&call).await?;
            if let Some(reply) = core.kept_reply(&call).await? {
                return Ok(reply);
            }
            work(Arc::clone(&core), call.clone()).await
        });
        task.await.unwrap_or_else(|error| Err(WriteError::Defect(error.to_string()).into()))
    }

    async fn carry_out(&self, call: &Call, write: &Write) -> Result<Written, WriteError> {
        let _turn = self.turn_of_repeats(call).await?;
        self.attempts(call, write).await
    }

    async fn attempts(&self, call: &Call, write: &Write) -> Result<Written, WriteError> {
        for earlier in 0..MAX_ATTEMPTS {
            if let Some(reply) = self.kept_reply(call).await? {
                return Ok(reply);
            }
            let attempt = match write {
                Write::Company(write) => self.try_company(call, write, earlier).await,
                Write::Catalog(write) => self.try_catalog(call, write).await,
            };
            self.count(write, call, &attempt);
            match attempt? {
                Attempt::Written(written) => return Ok(written),
                Attempt::Overtaken { written, shown } => {
                    if let Write::Company(write) = write {
                        self.move_beyond(call, write.company, shown).await;
                    }
                    return Ok(written);
                }
                Attempt::Raced => {}
                Attempt::TooNear(wait) => tokio::time::sleep(wait).await,
            }
        }
        Err(WriteError::Contended)
    }

    pub(super) async fn turn_of_repeats(&self, call: &Call) -> Result<Option<Turn<'_, ReplyKey>>, WriteError> {
        let Some(idempotency) = call.idempotency.as_ref().filter(|_| !call.dry_run) else { return Ok(None) };
        match tokio::time::timeout(REPEAT_WAIT, self.replies.enter(&idempotency.key)).await {
            Ok(turn) => Ok(Some(turn)),
            Err(_) => Err(WriteError::KeyBusy),
        }
    }

    pub(super) async fn kept_reply(&self, call: &Call) -> Result<Option<Written>, WriteError> {
        let Some(idempotency) = call.idempotency.as_ref().filter(|_| !call.dry_run) else { return Ok(None) };
        match self.store.reply(&idempotency.key).await? {
            None => Ok(None),
            Some(reply) if reply.request_hash != idempotency.request_hash => Err(WriteError::KeyReused),
            Some(reply) => Ok(Some(Written { status: reply.status, headers: reply.headers, body: reply.body.into() })),
        }
    }

    fn count(&self, write: &Write, call: &Call, attempt: &Result<Attempt, WriteError>) {
        let outcome = match attempt {
            Ok(Attempt::Raced | Attempt::TooNear(_)) => "raced",
            Ok(Attempt::Written(_) | Attempt::Overtaken { .. }) if call.dry_run => "dry_run",
            Ok(Attempt::Written(_) | Attempt::Overtaken { .. }) => "done",
            Err(WriteError::Store(_)) => {
                self.metrics.history_insert_failed();
                "failed"
            }
            Err(_) => "refused",
        };
        match write {
            Write::Company(_) => self.metrics.company_written(outcome),
            Write::Catalog(_) => self.metrics.catalog_written(outcome),
        }
    }
}

/// What is kept of an answer for repeats.
pub(super) fn reply_to_keep(call: &Call, rendered: &Rendered, at: domain::Timestamp) -> Option<StoredReply> {
    call.idempotency.as_ref().map(|idempotency| StoredReply {
        key: idempotency.key.clone(),
        request_hash: idempotency.request_hash,
        status: rendered.status,
        headers: rendered.headers.clone(),
        body: rendered.body.clone(),
        created_at: at,
    })
}
