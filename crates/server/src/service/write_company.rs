//! One attempt at a company write.

use std::sync::Arc;

use domain::{Catalog, ChangeSet, Command, CompanyId, CompanyState, Entitlements, apply, decide, resolve, version_at};
use store::{Committed, CompanyCommit, StoreError};

use super::{
    Call, Core, Rendered, WriteError,
    boundary::{Ahead, no_later_than},
    write::{Attempt, reply_to_keep},
};

/// A company write and how it is answered.
pub struct CompanyWrite {
    /// Whose.
    pub company: CompanyId,
    /// What.
    pub command: Command,
    /// Makes the answer.
    pub render: Box<dyn Fn(&CompanyOutcome) -> Rendered + Send + Sync>,
}

/// What a company write makes, or would make.
pub struct CompanyOutcome {
    /// The state before.
    pub before: CompanyState,
    /// The state afterwards.
    pub state: CompanyState,
    /// The catalog that it was decided on.
    pub catalog: Arc<Catalog>,
    /// What the company owns at the instant of the write.
    pub entitlements: Entitlements,
    /// What changes; `None` when nothing does.
    pub changes: Option<ChangeSet>,
    /// Whether nothing was asked to be stored.
    pub dry_run: bool,
}

impl Core {
    /// Loads, decides, commits. `earlier` attempts were made before.
    pub(super) async fn try_company(
        &self,
        call: &Call,
        write: &CompanyWrite,
        earlier: u32,
    ) -> Result<Attempt, WriteError> {
        let _alone = (self.companies.enter(&write.company).await, self.gate.read().await);
        let (began, credits) = (self.clock.now(), write.command.credit_scope(&self.catalog.current()));
        let (told, _) = self.load_told(write.company, credits, !call.dry_run).await?;
        let Some((loaded, catalog)) = told.filter(|(_, catalog)| write.command.credit_scope(catalog) == credits) else {
            return Ok(Attempt::Raced);
        };
        let state = loaded.state;
        if let Some(precondition) = &call.if_match {
            let current = if state.is_known() { version_at(&state.standing(), &catalog, loaded.now) } else { 0 };
            if !precondition.holds(current) {
                return Err(WriteError::Precondition { current });
            }
        }
        let changes = decide(&write.command, &state, &catalog, loaded.now, &call.actor)?;
        let at = changes.as_ref().map_or(loaded.now, |changes| changes.at);
        let replaced = changes.as_ref().map(|_| state.standing());
        let before = state;
        let state = match &changes {
            Some(changes) => apply(before.clone(), changes),
            None => before.clone(),
        };
        let standing = state.standing();
        let entitlements = resolve(&standing, &catalog, at);
        let (dry_run, catalog) = (call.dry_run, Arc::clone(&catalog));
        let outcome = CompanyOutcome { before, state, catalog, entitlements, changes, dry_run };
        let catalog = &outcome.catalog;
        let rendered = (write.render)(&outcome);
        if call.dry_run {
            return Ok(Attempt::Written(rendered.into()));
        }
        let reply = reply_to_keep(call, &rendered, at);
        if outcome.changes.is_none() && reply.is_none() {
            return Ok(Attempt::Written(rendered.into()));
        }
        let ahead = replaced.and_then(|replaced| Ahead::of(replaced, catalog, at, earlier));
        if let Some(wait) = ahead.as_ref().and_then(|ahead| ahead.wait(at)) {
            return Ok(Attempt::TooNear(wait));
        }
        let commit = CompanyCommit {
            changes: outcome.changes.clone(),
            head: loaded.head,
            request_id: call.request_id.clone(),
            reply,
            too_late_at: ahead.as_ref().map(|ahead| ahead.too_late_at),
        };
        match self.store.commit(commit).await {
            Ok(Committed::Raced) => return Ok(Attempt::Raced),
            Ok(Committed::Done) => {}
            Err(error) => {
                self.cache.forget(write.company);
                return Err(log_failure(error, write.company, call));
            }
        }
        if let Some(changes) = &outcome.changes {
            self.cache.written(&standing, catalog.generation);
            log_change(changes, call);
        }
        let ended = no_later_than(loaded.now, began, self.clock.now());
        Ok(match ahead.and_then(|ahead| ahead.met(&standing, catalog, ended)) {
            None => Attempt::Written(rendered.into()),
            Some(shown) => Attempt::Overtaken { written: rendered.into(), shown },
        })
    }
}

fn log_failure(error: StoreError, company: CompanyId, call: &Call) -> WriteError {
    tracing::error!(company_id = %company, request_id = call.request_id, error = %error, "company write failed");
    error.into()
}

fn log_change(changes: &ChangeSet, call: &Call) {
    for event in changes.events() {
        tracing::info!(
            company_id = %changes.company_id,
            change_type = event.change_type.as_str(),
            entity_key = event.entity_key.as_deref(),
            previous_status = event.previous_status().map(domain::Status::as_str),
            new_status = event.new_status().map(domain::Status::as_str),
            entitlement_version = changes.version,
            previous_version = changes.version_before,
            changed_by = call.actor.as_str(),
            caller = call.caller.name.as_str(),
            request_id = call.request_id,
            "company written"
        );
    }
}
