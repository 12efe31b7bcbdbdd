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
    Buy { status: Status, reference: Option<&'static str>, quantity: u32, starts: Option<i64>, ends: Option<i64> },
}

fn event() -> impl Strategy<Value = Event> {
    let reference = || option::of(select(vec!["one", "two", "three"]));
    let granted = (1..30_u64, option::weighted(0.6, 1..8_i64), reference())
        .prop_map(|(amount, days, reference)| Event::Grant { amount, days, reference });
    let statuses = select([&Status::ALL[..], &[Status::Active; 6]].concat());
    let window = (option::weighted(0.5, -1..6_i64), option::weighted(0.3, 1..8_i64));
    let bought = (statuses, reference(), 1..3_u32, window).prop_map(|(status, reference, quantity, (starts, ends))| {
        Event::Buy { status, reference, quantity, starts, ends }
    });
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
    starts: Option<i64>,
    ends: Option<i64>,
}

impl Row {
    fn entitles(&self) -> bool {
        matches!(self.status, Status::Active | Status::Trial)
    }

    /// The first instant from now on at which it is in force; the end of time when there is none.
    fn first(&self, now: i64) -> i64 {
        let first = now.max(self.starts.unwrap_or(now));
        if self.entitles() && self.ends.is_none_or(|end| end > first) { first } else { i64::MAX }
    }
}

/// How credits came: by hand, or bought with what was said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Hand,
    Purchase(Option<&'static str>),
}

/// What came at once.
#[derive(Clone, Copy)]
struct Lot {
    starts: i64,
    ends: i64,
    left: u64,
    by: By,
}

impl Lot {
    fn usable(&self, now: i64) -> bool {
        self.starts <= now && now < self.ends
    }
}

/// The plain ledger.
#[derive(Default)]
struct Ledger {
    lots: Vec<Lot>,
    gifts: BTreeSet<&'static str>,
    row: Option<Row>,
    /// Whether the row entitles, or did until it was paused.
    has_begun: bool,
}

impl Ledger {
    fn balance(&self, now: i64) -> u64 {
        self.lots.iter().filter(|lot| lot.usable(now)).map(|lot| lot.left).sum()
    }

    fn consume(&mut self, amount: u64, now: i64) -> bool {
        if self.balance(now) < amount {
            return false;
        }
        self.lots.sort_by_key(|lot| lot.ends);
        let mut open = amount;
        for lot in self.lots.iter_mut().filter(|lot| lot.usable(now)) {
            let taken = open.min(lot.left);
            lot.left -= taken;
            open -= taken;
        }
        true
    }

    /// What a write of the row brings: 7 for each one, once for a reference, and once for a new row without one. It comes when the row
    /// comes into force; until then it is moved, held up and taken back with it.
    fn buy(&mut self, next: Row, now: i64) {
        let was = self.row.replace(next);
        if was == Some(next) {
            return;
        }
        let is_open = |row: &Row| row.ends.is_none_or(|end| end > now);
        let is_new = !was.is_some_and(|row| self.has_begun && is_open(&row));
        let is_paused = next.status == Status::Paused;
        self.has_begun = next.entitles() || (is_paused && !is_new);
        let known = |lot: &Lot| lot.by == By::Purchase(next.reference) && next.reference.is_some();
        self.lots.retain(|lot| {
            let is_coming = lot.by != By::Hand && lot.starts > now;
            !is_coming || ((next.entitles() || is_paused) && (!is_new || known(lot)))
        });
        let first = next.first(now);
        self.lots.iter_mut().filter(|lot| lot.by != By::Hand && lot.starts > now).for_each(|lot| lot.starts = first);
        let has_paid_before = match next.reference {
            Some(_) => !self.lots.iter().any(known),
            None => is_new,
        };
        let changes_name = is_new || was.is_none_or(|row| !row.entitles() || row.reference != next.reference);
        if first < i64::MAX && has_paid_before && changes_name {
            let left = 7 * u64::from(next.quantity);
            self.lots.push(Lot { starts: first, ends: i64::MAX, left, by: By::Purchase(next.reference) });
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
        Event::Buy { status, reference, quantity, starts, ends } => {
            let kept = ledger.row.map(|row| row.quantity);
            Command::SetHolding(SetHolding {
                fresh: id,
                item: ItemRef { kind: ItemKind::Addon, key: item_key("refill") },
                status: *status,
                starts_at: starts.map_or(Patch::Clear, |days| Patch::Set(at(now + days * HALF_DAY))),
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

/// What the plain ledger makes of an event; why it may not be.
fn book(event: &Event, ledger: &mut Ledger, now: i64) -> Result<(), RefusalCode> {
    match event {
        Event::Wait(_) => Ok(()),
        Event::Grant { amount, days, reference } => {
            if reference.is_none_or(|reference| ledger.gifts.insert(reference)) {
                let ends = days.map_or(i64::MAX, |days| now + days * HALF_DAY);
                ledger.lots.push(Lot { starts: now, ends, left: *amount, by: By::Hand });
            }
            Ok(())
        }
        Event::Consume(amount) if ledger.consume(*amount, now) => Ok(()),
        Event::Consume(_) => Err(RefusalCode::Conflict),
        Event::Buy { status, reference, quantity, starts, ends } => {
            let [starts, ends] = [starts, ends].map(|days| days.map(|days| now + days * HALF_DAY));
            if starts.zip(ends).is_some_and(|(start, end)| start > end) {
                return Err(RefusalCode::Validation);
            }
            ledger.buy(Row { status: *status, reference: *reference, quantity: *quantity, starts, ends }, now);
            Ok(())
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
                let fresh = world.with_fresh_ids(0, &command);
                let answer = domain::decide(&fresh, &world.states[0], &world.catalog, at(world.now), &text("law"));
                let known = world.states[0].is_known();
                let nothing_yet = |code| if known || code != RefusalCode::Conflict { code } else { RefusalCode::NotFound };
                let may_be = book(event, &mut ledger, world.now).map_err(nothing_yet);
                let was = answer.as_ref().map(|_| ()).map_err(|refusal| refusal.code);
                prop_assert_eq!(was, may_be, "{:?}: {:?}", event, answer);
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
        let (mut came, mut used, mut back) = (0, 0, 0);
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
                    CreditMove::TakeBack => back += entry.amount,
                }
            }
            let lots = &world.states[0].credits.lots;
            prop_assert!(lots.iter().all(|lot| lot.remaining <= lot.granted));
            let left: u64 = lots.iter().map(|lot| lot.remaining).sum();
            prop_assert_eq!(left + used + back, came);
        }
    }
}
