//! Judging company commands: load, decide, commit; this is the second step.

mod set_holding;

use crate::{
    Catalog, ChangeSet, Command, CompanyState, HoldingChange, Refusal, Text, Timestamp, apply, resolve::moving_part,
    version_at,
};

/// The highest entitlement version: the largest integer that every JSON reader represents exactly (2⁵³ − 1).
pub const MAX_ENTITLEMENT_VERSION: u64 = (1 << 53) - 1;

/// The most rows a company may have. A company's state is loaded, resolved and cached whole.
pub const MAX_HOLDINGS: usize = 1_000;

/// Judges a company command at `now`: a refusal, `None` when it changes nothing, or the change set.
///
/// # Errors
/// [`Refusal`] with every broken rule: an unknown item or company, a window that ends before it starts, an item that may not be
/// newly assigned, a second base package at the same instant, too many rows.
pub fn decide(
    command: &Command,
    state: &CompanyState,
    catalog: &Catalog,
    now: Timestamp,
    actor: &Text,
) -> Result<Option<ChangeSet>, Refusal> {
    let at = now.max(state.last_write_at);
    let (holdings, repair) = match command {
        Command::SetHolding(set) => match set_holding::judge(set, state, catalog, at, actor)? {
            Some(change) => (vec![change], false),
            None => return Ok(None),
        },
        Command::Repair if !state.is_known() => return Err(Refusal::not_found("company not found")),
        Command::Repair => (Vec::new(), true),
    };
    versioned(state, catalog, at, actor, holdings, repair).map(Some)
}

/// The change set whose version is exactly one more than the version right before it.
fn versioned(
    state: &CompanyState,
    catalog: &Catalog,
    at: Timestamp,
    actor: &Text,
    holdings: Vec<HoldingChange>,
    repair: bool,
) -> Result<ChangeSet, Refusal> {
    let version_before = if state.is_known() { version_at(&state.standing(), catalog, at) } else { 0 };
    if version_before >= MAX_ENTITLEMENT_VERSION {
        let message = format!("the entitlement version has reached its limit of {MAX_ENTITLEMENT_VERSION}");
        return Err(Refusal::conflict("entitlement_version", message));
    }
    let version = version_before + 1;
    let mut changes = ChangeSet {
        company_id: state.company_id,
        write_seq_before: state.write_seq,
        generation: catalog.generation,
        at,
        actor: actor.clone(),
        version_before,
        version,
        version_base: 0,
        holdings,
        repair,
    };
    let after = apply(state.clone(), &changes).standing();
    let moving = i64::try_from(moving_part(&after, catalog, at)).unwrap_or(i64::MAX);
    changes.version_base = i64::try_from(version).unwrap_or(i64::MAX) - moving;
    Ok(changes)
}
