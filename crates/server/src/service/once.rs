//! Work that has no commit of its own which would keep its reply: starting and steering roll-outs.

use std::sync::Arc;

use store::{CatalogCommit, Committed};

use super::{
    Call, Core, Rendered, WriteError, Written,
    write::{MAX_ATTEMPTS, reply_to_keep},
};

impl Core {
    /// Carries something out to its end, even when the one who asked goes away, and answers a repeat of it with what it answered first.
    ///
    /// # Errors
    /// Those of the work, and [`WriteError`] where the reply cannot be read or kept.
    pub async fn once<E>(
        self: &Arc<Self>,
        call: Call,
        work: impl Future<Output = Result<Rendered, E>> + Send + 'static,
    ) -> Result<Written, E>
    where
        E: From<WriteError> + Send + 'static,
    {
        let core = Arc::clone(self);
        let task = tokio::spawn(async move {
            let _turn = core.turn_of_repeats(&call).await?;
            if let Some(reply) = core.kept_reply(&call).await? {
                return Ok(reply);
            }
            let rendered = work.await?;
            core.keep(&call, &rendered).await?;
            Ok(rendered.into())
        });
        task.await.unwrap_or_else(|error| Err(WriteError::Defect(error.to_string()).into()))
    }

    /// Keeps a reply by itself.
    async fn keep(&self, call: &Call, rendered: &Rendered) -> Result<(), WriteError> {
        if call.dry_run || call.idempotency.is_none() {
            return Ok(());
        }
        for _ in 0..MAX_ATTEMPTS {
            let reply = reply_to_keep(call, rendered, self.store.ready().await?);
            let commit = CatalogCommit { request_id: call.request_id.clone(), reply, ..CatalogCommit::default() };
            // Raced, another node has kept one under the key: this one did its work all the same.
            if self.store.commit_catalog(commit).await? == Committed::Done || self.kept_reply(call).await?.is_some() {
                return Ok(());
            }
        }
        Err(WriteError::Contended)
    }
}
