//! Many at once: nothing is lost, nothing is doubled, and a version means one answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{Command, CompanyId, Entitlements, Patch, SetHolding, Status, Timestamp, resolve};
use tokio::task::JoinSet;

use super::world::{
    DEADLINE, activate, activate_many, addon, catalog, change_catalog, commit, commit_with_reply, company, create_item,
    execute, feed_end, now, package, prepare, seed, set, settled_end, settled_feed, state_of, switch_module,
};
use crate::{Committed, CompanyReading, FeedPosition, ReplyKey, Store, StoredReply};

/// How many writers work at once.
const WRITERS: u32 = 32;
/// How many acknowledged writes each of them makes.
const WRITES_EACH: u32 = 4;

/// Every version of a company in the feed and in its history is there once, without a gap, up to `count`.
async fn assert_dense(store: &dyn Store, company: CompanyId, count: usize) {
    let expected: Vec<u64> = (1..=count as u64).collect();
    let feed = settled_feed(store, FeedPosition::default()).await;
    let own = feed.iter().filter(|entry| entry.company_id == Some(company));
    assert_eq!(own.map(|entry| entry.version).collect::<Vec<_>>(), expected, "in the feed, in its order");
    let history = store.history(company, None, 500).await.expect("the store answers").expect("the company is known");
    let mut versions: Vec<u64> = history.iter().filter_map(|entry| entry.version).collect();
    versions.reverse();
    assert_eq!(versions, expected, "in the history");
    let state = state_of(store, company).await;
    assert_eq!(state.write_seq, count as u64);
}

/// Given 32 writers to one company, every acknowledged write is there, with a version of its own, and versions have no gap.
pub async fn concurrent_writers_to_one_company_lose_nothing(store: Arc<dyn Store>) {
    seed(&*store).await;
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            let item = [addon("finance"), addon("market"), addon("venue")][writer as usize % 3].clone();
            let mut written = Vec::new();
            for write in 0..WRITES_EACH {
                let quantity = 1 + writer * WRITES_EACH + write;
                let request = format!("{writer}/{write}");
                let changes = execute(&*store, company(1), &activate_many(&item, quantity), &request).await;
                written.push((request, changes.version));
            }
            written
        });
    }
    let acknowledged: BTreeMap<String, u64> = writers.join_all().await.into_iter().flatten().collect();

    let total = (WRITERS * WRITES_EACH) as usize;
    assert_eq!(acknowledged.len(), total);
    assert_eq!(acknowledged.values().collect::<BTreeSet<_>>().len(), total, "no version is acknowledged twice");
    assert_dense(&*store, company(1), total).await;
    let feed = settled_feed(&*store, FeedPosition::default()).await;
    let own = feed.into_iter().filter(|entry| entry.company_id.is_some());
    let told: BTreeMap<String, u64> =
        own.map(|entry| (entry.request_id.expect("has its request"), entry.version)).collect();
    assert_eq!(told, acknowledged);
}

/// Given many first writes of one company at once, one is first, and the others follow it.
pub async fn concurrent_first_writes_make_one_company(store: Arc<dyn Store>) {
    seed(&*store).await;
    let first = prepare(&*store, company(1), &activate(&package("basic"))).await.expect("accepted").0.expect("changes");
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, first) = (Arc::clone(&store), first.clone());
        writers.spawn(async move { commit(&*store, &first, &format!("{writer}")).await });
    }

    let outcomes = writers.join_all().await;

    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Committed::Done).count(), 1);
    assert_dense(&*store, company(1), 1).await;
}

/// Given one request sent many times at once with one idempotency key, to different companies even, one change is stored.
pub async fn concurrent_repeats_of_one_reply_key_store_one_change(store: Arc<dyn Store>) {
    seed(&*store).await;
    let (created_at, end) = (now(&*store).await, settled_end(&*store).await);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            let reply = StoredReply {
                key: ReplyKey { caller: "admin".to_owned(), key: "once".to_owned() },
                request_hash: [1; 32],
                status: 200,
                headers: Vec::new(),
                body: writer.to_string().into_bytes(),
                created_at,
            };
            let whose = company(u128::from(writer % 4));
            let changes = prepare(&*store, whose, &activate_many(&addon("finance"), writer + 1)).await;
            let changes = changes.expect("accepted").0.expect("changes");
            (commit_with_reply(&*store, Some(&changes), &reply).await, reply, whose)
        });
    }

    let outcomes = writers.join_all().await;

    let done: Vec<_> = outcomes.iter().filter(|(outcome, ..)| *outcome == Committed::Done).collect();
    assert_eq!(done.len(), 1);
    let (_, reply, whose) = done[0];
    assert_eq!(store.reply(&reply.key).await, Ok(Some(reply.clone())));
    let feed = settled_feed(&*store, end).await;
    assert_eq!(feed.iter().map(|entry| entry.company_id).collect::<Vec<_>>(), [Some(*whose)]);
}

/// Given a follower that polls the feed while many write to many companies, it sees every entry once, each company's in order.
pub async fn a_feed_follower_misses_nothing_while_writers_write(store: Arc<dyn Store>) {
    seed(&*store).await;
    settled_end(&*store).await;
    let start = feed_end(&*store).await;
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for write in 0..WRITES_EACH {
                let command = activate_many(&addon("finance"), 1 + writer * WRITES_EACH + write);
                execute(&*store, company(u128::from(writer % 8)), &command, &format!("{writer}/{write}")).await;
            }
        });
    }
    let total = (WRITERS * WRITES_EACH) as usize;
    let (mut followed, give_up) = (Vec::new(), Instant::now() + DEADLINE);

    while followed.len() < total {
        let after = followed.last().map_or(start, |entry: &crate::FeedEntry| entry.position);
        followed.extend(store.changes(after, 7).await.expect("the store answers"));
        assert!(Instant::now() < give_up, "the follower saw {} of {total} entries", followed.len());
        tokio::task::yield_now().await;
    }
    writers.join_all().await;

    let requests: BTreeSet<_> = followed.iter().map(|entry| entry.request_id.clone()).collect();
    assert_eq!((followed.len(), requests.len()), (total, total), "each once");
    assert_eq!(settled_feed(&*store, start).await, followed, "what was followed is what stands");
    for number in 0..8 {
        let own = followed.iter().filter(|entry| entry.company_id == Some(company(number)));
        let versions: Vec<u64> = own.map(|entry| entry.version).collect();
        assert_eq!(versions, (1..=u64::from(WRITERS * WRITES_EACH / 8)).collect::<Vec<_>>());
    }
}

/// Answers seen, by version: an answer without the instant it was asked for.
type Seen = BTreeMap<u64, Entitlements>;

/// Reads the company once, as a node without a cache does; notes the answer and panics when its version is known for another one.
async fn note_answer(store: &dyn Store, seen: &mut Seen) {
    let (catalog, _) = store.catalog().await.expect("the store answers");
    let reading = store.read(company(1), None).await.expect("the store answers");
    let CompanyReading::Standing(standing) = reading.company else { return };
    if reading.generation != catalog.generation {
        return;
    }
    let answer = Entitlements { as_of: Timestamp::MIN, ..resolve(&standing, &catalog, reading.now) };
    if let Some(known) = seen.insert(answer.version, answer.clone()) {
        assert_eq!(known, answer, "version {} has two answers", known.version);
    }
}

/// How many answers a race must have shown to have been one.
const ANSWERS_NEEDED: usize = 12;
/// How long a race may go on for that.
const RACE_ENDS_WITHIN: Duration = Duration::from_secs(30);
/// How many rows have a window that opens and closes while the case runs.
const PLANNED: u32 = 12;
/// How far apart those boundaries lie at least; further on a store, or a machine, that is slow just now.
const PLANNED_APART: Duration = Duration::from_millis(7);

/// Plans windows of rows that nobody writes again, so that their boundaries pass while others write. The first boundary lies behind the
/// planning, however long that takes, and between two boundaries there is time to read.
async fn plan_windows(store: &dyn Store) -> Timestamp {
    let items: Vec<_> = (0..PLANNED).map(|number| addon(&format!("planned-{number}"))).collect();
    for item in &items {
        change_catalog(store, &create_item(item, &["venue"])).await;
    }
    let asked = Instant::now();
    execute(store, company(1), &activate(&addon("venue")), "unplanned").await;
    let apart = PLANNED_APART.max(2 * asked.elapsed());
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).expect("is short");
    let from = now(store).await.micros() + micros(apart * (PLANNED + 2));
    let mut end = Timestamp::clamped(from);
    for (number, item) in (0..).zip(&items) {
        let start = from + number * micros(apart);
        end = Timestamp::clamped(start + 5 * micros(apart) / 2);
        let window = SetHolding {
            starts_at: Patch::Set(Timestamp::clamped(start)),
            ends_at: Patch::Set(end),
            ..set(item, Status::Active)
        };
        execute(store, company(1), &Command::SetHolding(window), "planned").await;
    }
    end
}

/// Given company writes, catalog changes and windows that open and close, all at once, no version is read with two answers.
pub async fn no_version_ever_has_two_answers(store: Arc<dyn Store>) {
    seed(&*store).await;
    let end = plan_windows(&*store).await;
    let catalog = catalog(&*store).await;
    let give_up = Instant::now() + RACE_ENDS_WITHIN;
    // The most answers that one reader has seen: the race goes on until they are enough, however slow the machine is just now.
    let noted = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for (writer, key) in (1..).zip(["finance", "market"]) {
        let (store, noted) = (Arc::clone(&store), Arc::clone(&noted));
        workers.spawn(async move {
            for quantity in 1.. {
                execute(&*store, company(1), &activate_many(&addon(key), quantity), "write").await;
                let status = [Status::Paused, Status::Cancelled][writer % 2];
                execute(&*store, company(1), &Command::SetHolding(set(&addon(key), status)), "write").await;
                let is_enough = noted.load(Ordering::SeqCst) > ANSWERS_NEEDED || Instant::now() > give_up;
                if is_enough && now(&*store).await > end {
                    return Seen::new();
                }
                tokio::task::yield_now().await;
            }
            Seen::new()
        });
    }
    let switching = Arc::clone(&store);
    workers.spawn(async move {
        for write in 0..12 {
            change_catalog(&*switching, &switch_module(&catalog, "venue", write % 2 == 1)).await;
            tokio::task::yield_now().await;
        }
        Seen::new()
    });
    for _ in 0..2 {
        let (store, noted) = (Arc::clone(&store), Arc::clone(&noted));
        workers.spawn(async move {
            let mut seen = Seen::new();
            while now(&*store).await <= end
                || (noted.load(Ordering::SeqCst) <= ANSWERS_NEEDED && Instant::now() <= give_up)
            {
                note_answer(&*store, &mut seen).await;
                noted.fetch_max(seen.len(), Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
            note_answer(&*store, &mut seen).await;
            seen
        });
    }

    let mut all = Seen::new();
    for (version, answer) in workers.join_all().await.into_iter().flatten() {
        if let Some(known) = all.insert(version, answer.clone()) {
            assert_eq!(known, answer, "version {version} has two answers");
        }
    }
    assert!(all.len() > ANSWERS_NEEDED, "boundaries, writes and catalog changes were seen: {} answers", all.len());
}
