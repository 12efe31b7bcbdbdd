//! Trials: how long, and one for life.

use super::Scene;
use crate::{Breach, Holding, Item, Refusal, RefusalCode, Status, Timestamp, Window};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// That many days later; the end of time where there is none so late.
pub(super) fn days_after(instant: Timestamp, days: u32) -> Timestamp {
    Timestamp::clamped(instant.micros().saturating_add(i64::from(days).saturating_mul(DAY)))
}

/// The end of a trial that names none: what it had, or as many days after its start as the definition gives. A row that was on trial
/// before goes on with that one, also when a pause has cleared its end.
pub(super) fn proposed_end(
    item: &Item,
    status: Status,
    window: &Window,
    before: Option<&Holding>,
    at: Timestamp,
) -> Option<Timestamp> {
    let days = item.profile.trial_days.filter(|_| status == Status::Trial && window.ends_at.is_none())?;
    if let Some(running) = before.filter(|row| row.terms.status == Status::Trial && !row.terms.window.has_closed(at)) {
        return running.terms.window.ends_at;
    }
    let begun = before.and_then(|row| row.trialed_at).unwrap_or(at);
    Some(days_after(window.starts_at.map_or(begun, |start| start.max(begun)), days))
}

/// Refuses a second trial of one line.
pub(super) fn first_of_its_line(
    item: &Item,
    status: Status,
    before: Option<&Holding>,
    scene: Scene<'_>,
) -> Result<(), Refusal> {
    let goes_on = before.is_some_and(|row| row.is_on_trial() && row.is_renewable(scene.at));
    if status != Status::Trial || item.profile.trial_days.is_none() || goes_on {
        return Ok(());
    }
    let used = scene.state.holdings.iter().find(|row| {
        let of_line = |other: &Item| other.trial_line() == item.trial_line();
        row.trialed_at.is_some() && scene.catalog.item(&row.terms.item).is_some_and(of_line)
    });
    let Some(used) = used else { return Ok(()) };
    let line = match &item.profile.trial_group {
        Some(group) => format!("trial group `{group}`"),
        None => format!("{} `{}`", item.kind.as_str(), item.key),
    };
    let message = format!(
        "the company has had its trial of {line}, with {} `{}`; there is one for life",
        used.terms.item.kind.as_str(),
        used.terms.item.key
    );
    Err(Refusal::of(RefusalCode::Conflict, vec![Breach::new("one_trial", message)]))
}
