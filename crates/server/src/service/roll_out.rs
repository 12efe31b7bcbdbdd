//! Roll-outs: starting and steering them.

use std::sync::Arc;

use domain::{CompanyId, ItemRef, Refusal, Uuid};
use futures_util::FutureExt as _;
use store::{CatalogCommit, Committed, RollOut, RollOutStatus, RollOutStep, StoreError};

use super::{
    Call, Core, Page, Rendered, Weighed, WriteError, Written, four_eyes::may_move_holders, impact::PLAN_HAS_MOVED,
    write::reply_to_keep,
};

/// How a roll-out is asked for.
#[derive(Clone, Debug)]
pub struct NewRollOut {
    /// Whose holders.
    pub item: ItemRef,
    /// The revision that they are moved to.
    pub to_revision: u32,
    /// Only these companies, in order and each once.
    pub only: Option<Vec<CompanyId>>,
    /// Never these.
    pub exclude: Vec<CompanyId>,
    /// This share of the holders.
    pub percent: u32,
    /// How many at a time.
    pub batch_size: u32,
    /// Whether it waits to be resumed.
    pub start_paused: bool,
    /// Of a dry run: which of the companies that it touches are to be named.
    pub page: Page,
    /// The hash of the plan that it must still be.
    pub plan: Option<String>,
}

/// Why a roll-out was not made or moved.
#[derive(Debug, thiserror::Error)]
pub enum RollOutError {
    /// What was asked for cannot be.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// `If-Match` does not hold, or the catalog cannot be read.
    #[error("{0}")]
    Write(#[from] WriteError),
    /// The store did not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl Core {
    /// Makes a roll-out, and starts it unless it shall wait. A dry run only says how it would stand. The reply to keep is stored with it.
    ///
    /// # Errors
    /// [`RollOutError`] when there is no such item or revision, or another roll-out of the item is under way.
    pub async fn start_roll_out(
        self: &Arc<Self>,
        new: NewRollOut,
        call: Call,
        render: impl Fn(&RollOut, Option<&Weighed>) -> Rendered + Send + Sync + 'static,
    ) -> Result<Written, RollOutError> {
        let work = |core: Arc<Self>, call: Call| {
            async move {
                let (page, plan) = (new.page.clone(), new.plan.clone());
                let next = core.new_roll_out(new, &call).await?;
                let weighed = core.weighed_roll_out(&next, &page, plan.as_deref(), &call).await?;
                let render = |roll_out: &RollOut| render(roll_out, weighed.as_ref());
                let written = core.put_roll_out(RollOutStep { known: None, next }, &call, &render).await?;
                // Raced, another node has kept a reply under the key.
                match written {
                    Some(written) => Ok(written),
                    None => Ok(core.kept_reply(&call).await?.ok_or(WriteError::Contended)?),
                }
            }
            .boxed()
        };
        self.unless_repeated(call, work).await
    }

    /// Pauses, resumes or returns a roll-out. A dry run only says how it would stand. The reply to keep is stored with it.
    ///
    /// # Errors
    /// [`RollOutError`] when there is no such roll-out, or it cannot go there from where it is.
    pub async fn steer_roll_out(
        self: &Arc<Self>,
        item: ItemRef,
        id: Uuid,
        to: RollOutStatus,
        call: Call,
        render: impl Fn(&RollOut) -> Rendered + Send + Sync + 'static,
    ) -> Result<Written, RollOutError> {
        let work = move |core: Arc<Self>, call: Call| {
            async move {
                loop {
                    if let Some(reply) = core.kept_reply(&call).await? {
                        return Ok(reply);
                    }
                    let step = core.steered(&item, id, to, &call).await?;
                    if let Some(written) = core.put_roll_out(step, &call, &render).await? {
                        return Ok(written);
                    }
                }
            }
            .boxed()
        };
        self.unless_repeated(call, work).await
    }

    /// Stores a roll-out as it stands from now on, with the reply to keep, and works on it; `None` when a race was lost.
    async fn put_roll_out(
        self: &Arc<Self>,
        step: RollOutStep,
        call: &Call,
        render: &(impl Fn(&RollOut) -> Rendered + Sync),
    ) -> Result<Option<Written>, RollOutError> {
        let (id, rendered) = (step.next.id, render(&step.next));
        if call.dry_run {
            return Ok(Some(rendered.into()));
        }
        let reply = reply_to_keep(call, &rendered, self.store.ready().await?);
        let (roll_out, request_id) = (Some(step), call.request_id.clone());
        let commit = CatalogCommit { roll_out, request_id, reply, ..CatalogCommit::default() };
        if self.store.commit_catalog(commit).await? == Committed::Raced {
            return Ok(None);
        }
        self.drive(id, Arc::clone(&call.caller));
        Ok(Some(rendered.into()))
    }

    /// What a roll-out would do to companies, where somebody wants to know: for a dry run, or because it must be what was planned.
    async fn weighed_roll_out(
        &self,
        next: &RollOut,
        page: &Page,
        plan: Option<&str>,
        call: &Call,
    ) -> Result<Option<Weighed>, RollOutError> {
        if !call.dry_run && plan.is_none() {
            return Ok(None);
        }
        let catalog = self.matching_catalog(call).await?;
        let weighed = self.weigh_roll_out(&catalog, next, page).await?;
        if plan.is_some_and(|plan| plan != weighed.hash) {
            return Err(Refusal::conflict("plan", PLAN_HAS_MOVED).into());
        }
        Ok(Some(weighed).filter(|_| call.dry_run))
    }

    /// A roll-out as it would begin.
    async fn new_roll_out(&self, new: NewRollOut, call: &Call) -> Result<RollOut, RollOutError> {
        let catalog = self.matching_catalog(call).await?;
        let (kind, key) = (new.item.kind.as_str(), new.item.key.clone());
        let item =
            catalog.item(&new.item).ok_or_else(|| Refusal::not_found(format!("{kind} `{key}` does not exist")))?;
        if item.revision(new.to_revision).is_none() {
            let message = format!("{kind} `{key}` has no revision {}", new.to_revision);
            return Err(Refusal::invalid("toRevision", message).into());
        }
        if new.to_revision < item.newest_existing() {
            let message = format!(
                "revision {} is older than revision {}, which has reached all holders; make the next revision instead",
                new.to_revision,
                item.newest_existing()
            );
            return Err(Refusal::conflict("toRevision", message).into());
        }
        self.may_roll_out(item, new.to_revision, &call.actor).await?;
        let known = self.store.roll_outs(Some(&new.item)).await?;
        if let Some(other) = known.iter().find(|one| one.status.is_under_way()) {
            let message =
                format!("roll-out {} of {kind} `{key}` is {}; let it end first", other.id, other.status.as_str());
            return Err(Refusal::conflict("roll_out", message).into());
        }
        let total = match &new.only {
            Some(named) => self.all_hold(&new.item, named).await?,
            None => self.store.holders(std::slice::from_ref(&new.item)).await?.get(&new.item).copied().unwrap_or(0),
        };
        let now = self.store.ready().await?;
        Ok(RollOut {
            id: Uuid::now_v7(),
            step: 1,
            item: new.item,
            to_revision: new.to_revision,
            status: if new.start_paused { RollOutStatus::Paused } else { RollOutStatus::Running },
            only: new.only,
            exclude: new.exclude,
            percent: new.percent,
            batch_size: new.batch_size,
            cursor: None,
            moved: 0,
            unchanged: 0,
            refused: 0,
            reasons: Vec::new(),
            total,
            created_by: call.actor.clone(),
            created_at: now,
            updated_at: now,
        })
    }

    /// How many companies are named; refused where one of them holds nothing of the item: nothing would become of it, without a word.
    async fn all_hold(&self, item: &ItemRef, named: &[CompanyId]) -> Result<u64, RollOutError> {
        let holders = self.holders_among(item, named).await?;
        let Some(first) = named.iter().find(|company| !holders.contains_key(company)) else {
            return Ok(holders.len() as u64);
        };
        let (kind, key) = (item.kind.as_str(), &item.key);
        let more = match named.len() - holders.len() {
            0 | 1 => String::new(),
            others => format!(" (nor do {} more of those named)", others - 1),
        };
        let message = format!(
            "company `{first}` does not hold {kind} `{key}`{more}; leave it out of companyIds, or assign or resume it first"
        );
        Err(Refusal::invalid("companyIds", message).into())
    }

    /// A roll-out as it would stand after it is steered.
    async fn steered(
        &self,
        item: &ItemRef,
        id: Uuid,
        to: RollOutStatus,
        call: &Call,
    ) -> Result<RollOutStep, RollOutError> {
        let catalog = self.matching_catalog(call).await?;
        let known = self.find_roll_out(Some(item), id).await?;
        if let (RollOutStatus::Returning, Some(item)) = (to, catalog.item(item)) {
            may_move_holders(item, &call.actor)?;
        }
        let may = match to {
            RollOutStatus::Paused => known.status == RollOutStatus::Running,
            RollOutStatus::Running => known.status == RollOutStatus::Paused,
            RollOutStatus::Returning => {
                matches!(known.status, RollOutStatus::Running | RollOutStatus::Paused | RollOutStatus::Done)
            }
            RollOutStatus::Done | RollOutStatus::Returned => false,
        };
        if !may {
            let message = format!("the roll-out is {}; it cannot become {}", known.status.as_str(), to.as_str());
            return Err(Refusal::conflict("status", message).into());
        }
        let mut next = RollOut { status: to, step: known.step + 1, ..known.clone() };
        if to == RollOutStatus::Returning {
            (next.cursor, next.moved, next.unchanged, next.refused) = (None, 0, 0, 0);
            next.reasons.clear();
        }
        Ok(RollOutStep { known: Some(known.step), next })
    }

    /// A roll-out.
    ///
    /// # Errors
    /// [`RollOutError`] when there is none.
    pub async fn find_roll_out(&self, item: Option<&ItemRef>, id: Uuid) -> Result<RollOut, RollOutError> {
        let known = self.store.roll_outs(item).await?;
        let found = known.into_iter().find(|roll_out| roll_out.id == id);
        found.ok_or_else(|| Refusal::not_found("roll-out not found").into())
    }
}
