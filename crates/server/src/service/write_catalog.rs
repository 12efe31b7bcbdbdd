//! One attempt at a catalog write.

use std::{collections::BTreeMap, sync::Arc};

use api::document::CatalogDocument;
use domain::{
    Breach, Catalog, CatalogChange, CatalogCommand, CatalogFacts, ItemKind, ItemRef, Lifecycle, ModuleKind, Refusal,
    RefusalCode, apply_catalog, decide_catalog,
};
use store::{CatalogCommit, ChangeRequest, ChangeRequestStatus, Committed, Decision};

use super::{
    Call, Core, Rendered, WriteError,
    four_eyes::{gated_item, may_decide},
    impact::{PLAN_HAS_MOVED, Weighed},
    write::{Attempt, reply_to_keep},
};
use crate::wire;

/// What is asked of the catalog.
pub enum CatalogAsk {
    /// These commands, all or nothing.
    Commands(Vec<CatalogCommand>),
    /// That it be as a document says.
    Document(Arc<CatalogDocument>),
    /// That the backfill rules be carried out.
    Backfill,
}

/// Whether a change of an item that has approvers may go through.
pub enum Approval {
    /// It must wait: the answer is a change request, with what was asked for as JSON.
    Needed(String),
    /// It may not be asked for this way.
    Impossible,
    /// It is given, or withheld: this pending request is decided in the same transaction.
    Decides(Box<ChangeRequest>, ChangeRequestStatus),
}

/// A catalog write and how it is answered.
pub struct CatalogWrite {
    /// What.
    pub ask: CatalogAsk,
    /// What becomes of a change that somebody else must approve.
    pub approval: Approval,
    /// Whether, and where, the companies that it touches are to be told.
    pub preview: Option<super::impact::Page>,
    /// The hash of the plan that it must still be.
    pub plan: Option<String>,
    /// Makes the answer.
    pub render: Box<dyn Fn(&CatalogOutcome) -> Rendered + Send + Sync>,
}

/// What a catalog write makes, or would make.
pub struct CatalogOutcome {
    /// The catalog before.
    pub before: Arc<Catalog>,
    /// The catalog afterwards.
    pub catalog: Arc<Catalog>,
    /// What changes; `None` when nothing does.
    pub change: Option<CatalogChange>,
    /// Whether nothing was asked to be stored.
    pub dry_run: bool,
    /// What it does to companies, where that was asked for.
    pub weighed: Option<Weighed>,
    /// The change request that waits in its place.
    pub waits: Option<ChangeRequest>,
    /// The change request that it decides, as it is from then on.
    pub decided: Option<ChangeRequest>,
}

/// A catalog write, decided.
struct Decided {
    outcome: CatalogOutcome,
    now: domain::Timestamp,
    /// The item whose approvers must be asked first.
    waits_for: Option<ItemRef>,
}

impl Core {
    /// Loads, decides, commits. What must be weighed is weighed before anything is held up.
    pub(super) async fn try_catalog(&self, call: &Call, write: &CatalogWrite) -> Result<Attempt, WriteError> {
        let foreseen = if call.dry_run || self.looks_ahead(write) {
            let decided = self.decide_catalog(call, write).await?;
            match self.foresee(call, write, decided).await? {
                Foreseen::Answered(attempt) => return Ok(attempt),
                Foreseen::At(generation, weighed) => Some((generation, weighed)),
            }
        } else {
            None
        };
        let _alone = self.gate.write().await;
        let Decided { mut outcome, now, waits_for } = self.decide_catalog(call, write).await?;
        if let Some((generation, weighed)) = foreseen {
            if generation != outcome.before.generation {
                return Ok(Attempt::Raced);
            }
            outcome.weighed = Some(weighed);
        }
        if waits_for.is_some() {
            // Approvers were named between the look ahead and now.
            return Ok(Attempt::Raced);
        }
        let at = outcome.change.as_ref().map_or(now, |change| change.at);
        let rendered = (write.render)(&outcome);
        let reply = reply_to_keep(call, &rendered, at);
        let decides = outcome.decided.as_ref().and_then(decision);
        if outcome.change.is_none() && decides.is_none() && reply.is_none() {
            return Ok(Attempt::Written(rendered.into()));
        }
        let (change, request_id) = (outcome.change.clone(), call.request_id.clone());
        let commit = CatalogCommit { change, decides, request_id, reply, ..CatalogCommit::default() };
        let committed = self.store.commit_catalog(commit).await.inspect_err(|error| {
            tracing::error!(request_id = call.request_id, error = %error, "catalog write failed");
        })?;
        if committed == Committed::Raced {
            return Ok(Attempt::Raced);
        }
        if let Some(change) = &outcome.change {
            self.catalog.put(Catalog::clone(&outcome.catalog));
            log_change(change, call);
        }
        Ok(Attempt::Written(rendered.into()))
    }

    /// Whether a write must be looked at before it is carried out: it is to be previewed or planned, or somebody may have to approve it.
    fn looks_ahead(&self, write: &CatalogWrite) -> bool {
        let catalog = self.catalog.current();
        let may_wait = || catalog.all_items().any(|item| !item.profile.governance.approvers.is_empty());
        write.preview.is_some()
            || write.plan.is_some()
            || (!matches!(write.approval, Approval::Decides(..)) && may_wait())
    }

    async fn decide_catalog(&self, call: &Call, write: &CatalogWrite) -> Result<Decided, WriteError> {
        let (catalog, now) = self.store.catalog().await?;
        still_matches(call, &catalog)?;
        let decided = match &write.approval {
            Approval::Decides(request, status) => Some(self.decided(request.id, *status, &catalog, call, now).await?),
            Approval::Needed(_) | Approval::Impossible => None,
        };
        let commands = commands(&write.ask, &catalog)?;
        let in_question = in_question(&commands, &catalog);
        let holders = if in_question.is_empty() { BTreeMap::new() } else { self.store.holders(&in_question).await? };
        let change = decide_catalog(&commands, &catalog, &CatalogFacts { holders }, now, &call.actor)?;
        let before = Arc::new(catalog);
        let after = match &change {
            Some(change) => Arc::new(apply_catalog(&before, change)),
            None => Arc::clone(&before),
        };
        let gated = change.as_ref().and_then(gated_item);
        let waits_for = gated.filter(|_| decided.is_none());
        let dry_run = call.dry_run;
        let outcome = CatalogOutcome { before, catalog: after, change, dry_run, weighed: None, waits: None, decided };
        Ok(Decided { outcome, now, waits_for })
    }

    /// A pending request as it is once decided; refused where the actor may not, where somebody was faster, or where its item has moved.
    async fn decided(
        &self,
        id: domain::Uuid,
        status: ChangeRequestStatus,
        catalog: &Catalog,
        call: &Call,
        now: domain::Timestamp,
    ) -> Result<ChangeRequest, WriteError> {
        let known = self.pending_request(id).await?;
        may_decide(&known, status, &call.actor, catalog)?;
        if status == ChangeRequestStatus::Applied {
            still_based_on(&known, catalog)?;
        }
        Ok(ChangeRequest { status, decided_by: Some(call.actor.clone()), decided_at: Some(now), ..known })
    }

    /// The catalog as it is now, where that is what the call was decided on.
    ///
    /// # Errors
    /// [`WriteError`] when `If-Match` does not hold, or the store does not answer.
    pub(super) async fn matching_catalog(&self, call: &Call) -> Result<Arc<Catalog>, WriteError> {
        let catalog = self.current_catalog().await?;
        still_matches(call, &catalog)?;
        Ok(catalog)
    }

    /// A change request that waits for its decision.
    ///
    /// # Errors
    /// [`WriteError`] when there is none, when it is decided already, or when the store does not answer.
    pub async fn pending_request(&self, id: domain::Uuid) -> Result<ChangeRequest, WriteError> {
        let known = self.store.change_requests(None).await?;
        let found = known.into_iter().find(|request| request.id == id);
        let found = found.ok_or_else(|| Refusal::not_found("change request not found"))?;
        if found.status == ChangeRequestStatus::Pending {
            return Ok(found);
        }
        let message = format!("the request is {} already", found.status.as_str());
        Err(Refusal::conflict("status", message).into())
    }

    /// Notes that a pending request can no longer be applied, because its item has moved. Where somebody else has decided it meanwhile,
    /// that stands.
    ///
    /// # Errors
    /// [`WriteError`] when the store does not answer.
    pub async fn mark_stale(&self, id: domain::Uuid, call: &Call) -> Result<(), WriteError> {
        let (request, status, by) = (id, ChangeRequestStatus::Stale, call.actor.clone());
        let decides = Some(Decision { request, status, by, at: self.store.ready().await? });
        let request_id = call.request_id.clone();
        self.store.commit_catalog(CatalogCommit { decides, request_id, ..CatalogCommit::default() }).await?;
        Ok(())
    }

    /// Weighs a decided write; answers it where that is all, or where it must wait for an approver.
    async fn foresee(&self, call: &Call, write: &CatalogWrite, decided: Decided) -> Result<Foreseen, WriteError> {
        let Decided { mut outcome, now, waits_for } = decided;
        let page = write.preview.clone().unwrap_or_default();
        let weighed = self.weigh(&outcome.before, &outcome.catalog, outcome.change.as_ref(), &page).await?;
        if write.plan.as_ref().is_some_and(|plan| *plan != weighed.hash) {
            return Err(Refusal::conflict("plan", PLAN_HAS_MOVED).into());
        }
        if let Some(item) = waits_for {
            outcome.weighed = Some(weighed);
            return self.wait(call, write, outcome, item, now).await.map(Foreseen::Answered);
        }
        if call.dry_run {
            outcome.weighed = Some(weighed);
            return Ok(Foreseen::Answered(Attempt::Written((write.render)(&outcome).into())));
        }
        Ok(Foreseen::At(outcome.before.generation, weighed))
    }

    /// Stores a change request in the place of a change that somebody else must approve.
    async fn wait(
        &self,
        call: &Call,
        write: &CatalogWrite,
        mut outcome: CatalogOutcome,
        item: ItemRef,
        now: domain::Timestamp,
    ) -> Result<Attempt, WriteError> {
        let Approval::Needed(change) = &write.approval else {
            let message = format!(
                "a change of what {} `{}` grants needs one of its approvers: ask for it by PATCH, which makes a change request",
                item.kind.as_str(),
                item.key
            );
            return Err(Refusal::conflict("governance.approvers", message).into());
        };
        let known = outcome.before.item(&item);
        let based_on = known.map_or((0, now), |known| (known.newest().map_or(0, |one| one.number), known.updated_at));
        let impact = outcome.weighed.as_ref().map(|weighed| serde_json::to_string(&weighed.view()).unwrap_or_default());
        let request = ChangeRequest {
            id: domain::Uuid::now_v7(),
            status: ChangeRequestStatus::Pending,
            item,
            change: change.clone(),
            impact: impact.unwrap_or_else(|| "{}".to_owned()),
            based_on,
            requested_by: call.actor.clone(),
            requested_at: now,
            decided_by: None,
            decided_at: None,
        };
        outcome.catalog = Arc::clone(&outcome.before);
        outcome.waits = Some(request.clone());
        let rendered = (write.render)(&outcome);
        if !call.dry_run {
            let (request_id, reply) = (call.request_id.clone(), reply_to_keep(call, &rendered, now));
            let commit = CatalogCommit { asks: Some(request), request_id, reply, ..CatalogCommit::default() };
            if self.store.commit_catalog(commit).await? == Committed::Raced {
                return Ok(Attempt::Raced);
            }
        }
        Ok(Attempt::Written(rendered.into()))
    }
}

/// What a look ahead leads to.
enum Foreseen {
    /// It was all.
    Answered(Attempt),
    /// The write goes on, if the catalog still is of this generation.
    At(u64, Weighed),
}

/// The commands that are asked for, on this catalog.
fn commands(ask: &CatalogAsk, catalog: &Catalog) -> Result<Vec<CatalogCommand>, Refusal> {
    match ask {
        CatalogAsk::Commands(commands) => Ok(commands.clone()),
        CatalogAsk::Backfill => Ok(super::backfill(catalog).commands),
        CatalogAsk::Document(document) => wire::declared(document, catalog).map_err(|details| {
            let breach = |detail: api::Detail| Breach {
                rule: "document",
                message: detail.message,
                subject: Some(detail.field),
                source: None,
            };
            Refusal::of(RefusalCode::Validation, details.into_iter().map(breach).collect())
        }),
    }
}

/// The items whose holders the rules ask about: those to be archived, and packages that may become base packages.
fn in_question(commands: &[CatalogCommand], catalog: &Catalog) -> Vec<ItemRef> {
    let is_base_module =
        |key: &domain::ModuleKey| catalog.module_named(key).is_none_or(|module| module.kind == ModuleKind::Base);
    let asked = |command: &CatalogCommand| {
        let CatalogCommand::UpdateItem { kind, id, edit } = command else { return None };
        let item = catalog.item_by_id(*kind, *id)?;
        let is_base = item.included_revision().is_some_and(|revision| catalog.includes_base(revision));
        let becomes_base = *kind == ItemKind::Package
            && !is_base
            && (edit.reach.is_some() || edit.modules.iter().flatten().any(is_base_module));
        (edit.lifecycle == Some(Lifecycle::Archived) || becomes_base).then(|| item.reference())
    };
    commands.iter().filter_map(asked).collect()
}

/// Refuses a call whose `If-Match` does not hold of the catalog's generation.
fn still_matches(call: &Call, catalog: &Catalog) -> Result<(), WriteError> {
    let current = catalog.generation;
    let holds = call.if_match.as_ref().is_none_or(|precondition| precondition.holds(current));
    if holds { Ok(()) } else { Err(WriteError::Precondition { current }) }
}

/// What is stored of a request that was decided.
fn decision(request: &ChangeRequest) -> Option<Decision> {
    let (by, at) = (request.decided_by.clone()?, request.decided_at?);
    Some(Decision { request: request.id, status: request.status, by, at })
}

/// Refuses to apply a change request whose item has moved since.
fn still_based_on(request: &ChangeRequest, catalog: &Catalog) -> Result<(), Refusal> {
    let known = catalog.item(&request.item);
    let stands = known.map(|item| (item.newest().map_or(0, |newest| newest.number), item.updated_at));
    if stands == Some(request.based_on) {
        return Ok(());
    }
    let message = format!("{} `{}` has changed since; ask anew", request.item.kind.as_str(), request.item.key);
    Err(Refusal::conflict("stale", message))
}

fn log_change(change: &CatalogChange, call: &Call) {
    for event in &change.events {
        tracing::info!(
            change_type = event.change_type.as_str(),
            entity_type = event.entity_type.as_str(),
            entity_key = event.after.key(),
            generation = change.generation,
            revisions_moved = change.revisions.len(),
            changed_by = call.actor.as_str(),
            caller = call.caller.name.as_str(),
            request_id = call.request_id,
            "catalog written"
        );
    }
}
