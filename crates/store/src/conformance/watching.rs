//! Watching: what anybody has written since the last look.

use std::sync::Arc;

use super::{
    keyrings::{add_key, key},
    world::{activate, activate_many, addon, change_catalog, company, execute, package, seed, state_of, switch_module},
};
use crate::{Store, WatchMark, Watched};

async fn look(store: &dyn Store, since: Option<&WatchMark>) -> Watched {
    store.watch(since).await.expect("the store answers")
}

/// What was written between two looks, by company.
fn written(watched: &Watched) -> Vec<(domain::CompanyId, u64)> {
    let mut written = watched.written.clone().expect("it can be said");
    written.sort_unstable();
    written
}

/// Given writes of several companies, a look names each once, with its write sequence; the next look names none of them again.
pub async fn every_company_that_was_written_since_a_look_is_named_with_its_write_sequence(store: Arc<dyn Store>) {
    seed(&*store).await;
    execute(&*store, company(3), &activate(&package("basic")), "before").await;
    let first = look(&*store, None).await;

    execute(&*store, company(1), &activate(&package("basic")), "one").await;
    execute(&*store, company(2), &activate(&addon("finance")), "two").await;
    for quantity in 2..5 {
        execute(&*store, company(1), &activate_many(&addon("finance"), quantity), "more").await;
    }
    let second = look(&*store, Some(&first.mark)).await;
    let seq = state_of(&*store, company(1)).await.write_seq;
    assert_eq!(written(&second), [(company(1), seq), (company(2), 1)]);
    assert!(second.now >= first.now);

    assert_eq!(written(&look(&*store, Some(&second.mark)).await), []);
    // A mark that was not given back in time loses nothing.
    assert_eq!(written(&look(&*store, Some(&first.mark)).await).len(), 2);
}

/// Given no mark, or one of another connection, or one from before what was pruned, nothing is claimed.
pub async fn without_a_mark_nothing_can_be_said(store: Arc<dyn Store>) {
    seed(&*store).await;
    let first = look(&*store, None).await;
    assert_eq!(first.written, None);

    let elsewhere = WatchMark { connection: first.mark.connection.wrapping_add(1), ..first.mark.clone() };
    assert_eq!(look(&*store, Some(&elsewhere)).await.written, None);
    assert_eq!(written(&look(&*store, Some(&first.mark)).await), []);

    execute(&*store, company(1), &activate(&package("basic")), "pruned").await;
    while store.prune_feed(0).await.expect("answers") == 0 {}
    while store.feed_end().await != store.feed(crate::FeedPosition::default(), 1).await.map(|page| page.pruned) {
        store.prune_feed(0).await.expect("answers");
    }
    assert_eq!(look(&*store, Some(&first.mark)).await.written, None);
}

/// Given changes of the catalog and of the keys, the generations move with them, and no company is named.
pub async fn the_generations_are_told(store: Arc<dyn Store>) {
    let catalog = seed(&*store).await;
    let first = look(&*store, None).await;
    assert_eq!(first.generation, catalog.generation);

    let change = change_catalog(&*store, &switch_module(&catalog, "venue", false)).await;
    add_key(&*store, key(1, "auth", first.now)).await;

    let second = look(&*store, Some(&first.mark)).await;
    assert_eq!((second.generation, written(&second)), (change.generation, Vec::new()));
    assert!(second.key_generation > first.key_generation);
}
