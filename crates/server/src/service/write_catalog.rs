//! One attempt at a catalog write.

use std::sync::Arc;

use domain::{Catalog, CatalogChange, CatalogCommand, apply_catalog, decide_catalog};
use store::{CatalogCommit, Committed};

use super::{
    Call, Core, Rendered, WriteError,
    write::{Attempt, reply_to_keep},
};

/// A catalog write and how it is answered.
pub struct CatalogWrite {
    /// What.
    pub command: CatalogCommand,
    /// Makes the answer.
    pub render: Box<dyn Fn(&CatalogOutcome) -> Rendered + Send + Sync>,
}

/// What a catalog write makes, or would make.
pub struct CatalogOutcome {
    /// The catalog afterwards.
    pub catalog: Arc<Catalog>,
    /// What changes; `None` when nothing does.
    pub change: Option<CatalogChange>,
    /// Whether nothing was asked to be stored.
    pub dry_run: bool,
}

impl Core {
    /// Loads, decides, commits.
    pub(super) async fn try_catalog(&self, call: &Call, write: &CatalogWrite) -> Result<Attempt, WriteError> {
        let _alone = self.gate.write().await;
        let (catalog, now) = self.store.catalog().await?;
        if let Some(precondition) = &call.if_match {
            let current = catalog.generation;
            if !precondition.holds(current) {
                return Err(WriteError::Precondition { current });
            }
        }
        let change = decide_catalog(&write.command, &catalog, now, &call.actor)?;
        let at = change.as_ref().map_or(now, |change| change.at);
        let after = Arc::new(match &change {
            Some(change) => apply_catalog(&catalog, change),
            None => catalog,
        });
        let outcome = CatalogOutcome { catalog: Arc::clone(&after), change, dry_run: call.dry_run };
        let rendered = (write.render)(&outcome);
        if call.dry_run {
            return Ok(Attempt::Written(rendered.into()));
        }
        let reply = reply_to_keep(call, &rendered, at);
        if outcome.change.is_none() && reply.is_none() {
            return Ok(Attempt::Written(rendered.into()));
        }
        let commit = CatalogCommit { change: outcome.change.clone(), request_id: call.request_id.clone(), reply };
        let committed = self.store.commit_catalog(commit).await.inspect_err(|error| {
            tracing::error!(request_id = call.request_id, error = %error, "catalog write failed");
        })?;
        if committed == Committed::Raced {
            return Ok(Attempt::Raced);
        }
        if let Some(change) = &outcome.change {
            self.catalog.put(Catalog::clone(&after));
            log_change(change, call);
        }
        Ok(Attempt::Written(rendered.into()))
    }
}

fn log_change(change: &CatalogChange, call: &Call) {
    tracing::info!(
        change_type = change.event.change_type.as_str(),
        entity_type = change.event.entity_type.as_str(),
        entity_key = change.event.entity_key,
        generation = change.generation,
        revisions_moved = change.revisions.len(),
        changed_by = call.actor.as_str(),
        caller = call.caller.name.as_str(),
        request_id = call.request_id,
        "catalog written"
    );
}
