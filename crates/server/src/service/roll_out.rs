//! Roll-outs: the holders of an item are moved to a revision batch by batch, each company through the one write path.

use std::sync::Arc;

use domain::{Command, CompanyId, ItemRef, Refusal, Uuid};
use store::{Committed, RollOut, RollOutStatus, StoreError};

use super::{Call, CompanyOutcome, CompanyWrite, Core, Rendered, Write, WriteError};
use crate::caller::Caller;

/// The first reasons for refusals that a roll-out keeps.
const MAX_REASONS: usize = 10;

/// How a roll-out is asked for.
#[derive(Clone, Debug)]
pub struct NewRollOut {
    /// Whose holders.
    pub item: ItemRef,
    /// The revision that they are moved to.
    pub to_revision: u32,
    /// Only these companies.
    pub only: Option<Vec<CompanyId>>,
    /// Never these.
    pub exclude: Vec<CompanyId>,
    /// This share of the holders.
    pub percent: u32,
    /// How many at a time.
    pub batch_size: u32,
    /// Whether it waits to be resumed.
    pub start_paused: bool,
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
    /// Makes a roll-out, and starts it unless it shall wait. A dry run only says how it would stand.
    ///
    /// # Errors
    /// [`RollOutError`] when there is no such item or revision, or another roll-out of the item is under way.
    pub async fn roll_out(self: &Arc<Self>, new: NewRollOut, call: &Call) -> Result<RollOut, RollOutError> {
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
        let known = self.store.roll_outs(Some(&new.item)).await?;
        let under_way = |one: &&RollOut| {
            matches!(one.status, RollOutStatus::Running | RollOutStatus::Paused | RollOutStatus::Returning)
        };
        if let Some(other) = known.iter().find(under_way) {
            let message =
                format!("roll-out {} of {kind} `{key}` is {}; let it end first", other.id, other.status.as_str());
            return Err(Refusal::conflict("roll_out", message).into());
        }
        let total = self.store.holders(std::slice::from_ref(&new.item)).await?.get(&new.item).copied().unwrap_or(0);
        let now = self.store.ready().await?;
        let roll_out = RollOut {
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
        };
        if !call.dry_run {
            self.store.add_roll_out(&roll_out).await?;
            self.drive(roll_out.id, Arc::clone(&call.caller));
        }
        Ok(roll_out)
    }

    /// Pauses, resumes or returns a roll-out. A dry run only says how it would stand.
    ///
    /// # Errors
    /// [`RollOutError`] when there is no such roll-out, or it cannot go there from where it is.
    pub async fn steer_roll_out(
        self: &Arc<Self>,
        item: &ItemRef,
        id: Uuid,
        to: RollOutStatus,
        call: &Call,
    ) -> Result<RollOut, RollOutError> {
        self.matching_catalog(call).await?;
        loop {
            let known = self.find_roll_out(Some(item), id).await?;
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
            if call.dry_run {
                return Ok(next);
            }
            if self.store.move_roll_out(known.step, &next).await? == Committed::Done {
                self.drive(id, Arc::clone(&call.caller));
                return Ok(next);
            }
        }
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

    /// Goes on with every roll-out that a stop of the program interrupted.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    pub async fn resume_roll_outs(self: &Arc<Self>, caller: &Arc<Caller>) -> Result<(), StoreError> {
        for roll_out in self.store.roll_outs(None).await? {
            if matches!(roll_out.status, RollOutStatus::Running | RollOutStatus::Returning) {
                self.drive(roll_out.id, Arc::clone(caller));
            }
        }
        Ok(())
    }

    /// Works on a roll-out in the background until it is over or paused, one worker at a time in this process. Several nodes may: each
    /// step is guarded, and each company's move changes nothing the second time.
    fn drive(self: &Arc<Self>, id: Uuid, caller: Arc<Caller>) {
        let core = Arc::clone(self);
        tokio::spawn(async move {
            let _turn = core.roll_outs.enter(&id).await;
            loop {
                match core.step(id, &caller).await {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(error) => {
                        tracing::warn!(roll_out = %id, error = %error, "roll-out waits");
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    }
                }
            }
        });
    }

    /// One batch; whether there is more to do.
    async fn step(self: &Arc<Self>, id: Uuid, caller: &Arc<Caller>) -> Result<bool, RollOutError> {
        let known = self.find_roll_out(None, id).await?;
        let returning = match known.status {
            RollOutStatus::Running => false,
            RollOutStatus::Returning => true,
            RollOutStatus::Paused | RollOutStatus::Done | RollOutStatus::Returned => return Ok(false),
        };
        let mut next = RollOut { step: known.step + 1, ..known.clone() };
        let looked_at = if returning {
            self.store.roll_out_moves(id, known.cursor, known.batch_size).await?
        } else {
            self.store.holders_of(&known.item, known.cursor, known.batch_size).await?
        };
        let Some((last, _)) = looked_at.last().copied() else {
            next.status = if returning { RollOutStatus::Returned } else { RollOutStatus::Done };
            // Steered meanwhile, it is looked at once more.
            return Ok(self.store.move_roll_out(known.step, &next).await? == Committed::Raced);
        };
        let targets: Vec<(CompanyId, u32)> = if returning {
            looked_at
        } else {
            let chosen: Vec<_> = looked_at.into_iter().filter(|(company, _)| known.is_for(*company)).collect();
            // Noted before anything moves: whatever happens then, everyone can be moved back.
            let moves: Vec<_> = chosen.iter().copied().filter(|(_, revision)| *revision != known.to_revision).collect();
            self.store.note_roll_out_moves(id, &moves).await?;
            chosen.into_iter().map(|(company, _)| (company, known.to_revision)).collect()
        };
        let mut ended = Ok(true);
        next.cursor = Some(last);
        let mut reached = known.cursor;
        for (company, revision) in targets {
            if let Err(error) = self.move_one(&mut next, company, revision, caller).await {
                (next.cursor, ended) = (reached, Err(error));
                break;
            }
            reached = Some(company);
        }
        next.updated_at = self.store.ready().await?;
        self.settle(&known, next).await?;
        ended
    }

    /// Stores what a batch has done, also where the roll-out was steered, or another node worked on it, meanwhile.
    async fn settle(&self, known: &RollOut, done: RollOut) -> Result<(), RollOutError> {
        let (mut before, mut next) = (known.step, done.clone());
        while self.store.move_roll_out(before, &next).await? == Committed::Raced {
            let now = self.find_roll_out(None, known.id).await?;
            before = now.step;
            next = merged(known, &done, now);
        }
        Ok(())
    }

    async fn move_one(
        self: &Arc<Self>,
        roll_out: &mut RollOut,
        company: CompanyId,
        revision: u32,
        caller: &Arc<Caller>,
    ) -> Result<(), RollOutError> {
        let command = Command::MoveRevision { item: roll_out.item.clone(), revision };
        let call = Call {
            caller: Arc::clone(caller),
            actor: roll_out.created_by.clone(),
            request_id: format!("roll-out-{}", roll_out.id),
            dry_run: false,
            if_match: None,
            idempotency: None,
        };
        let render = |outcome: &CompanyOutcome| Rendered {
            status: if outcome.changes.is_some() { 200 } else { 204 },
            headers: Vec::new(),
            body: Vec::new(),
        };
        let write = CompanyWrite { company, command, render: Box::new(render) };
        match self.write(call, Write::Company(write)).await {
            Ok(written) if written.status == 200 => roll_out.moved += 1,
            Ok(_) => roll_out.unchanged += 1,
            Err(WriteError::Refused(refusal)) => {
                roll_out.refused += 1;
                if roll_out.reasons.len() < MAX_REASONS {
                    roll_out.reasons.push(format!("{company}: {}", refusal.message));
                }
            }
            Err(WriteError::Store(error)) => return Err(error.into()),
            Err(error) => return Err(StoreError::Unavailable(error.to_string()).into()),
        }
        Ok(())
    }
}

/// What a roll-out comes to that has become `now` while a batch led from `known` to `done`.
fn merged(known: &RollOut, done: &RollOut, now: RollOut) -> RollOut {
    let mut next = RollOut { step: now.step + 1, updated_at: done.updated_at.max(now.updated_at), ..now };
    let is_back = |status| matches!(status, RollOutStatus::Returning | RollOutStatus::Returned);
    if is_back(next.status) && !is_back(known.status) {
        // Who was moved on after the return had passed is to be moved back too: it begins again.
        (next.status, next.cursor, next.unchanged) = (RollOutStatus::Returning, None, 0);
        return next;
    }
    let moved = done.moved - known.moved;
    next.moved += moved;
    if next.cursor < known.cursor {
        // Begun again meanwhile: it comes by here once more.
        return next;
    }
    if next.cursor < done.cursor {
        next.cursor = done.cursor;
        next.unchanged += done.unchanged - known.unchanged;
        next.refused += done.refused - known.refused;
        let new = done.reasons.iter().skip(known.reasons.len()).cloned();
        next.reasons.extend(new);
        next.reasons.truncate(MAX_REASONS);
    } else {
        // Another node did the same batch: whom this one moved, it found moved.
        next.unchanged = next.unchanged.saturating_sub(moved);
    }
    next
}
