//! Working on roll-outs: batch by batch, each company through the one write path, by whichever node is alive.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{Command, CompanyId, ItemRef, Standing, Terms, Uuid};
use futures_util::future::join_all;
use store::{Committed, CompanyReading, Reading, RollOut, RollOutStatus, StoreError};

use super::{Call, CompanyOutcome, CompanyWrite, Core, Rendered, RollOutError, Write, WriteError};
use crate::caller::Caller;

/// The first reasons for refusals, and warnings, that a roll-out keeps.
const MAX_REASONS: usize = 10;

/// The warnings among them at most: refusals are to have their place.
const MAX_WARNINGS: usize = 5;

/// How long a roll-out may stand at one step before another node takes it up. A batch that takes longer is worked on twice.
const STANDS_STILL: Duration = Duration::from_secs(3);

/// How many companies that are named are read at a time.
const READS_AT_ONCE: usize = 64;

/// Where a company is to be moved: only from where it was seen to stand, so that what it was given meanwhile stays.
#[derive(Clone, Copy)]
struct Target {
    company: CompanyId,
    from: u32,
    to: u32,
}

impl Core {
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

    /// Takes up the roll-outs that have not moved on since `seen`, and that nobody here works on: whoever did has stopped, or cannot reach
    /// the database. Where one is only slow, two work on it, which moves nobody twice. Gives what is under way.
    async fn take_up(
        self: &Arc<Self>,
        seen: &BTreeMap<Uuid, u64>,
        caller: &Arc<Caller>,
    ) -> Result<BTreeMap<Uuid, u64>, StoreError> {
        let all = self.store.roll_outs(None).await?.into_iter();
        let under_way = all.filter(|one| matches!(one.status, RollOutStatus::Running | RollOutStatus::Returning));
        let steps: BTreeMap<Uuid, u64> = under_way.map(|one| (one.id, one.step)).collect();
        for (id, step) in &steps {
            if seen.get(id) == Some(step) && !self.roll_outs.is_taken(id) {
                tracing::info!(roll_out = %id, "roll-out is taken up: it stood still");
                self.drive(*id, Arc::clone(caller));
            }
        }
        Ok(steps)
    }

    /// Works on a roll-out in the background until it is over or paused, one worker at a time in this process. Several nodes may: each
    /// step is guarded, and each company's move changes nothing the second time.
    pub(super) fn drive(self: &Arc<Self>, id: Uuid, caller: Arc<Caller>) {
        let core = Arc::clone(self);
        tokio::spawn(async move {
            let _turn = core.roll_outs.enter(&id).await;
            loop {
                match core.step(id, &caller).await {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(error) => {
                        tracing::warn!(roll_out = %id, error = %error, "roll-out waits");
                        tokio::time::sleep(Duration::from_secs(1)).await;
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
        let Some((last, looked_at)) = self.next_batch(&known, returning).await? else {
            next.status = if returning { RollOutStatus::Returned } else { RollOutStatus::Done };
            // Steered meanwhile, it is looked at once more.
            return Ok(self.store.move_roll_out(known.step, &next).await? == Committed::Raced);
        };
        let targets: Vec<Target> = if returning {
            let back = |(company, stood)| Target { company, from: known.to_revision, to: stood };
            looked_at.into_iter().map(back).collect()
        } else {
            let chosen: Vec<_> = looked_at.into_iter().filter(|(company, _)| known.is_for(*company)).collect();
            // Noted before anything moves: whatever happens then, everyone can be moved back.
            let moves: Vec<_> = chosen.iter().copied().filter(|(_, revision)| *revision < known.to_revision).collect();
            self.store.note_roll_out_moves(id, &moves).await?;
            // Who has a newer one was given it since, and keeps it.
            let on = |(company, from)| Target { company, from, to: known.to_revision.max(from) };
            chosen.into_iter().map(on).collect()
        };
        let mut ended = Ok(true);
        next.cursor = Some(last);
        let mut reached = known.cursor;
        for target in targets {
            if let Err(error) = self.move_one(&mut next, target, caller).await {
                (next.cursor, ended) = (reached, Err(error));
                break;
            }
            reached = Some(target.company);
        }
        next.updated_at = self.store.ready().await?;
        self.settle(&known, next).await?;
        ended
    }

    /// The companies to look at next, with the revisions that they stand at or stood at, and the last of them; `None` when all were.
    async fn next_batch(
        &self,
        known: &RollOut,
        returning: bool,
    ) -> Result<Option<(CompanyId, Vec<(CompanyId, u32)>)>, StoreError> {
        let RollOut { id, item, only, cursor, batch_size, .. } = known;
        let found = match only {
            _ if returning => self.store.roll_out_moves(*id, *cursor, *batch_size).await?,
            None => self.store.holders_of(item, *cursor, *batch_size).await?,
            Some(named) => {
                let mut next: Vec<CompanyId> = named.iter().copied().filter(|one| Some(*one) > *cursor).collect();
                next.sort_unstable();
                next.truncate(usize::try_from(*batch_size).unwrap_or(usize::MAX));
                let Some(last) = next.last().copied() else { return Ok(None) };
                let holders = self.holders_among(item, &next).await?;
                let stand = holders.iter().filter_map(|(company, standing)| {
                    Some((*company, standing.terms.iter().find(|row| row.item == *item)?.assigned_revision))
                });
                return Ok(Some((last, stand.collect())));
            }
        };
        Ok(found.last().copied().map(|(last, _)| (last, found)))
    }

    /// Those of some companies that hold an item, with what decides their answers.
    pub(super) async fn holders_among(
        &self,
        item: &ItemRef,
        companies: &[CompanyId],
    ) -> Result<BTreeMap<CompanyId, Standing>, StoreError> {
        let mut holders = BTreeMap::new();
        for some in companies.chunks(READS_AT_ONCE) {
            for reading in join_all(some.iter().map(|company| self.store.read(*company, None))).await {
                let Reading { now, company, .. } = reading?;
                let CompanyReading::Standing(standing) = company else { continue };
                let holds = |row: &Terms| row.item == *item && row.status.is_entitling() && !row.window.has_closed(now);
                if standing.terms.iter().any(holds) {
                    holders.insert(standing.company_id, standing);
                }
            }
        }
        Ok(holders)
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
        Target { company, from, to }: Target,
        caller: &Arc<Caller>,
    ) -> Result<(), RollOutError> {
        let command = Command::MoveRevision { item: roll_out.item.clone(), from: Some(from), revision: to };
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
            body: first_warning(outcome),
        };
        let write = CompanyWrite { company, command, render: Box::new(render) };
        match self.write(call, Write::Company(write)).await {
            Ok(written) if written.status == 200 => {
                roll_out.moved += 1;
                if !written.body.is_empty() && roll_out.reasons.len() < MAX_WARNINGS {
                    roll_out.reasons.push(format!("{company}: {}", String::from_utf8_lossy(&written.body)));
                }
            }
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

/// The first thing that whoever moves a company should know.
fn first_warning(outcome: &CompanyOutcome) -> Vec<u8> {
    let first = outcome.changes.as_ref().and_then(|changes| changes.warnings.first());
    first.map(|breach| breach.message.clone().into_bytes()).unwrap_or_default()
}

/// Looks every so often whether a roll-out stands still that another node has worked on. Never ends.
pub async fn take_up_roll_outs(core: Arc<Core>, caller: Arc<Caller>) {
    let mut seen = BTreeMap::new();
    loop {
        tokio::time::sleep(STANDS_STILL).await;
        match core.take_up(&seen, &caller).await {
            Ok(steps) => seen = steps,
            Err(error) => tracing::debug!(%error, "roll-outs could not be looked at"),
        }
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
