//! The feed: every committed change once, in commit order.

use std::sync::Arc;

use domain::{ChangeType, Command, EntityType, Status};

use super::world::{
    activate, activate_many, addon, change_catalog, commit, company, execute, now, package, prepare, seed, set,
    settled_end, settled_feed, switch_module,
};
use crate::{Committed, FeedEntry, FeedPosition, Store};

/// Given company and catalog writes in turn, the feed holds each once, in order, with company, version and instant.
pub async fn the_feed_holds_every_change_once_in_commit_order(store: Arc<dyn Store>) {
    let catalog = seed(&*store).await;
    let seeded = settled_feed(&*store, FeedPosition::default()).await;
    let generations: Vec<u64> = seeded.iter().map(|entry| entry.version).collect();
    assert_eq!(generations, (1..=catalog.generation).collect::<Vec<_>>());
    assert!(seeded.iter().all(|entry| entry.company_id.is_none() && entry.change_type == ChangeType::CatalogUpdated));
    assert_eq!(seeded[0].entity_type, EntityType::Catalog);
    assert_eq!(seeded[0].entity_key.as_deref(), Some("basic"));
    assert_eq!(seeded[4].entity_type, EntityType::Mapping);

    let one = execute(&*store, company(1), &activate(&package("basic")), "one").await;
    let two = change_catalog(&*store, &switch_module(&catalog, "venue", false)).await;
    let three = execute(&*store, company(2), &activate(&addon("finance")), "three").await;
    let four = execute(&*store, company(1), &Command::Repair, "four").await;
    let five = execute(&*store, company(1), &Command::SetHolding(set(&package("basic"), Status::Paused)), "five").await;

    let feed = settled_feed(&*store, seeded.last().expect("is not empty").position).await;
    let told: Vec<_> =
        feed.iter().map(|entry| (entry.company_id, entry.version, entry.at, entry.change_type)).collect();
    let expected = [
        (Some(company(1)), 1, one.at, ChangeType::BasicActivated),
        (None, two.generation, two.at, ChangeType::CatalogUpdated),
        (Some(company(2)), 1, three.at, ChangeType::AddonActivated),
        (Some(company(1)), 2, four.at, ChangeType::EntitlementRepaired),
        (Some(company(1)), 3, five.at, ChangeType::BasicPaused),
    ];
    assert_eq!(told, expected);
    let keys: Vec<_> = feed.iter().map(|entry| entry.entity_key.as_deref()).collect();
    assert_eq!(keys, [Some("basic"), Some("venue"), Some("finance"), None, Some("basic")]);
    let requests: Vec<_> = feed.iter().map(|entry| entry.request_id.as_deref()).collect();
    assert_eq!(requests, [Some("one"), Some("request"), Some("three"), Some("four"), Some("five")]);
    assert!(feed.is_sorted_by(|one, next| one.position < next.position));
}

/// Given more changes than a page holds, pages of any size join to the whole, and the end stays the end until something happens.
pub async fn the_feed_pages_without_skipping_or_repeating(store: Arc<dyn Store>) {
    seed(&*store).await;
    for number in 1..=10 {
        execute(&*store, company(u128::from(number % 3)), &activate_many(&addon("finance"), number), "request").await;
    }
    let shown = settled_feed(&*store, FeedPosition::default()).await;
    assert_eq!(shown.len(), 19);
    let whole = store.changes(FeedPosition::default(), 500).await.expect("the store answers");

    for size in [1, 3, 19, 20, 21] {
        let mut paged: Vec<FeedEntry> = Vec::new();
        loop {
            let after = paged.last().map_or_else(FeedPosition::default, |entry| entry.position);
            let page = store.changes(after, size).await.expect("the store answers");
            assert!(page.len() <= size as usize);
            if page.is_empty() {
                break;
            }
            paged.extend(page);
            assert!(paged.len() <= whole.len(), "pages of {size} go on and on");
        }
        assert_eq!(paged, whole, "pages of {size}");
    }
    let end = whole.last().expect("is not empty").position;
    assert_eq!(store.changes(end, 10).await, Ok(Vec::new()));
    execute(&*store, company(7), &activate(&addon("venue")), "new").await;
    let new = settled_feed(&*store, end).await;
    assert_eq!(new.iter().map(|entry| entry.request_id.as_deref()).collect::<Vec<_>>(), [Some("new")]);
}

/// Given raced commits, the feed does not move.
pub async fn a_raced_commit_leaves_no_trace_in_the_feed(store: Arc<dyn Store>) {
    seed(&*store).await;
    let stale = prepare(&*store, company(1), &activate(&addon("market"))).await.expect("accepted").0.expect("changes");
    execute(&*store, company(1), &activate(&addon("finance")), "winner").await;
    let end = settled_end(&*store).await;

    for _ in 0..3 {
        assert_eq!(commit(&*store, &stale, "loser").await, Committed::Raced);
    }

    assert_eq!(settled_end(&*store).await, end);
    execute(&*store, company(1), &activate(&addon("venue")), "next").await;
    assert_eq!(settled_feed(&*store, end).await.len(), 1);
}

/// Given changes, a full page does not claim to be complete, one that is not full says as of when it is, and the end is the last one shown.
pub async fn a_page_says_when_it_is_complete_and_where_the_feed_ends(store: Arc<dyn Store>) {
    let before = now(&*store).await;
    seed(&*store).await;
    settled_end(&*store).await;
    let whole = store.changes(FeedPosition::default(), 500).await.expect("answers");
    let last = whole.last().expect("is not empty").position;

    assert_eq!(store.feed_end().await, Ok(last));
    let full = store.feed(FeedPosition::default(), u32::try_from(whole.len()).expect("few")).await.expect("answers");
    assert_eq!((full.complete_at, full.entries.len()), (None, whole.len()));
    let rest = store.feed(last, 10).await.expect("answers");
    assert!(rest.entries.is_empty() && rest.complete_at.is_some_and(|at| at >= before), "{rest:?}");
    assert_eq!((rest.epoch, rest.pruned), (full.epoch, FeedPosition::default()));
    assert!(rest.continues(full.epoch, last) && !rest.continues(full.epoch.wrapping_add(1), last));
}

/// Given old changes, pruning takes all of them and no younger one, and pages say up to where.
pub async fn what_is_pruned_is_gone_from_the_beginning_and_said_to_be(store: Arc<dyn Store>) {
    seed(&*store).await;
    settled_end(&*store).await;
    let whole = store.changes(FeedPosition::default(), 500).await.expect("answers");
    let last = whole.last().expect("is not empty").position;
    let first = whole.first().expect("is not empty").position;

    assert_eq!(store.prune_feed(3_600).await, Ok(0));
    assert_eq!(store.changes(FeedPosition::default(), 500).await, Ok(whole.clone()));

    let mut pruned = 0;
    // Older than no time at all is everything, once the clock has moved.
    while pruned < whole.len() as u64 {
        pruned += store.prune_feed(0).await.expect("answers");
    }
    let page = store.feed(FeedPosition::default(), 500).await.expect("answers");
    assert_eq!((page.entries.len(), page.pruned, store.feed_end().await), (0, last, Ok(last)));
    assert!(page.continues(page.epoch, last) && !page.continues(page.epoch, first));

    execute(&*store, company(1), &activate(&addon("finance")), "later").await;
    let later = settled_feed(&*store, FeedPosition::default()).await;
    assert!(later[0].request_id.as_deref() == Some("later") && later[0].position > last, "{later:?}");
}

/// A position that lies beyond everything told was given before the database went back to an earlier point: nobody goes on from it.
pub async fn from_beyond_everything_told_nobody_goes_on(store: Arc<dyn Store>) {
    seed(&*store).await;
    let end = settled_end(&*store).await;
    let page = store.feed(end, 10).await.expect("is available");
    assert!(page.continues(page.epoch, end));

    for ahead in [FeedPosition { transaction: 1 << 40, ..end }, FeedPosition { transaction: 1 << 40, seq: end.seq + 1 }]
    {
        let page = store.feed(ahead, 10).await.expect("is available");

        assert!(page.entries.is_empty() && !page.continues(page.epoch, ahead), "{ahead:?} after {end:?}: {page:?}");
    }
}
