//! Companies counted by shape, and holders: what a look at every company would find.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    Command, CompanyId, CompanyState, ItemEdit, ItemRef, Lifecycle, Patch, SetHolding, Shape, Status, Timestamp,
};

use super::world::{
    activate, activate_many, addon, catalog, change_catalog, commit, company, decided, edit_item, execute, now,
    package, prepare, seed, set, state_of,
};
use crate::{CatalogCommit, Committed, Reshaped, Store};

fn in_micros(from: Timestamp, micros: i64) -> Timestamp {
    Timestamp::clamped(from.micros() + micros)
}

const HOUR: i64 = 3_600_000_000;

fn windowed(item: &ItemRef, starts_at: Option<Timestamp>, ends_at: Option<Timestamp>) -> Command {
    let patch = |at: Option<Timestamp>| at.map_or(Patch::Keep, Patch::Set);
    Command::SetHolding(SetHolding {
        starts_at: patch(starts_at),
        ends_at: patch(ends_at),
        ..set(item, Status::Active)
    })
}

/// Eleven companies of several shapes, two of them with an end that has come when this returns.
async fn populate(store: &dyn Store) -> BTreeMap<CompanyId, CompanyState> {
    seed(store).await;
    let at = now(store).await;
    for number in 1..=5 {
        execute(store, company(number), &activate(&package("basic")), "request").await;
    }
    for number in 4..=7 {
        execute(store, company(number), &activate_many(&addon("finance"), 2), "request").await;
    }
    execute(store, company(8), &windowed(&addon("finance"), None, Some(in_micros(at, HOUR))), "ends later").await;
    execute(store, company(9), &Command::SetHolding(set(&addon("venue"), Status::Paused)), "nothing").await;
    let soon = in_micros(now(store).await, 150_000);
    for number in 10..=11 {
        execute(store, company(number), &windowed(&addon("finance"), None, Some(soon)), "ends soon").await;
    }
    let mut states = BTreeMap::new();
    for number in 1..=11 {
        states.insert(company(number), state_of(store, company(number)).await);
    }
    while now(store).await < soon {
        tokio::task::yield_now().await;
    }
    states
}

/// Given companies of several shapes, the census counts each shape as a look at every company would, leaves out those whose shape may
/// be over, and has them too once their shapes are stored.
pub async fn the_census_is_what_a_look_at_every_company_finds(store: Arc<dyn Store>) {
    let states = populate(&*store).await;
    let brute = |at: Timestamp, without: &[CompanyId]| {
        let mut counts: BTreeMap<Shape, u64> = BTreeMap::new();
        for state in states.values().filter(|state| !without.contains(&state.company_id)) {
            *counts.entry(Shape::of(&state.standing(), at).0).or_default() += 1;
        }
        counts.into_iter().collect::<Vec<_>>()
    };
    let over = [company(10), company(11)];

    let census = store.census().await.expect("the store answers");
    assert_eq!(census.shapes, brute(census.now, &over));
    assert_eq!((census.stale, census.generation), (2, catalog(&*store).await.generation));

    let mut stale = Vec::new();
    loop {
        let after = stale.last().map(|standing: &domain::Standing| standing.company_id);
        let page = store.stale_standings(after, 1).await.expect("the store answers");
        if page.is_empty() {
            break;
        }
        stale.extend(page);
    }
    assert_eq!(stale, over.map(|whose| states[&whose].standing()));

    let reshape = |standing: &domain::Standing| {
        let (shape, until) = Shape::of(standing, census.now);
        Reshaped { company_id: standing.company_id, write_seq: standing.write_seq, shape, until }
    };
    store.reshape(&stale.iter().map(reshape).collect::<Vec<_>>()).await.expect("the store answers");
    let census = store.census().await.expect("the store answers");
    assert_eq!((census.shapes.clone(), census.stale), (brute(census.now, &[]), 0));
    assert_eq!(store.stale_standings(None, 10).await, Ok(Vec::new()));
    assert_eq!(state_of(&*store, company(10)).await, states[&company(10)], "no company was written");
}

/// Given a company that has the shape of another in its place, the digest of that shape is another, and no other's; whoever is back makes it
/// what it was, in whatever order they came.
pub async fn a_digest_of_a_shape_says_whose_it_is(store: Arc<dyn Store>) {
    seed(&*store).await;
    let (finance, venue) = (addon("finance"), addon("venue"));
    for number in [3, 1, 2, 0x1_0000] {
        execute(&*store, company(number), &activate(&finance), "request").await;
    }
    execute(&*store, company(9), &activate(&venue), "request").await;
    let digests = async || {
        let census = store.census().await.expect("the store answers");
        assert_eq!(census.digests.len(), census.shapes.len());
        let of = |part: &str| {
            let place = census.shapes.iter().position(|(shape, _)| shape.as_str().contains(part)).expect("it is there");
            (census.shapes[place].1, census.digests[place])
        };
        [of("finance"), of("venue")]
    };
    let [before, other] = digests().await;
    let cancel = |item: &ItemRef| Command::SetHolding(set(item, Status::Cancelled));

    execute(&*store, company(2), &cancel(&finance), "leaves").await;
    execute(&*store, company(4), &activate(&finance), "comes").await;
    let [swapped, same] = digests().await;
    assert_eq!((before.0, swapped.0, same), (4, 4, other));
    assert_ne!(before.1, swapped.1);

    execute(&*store, company(4), &cancel(&finance), "leaves").await;
    execute(&*store, company(2), &activate(&finance), "is back").await;
    assert_eq!(digests().await, [before, other]);
}

/// Given shapes, their companies are found in the order of their identifiers, page by page, and nobody else.
pub async fn companies_of_shapes_are_found_page_by_page(store: Arc<dyn Store>) {
    let states = populate(&*store).await;
    let census = store.census().await.expect("the store answers");
    let over = [company(10), company(11)];

    for wanted in [&census.shapes[..1], &census.shapes[1..3], &census.shapes[..], &[]] {
        let shapes: Vec<Shape> = wanted.iter().map(|(shape, _)| shape.clone()).collect();
        let is_of = |state: &&CompanyState| shapes.contains(&Shape::of(&state.standing(), census.now).0);
        let fresh = states.values().filter(|state| !over.contains(&state.company_id));
        let expected: Vec<CompanyId> = fresh.filter(is_of).map(|state| state.company_id).collect();
        let mut found: Vec<CompanyId> = Vec::new();
        loop {
            let page = store.companies_of(&shapes, found.last().copied(), 2).await.expect("the store answers");
            assert!(page.len() <= 2);
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, expected);
    }
}

/// Given a company that was written since its shape was computed, what was computed is not stored.
pub async fn a_shape_of_an_older_write_is_not_stored(store: Arc<dyn Store>) {
    populate(&*store).await;
    let stale = store.stale_standings(None, 1).await.expect("the store answers");
    let late = Reshaped {
        company_id: stale[0].company_id,
        write_seq: stale[0].write_seq,
        shape: Shape::from_stored("p:basic@99".to_owned()),
        until: None,
    };
    execute(&*store, late.company_id, &activate(&addon("venue")), "in between").await;
    let before = store.census().await.expect("the store answers").shapes;

    store.reshape(&[late]).await.expect("the store answers");

    assert_eq!(store.census().await.expect("the store answers").shapes, before);
}

/// Given rows of every status and window, holders are those that entitle and have not ended, begun or not.
pub async fn holders_are_those_whose_rows_entitle_and_have_not_ended(store: Arc<dyn Store>) {
    seed(&*store).await;
    let at = now(&*store).await;
    let (past, future) = (in_micros(at, -HOUR), in_micros(at, HOUR));
    let finance = addon("finance");
    let in_grace = Command::SetHolding(SetHolding {
        ends_at: Patch::Set(past),
        grace_ends_at: Patch::Set(future),
        ..set(&finance, Status::Trial)
    });
    let writes = [
        (1, activate(&finance)),
        (2, windowed(&finance, None, Some(past))),
        (3, windowed(&finance, Some(future), None)),
        (4, in_grace),
        (5, Command::SetHolding(set(&finance, Status::Paused))),
        (6, activate(&addon("venue"))),
        (7, activate(&package("premium-market"))),
    ];
    for (number, command) in &writes {
        execute(&*store, company(*number), command, "request").await;
    }
    let items = [finance.clone(), addon("venue"), addon("market"), package("premium-market"), package("basic")];

    let holders = store.holders(&items).await.expect("the store answers");

    let counted: BTreeMap<ItemRef, u64> = holders.into_iter().filter(|(_, count)| *count > 0).collect();
    let expected = [(finance.clone(), 3), (addon("venue"), 1), (package("premium-market"), 1)];
    assert_eq!(counted, expected.into());
    assert_eq!(store.holders(&[]).await, Ok(BTreeMap::new()));
    let one = store.holders_of(&finance, None, 2).await.expect("the store answers");
    assert_eq!(one, [(company(1), 1), (company(3), 1)]);
    assert_eq!(store.holders_of(&finance, Some(company(3)), 9).await, Ok(vec![(company(4), 1)]));
    assert_eq!(store.holders_of(&package("basic"), None, 9).await, Ok(Vec::new()));
}

/// Given a change that archives what somebody was given meanwhile, it is raced: nobody ever holds what is archived.
pub async fn an_archiving_that_races_an_assignment_loses(store: Arc<dyn Store>) {
    let before = seed(&*store).await;
    let lifecycle = |lifecycle| ItemEdit { lifecycle: Some(lifecycle), ..ItemEdit::default() };
    let venue = addon("venue");
    let assigned = prepare(&*store, company(1), &activate(&venue)).await.expect("accepted").0.expect("changes");
    change_catalog(&*store, &edit_item(&before, &addon("market"), lifecycle(Lifecycle::Deprecated))).await;
    assert_eq!(commit(&*store, &assigned, "too late").await, Committed::Raced);
    execute(&*store, company(1), &activate(&venue), "in time").await;
    change_catalog(&*store, &edit_item(&before, &venue, lifecycle(Lifecycle::Inactive))).await;

    // Decided as if nobody held it, as whoever looked before the assignment would.
    let catalog_now = catalog(&*store).await;
    let at = now(&*store).await;
    let archive = |item: &ItemRef| {
        let change = decided(&edit_item(&catalog_now, item, lifecycle(Lifecycle::Archived)), &catalog_now, at);
        let change = change.expect("changes");
        assert_eq!(change.unheld, std::slice::from_ref(item));
        CatalogCommit { change: Some(change), request_id: "request".to_owned(), ..CatalogCommit::default() }
    };
    assert_eq!(store.commit_catalog(archive(&venue)).await, Ok(Committed::Raced));
    assert_eq!(catalog(&*store).await, catalog_now);

    assert_eq!(store.commit_catalog(archive(&addon("market"))).await, Ok(Committed::Done));
    let market = catalog(&*store).await.item(&addon("market")).expect("is there").lifecycle;
    assert_eq!(market, Lifecycle::Archived);
}
