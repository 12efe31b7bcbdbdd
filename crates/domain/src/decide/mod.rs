//! Judging company commands: load, decide, commit; this is the second step.

mod assignment;
mod brought;
mod change_package;
mod consequences;
mod credits;
mod grants;
mod move_revision;
mod report;
mod set_holding;
mod sweep;
mod trial;

use crate::{
    Breach, Catalog, ChangePackage, ChangeSet, Command, CompanyProfile, CompanyState, CreditEntry, CreditLot, Grant,
    HoldingChange, ItemKind, ItemRef, Note, Passed, Refusal, Shape, Text, Timestamp, apply, resolve::moving_part,
    version_at,
};
pub use report::{Direction, PackageChangeReport, ReducedLimit};
pub use sweep::boundary_after;

/// The highest entitlement version: the largest integer that every JSON reader represents exactly (2⁵³ − 1).
pub const MAX_ENTITLEMENT_VERSION: u64 = (1 << 53) - 1;

/// The most rows a company may have. A company's state is loaded, resolved and cached whole.
pub const MAX_HOLDINGS: usize = 1_000;

/// The most grants a company may have, ended ones included; they are removed by hand.
pub const MAX_GRANTS: usize = 1_000;

/// What a command changes, before its version.
#[derive(Default)]
struct Drafted {
    holdings: Vec<HoldingChange>,
    grants_added: Vec<Grant>,
    grants_removed: Vec<Grant>,
    credit_lots: Vec<CreditLot>,
    credit_entries: Vec<CreditEntry>,
    profile: Option<(CompanyProfile, CompanyProfile)>,
    note: Option<Note>,
    /// The boundary that is recorded, and what passed at it.
    passed: Option<(Timestamp, Passed)>,
    warnings: Vec<Breach>,
}

impl Drafted {
    fn of_rows(holdings: Vec<HoldingChange>) -> Self {
        Self { holdings, ..Self::default() }
    }

    /// Whether it changes what decides an answer.
    fn decides(&self) -> bool {
        if self.passed.is_some() {
            return false;
        }
        !self.holdings.is_empty()
            || !self.grants_added.is_empty()
            || !self.grants_removed.is_empty()
            || self.note == Some(Note::Repaired)
    }
}

/// What a command is judged by.
#[derive(Clone, Copy)]
struct Scene<'a> {
    state: &'a CompanyState,
    catalog: &'a Catalog,
    /// The instant of the write; never before the company's last.
    at: Timestamp,
    actor: &'a Text,
}

/// Judges a company command at `now`: a refusal, `None` when it changes nothing, or the change set.
///
/// # Errors
/// [`Refusal`] with every broken rule: an unknown item or company, a window that ends before it starts, an item that may not be
/// newly assigned, a rule of an add-on that does not hold, a second base package at the same instant, a second trial, too few credits.
pub fn decide(
    command: &Command,
    state: &CompanyState,
    catalog: &Catalog,
    now: Timestamp,
    actor: &Text,
) -> Result<Option<ChangeSet>, Refusal> {
    let at = now.max(state.last_write_at);
    let scene = Scene { state, catalog, at, actor };
    let known = || if state.is_known() { Ok(()) } else { Err(Refusal::not_found("company not found")) };
    let drafted = match command {
        Command::SetHolding(set) => set_holding::judge(set, scene)?,
        Command::ChangePackage(change) => {
            known()?;
            Some(change_package::judge(change, scene)?)
        }
        Command::CancelPackageChange => {
            known()?;
            Some(change_package::cancel(scene)?)
        }
        Command::AddGrant(add) => Some(grants::add(add, scene)?),
        Command::RemoveGrant(id) => {
            known()?;
            Some(grants::remove(*id, scene)?)
        }
        Command::GrantCredits(grant) => credits::grant(grant, scene)?,
        Command::ConsumeCredits(consume) => {
            known()?;
            Some(credits::consume(consume, scene)?)
        }
        Command::SetProfile(profile) if state.is_known() && *profile == state.profile => None,
        Command::SetProfile(profile) => {
            Some(Drafted { profile: Some((state.profile.clone(), profile.clone())), ..Drafted::default() })
        }
        Command::MoveRevision { item, from, revision } => {
            known()?;
            move_revision::judge(item, *from, *revision, scene)?.map(|change| warned(vec![change], scene))
        }
        Command::Repair => {
            known()?;
            Some(Drafted { note: Some(Note::Repaired), ..Drafted::default() })
        }
        Command::SweepBoundary => sweep::next(scene),
    };
    drafted.map(|drafted| versioned(scene, drafted)).transpose()
}

/// Changes of rows, with what whoever asked should know.
fn warned(holdings: Vec<HoldingChange>, scene: Scene<'_>) -> Drafted {
    let warnings = consequences::warnings(&holdings, scene);
    Drafted { warnings, ..Drafted::of_rows(holdings) }
}

/// The change set whose version is exactly one more than the version right before it, or the same where no answer depends on it.
fn versioned(scene: Scene<'_>, drafted: Drafted) -> Result<ChangeSet, Refusal> {
    let Scene { state, catalog, at, actor } = scene;
    // A boundary is recorded with the version that it made.
    let judged_at = drafted.passed.as_ref().map_or(at, |(boundary, _)| *boundary);
    let version_before = if state.is_known() { version_at(&state.standing(), catalog, judged_at) } else { 0 };
    let moves = drafted.decides() || !state.is_known();
    if moves && version_before >= MAX_ENTITLEMENT_VERSION {
        let message = format!("the entitlement version has reached its limit of {MAX_ENTITLEMENT_VERSION}");
        return Err(Refusal::conflict("entitlement_version", message));
    }
    let version = version_before + u64::from(moves);
    // A boundary that is recorded has passed for good, whatever the clock says later.
    let last_write_at = if moves {
        at
    } else {
        drafted.passed.as_ref().map_or(state.last_write_at, |_| state.last_write_at.max(judged_at))
    };
    let Drafted {
        holdings,
        grants_added,
        grants_removed,
        credit_lots,
        credit_entries,
        profile,
        note,
        passed,
        warnings,
    } = drafted;
    let mut changes = ChangeSet {
        company_id: state.company_id,
        write_seq_before: state.write_seq,
        generation: catalog.generation,
        at: judged_at,
        actor: actor.clone(),
        version_before,
        version,
        version_base: state.version_base,
        last_write_at,
        shape: Shape::from_stored(String::new()),
        shape_until: None,
        holdings,
        grants_added,
        grants_removed,
        credit_lots,
        credit_entries,
        profile,
        note,
        passed: passed.map(|(_, passed)| passed),
        next_boundary: None,
        warnings,
    };
    let after = apply(state.clone(), &changes);
    changes.next_boundary = sweep::upcoming(state.next_boundary, &changes, &after, at);
    let after = after.standing();
    (changes.shape, changes.shape_until) = Shape::of(&after, at);
    if moves {
        let moving = i64::try_from(moving_part(&after, catalog, at)).unwrap_or(i64::MAX);
        changes.version_base = i64::try_from(version).unwrap_or(i64::MAX) - moving;
    }
    Ok(changes)
}

/// Which way a change of package goes.
///
/// # Errors
/// [`Refusal`] when it leads nowhere, as [`decide`] would.
pub fn direction(
    change: &ChangePackage,
    state: &CompanyState,
    catalog: &Catalog,
    now: Timestamp,
) -> Result<Direction, Refusal> {
    let actor = Text::from_static("direction");
    let scene = Scene { state, catalog, at: now.max(state.last_write_at), actor: &actor };
    let target = ItemRef { kind: ItemKind::Package, key: change.package.clone() };
    let target = catalog
        .item_named(&target)
        .ok_or_else(|| Refusal::not_found(format!("package `{}` does not exist", change.package)))?;
    let effective = change.effective_at.unwrap_or(scene.at);
    change_package::leaving(change, target, effective, scene).map(|(_, direction)| direction)
}

impl Scene<'_> {
    /// The state as it will be.
    fn after(&self, holdings: &[HoldingChange]) -> CompanyState {
        let mut state = self.state.clone();
        for change in holdings {
            let item = &change.after.terms.item;
            state.holdings.retain(|known| known.terms.item != *item);
            state.holdings.push(change.after.clone());
        }
        state
    }
}
