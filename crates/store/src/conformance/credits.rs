//! Credits: exact, once for a purchase, never below zero.

use std::sync::Arc;

use domain::{
    Command, CompanyState, ConsumeCredits, CreditLot, CreditMove, CreditScope, GrantCredits, Patch, SetHolding, Status,
    Timestamp, Uuid, apply,
};
use tokio::task::JoinSet;

use super::world::{addon, commit, company, execute, feature, line, now, prepare, seed, seed_features, set, state_of};
use crate::{Committed, LedgerLine, Store};

fn come(amount: u64, expires_at: Option<Timestamp>, reference: Option<&str>) -> Command {
    Command::GrantCredits(GrantCredits {
        lot: Uuid::new_v4(),
        entry: Uuid::new_v4(),
        feature: feature("sms"),
        amount,
        expires_at,
        reason: Some(line("a gesture")),
        external_reference: reference.map(line),
    })
}

fn go(amount: u64) -> Command {
    Command::ConsumeCredits(ConsumeCredits {
        entry: Uuid::new_v4(),
        feature: feature("sms"),
        amount,
        reason: None,
        external_reference: Some(line("campaign 1")),
    })
}

async fn balance(store: &dyn Store, number: u128) -> u64 {
    state_of(store, company(number)).await.credits.balance(&feature("sms"), now(store).await)
}

async fn ledger(store: &dyn Store, number: u128) -> Vec<LedgerLine> {
    store.ledger(company(number), &feature("sms"), None, 500).await.expect("the store answers")
}

/// Given credits that come and go, with every optional field present and absent, lots and lines come back whole.
pub async fn credits_come_back_as_they_went_in(store: Arc<dyn Store>) {
    seed(&*store).await;
    seed_features(&*store).await;
    let commands =
        [come(10, Some(Timestamp::MAX), Some("inv_1")), come(domain::MAX_AMOUNT - 10, None, None), go(5), go(5), go(7)];
    let mut expected = CompanyState::unknown(company(1));

    for command in &commands {
        let changes = execute(&*store, company(1), command, "request").await;
        expected = apply(expected, &changes);
        assert_eq!(state_of(&*store, company(1)).await, expected);
    }

    let lots = |scope| {
        let store = Arc::clone(&store);
        async move { store.load(company(1), scope).await.expect("the store answers").state.credits.lots }
    };
    assert_eq!(lots(CreditScope::None).await, []);
    let open = lots(CreditScope::Open).await;
    assert_eq!(open.iter().map(|lot| lot.remaining).collect::<Vec<_>>(), [domain::MAX_AMOUNT - 17]);
    assert_eq!(lots(CreditScope::All).await.len(), 2);
    let lines = ledger(&*store, 1).await;
    let told: Vec<_> = lines.iter().map(|line| (line.entry.kind, line.entry.amount, line.entry.balance)).collect();
    let (grant, consume) = (CreditMove::Grant, CreditMove::Consume);
    let most = domain::MAX_AMOUNT;
    let amounts = [(consume, 7, most - 17), (consume, 5, most - 10), (consume, 5, most - 5)];
    assert_eq!(told, [&amounts[..], &[(grant, most - 10, most), (grant, 10, 10)]].concat());
    assert_eq!(lines[4].entry.expires_at, Some(Timestamp::MAX));
    assert_eq!(lines[4].entry.external_reference, Some(line("inv_1")));
    assert_eq!((&lines[4].entry.reason, &lines[0].entry.reason), (&Some(line("a gesture")), &None));
    assert!(lines.iter().all(|line| line.actor == super::world::actor()));
}

/// Given many who use up one balance at once, as many succeed as there is for, and nobody ever goes below zero.
pub async fn concurrent_consumption_never_goes_below_zero(store: Arc<dyn Store>) {
    seed(&*store).await;
    seed_features(&*store).await;
    execute(&*store, company(1), &come(30, None, None), "one").await;
    execute(&*store, company(1), &come(25, None, None), "two").await;
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            let mut used = 0;
            let mut tries = 0;
            while tries < 4 {
                let Ok((changes, _)) = prepare(&*store, company(1), &go(3)).await else { break };
                let changes = changes.expect("changes");
                if commit(&*store, &changes, "use").await == Committed::Done {
                    (used, tries) = (used + 3, tries + 1);
                }
            }
            used
        });
    }

    let used: u64 = writers.join_all().await.into_iter().sum();

    assert_eq!(used, 54, "as much as there is for");
    assert_eq!(balance(&*store, 1).await, 1);
    let lines = ledger(&*store, 1).await;
    assert_eq!(lines.len(), 20);
    assert!(lines.is_sorted_by(|newer, older| newer.position > older.position));
    let consumed = lines.iter().filter(|line| line.entry.kind == CreditMove::Consume);
    let balances: Vec<u64> = consumed.map(|line| line.entry.balance).collect();
    assert_eq!(balances, (0..18).map(|step| 1 + 3 * step).collect::<Vec<_>>());
}

/// Given a purchase that is told of many times, at once and later, its credits come once; another purchase brings its own.
pub async fn a_purchase_brings_its_credits_once(store: Arc<dyn Store>) {
    seed(&*store).await;
    seed_features(&*store).await;
    let bought = |reference: &str, quantity| {
        Command::SetHolding(SetHolding {
            external_reference: Patch::Set(line(reference)),
            quantity: Some(quantity),
            ..set(&addon("sms-pack"), Status::Active)
        })
    };
    let mut writers = JoinSet::new();
    for quantity in 1..=8 {
        let (store, command) = (Arc::clone(&store), bought("inv_1", 1 + quantity % 2));
        writers.spawn(async move {
            while let Ok((Some(changes), _)) = prepare(&*store, company(1), &command).await {
                if commit(&*store, &changes, "webhook").await == Committed::Done {
                    return;
                }
            }
        });
    }
    writers.join_all().await;
    let first = state_of(&*store, company(1)).await.credits.lots;
    assert_eq!(first.len(), 1, "{first:#?}");

    execute(&*store, company(1), &bought("inv_2", 3), "another").await;
    execute(&*store, company(1), &bought("inv_1", 1), "the first again").await;
    execute(&*store, company(1), &come(5, None, Some("inv_2")), "by hand").await;
    let (again, _) = prepare(&*store, company(1), &come(5, None, Some("inv_2"))).await.expect("accepted");
    assert!(again.is_none(), "given once");

    let lots = state_of(&*store, company(1)).await.credits.lots;
    let granted: u64 = lots.iter().map(|lot| lot.granted).sum();
    assert_eq!((lots.len(), granted), (3, first[0].granted + 300 + 5));
}

/// Given credits of a row that begins later, they come back with their start, follow the row, wait while it is paused, and are taken back
/// when it is ended; then the purchase may be made again.
pub async fn credits_to_come_follow_their_row(store: Arc<dyn Store>) {
    seed(&*store).await;
    seed_features(&*store).await;
    let pack = |status, start| {
        Command::SetHolding(SetHolding {
            starts_at: Patch::Set(Timestamp::clamped(start)),
            external_reference: Patch::Set(line("inv_1")),
            ..set(&addon("sms-pack"), status)
        })
    };
    // The years 2100 and 2200: later than any store's clock.
    let (start, later) = (4_102_444_800_000_000, 7_258_118_400_000_000);
    let mut expected = CompanyState::unknown(company(1));
    let starts = [Some(start), Some(later), Some(CreditLot::WAITS.micros()), Some(start), Some(start)];
    let commands = [
        pack(Status::Active, start),
        pack(Status::Active, later),
        pack(Status::Paused, later),
        pack(Status::Active, start),
        pack(Status::Cancelled, start),
    ];

    for (command, start) in commands.iter().zip(starts) {
        let changes = execute(&*store, company(1), command, "request").await;
        expected = apply(expected, &changes);
        let state = state_of(&*store, company(1)).await;
        assert_eq!(state, expected);
        assert_eq!(state.credits.lots[0].starts_at.map(Timestamp::micros), start);
        assert_eq!(state.credits.balance(&feature("sms"), now(&*store).await), 0);
    }

    let lot = expected.credits.lots[0].clone();
    assert_eq!((lot.granted, lot.remaining, lot.purchase), (100, 0, None));
    execute(&*store, company(1), &pack(Status::Active, later), "made after all").await;
    let lots = state_of(&*store, company(1)).await.credits.lots;
    assert_eq!(lots.iter().map(|lot| lot.remaining).sum::<u64>(), 100);
    let lines = ledger(&*store, 1).await;
    let told: Vec<_> = lines.iter().map(|line| (line.entry.kind, line.entry.amount, line.entry.balance)).collect();
    let (grant, back) = ((CreditMove::Grant, 100, 0), (CreditMove::TakeBack, 100, 0));
    assert_eq!(told, [grant, back, grant]);
    let starts: Vec<_> = lines.iter().map(|line| line.entry.starts_at.map(Timestamp::micros)).collect();
    assert_eq!(starts, [Some(later), Some(start), Some(start)]);
}

/// Given a ledger of several companies and features, pages of any size join to the company's whole, newest first.
pub async fn the_ledger_pages_without_skipping_or_repeating(store: Arc<dyn Store>) {
    seed(&*store).await;
    seed_features(&*store).await;
    super::world::change_catalog(&*store, &super::world::create_feature("mails", domain::FeatureKind::Credit)).await;
    execute(&*store, company(1), &come(1_000, None, None), "one").await;
    execute(&*store, company(2), &come(1_000, None, None), "one").await;
    for amount in 1..=8 {
        execute(&*store, company(1), &go(amount), "request").await;
        execute(&*store, company(2), &go(amount), "request").await;
    }
    let Command::GrantCredits(other) = come(3, None, None) else { return };
    let other = Command::GrantCredits(GrantCredits { feature: feature("mails"), ..other });
    execute(&*store, company(1), &other, "of another feature").await;
    let whole = ledger(&*store, 1).await;
    assert_eq!(whole.len(), 9);

    for size in [1, 2, 4, 9, 10] {
        let mut paged: Vec<LedgerLine> = Vec::new();
        loop {
            let before = paged.last().map(|line| line.position);
            let page = store.ledger(company(1), &feature("sms"), before, size).await.expect("the store answers");
            assert!(page.len() <= size as usize);
            if page.is_empty() {
                break;
            }
            paged.extend(page);
            assert!(paged.len() <= whole.len(), "pages of {size} go on and on");
        }
        assert_eq!(paged, whole, "pages of {size}");
    }
    assert_eq!(store.ledger(company(3), &feature("sms"), None, 5).await, Ok(Vec::new()));
    assert_eq!(store.ledger(company(1), &feature("mails"), None, 5).await.expect("answers").len(), 1);
}
