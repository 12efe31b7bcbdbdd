//! History as it is stored: its chain, what it leads to, and boundaries that it does not tell of.

use std::sync::Arc;

use domain::{ChangeType, Command, CompanyId, CompanyProfile, Patch, SetHolding, Status, Timestamp};

use super::world::{
    activate, activate_many, addon, catalog, change_catalog, commit, company, execute, line, now, package, prepare,
    seed, seed_features, set, settled_end, settled_feed, state_of, switch_module,
};
use crate::{
    CatalogLine, Committed, CompanyFilter, CompanyLine, CompanyReading, PastCatalog, PastCompany, Store, chain, verify,
};

/// A company's whole history, in the order in which it was written, by pages of a size.
async fn log(store: &dyn Store, whose: CompanyId, size: u32) -> Vec<CompanyLine> {
    let mut all: Vec<CompanyLine> = Vec::new();
    loop {
        let after = all.last().map_or((0, 0), |line| (line.write_seq, line.part));
        let page = store.company_log(whose, after, size).await.expect("the store answers");
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn catalog_log(store: &dyn Store, size: u32) -> Vec<CatalogLine> {
    let mut all: Vec<CatalogLine> = Vec::new();
    loop {
        let after = all.last().map_or((0, 0), |line| (line.generation, line.part));
        let page = store.catalog_log(after, size).await.expect("the store answers");
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// The companies that are listed with a row for finance of a status.
async fn with_finance(store: &dyn Store, status: Status) -> Vec<CompanyId> {
    let filter = CompanyFilter { addon: Some(addon("finance").key), status: Some(status), ..CompanyFilter::default() };
    store.companies(&filter, None, 10).await.expect("the store answers")
}

/// Given rows that start and end, a company is due from its next boundary on, until it is recorded: under the boundary's own instant, by
/// one of two who try, without another version. The row is stored as expired and counts as before.
pub async fn a_boundary_is_due_once_it_has_passed_and_recorded_once(store: Arc<dyn Store>) {
    seed(&*store).await;
    let start = now(&*store).await;
    let (soon, later) =
        (Timestamp::clamped(start.micros() + 150_000), Timestamp::clamped(start.micros() + 3_600_000_000));
    let window = |starts_at, ends_at| {
        Command::SetHolding(SetHolding { starts_at, ends_at, ..set(&addon("finance"), Status::Active) })
    };
    execute(&*store, company(1), &window(Patch::Keep, Patch::Set(soon)), "ends").await;
    execute(&*store, company(2), &window(Patch::Set(soon), Patch::Set(later)), "starts").await;
    execute(&*store, company(3), &activate(&package("basic")), "stays").await;
    assert_eq!(state_of(&*store, company(1)).await.next_boundary, Some(soon));
    assert_eq!(state_of(&*store, company(3)).await.next_boundary, None);
    while now(&*store).await < soon {
        tokio::task::yield_now().await;
    }

    let due = store.due(10).await.expect("the store answers");
    assert_eq!(std::collections::BTreeSet::from_iter(due), [company(1), company(2)].into());
    assert_eq!(store.due(1).await.expect("the store answers").len(), 1);
    let reading = |store: Arc<dyn Store>| async move {
        match store.read(company(1), None).await.expect("the store answers").company {
            CompanyReading::Standing(standing) => standing,
            CompanyReading::Unknown | CompanyReading::Unchanged => panic!("it was written"),
        }
    };
    let before = reading(Arc::clone(&store)).await;
    let end = settled_end(&*store).await;
    let (one, _) = prepare(&*store, company(1), &Command::SweepBoundary).await.expect("is accepted");
    let one = one.expect("it is due");
    let other = one.clone();
    assert_eq!(commit(&*store, &one, "sweep").await, Committed::Done);
    assert_eq!(commit(&*store, &other, "sweep").await, Committed::Raced);
    execute(&*store, company(2), &Command::SweepBoundary, "sweep").await;

    let after = reading(Arc::clone(&store)).await;
    assert_eq!((after.write_seq, one.at), (before.write_seq + 1, soon));
    assert_eq!(
        (&after.terms, after.version_base, after.last_write_at),
        (&before.terms, before.version_base, soon),
        "what is recorded has passed for good"
    );
    let state = state_of(&*store, company(1)).await;
    assert_eq!((state.holdings[0].shown_status(), state.holdings[0].terms.status), (Status::Expired, Status::Active));
    assert_eq!(state.next_boundary, None);
    assert_eq!(state_of(&*store, company(2)).await.next_boundary, Some(later));
    assert_eq!(store.due(10).await, Ok(Vec::new()));
    assert_eq!(with_finance(&*store, Status::Expired).await, [company(1)]);
    assert_eq!(with_finance(&*store, Status::Active).await, [company(2)]);
    let told = settled_feed(&*store, end).await;
    let told: Vec<_> = told.iter().map(|entry| (entry.company_id, entry.at, entry.change_type)).collect();
    let expected =
        [(Some(company(1)), soon, ChangeType::AddonExpired), (Some(company(2)), soon, ChangeType::AddonActivated)];
    assert_eq!(told, expected);
    let renewed = execute(&*store, company(1), &window(Patch::Keep, Patch::Set(later)), "renewed").await;
    assert_eq!(renewed.events()[0].previous_status(), Some(Status::Expired));
    let state = state_of(&*store, company(1)).await;
    assert_eq!((state.holdings[0].shown_status(), state.next_boundary), (Status::Active, Some(later)));
    assert_eq!(verify(&*store).await.expect("the store answers").breaches, []);
}

/// Given writes of every kind, each row of history is linked to the one before it, the newest link stands with the company, and history
/// leads to the rows, grants, profile and version base, and to the catalog, that are stored.
pub async fn what_is_written_leads_to_what_is_stored(store: Arc<dyn Store>) {
    seed(&*store).await;
    let known = seed_features(&*store).await;
    for number in 1..=3 {
        execute(&*store, company(number), &activate(&package("basic")), "request").await;
        execute(&*store, company(number), &activate_many(&addon("finance"), 2), "request").await;
        execute(&*store, company(number), &Command::Repair, "request").await;
    }
    change_catalog(&*store, &switch_module(&known, "venue", false)).await;
    let profile =
        CompanyProfile { name: Some(line("Größe")), external_references: [(line("stripe"), line("cus_1"))].into() };
    execute(&*store, company(1), &Command::SetProfile(profile), "request").await;
    execute(&*store, company(2), &Command::SetHolding(set(&addon("finance"), Status::Paused)), "request").await;

    for number in 1..=3 {
        let lines = log(&*store, company(number), 500).await;
        let loaded = store.load(company(number), domain::CreditScope::None).await.expect("the store answers");
        let mut link = chain::genesis_of(company(number));
        let mut past = PastCompany::unknown(company(number));
        for line in &lines {
            link = chain::of_company(&link, line);
            assert_eq!(line.hash, Some(link));
            past.take(line).expect("is readable");
        }
        assert_eq!(loaded.head, Some(link));
        assert_eq!(without_boundary(past.state), without_boundary(loaded.state));
    }
    let mut past = PastCatalog::empty();
    for line in catalog_log(&*store, 500).await {
        past.take(&line).expect("is readable");
    }
    assert_eq!(*past.catalog(), catalog(&*store).await);
    let found = verify(&*store).await.expect("the store answers");
    assert_eq!((found.breaches, found.companies), (Vec::new(), 3));
}

/// A state without what history does not tell.
fn without_boundary(state: domain::CompanyState) -> domain::CompanyState {
    domain::CompanyState { next_boundary: None, ..state }
}

/// Given more rows than a page holds, pages of any size join to the whole.
pub async fn the_log_pages_without_skipping_or_repeating(store: Arc<dyn Store>) {
    seed(&*store).await;
    for quantity in 1..=7 {
        execute(&*store, company(1), &activate_many(&addon("finance"), quantity), "request").await;
    }
    let (whole, whole_catalog) = (log(&*store, company(1), 500).await, catalog_log(&*store, 500).await);
    assert_eq!((whole.len(), whole_catalog.len()), (7, 9));
    for size in [1, 2, 7, 8] {
        assert_eq!(log(&*store, company(1), size).await, whole);
        assert_eq!(catalog_log(&*store, size).await, whole_catalog);
    }
}
