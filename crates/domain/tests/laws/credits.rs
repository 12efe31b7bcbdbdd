//! Credits against a plain ledger: a list of what came and when it goes.

use std::collections::BTreeSet;

use domain::{
    Command, ConsumeCredits, CreditMove, GrantCredits, ItemKind, ItemRef, Patch, RefusalCode, SetHolding, Status, Uuid,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::beginning::{CREDIT, feature, item_key};
use crate::world::{Done, HALF_DAY, Step, World, at, text};

/// What may happen to a company's credits.
#[derive(Clone, Debug)]
enum Event {
    Wait(i64),
    Grant { amount: u64, days: Option<i64>, reference: Option<&'static str> },
    Consume(u64),
    Buy { status: Status, reference: Option<&'static str>, quantity: u32, ends: Option<i64> },
}

fn event() -> impl Strategy<Value = Event> {
    let reference = || option::of(select(vec!["one", "two", "three"]));
    let granted = (1..30_u64, option::weighted(0.6, 1..8_i64), reference())
        .prop_map(|(amount, days, reference)| Event::Grant { amount, days, reference });
    let statuses = select([&Status::ALL[..], &[Status::Active; 6]].concat());
    let bought = (statuses, reference(), 1..3_u32, option::weighted(0.3, 1..8_i64))
        .prop_map(|(status, reference, quantity, ends)| Event::Buy { status, reference, quantity, ends });
    prop_oneof![
        2 => (0..4_i64).prop_map(Event::Wait),
        3 => granted,
        3 => (1..40_u64).prop_map(Event::Consume),
        3 => bought,
    ]
}

/// A row of the refill, as far as credits care.
#[derive(Clone, Copy, PartialEq)]
struct Row {
    status: Status,
    reference: Option<&'static str>,
    quantity: u32,
    ends: Option<i64>,
}

/// The plain ledger.
#[derive(Default)]
struct Ledger {
    /// When it goes, and how much of it is left.
    lots: Vec<(i64, u64)>,
    seen: BTreeSet<String>,
    row: Option<Row>,
    /// Whether the row entitles, or did until it was paused.
    has_begun: bool,
}

impl Ledger {
    fn balance(&self, now: i64) -> u64 {
        self.lots.iter().filter(|(end, _)| *end > now).map(|(_, left)| left).sum()
    }

    fn consume(&mut self, amount: u64, now: i64) -> bool {
        if self.balance(now) < amount {
            return false;
        }
        self.lots.sort_unstable();
        let mut open = amount;
        for (_, left) in self.lots.iter_mut().filter(|(end, _)| *end > now) {
            let taken = open.min(*left);
            *left -= taken;
            open -= taken;
        }
        true
    }

    /// What a write of the row brings: 7 for each one, once for a reference, and once for a new row without one.
    fn buy(&mut self, next: Row, now: i64) {
        let was = self.row.replace(next);
        if was == Some(next) {
            return;
        }
        let is_open = |row: &Row| row.ends.is_none_or(|end| end > now);
        let entitles = |row: &Row| matches!(row.status, Status::Active | Status::Trial);
        let is_new = !was.is_some_and(|row| self.has_begun && is_open(&row));
        self.has_begun = entitles(&next) || (next.status == Status::Paused && !is_new);
        let has_paid_before = match next.reference {
            Some(reference) => !self.seen.contains(reference),
            None => is_new,
        };
        let changes_name = is_new || was.is_none_or(|row| !entitles(&row) || row.reference != next.reference);
        if entitles(&next) && is_open(&next) && has_paid_before && changes_name {
            self.lots.push((i64::MAX, 7 * u64::from(next.quantity)));
            self.seen.extend(next.reference.map(ToOwned::to_owned));
        }
    }
}

fn command(event: &Event, ledger: &Ledger, now: i64) -> Option<Command> {
    let id = Uuid::nil();
    let command = match event {
        Event::Wait(_) => return None,
        Event::Grant { amount, days, reference } => Command::GrantCredits(GrantCredits {
            lot: id,
            entry: id,
            feature: feature(CREDIT),
            amount: *amount,
            expires_at: days.map(|days| at(now + days * HALF_DAY)),
            reason: None,
            external_reference: reference.map(text),
        }),
        Event::Consume(amount) => Command::ConsumeCredits(ConsumeCredits {
            entry: id,
            feature: feature(CREDIT),
            amount: *amount,
            reason: None,
            external_reference: None,
        }),
        Event::Buy { status, reference, quantity, ends } => {
            let kept = ledger.row.map(|row| row.quantity);
            Command::SetHolding(SetHolding {
                fresh: id,
                item: ItemRef { kind: ItemKind::Addon, key: item_key("refill") },
                status: *status,
                starts_at: Patch::Keep,
                ends_at: ends.map_or(Patch::Clear, |days| Patch::Set(at(now + days * HALF_DAY))),
                grace_ends_at: Patch::Clear,
                quantity: (kept != Some(*quantity)).then_some(*quantity),
                source: Patch::Keep,
                external_reference: reference.map_or(Patch::Clear, |reference| Patch::Set(text(reference))),
            })
        }
    };
    Some(command)
}

/// What the plain ledger makes of an event; whether it may be.
fn book(event: &Event, ledger: &mut Ledger, now: i64) -> bool {
    match event {
        Event::Wait(_) => true,
        Event::Grant { amount, days, reference } => {
            let name = reference.map(|reference| format!("gift {reference}"));
            if name.is_none_or(|name| ledger.seen.insert(name)) {
                ledger.lots.push((days.map_or(i64::MAX, |days| now + days * HALF_DAY), *amount));
            }
            true
        }
        Event::Consume(amount) => ledger.consume(*amount, now),
        Event::Buy { status, reference, quantity, ends } => {
            let ends = ends.map(|days| now + days * HALF_DAY);
            ledger.buy(Row { status: *status, reference: *reference, quantity: *quantity, ends }, now);
            true
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_balance_is_that_of_a_plain_ledger_now_and_at_every_instant_to_come(events in vec(event(), 1..40)) {
        let mut world = World::new();
        world.play(&Step::Write(0, Command::Repair));
        let mut ledger = Ledger::default();
        for event in &events {
            if let Event::Wait(half_days) = event {
                world.now += half_days * HALF_DAY;
            }
            if let Some(command) = command(event, &ledger, world.now) {
                let known = world.states[0].is_known();
                let fresh = world.with_fresh_ids(0, &command);
                let answer = domain::decide(&fresh, &world.states[0], &world.catalog, at(world.now), &text("law"));
                let may_be = book(event, &mut ledger, world.now);
                match answer {
                    Ok(_) => prop_assert!(may_be, "{:?} was accepted", event),
                    Err(refusal) => {
                        let expected = if known { RefusalCode::Conflict } else { RefusalCode::NotFound };
                        prop_assert!(!may_be && refusal.code == expected, "{:?}: {:?}", event, refusal);
                    }
                }
                if let Done::Wrote(_, changes) = world.play(&Step::Write(0, command)) {
                    let entry = changes.credit_entries.last();
                    prop_assert!(entry.is_none_or(|entry| entry.balance == ledger.balance(world.now)), "{:?}", entry);
                }
            }
            for ahead in 0..9 {
                let then = world.now + ahead * HALF_DAY;
                let balance = world.states[0].credits.balance(&feature(CREDIT), at(then));
                prop_assert_eq!(balance, ledger.balance(then), "{} ahead, after {:?}", ahead, event);
            }
        }
    }

    #[test]
    fn what_is_used_came_before_and_no_lot_gives_more_than_it_had(events in vec(event(), 1..40)) {
        let mut world = World::new();
        let (mut came, mut used) = (0, 0);
        for event in &events {
            if let Event::Wait(half_days) = event {
                world.now += half_days * HALF_DAY;
            }
            let Some(command) = command(event, &Ledger::default(), world.now) else { continue };
            let Done::Wrote(_, changes) = world.play(&Step::Write(0, command)) else { continue };
            for entry in &changes.credit_entries {
                match entry.kind {
                    CreditMove::Grant => came += entry.amount,
                    CreditMove::Consume => used += entry.amount,
                }
            }
            let lots = &world.states[0].credits.lots;
            prop_assert!(lots.iter().all(|lot| lot.remaining <= lot.granted));
            let left: u64 = lots.iter().map(|lot| lot.remaining).sum();
            prop_assert_eq!(left + used, came);
        }
    }
}
