//! The change feed while it grows: whoever joins at any moment, by stream or by pages of any size, is told everything once.

use serde_json::{Value, json};

use crate::support::{PATIENCE, Place, Running, Stream, of};

/// How many companies are written at once, and how often each.
const WRITERS: u32 = 6;
const WRITES: u32 = 60;

/// How many follow in each way.
const FOLLOWERS: usize = 8;

const CHANGES: &str = "/internal/changes";

fn cursors(changes: &Value) -> Vec<String> {
    let list = changes.as_array().expect("a list");
    list.iter().map(|change| change["cursor"].as_str().expect("a cursor").to_owned()).collect()
}

/// Everything behind a place, by a follower that asks for pages of so many until there are so many in all.
async fn by_pages(service: &Running, start: String, limit: usize, all: usize) -> Vec<String> {
    let (auth, mut told, mut cursor) = (service.auth(), Vec::new(), start);
    while told.len() < all {
        let target = format!("{CHANGES}?after={cursor}&limit={limit}&waitMs=5000");
        let page = auth.get(&target).await.data();
        told.extend(cursors(&page["changes"]));
        page["cursor"].as_str().expect("a cursor").clone_into(&mut cursor);
    }
    told
}

/// The same by a stream that is cut after so many changes, again and again, and taken up behind the last.
async fn by_streams(service: &Running, start: String, cut_after: usize, all: usize) -> Vec<String> {
    let (mut told, mut last) = (Vec::<String>::new(), start);
    while told.len() < all {
        let mut stream = Stream::open(service, CHANGES, Some(&last)).await;
        while told.len() < all {
            let (change, _) = stream.change().await;
            change["cursor"].as_str().expect("a cursor").clone_into(&mut last);
            told.push(last.clone());
            if told.len().is_multiple_of(cut_after) {
                break;
            }
        }
    }
    told
}

async fn whoever_joins_is_told_everything_once(place: Place) {
    let service = place.serve_with(&[("FEED__POLL_MS", "20"), ("FEED__HEARTBEAT_MS", "50")]).await;
    let now = service.auth().get(&format!("{CHANGES}?after=now")).await.data();
    let start = now["cursor"].as_str().expect("a cursor").to_owned();
    let all = (WRITERS * WRITES) as usize;
    let writers = async {
        let one = async |company: u32| {
            for quantity in 1..=WRITES {
                let body = json!({"addonKey": "finance", "status": "active", "quantity": quantity});
                service.admin().post(&of(company, "addons"), &body).await.data();
            }
        };
        futures_util::future::join_all((1..=WRITERS).map(one)).await;
    };
    let pages =
        futures_util::future::join_all((1..=FOLLOWERS).map(|limit| by_pages(&service, start.clone(), limit, all)));
    let streams = futures_util::future::join_all(
        (1..=FOLLOWERS).map(|number| by_streams(&service, start.clone(), 7 * number, all)),
    );

    let followed = async { tokio::join!(writers, pages, streams) };
    let ((), pages, streams) = tokio::time::timeout(4 * PATIENCE, followed).await.expect("all are told in time");

    let whole = service.auth().get(&format!("{CHANGES}?after={start}&limit=500")).await.data();
    let whole = cursors(&whole["changes"]);
    assert_eq!(whole.len(), all);
    for told in pages.into_iter().chain(streams) {
        assert!(told == whole, "{} of {all} changes, from {:?}", told.len(), told.first());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_joins_while_others_write_is_told_everything_once_on_sqlite() {
    whoever_joins_is_told_everything_once(Place::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_joins_while_others_write_is_told_everything_once_on_postgres() {
    whoever_joins_is_told_everything_once(Place::postgres().await).await;
}
