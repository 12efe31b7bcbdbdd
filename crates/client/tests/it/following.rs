//! The replica: loading, following, boundaries, refusing what is too old.

use std::time::Duration;

use platform_core_client::{
    Answer, Companies, Freshness, NotKnown, Replica, Uuid, Write,
    api::{Instant, ItemStatus},
};

use crate::support::{PATIENCE, Proxy, World, addon, basic, eventually, micros};

/// A company with Basic, and its version.
async fn company(world: &World) -> (Uuid, u64) {
    let company = Uuid::new_v4();
    let written = world.admin().set_basic(company, &basic(ItemStatus::Active), &Write::new()).await.unwrap();
    (company, written.answer.entitlement_version)
}

async fn set(world: &World, company: Uuid, key: &str, starts_at: Option<Instant>, ends_at: Option<Instant>) -> u64 {
    let body = addon(key, ItemStatus::Active, starts_at, ends_at);
    world.admin().set_addon(company, &body, &Write::new()).await.unwrap().answer.entitlement_version
}

/// Hears of everything up to the present instant. Time stands still meanwhile, so afterwards nothing is older.
async fn until_heard(replica: &Replica) {
    let is_present = || replica.standing().age == Some(Duration::ZERO);
    eventually("all that was committed by now is known", async || replica.standing().is_connected && is_present())
        .await;
}

async fn until_known(replica: &Replica, company: Uuid, what: &str, holds: impl Fn(&Answer) -> bool) {
    eventually(what, async || replica.check(company).is_ok_and(|answer| holds(&answer))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_loads_what_it_follows_and_hears_of_what_is_written() {
    let world = World::start().await;
    let (first, version) = company(&world).await;
    let (second, _) = company(&world).await;
    let proxy = world.proxy().await;

    let replica = world.ready(&proxy, &[first]).await;

    let answer = replica.check(first).unwrap();
    assert!(answer.has_basic() && answer.module("basic") && !answer.module("finance") && !answer.addon("finance"));
    assert_eq!(
        (answer.version(), answer.company(), answer.modules().collect::<Vec<_>>()),
        (version, Some(first), vec!["basic"])
    );
    assert!(answer.age() < Duration::from_secs(2));
    assert_eq!(replica.check(second).unwrap_err(), NotKnown::NotFollowed);

    set(&world, first, "finance", None, None).await;
    until_known(&replica, first, "the add-on", |answer| answer.module("finance") && answer.addon("finance")).await;

    replica.follow(second).unwrap();
    replica.wait_for(second, 1, PATIENCE).await.unwrap();
    replica.unfollow(second);
    assert_eq!(replica.check(second).unwrap_err(), NotKnown::NotFollowed);

    let unwritten = Uuid::new_v4();
    replica.follow(unwritten).unwrap();
    eventually("it is known to be none", async || replica.check(unwritten).err() == Some(NotKnown::NoSuchCompany))
        .await;
    set(&world, unwritten, "market", None, None).await;
    until_known(&replica, unwritten, "its first write", |answer| answer.module("market")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_catalog_reaches_everyone() {
    let world = World::start().await;
    let (company, _) = company(&world).await;
    let before = set(&world, company, "finance", None, None).await;
    let proxy = world.proxy().await;
    let replica = world.ready(&proxy, &[company]).await;
    assert!(replica.check(company).unwrap().module("finance"));

    world.switch("finance", false).await;

    until_known(&replica, company, "the module is gone", |answer| !answer.module("finance")).await;
    assert!(replica.check(company).unwrap().version() > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boundary_is_crossed_at_its_instant_without_any_message() {
    let world = World::start().await;
    let (company, _) = company(&world).await;
    let boundary = micros(60_000);
    set(&world, company, "market", Some(world.later(boundary)), None).await;
    set(&world, company, "finance", None, Some(world.later(boundary))).await;
    set(&world, company, "venue", None, Some(world.later(boundary + micros(2)))).await;
    let proxy = world.proxy().await;
    let replica = world.ready(&proxy, &[company]).await;
    world.pass(boundary - micros(5));
    until_heard(&replica).await;
    proxy.cut();
    eventually("the stream is gone", async || !replica.standing().is_connected).await;
    let heard = replica.counts().heartbeats;

    let seen = || {
        let answer = replica.check(company).unwrap();
        let has = |module| answer.module(module);
        ((has("finance"), has("market"), has("venue")), answer.version())
    };
    world.pass_here(micros(4));
    let (before, version) = seen();
    world.pass_here(micros(1));
    let at = seen();
    world.pass_here(micros(1));
    let after = seen();
    world.pass_here(micros(1));
    let second = seen();

    assert_eq!(before, (true, false, true), "a millisecond before");
    assert_eq!(at.0, (false, true, true), "at the boundary");
    assert!(at.1 > version, "the version moved with it");
    assert_eq!(after, at, "a millisecond after");
    assert_eq!(second.0, (false, true, false), "at the boundary after it");
    assert!(second.1 > at.1);
    assert_eq!(replica.counts().heartbeats, heard, "nothing was heard meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_is_not_answered_until_it_is_confirmed() {
    let world = World::start().await;
    let (company, _) = company(&world).await;
    let proxy = world.proxy().await;
    let replica = world.ready(&proxy, &[company]).await;
    until_heard(&replica).await;
    proxy.cut();
    eventually("the stream is gone", async || !replica.standing().is_connected).await;

    world.pass(micros(1_900));
    assert!(replica.check(company).is_ok(), "within the bound of two seconds");
    let refused = replica.check_with(company, Freshness::Bounded(Duration::from_secs(1))).unwrap_err();
    assert!(matches!(refused, NotKnown::Stale { bound_ms: 1_000, .. }), "{refused}");
    world.pass(micros(200));
    let refused = replica.check(company).unwrap_err();
    assert!(matches!(refused, NotKnown::Stale { age_ms: 2_100.., bound_ms: 2_000 }), "{refused}");
    assert!(replica.check_with(company, Freshness::Bounded(Duration::from_secs(3))).is_ok());
    let answer = replica.check_with(company, Freshness::AnyAge).unwrap();
    assert!(answer.module("basic") && answer.age() >= Duration::from_millis(2_100));
    assert!(replica.counts().stale_checks >= 2);

    proxy.lead_to(world.address);
    until_known(&replica, company, "it is confirmed again", |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_to_end_is_not_answered_beyond() {
    let world = World::start().await;
    let (company, _) = company(&world).await;
    for (number, key) in ["finance", "market", "venue"].into_iter().enumerate() {
        let ends = micros(i64::try_from(number + 1).unwrap() * 1_000);
        set(&world, company, key, None, Some(world.later(ends))).await;
    }
    let proxy = world.proxy().await;
    let replica = world.replica(&proxy, &[company]).upcoming(1).start().unwrap();
    replica.ready(PATIENCE).await.unwrap();
    until_heard(&replica).await;
    proxy.cut();
    eventually("the stream is gone", async || !replica.standing().is_connected).await;

    let seen = || replica.check_with(company, Freshness::AnyAge).map(|answer| answer.module("market"));
    world.pass(micros(1_500));
    assert_eq!(seen(), Ok(true));
    world.pass(micros(1_000));
    assert_eq!(seen(), Err(NotKnown::PastKnown), "whatever its age may be");
    proxy.lead_to(world.address);
    eventually("what follows is known", async || seen() == Ok(false)).await;
    assert!(!replica.check(company).unwrap().module("market"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_what_is_known_is_asked_for_ahead_of_time() {
    let world = World::start().await;
    let (company, _) = company(&world).await;
    for (second, key) in (1..).zip(["finance", "market", "venue", "ai"]) {
        set(&world, company, key, None, Some(world.later(micros(second * 1_000)))).await;
    }
    let proxy = world.proxy().await;
    let replica = world.replica(&proxy, &[company]).upcoming(1).start().unwrap();
    replica.ready(PATIENCE).await.unwrap();
    for _ in 0..5 {
        world.pass(micros(900));
        until_heard(&replica).await;
        until_known(&replica, company, "what follows is known by then", |_| true).await;
    }
    assert_eq!(replica.check(company).unwrap().modules().collect::<Vec<_>>(), ["basic"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_cut_it_goes_on_where_it_was() {
    let world = World::start().await;
    let (company, _) = company(&world).await;
    let proxy = world.proxy().await;
    let replica = world.ready(&proxy, &[company]).await;
    for key in ["finance", "market", "venue"] {
        until_heard(&replica).await;
        proxy.cut();
        eventually("the stream is gone", async || !replica.standing().is_connected).await;
        set(&world, company, key, None, None).await;
        assert!(!replica.check(company).unwrap().module(key), "it cannot know yet");
        proxy.lead_to(world.address);
        until_known(&replica, company, "what was written meanwhile", |answer| answer.module(key)).await;
    }
    let counts = replica.counts();
    assert!(counts.connects >= 4 && counts.reloads == 0, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_life_of_the_database_is_loaded_from_the_beginning() {
    let world = World::start().await;
    let (company, _) = company(&world).await;
    for key in ["finance", "market", "venue"] {
        set(&world, company, key, None, None).await;
    }
    let proxy = world.proxy().await;
    let replica = world.ready(&proxy, &[company]).await;
    assert!(replica.check(company).unwrap().module("finance"));
    let other = world.another().await;
    set(&other, company, "ai", None, None).await;

    proxy.lead_to(other.address);

    until_known(&replica, company, "what the other says", |answer| answer.module("ai") && !answer.module("finance"))
        .await;
    let answer = replica.check(company).unwrap();
    assert_eq!((answer.version(), replica.counts().reloads), (1, 1), "an older version, but of this life");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_a_version_reads_it() {
    let world = World::start().await;
    let (company, _) = company(&world).await;
    let proxy = world.proxy().await;
    let replica = world.ready(&proxy, &[company]).await;
    for key in ["finance", "market", "venue", "ai"] {
        let version = set(&world, company, key, None, None).await;
        let answer = replica.wait_for(company, version, PATIENCE).await.unwrap();
        assert!(answer.module(key) && answer.version() >= version);
    }
    let never = replica.wait_for(company, 1_000, Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(never, NotKnown::NotYet { wanted: 1_000 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_may_hold_no_more_says_so() {
    let world = World::start().await;
    let proxy: Proxy = world.proxy().await;
    let replica = world.replica(&proxy, &[]).most_companies(1).start().unwrap();
    replica.follow(Uuid::new_v4()).unwrap();
    assert_eq!(replica.follow(Uuid::new_v4()).unwrap_err(), NotKnown::Full { most: 1 });
    let two = Companies::These(vec![Uuid::new_v4(), Uuid::new_v4()]);
    assert!(world.replica(&proxy, &[]).companies(two).most_companies(1).start().is_err());
}
