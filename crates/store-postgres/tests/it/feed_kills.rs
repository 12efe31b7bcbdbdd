//! The feed under load: writers, rolled back and slow transactions, and a consumer that is killed again and again.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use domain::{CompanyId, CreditScope, Text, decide};
use futures_util::future::join_all;
use parking_lot::Mutex;
use sqlx::{Connection, PgConnection};
use store::{
    Committed, CompanyCommit, FeedPosition, Store, StoreError,
    conformance::world::{activate_many, addon, company, seed},
};
use store_postgres::PostgresStore;
use throwaway::Cluster;
use tokio::sync::Semaphore;

use crate::support::{cluster, commit, connect, database, reply, until};

/// How many changes are made, unless `PLATFORM_CORE_FEED_EVENTS` says otherwise.
const EVENTS: u64 = 200_000;

/// So many changes are told by transactions of their own for each write of the store.
const TOLD_FOR_EACH_WRITE: usize = 10;

/// The most changes that one of those transactions tells.
const MOST_AT_ONCE: u64 = 15;

const WRITERS: u128 = 16;

/// How many companies each writer writes at once; every eighth of them is everybody's.
const AT_ONCE: u128 = 8;

/// Every so manieth write is rolled back.
const ROLLED_BACK: u64 = 20;

/// How many short questions to the database the consumer lives at least.
const LOOKS_A_LIFE: usize = 7;

/// The company that slow transactions write.
const SLOW: u128 = 999_999;

/// What the consumer keeps where it survives: its position, and the last version of each company.
#[derive(Default)]
struct Kept {
    position: FeedPosition,
    versions: BTreeMap<CompanyId, u64>,
    seen: u64,
    lives: u64,
}

/// Ends the slow transactions, also when the test fails.
struct Over(Arc<Progress>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}

struct Progress {
    stored: AtomicU64,
    rolled_back: AtomicU64,
    told: AtomicU64,
    slow: AtomicU64,
    is_over: AtomicBool,
    /// How many changes may be told beside the writes so far.
    may_tell: Semaphore,
}

impl Progress {
    /// All changes so far.
    fn all(&self) -> u64 {
        [&self.stored, &self.told, &self.slow].map(|changes| changes.load(Ordering::SeqCst)).iter().sum()
    }
}

fn wanted() -> u64 {
    let text = std::env::var("PLATFORM_CORE_FEED_EVENTS").ok();
    text.map_or(EVENTS, |text| text.parse().expect("`PLATFORM_CORE_FEED_EVENTS` must be a number"))
}

/// Writes its companies round by round until enough is stored by all.
async fn write(node: Arc<PostgresStore>, number: u128, progress: Arc<Progress>, wanted: u64) {
    let taken = reply(&*node, "taken").await;
    let (catalog, _) = node.catalog().await.unwrap();
    let actor = Text::line("writer", Text::ACTOR_CHARS).unwrap();
    let mut round = 0_u64;
    while progress.stored.load(Ordering::SeqCst) < wanted {
        round += 1;
        let one = |place: u128| {
            let (node, progress, taken, catalog, actor) = (&node, &progress, taken.clone(), &catalog, &actor);
            let whose = company(if place.is_multiple_of(8) { 100_000 + place } else { number * 1_000 + place });
            let quantity = u32::try_from(round).expect("few") * 16 + u32::try_from(number).expect("few") + 1;
            async move {
                // What is not answered for lack of time was not asked.
                let Ok(loaded) = node.load(whose, CreditScope::None).await else { return };
                let command = activate_many(&addon("finance"), quantity);
                let changes = decide(&command, &loaded.state, catalog, loaded.now, actor).unwrap();
                let Some(changes) = changes else { return };
                let is_doomed = (round + u64::try_from(place).expect("few")).is_multiple_of(ROLLED_BACK);
                let counter = match commit(&**node, changes, is_doomed.then_some(taken)).await {
                    Ok(Committed::Done) => &progress.stored,
                    Ok(Committed::Raced) | Err(StoreError::Unavailable(_)) => &progress.rolled_back,
                    Err(error) => panic!("{error}"),
                };
                counter.fetch_add(1, Ordering::SeqCst);
                progress.may_tell.add_permits(TOLD_FOR_EACH_WRITE);
            }
        };
        join_all((0..AT_ONCE).map(one)).await;
    }
    // Whoever still tells need not keep step with anybody.
    progress.may_tell.add_permits(usize::try_from(wanted).expect("few") * TOLD_FOR_EACH_WRITE);
}

/// Tells of a company of its own through transactions of several changes each, some of them open for a moment, until enough is told by all. It
/// keeps step with the writes.
async fn tell(mut database: PgConnection, number: u128, progress: Arc<Progress>, wanted: u64) {
    let whose = company(200_000 + number).uuid();
    let (mut round, mut version) = (0_u64, 0_i64);
    while progress.told.load(Ordering::SeqCst) < wanted {
        round += 1;
        let changes = 1 + (round * 7 + u64::try_from(number).expect("few")) % MOST_AT_ONCE;
        let last = version + i64::try_from(changes).expect("few");
        let leave = progress.may_tell.acquire_many(u32::try_from(changes).expect("few")).await.unwrap();
        let mut transaction = database.begin().await.unwrap();
        sqlx::query(
            "INSERT INTO change_feed (at, company_id, entitlement_version, change_type, entity_type)
            SELECT clock_timestamp(), $1, version, 'addon_updated', 'addon' FROM generate_series($2, $3) version",
        )
        .bind(whose)
        .bind(version + 1)
        .bind(last)
        .execute(&mut *transaction)
        .await
        .unwrap();
        if round.is_multiple_of(9) {
            sqlx::query("SELECT pg_sleep(0.01)").execute(&mut *transaction).await.unwrap();
        }
        if round.is_multiple_of(ROLLED_BACK) {
            transaction.rollback().await.unwrap();
        } else {
            transaction.commit().await.unwrap();
            version = last;
            leave.forget();
            progress.told.fetch_add(changes, Ordering::SeqCst);
        }
    }
}

/// Writes through transactions that stay open for a while; every other one is rolled back.
fn write_slowly(cluster: &Cluster, progress: &Progress) {
    while !progress.is_over.load(Ordering::SeqCst) {
        let version = progress.slow.load(Ordering::SeqCst) + 1;
        for end in ["ROLLBACK", "COMMIT"] {
            let id = company(SLOW).uuid();
            let statements = format!(
                "BEGIN;
                INSERT INTO change_feed (at, company_id, entitlement_version, change_type, entity_type)
                VALUES (clock_timestamp(), '{id}', {version}, 'addon_updated', 'addon');
                SELECT pg_sleep(0.1);
                {end}"
            );
            cluster.sql("killed", &statements).unwrap();
        }
        progress.slow.store(version, Ordering::SeqCst);
    }
}

/// One life of the consumer: reads on from what it kept, and keeps each page as a whole.
async fn live(node: Arc<PostgresStore>, kept: Arc<Mutex<Kept>>) {
    kept.lock().lives += 1;
    loop {
        let after = kept.lock().position;
        // A machine that is busy with the writers may miss a deadline.
        let Ok(page) = node.feed(after, 200).await else { continue };
        let mut kept = kept.lock();
        for entry in &page.entries {
            assert!(entry.position > kept.position, "{:?} again after {:?}", entry.position, kept.position);
            kept.position = entry.position;
            let Some(company) = entry.company_id else { continue };
            let before = kept.versions.insert(company, entry.version).unwrap_or(0);
            assert_eq!(entry.version, before + 1, "a change of {company} is missing or out of order");
            kept.seen += 1;
        }
    }
}

/// Kills the consumer again and again, in the middle of whatever it does, until it has seen everything: every other time as soon as it has got
/// anywhere, otherwise wherever it is, which may be before it is connected.
async fn consume(node: Arc<PostgresStore>, kept: Arc<Mutex<Kept>>, progress: Arc<Progress>) {
    let has_seen_all = || kept.lock().seen >= progress.all();
    loop {
        let born = kept.lock().position;
        let life = tokio::spawn(live(Arc::clone(&node), Arc::clone(&kept)));
        loop {
            for _ in 0..LOOKS_A_LIFE {
                let _answered_or_late = node.ready().await;
            }
            if kept.lock().lives.is_multiple_of(2) || kept.lock().position > born || has_seen_all() {
                break;
            }
        }
        life.abort();
        let ended = life.await;
        assert!(ended.as_ref().is_err_and(tokio::task::JoinError::is_cancelled), "{ended:?}");
        if progress.is_over.load(Ordering::SeqCst) && has_seen_all() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_that_is_killed_again_and_again_misses_nothing_and_sees_nothing_twice() {
    let cluster = Arc::new(cluster());
    let url = database(&cluster, "killed").await;
    let nodes = join_all((0..WRITERS).map(|_| connect(&url))).await;
    seed(&*nodes[0]).await;
    let taken = Some(reply(&*nodes[0], "taken").await);
    let keep =
        CompanyCommit { changes: None, head: None, request_id: "request".to_owned(), reply: taken, too_late_at: None };
    assert_eq!(nodes[0].commit(keep).await, Ok(Committed::Done));
    let zero = || AtomicU64::new(0);
    let progress = Arc::new(Progress {
        stored: zero(),
        rolled_back: zero(),
        told: zero(),
        slow: zero(),
        is_over: AtomicBool::new(false),
        may_tell: Semaphore::new(0),
    });
    let kept = Arc::new(Mutex::new(Kept::default()));

    let over = Over(Arc::clone(&progress));
    let slow = {
        let (cluster, progress) = (Arc::clone(&cluster), Arc::clone(&progress));
        tokio::task::spawn_blocking(move || write_slowly(&cluster, &progress))
    };
    let consumer = tokio::spawn(consume(connect(&url).await, Arc::clone(&kept), Arc::clone(&progress)));
    let stored_at_least = wanted() / (1 + TOLD_FOR_EACH_WRITE as u64);
    let mut busy: Vec<_> = (0..)
        .zip(&nodes)
        .map(|(number, node)| tokio::spawn(write(Arc::clone(node), number, Arc::clone(&progress), stored_at_least)))
        .collect();
    for number in 0..WRITERS {
        let database = PgConnection::connect(&url).await.unwrap();
        busy.push(tokio::spawn(tell(database, number, Arc::clone(&progress), wanted() - stored_at_least)));
    }
    for writer in join_all(busy).await {
        writer.unwrap();
    }
    until(async || progress.slow.load(Ordering::SeqCst), |slow| *slow > 0).await;
    drop(over);
    slow.await.unwrap();
    consumer.await.unwrap();

    let kept = kept.lock();
    let (told, stored) = (progress.told.load(Ordering::SeqCst), progress.stored.load(Ordering::SeqCst));
    let (slow, rolled_back) = (progress.slow.load(Ordering::SeqCst), progress.rolled_back.load(Ordering::SeqCst));
    println!(
        "{stored} writes, {told} changes told beside them, {slow} slow ones, {rolled_back} writes rolled back, {} lives of the consumer",
        kept.lives
    );
    assert_eq!(kept.seen, progress.all());
    assert!(kept.seen >= wanted() && rolled_back >= stored / 40 && kept.lives > 10);
}
