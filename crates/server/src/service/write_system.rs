//! Writes of keys and webhook endpoints: the same turns, repeats, dry runs and retries as of every other write.

use std::sync::Arc;

use domain::Timestamp;
use futures_util::{FutureExt as _, future::BoxFuture};
use store::{Committed, SystemChange, SystemCommit};

use super::{
    Call, Core, Rendered, WriteError, Written,
    write::{MAX_ATTEMPTS, reply_to_keep},
};

/// A decided write of keys or webhook endpoints.
pub struct SystemStep {
    /// What is to be stored; `None` when nothing changes.
    pub change: Option<SystemChange>,
    /// The answer.
    pub answer: Rendered,
    /// What a repeat is told in the place of an answer that shows a secret: secrets are not kept.
    pub repeat: Option<Rendered>,
    /// Logs the change once it is stored, and wakes who waits for it.
    pub stored: Box<dyn FnOnce() + Send + Sync>,
}

impl Core {
    /// Decides and stores a write of keys or webhook endpoints, to its end even when the one who asked goes away. A repeat answers what the
    /// first did; a dry run stores nothing. It is decided anew, on what is stored by then, when a race was lost.
    ///
    /// # Errors
    /// Those of the decision, and [`WriteError`]; unless it is an unknown outcome, nothing was changed.
    pub async fn write_system<E, D>(self: &Arc<Self>, call: Call, decide: D) -> Result<Written, E>
    where
        E: From<WriteError> + Send + 'static,
        D: Fn(Timestamp) -> BoxFuture<'static, Result<SystemStep, E>> + Send + Sync + 'static,
    {
        let work = |core: Arc<Self>, call: Call| {
            async move {
                for _ in 0..MAX_ATTEMPTS {
                    let now = core.store.ready().await.map_err(WriteError::from)?;
                    let step = decide(now).await?;
                    if call.dry_run {
                        return Ok(step.answer.into());
                    }
                    if core.put_system(&call, &step, now).await? == Committed::Done {
                        if step.change.is_some() {
                            (step.stored)();
                        }
                        return Ok(step.answer.into());
                    }
                    // Another node may have kept a reply under the key.
                    if let Some(reply) = core.kept_reply(&call).await? {
                        return Ok(reply);
                    }
                }
                Err(WriteError::Contended.into())
            }
            .boxed()
        };
        self.unless_repeated(call, work).await
    }

    /// Stores a step with what is kept for repeats; nothing when it changes nothing and nobody may repeat it.
    async fn put_system(&self, call: &Call, step: &SystemStep, now: Timestamp) -> Result<Committed, WriteError> {
        let reply = reply_to_keep(call, step.repeat.as_ref().unwrap_or(&step.answer), now);
        if step.change.is_none() && reply.is_none() {
            return Ok(Committed::Done);
        }
        let commit = SystemCommit { change: step.change.clone(), reply };
        self.store.commit_system(commit).await.map_err(|error| {
            tracing::error!(request_id = call.request_id, error = %error, "write of keys or webhooks failed");
            error.into()
        })
    }
}
