//! Credits: they come once, and are used up earliest expiry first, never below zero.

use super::{Drafted, Scene};
use crate::{
    ConsumeCredits, CreditEntry, CreditLot, CreditMove, Credits, FeatureKey, FeatureKind, GrantCredits, MAX_AMOUNT,
    MAX_OPEN_LOTS, Refusal, Text, Timestamp,
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
        starts_at: None,
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
        starts_at: None,
        expires_at: None,
        reason: consume.reason.clone(),
        external_reference: consume.external_reference.clone(),
    });
    Ok(drafted)
}

/// The name of a purchase in the ledger.
pub(super) fn purchase(of: &str, reference: &Text) -> Text {
    text(&format!("{of} {reference}"))
}

pub(super) fn text(text: &str) -> Text {
    Text::line(text, usize::MAX).unwrap_or_else(|_| unnamed())
}

fn unnamed() -> Text {
    // Made of keys and texts that were checked; never reached.
    Text::from_static("unnamed")
}

/// Adds a lot with its line of the ledger.
pub(super) fn add(
    drafted: &mut Drafted,
    lot: CreditLot,
    entry: Uuid,
    reason: Option<Text>,
    external_reference: Option<Text>,
    scene: Scene<'_>,
) -> Result<(), Refusal> {
    let all = lots(drafted, scene);
    let open = all.lots.iter().filter(|known| known.feature == lot.feature && is_open(known, scene.at));
    // What is to come counts as well: it must have its place when it begins.
    let (count, sum) =
        open.fold((0, lot.granted), |(count, sum), known| (count + 1, known.remaining.saturating_add(sum)));
    if count >= MAX_OPEN_LOTS {
        let message =
            format!("`{}` has {MAX_OPEN_LOTS} grants with something left, the most it can; use some up", lot.feature);
        return Err(Refusal::conflict("credit_lots", message));
    }
    if sum > MAX_AMOUNT {
        let message = format!("the balance of `{}` would exceed {MAX_AMOUNT}", lot.feature);
        return Err(Refusal::conflict("balance", message));
    }
    let balance = all.balance(&lot.feature, scene.at).saturating_add(lot.usable(scene.at));
    drafted.credit_entries.push(CreditEntry {
        id: entry,
        feature: lot.feature.clone(),
        kind: CreditMove::Grant,
        amount: lot.granted,
        balance,
        starts_at: lot.starts_at,
        expires_at: lot.expires_at,
        reason,
        external_reference,
    });
    drafted.credit_lots.push(lot);
    Ok(())
}

fn is_open(lot: &CreditLot, at: Timestamp) -> bool {
    lot.remaining > 0 && !lot.has_expired(at)
}

/// The lots as they stand after what is drafted so far.
pub(super) fn lots(drafted: &Drafted, scene: Scene<'_>) -> Credits {
    let is_changed = |lot: &&CreditLot| drafted.credit_lots.iter().any(|changed| changed.id == lot.id);
    let kept = scene.state.credits.lots.iter().filter(|lot| !is_changed(lot));
    Credits { lots: kept.chain(&drafted.credit_lots).cloned().collect() }
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
