//! The state of a replica, event by event, by a clock that stands still between them.

use std::time::Duration;

use api::{
    Instant,
    response::{EntitlementsView, FeedChangeView, FeedKind},
};
use uuid::Uuid;

use super::{Companies, Freshness, MonotonicClock, NotKnown, Replica, Source, state::State, work::Need};
use crate::Client;

const COMPANY: Uuid = Uuid::max();
const SECOND: i64 = 1_000_000;
/// What the database's clock shows when the replica's shows 0.
const BEGINNING: i64 = 1_000 * SECOND;

struct World {
    state: State,
    clock: MonotonicClock,
}

fn view(from: i64, until: Option<i64>, version: u64, modules: &[&str]) -> EntitlementsView {
    let instant = |micros: i64| Instant::from_micros(BEGINNING + micros).unwrap();
    EntitlementsView {
        company_id: COMPANY,
        has_basic: true,
        base_package: None,
        addons: Vec::new(),
        enabled_modules: modules.iter().map(|key| (*key).to_owned()).collect(),
        entitlement_version: version,
        updated_at: instant(0),
        valid_until: until.map(instant),
        as_of: instant(from),
    }
}

fn change(company: Option<Uuid>, at: i64, version: u64) -> FeedChangeView {
    FeedChangeView {
        cursor: "0.0.0".to_owned(),
        at: Instant::from_micros(BEGINNING + at).unwrap(),
        kind: if company.is_some() { FeedKind::Company } else { FeedKind::Catalog },
        company_id: company,
        entitlement_version: company.map(|_| version),
        catalog_generation: None,
        change_type: "addon_activated".to_owned(),
        entity_type: "addon".to_owned(),
        entity_key: None,
        request_id: None,
    }
}

impl World {
    /// A replica of one company that is still to be loaded; a probe that took so long told it the time.
    fn probed_in(took: i64) -> Self {
        let clock = MonotonicClock::manual();
        let client = Client::builder("http://127.0.0.1:1").build().unwrap();
        let settings = Replica::builder(client).clock(clock.clone()).clock_margin(Duration::ZERO);
        let state = State::new(settings);
        clock.advance(Duration::from_micros(took.unsigned_abs()));
        state.probed(BEGINNING + took, 0, took);
        state.begin_anew(Some(BEGINNING + took));
        state.follow(COMPANY).unwrap();
        Self { state, clock }
    }

    /// Some time passes, and a heartbeat tells that everything until now has been told.
    fn pass(&self, micros: i64) {
        self.clock.advance(Duration::from_micros(micros.unsigned_abs()));
        self.state.heartbeat(BEGINNING + self.clock.micros());
    }

    fn load(&self, view: EntitlementsView, upcoming: Vec<EntitlementsView>) -> bool {
        let (taken, life, round) = self.state.next(10);
        let (company, need) = *taken.first().expect("something is to be loaded");
        self.state.loaded((company, need), (Some(view), upcoming), (life, round))
    }

    fn check(&self) -> Result<u64, NotKnown> {
        self.state.check(COMPANY, Freshness::Standard).map(|answer| answer.version())
    }
}

/// A replica of all companies, none of which has been written when it is loaded.
fn of_all(most: usize) -> World {
    let clock = MonotonicClock::manual();
    let client = Client::builder("http://127.0.0.1:1").build().unwrap();
    let settings = Replica::builder(client).clock(clock.clone()).clock_margin(Duration::ZERO);
    let state = State::new(settings.companies(Companies::All).most_companies(most));
    state.probed(BEGINNING, 0, 0);
    state.begin_anew(Some(BEGINNING));
    state.listed(std::iter::empty(), true);
    state.taken();
    World { state, clock }
}

#[test]
fn a_company_that_was_written_a_moment_ago_is_not_said_to_own_nothing_while_it_is_loaded() {
    let world = of_all(9);
    assert_eq!(world.check(), Err(NotKnown::NoSuchCompany), "nobody wrote it");

    world.state.heard(&change(Some(COMPANY), 5, 1));
    assert_eq!(world.check(), Err(NotKnown::Loading), "it is to be loaded");
    let (taken, life, round) = world.state.next(10);
    assert_eq!(world.check(), Err(NotKnown::Loading), "it is asked for");
    world.state.failed(taken.into_iter(), life);
    assert_eq!(world.check(), Err(NotKnown::Loading), "it is to be asked for again");
    let (taken, ..) = world.state.next(10);
    assert!(world.state.loaded(taken[0], (Some(view(6, None, 1, &["basic"])), Vec::new()), (life, round)));
    assert_eq!(world.check(), Ok(1));
}

#[test]
fn a_company_for_which_there_is_no_room_is_not_said_to_own_nothing() {
    let world = of_all(0);
    world.state.heard(&change(Some(COMPANY), 5, 1));
    assert_eq!(world.check(), Err(NotKnown::Full { most: 0 }));
    world.state.begin_anew(Some(BEGINNING));
    world.state.listed([COMPANY].into_iter(), true);
    world.state.taken();
    assert_eq!(world.check(), Err(NotKnown::Full { most: 0 }));
}

#[test]
fn a_company_whose_change_cannot_be_loaded_grows_old_though_the_feed_goes_on() {
    let world = World::probed_in(0);
    assert_eq!(world.check(), Err(NotKnown::Loading));
    assert!(world.load(view(0, None, 1, &["basic"]), Vec::new()));
    world.pass(10 * SECOND);
    assert_eq!(world.check(), Ok(1));

    world.state.heard(&change(Some(COMPANY), 10 * SECOND, 2));
    world.pass(SECOND);
    assert_eq!(world.check(), Ok(1), "within the bound");
    world.pass(SECOND + SECOND / 2);
    assert!(matches!(world.check(), Err(NotKnown::Stale { .. })), "{:?}", world.check());

    assert!(world.load(view(12 * SECOND, None, 2, &[]), Vec::new()));
    assert_eq!(world.check(), Ok(2));
}

#[test]
fn so_does_every_company_after_a_change_of_the_catalog() {
    let world = World::probed_in(0);
    assert!(world.load(view(0, None, 1, &["basic"]), Vec::new()));
    for round in 1..=40 {
        world.state.heard(&change(None, round, 0));
    }
    world.pass(3 * SECOND);
    assert!(matches!(world.check(), Err(NotKnown::Stale { .. })), "{:?}", world.check());
    assert!(world.load(view(3 * SECOND, None, 1, &["basic"]), Vec::new()));
    assert_eq!(world.check(), Ok(1), "the same version, but confirmed");
}

#[test]
fn what_is_heard_of_while_an_answer_is_on_its_way_may_be_lacking_in_it() {
    let world = World::probed_in(0);
    let (taken, life, round) = world.state.next(10);
    world.state.heard(&change(Some(COMPANY), 5, 2));
    world.state.heard(&change(None, 6, 0));
    assert!(world.state.loaded(taken[0], (Some(view(0, None, 1, &[])), Vec::new()), (life, round)));
    world.pass(3 * SECOND);
    assert!(matches!(world.check(), Err(NotKnown::Stale { .. })), "{:?}", world.check());
    assert!(world.load(view(2 * SECOND, None, 2, &[]), Vec::new()));
    assert_eq!(world.check(), Ok(2));
    assert!(world.state.next(10).0.is_empty(), "one answer was enough for both");
}

#[test]
fn an_answer_older_than_what_is_held_or_needed_is_not_taken_for_it() {
    let world = World::probed_in(0);
    assert!(world.load(view(0, None, 5, &["basic"]), Vec::new()));
    world.state.heard(&change(Some(COMPANY), 7, 6));
    assert!(!world.load(view(3, None, 4, &[]), Vec::new()), "it is older than what is held");
    assert!(!world.load(view(8, None, 5, &[]), Vec::new()), "it is older than the change that was heard of");
    world.pass(3 * SECOND);
    assert!(matches!(world.check(), Err(NotKnown::Stale { .. })), "{:?}", world.check());
    assert!(world.load(view(9, None, 6, &[]), Vec::new()));
    assert_eq!(world.check(), Ok(6));
}

#[test]
fn an_answer_of_another_life_is_not_taken() {
    let world = World::probed_in(0);
    let (taken, life, round) = world.state.next(10);
    world.state.forget();
    world.state.probed(BEGINNING, 0, 0);
    world.state.begin_anew(Some(BEGINNING));
    world.state.loaded(taken[0], (Some(view(0, None, 99, &[])), Vec::new()), (life, round));
    assert_eq!(world.check(), Err(NotKnown::Loading));
}

#[test]
fn where_a_boundary_may_or_may_not_have_passed_the_answer_is_no_on_both_sides() {
    let took = 4_000;
    let world = World::probed_in(took);
    let boundary = took + 5_000;
    let (before, after) = (view(0, Some(boundary), 1, &["ends"]), view(boundary, None, 2, &["begins"]));
    assert!(world.load(before, vec![after]));
    let seen = || {
        let answer = world.state.check(COMPANY, Freshness::Standard).unwrap();
        (answer.module("ends"), answer.module("begins"), answer.version())
    };
    // The probe's answer may have been written at once, so that all its time was spent on the way back.
    world.clock.advance(Duration::from_micros(999));
    assert_eq!(seen(), (true, false, 1));
    world.clock.advance(Duration::from_micros(1));
    assert_eq!(seen(), (false, false, 1), "it may have passed");
    world.clock.advance(Duration::from_micros(3_999));
    assert_eq!(seen(), (false, false, 1), "it may not have passed");
    world.clock.advance(Duration::from_micros(1));
    assert_eq!(seen(), (false, true, 2));
}

#[test]
fn a_version_that_never_comes_is_not_asked_for_for_ever() {
    let world = World::probed_in(0);
    assert!(world.load(view(0, None, 1, &[]), Vec::new()));
    world.state.want(COMPANY, 1_000);
    assert!(world.load(view(1, None, 1, &[]), Vec::new()));
    assert_eq!(world.state.next(10).0, []);
    world.state.want(COMPANY, 2);
    assert_eq!(world.state.next(10).0, [(COMPANY, Need { version: 2, since: i64::MAX, source: Source::Asked })]);
}
