//! Credits: they come once, and are used up earliest expiry first, never below zero.

use super::{Drafted, Scene};
use crate::{
    ConsumeCredits, CreditEntry, CreditLot, CreditMove, FeatureKey, FeatureKind, FeatureValue, GrantCredits, Item,
    MAX_AMOUNT, MAX_OPEN_LOTS, Refusal, Text, Timestamp,
};
use uuid::Uuid;

/// The change; `None` when the purchase that it names has given its credits already.
pub(super) fn grant(grant: &GrantCredits, scene: Scene<'_>) -> Result<Option<Drafted>, Refusal> {
    is_credit(&grant.feature, scene)?;
    in_range(grant.amount)?;
    if grant.expires_at.is_some_and(|end| end <= scene.at) {
        return Err(Refusal::invalid("expiresAt", "expiresAt must lie in the future"));
    }
    let purchase = grant.external_reference.as_ref().map(|reference| purchase("grant", reference));
    if purchase.as_ref().is_some_and(|purchase| scene.state.credits.knows_purchase(&grant.feature, purchase)) {
        return Ok(None);
    }
    let mut drafted = Drafted::default();
    let lot = CreditLot {
        id: grant.lot,
        feature: grant.feature.clone(),
        granted: grant.amount,
        remaining: grant.amount,
        expires_at: grant.expires_at,
        purchase,
        created_at: scene.at,
    };
    add(&mut drafted, lot, grant.entry, grant.reason.clone(), grant.external_reference.clone(), scene)?;
    Ok(Some(drafted))
}

pub(super) fn consume(consume: &ConsumeCredits, scene: Scene<'_>) -> Result<Drafted, Refusal> {
    is_credit(&consume.feature, scene)?;
    in_range(consume.amount)?;
    let balance = scene.state.credits.balance(&consume.feature, scene.at);
    if balance < consume.amount {
        let message = format!("the balance of `{}` is {balance}, less than {}", consume.feature, consume.amount);
        return Err(Refusal::conflict("balance", message));
    }
    let mut lots: Vec<&CreditLot> = scene
        .state
        .credits
        .lots
        .iter()
        .filter(|lot| lot.feature == consume.feature && lot.usable(scene.at) > 0)
        .collect();
    lots.sort_by_key(|lot| {
        (lot.expires_at.unwrap_or(Timestamp::MAX), lot.expires_at.is_none(), lot.created_at, lot.id)
    });
    let mut drafted = Drafted::default();
    let mut open = consume.amount;
    for lot in lots {
        let taken = lot.remaining.min(open);
        if taken == 0 {
            break;
        }
        open -= taken;
        drafted.credit_lots.push(CreditLot { remaining: lot.remaining - taken, ..lot.clone() });
    }
    drafted.credit_entries.push(CreditEntry {
        id: consume.entry,
        feature: consume.feature.clone(),
        kind: CreditMove::Consume,
        amount: consume.amount,
        balance: balance - consume.amount,
        expires_at: None,
        reason: consume.reason.clone(),
        external_reference: consume.external_reference.clone(),
    });
    Ok(drafted)
}

/// What may be a purchase.
#[derive(Clone, Copy)]
pub(super) struct Purchase<'a> {
    /// Whether it is a new assignment.
    pub(super) is_new: bool,
    /// Its name where it has no external reference.
    pub(super) unnamed: &'a str,
    /// A fresh identifier; the others follow on it.
    pub(super) fresh: Uuid,
}

/// Adds the credits that an assignment comes with: once for each purchase. A purchase is a new assignment, or an external reference that
/// is new on a row which entitles, or stands on one which begins to; one whose reference has been seen gives nothing again.
pub(super) fn come_with(drafted: &mut Drafted, item: &Item, of: Purchase<'_>, scene: Scene<'_>) -> Result<(), Refusal> {
    let Some(change) = drafted.holdings.first().cloned() else { return Ok(()) };
    let (terms, origin) = (&change.after.terms, &change.after.origin);
    let entitled = change.before.as_ref().filter(|row| row.terms.status.is_entitling());
    let known_reference = entitled.and_then(|row| row.origin.external_reference.as_ref());
    let reference = origin.external_reference.as_ref();
    let is_purchase = of.is_new || (reference.is_some() && reference != known_reference);
    if !is_purchase || !terms.status.is_entitling() || terms.window.has_closed(scene.at) {
        return Ok(());
    }
    let Some(revision) = item.effective(terms.assigned_revision) else { return Ok(()) };
    let of_item = format!("{}:{}", item.kind.as_str(), item.key);
    let purchase = match reference {
        Some(reference) => purchase(&of_item, reference),
        // No reference is taken for it: a space stands before those.
        None => text(&format!("{of_item}#{}", of.unnamed)),
    };
    let mut place = 0;
    for (key, value) in &revision.definition.features {
        let is_credit = scene.catalog.feature(key).is_some_and(|feature| feature.kind == FeatureKind::Credit);
        let FeatureValue::Amount(amount) = value.times(terms.quantity) else { continue };
        if !is_credit || amount == 0 || scene.state.credits.knows_purchase(key, &purchase) {
            continue;
        }
        let next = |step: u128| Uuid::from_u128(of.fresh.as_u128().wrapping_add(step));
        let lot = CreditLot {
            id: next(place),
            feature: key.clone(),
            granted: amount,
            remaining: amount,
            expires_at: None,
            purchase: Some(purchase.clone()),
            created_at: scene.at,
        };
        add(drafted, lot, next(place + 1), None, reference.cloned(), scene)?;
        place += 2;
    }
    Ok(())
}

/// The name of a purchase in the ledger.
fn purchase(of: &str, reference: &Text) -> Text {
    text(&format!("{of} {reference}"))
}

fn text(text: &str) -> Text {
    Text::line(text, usize::MAX).unwrap_or_else(|_| unnamed())
}

fn unnamed() -> Text {
    // Made of keys and texts that were checked; never reached.
    Text::from_static("unnamed")
}

fn add(
    drafted: &mut Drafted,
    lot: CreditLot,
    entry: Uuid,
    reason: Option<Text>,
    external_reference: Option<Text>,
    scene: Scene<'_>,
) -> Result<(), Refusal> {
    let credits = &scene.state.credits;
    let open = credits.lots.iter().filter(|known| known.feature == lot.feature && known.usable(scene.at) > 0).count();
    if open >= MAX_OPEN_LOTS {
        let message =
            format!("`{}` has {MAX_OPEN_LOTS} grants with something left, the most it can; use some up", lot.feature);
        return Err(Refusal::conflict("credit_lots", message));
    }
    let balance = credits.balance(&lot.feature, scene.at).saturating_add(lot.granted);
    if balance > MAX_AMOUNT {
        let message = format!("the balance of `{}` would exceed {MAX_AMOUNT}", lot.feature);
        return Err(Refusal::conflict("balance", message));
    }
    drafted.credit_entries.push(CreditEntry {
        id: entry,
        feature: lot.feature.clone(),
        kind: CreditMove::Grant,
        amount: lot.granted,
        balance,
        expires_at: lot.expires_at,
        reason,
        external_reference,
    });
    drafted.credit_lots.push(lot);
    Ok(())
}

fn is_credit(key: &FeatureKey, scene: Scene<'_>) -> Result<(), Refusal> {
    let feature = scene.catalog.feature(key);
    let feature = feature.ok_or_else(|| Refusal::not_found(format!("feature `{key}` does not exist")))?;
    if feature.kind == FeatureKind::Credit {
        return Ok(());
    }
    let message = format!("feature `{key}` is a {}, not a credit", feature.kind.as_str());
    Err(Refusal::invalid("feature", message))
}

fn in_range(amount: u64) -> Result<(), Refusal> {
    if (1..=MAX_AMOUNT).contains(&amount) {
        return Ok(());
    }
    Err(Refusal::invalid("amount", format!("amount must be 1 to {MAX_AMOUNT}")))
}
