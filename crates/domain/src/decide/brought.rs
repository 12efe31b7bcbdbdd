//! Credits that rows bring: once for each purchase, from the first instant at which the row is in force. Until then they follow the row.

use std::collections::BTreeMap;

use super::{Drafted, Scene, credits};
use crate::{
    CreditEntry, CreditLot, CreditMove, Evaluation, FeatureKey, FeatureKind, FeatureValue, HoldingChange, Item,
    ItemRef, Refusal, Status, Terms, Text, Timestamp,
};
use uuid::Uuid;

/// What may be a purchase.
#[derive(Clone, Copy)]
pub(super) struct Purchase<'a> {
    /// The package or add-on.
    pub(super) item: &'a Item,
    /// Whether it is a new assignment.
    pub(super) is_new: bool,
    /// Its name where it has no external reference.
    pub(super) unnamed: &'a str,
    /// A fresh identifier; the others follow on it.
    pub(super) fresh: Uuid,
}

/// Adds the credits that an assignment comes with: once for each purchase. A purchase is a new assignment, or an external reference that
/// is new on a row which entitles, or stands on one which begins to; one whose reference has been seen gives nothing again. What earlier
/// purchases of the drafted rows brought and has not begun follows those rows.
pub(super) fn come_with(drafted: &mut Drafted, of: Purchase<'_>, scene: Scene<'_>) -> Result<(), Refusal> {
    let item = of.item.reference();
    let change = drafted.holdings.iter().find(|change| change.after.terms.item == item).cloned();
    let name = change.as_ref().map(|change| purchase_name(change, of));
    follow(drafted, name.as_ref().filter(|_| of.is_new).map(|name| (&item, name)), scene);
    let (Some(change), Some(name)) = (change, name) else { return Ok(()) };
    let (terms, origin) = (&change.after.terms, &change.after.origin);
    let entitled = change.before.as_ref().filter(|row| row.terms.status.is_entitling());
    let known_reference = entitled.and_then(|row| row.origin.external_reference.as_ref());
    let reference = origin.external_reference.as_ref();
    let is_purchase = of.is_new || (reference.is_some() && reference != known_reference);
    let (true, Coming::At(start)) = (is_purchase, coming(terms, scene.at)) else { return Ok(()) };
    let mut place = 0;
    for (feature, amount) in amounts(drafted, of.item, terms, start, scene) {
        if amount == 0 || scene.state.credits.knows_purchase(&feature, &name) {
            continue;
        }
        let next = |step: u128| Uuid::from_u128(of.fresh.as_u128().wrapping_add(step));
        let lot = CreditLot {
            id: next(place),
            feature,
            granted: amount,
            remaining: amount,
            starts_at: (start > scene.at).then_some(start),
            expires_at: None,
            purchase: Some(name.clone()),
            created_at: scene.at,
        };
        credits::add(drafted, lot, next(place + 1), None, reference.cloned(), scene)?;
        place += 2;
    }
    Ok(())
}

/// What an item comes with: its own amounts as often as it is assigned, and once those of the add-ons that a package includes and that work
/// when it begins.
fn amounts(
    drafted: &Drafted,
    item: &Item,
    terms: &Terms,
    start: Timestamp,
    scene: Scene<'_>,
) -> BTreeMap<FeatureKey, u64> {
    let mut amounts = BTreeMap::new();
    let mut add = |features: &BTreeMap<FeatureKey, FeatureValue>, times: u32| {
        for (key, value) in features {
            let is_credit = scene.catalog.feature(key).is_some_and(|feature| feature.kind == FeatureKind::Credit);
            if let (true, FeatureValue::Amount(amount)) = (is_credit, value.times(times)) {
                let sum: &mut u64 = amounts.entry(key.clone()).or_default();
                *sum = sum.saturating_add(amount);
            }
        }
    };
    let Some(revision) = item.effective(terms.assigned_revision) else { return amounts };
    add(&revision.definition.features, terms.quantity);
    if revision.definition.included().next().is_some() {
        let standing = scene.after(&drafted.holdings).standing();
        let evaluation = Evaluation::of(&standing, scene.catalog, start);
        for key in revision.definition.included() {
            if let Some(addon) = evaluation.operative().find(|addon| addon.key == key) {
                add(&addon.revision.definition.features, 1);
            }
        }
    }
    amounts
}

/// When the credits of a row come.
enum Coming {
    /// At the first instant, now or later, at which it is in force.
    At(Timestamp),
    /// Not as it stands, but it may be resumed or given another window.
    Waits,
    /// It was ended.
    Never,
}

fn coming(terms: &Terms, at: Timestamp) -> Coming {
    match terms.status {
        Status::Active | Status::Trial => {
            let first = terms.window.starts_at.map_or(at, |start| start.max(at));
            if terms.window.contains(first) { Coming::At(first) } else { Coming::Waits }
        }
        Status::Paused => Coming::Waits,
        Status::Inactive | Status::Cancelled | Status::Expired => Coming::Never,
    }
}

/// Lets what has not begun follow the rows that brought it: it begins when they do, waits while they are paused, and is taken back when
/// they are ended. A new assignment of `new.0` takes back what does not come from its purchase `new.1`.
pub(super) fn follow(drafted: &mut Drafted, new: Option<(&ItemRef, &Text)>, scene: Scene<'_>) {
    for change in drafted.holdings.clone() {
        let terms = &change.after.terms;
        let of_row = scene.state.credits.lots.iter().filter(|lot| lot.is_coming(scene.at) && is_of(lot, &terms.item));
        for lot in of_row {
            let is_other = new.is_some_and(|(item, name)| *item == terms.item && lot.purchase.as_ref() != Some(name));
            let starts_at = match coming(terms, scene.at) {
                Coming::At(start) if !is_other => (start > scene.at).then_some(start),
                Coming::Waits if !is_other => Some(CreditLot::WAITS),
                Coming::At(_) | Coming::Waits | Coming::Never => {
                    take_back(drafted, lot, &terms.item, scene);
                    continue;
                }
            };
            if starts_at != lot.starts_at {
                drafted.credit_lots.push(CreditLot { starts_at, ..lot.clone() });
            }
        }
    }
}

/// Takes a lot back. Its purchase is forgotten, so that it brings its credits when it is made after all.
fn take_back(drafted: &mut Drafted, lot: &CreditLot, item: &ItemRef, scene: Scene<'_>) {
    let name = lot.purchase.as_ref().map(Text::as_str);
    let reference = name.and_then(|name| name.strip_prefix(&format!("{} ", of_item(item)))).map(credits::text);
    drafted.credit_lots.push(CreditLot { remaining: 0, purchase: None, ..lot.clone() });
    drafted.credit_entries.push(CreditEntry {
        // A lot is taken back once, and no other line bears its identifier.
        id: lot.id,
        feature: lot.feature.clone(),
        kind: CreditMove::TakeBack,
        amount: lot.remaining,
        balance: credits::lots(drafted, scene).balance(&lot.feature, scene.at),
        starts_at: lot.begins_after(scene.at),
        expires_at: lot.expires_at,
        reason: None,
        external_reference: reference,
    });
}

/// The name of a purchase in the ledger.
fn purchase_name(change: &HoldingChange, of: Purchase<'_>) -> Text {
    let of_item = of_item(&change.after.terms.item);
    match &change.after.origin.external_reference {
        Some(reference) => credits::purchase(&of_item, reference),
        // No reference is taken for it: a space stands before those.
        None => credits::text(&format!("{of_item}#{}", of.unnamed)),
    }
}

/// How the names of an item's purchases begin. Keys have neither spaces nor `#`.
fn of_item(item: &ItemRef) -> String {
    format!("{}:{}", item.kind.as_str(), item.key)
}

fn is_of(lot: &CreditLot, item: &ItemRef) -> bool {
    let rest = lot.purchase.as_ref().and_then(|name| name.as_str().strip_prefix(&of_item(item)));
    rest.is_some_and(|rest| rest.starts_with([' ', '#']))
}
