//! The change feed: pages, waiting, streams, cursors that are no good any more.

use serde_json::{Value, json};
use store::Store as _;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt},
    time::timeout,
};

use crate::support::{Caller, Clocked, PATIENCE, Place, Running, Stream, eventually, of};

const CHANGES: &str = "/internal/changes";

fn after(cursor: &Value, rest: &str) -> String {
    format!("{CHANGES}?after={}{rest}", cursor.as_str().expect("a cursor"))
}

fn finance(quantity: u32) -> Value {
    json!({"addonKey": "finance", "status": "active", "quantity": quantity})
}

/// What changes say, in short.
fn told(changes: &Value) -> Vec<(String, Option<u64>, String)> {
    let text = |change: &Value, field: &str| change[field].as_str().unwrap_or_default().to_owned();
    let list = changes.as_array().expect("a list");
    list.iter().map(|one| (text(one, "kind"), one["entitlementVersion"].as_u64(), text(one, "changeType"))).collect()
}

/// Pages of any size, joined by their cursors, are the whole; nothing new repeats the cursor.
async fn pages_join(service: &Running) {
    let start = service.auth().get(&format!("{CHANGES}?after=now")).await.data();
    assert_eq!((&start["changes"], start["asOf"].is_string()), (&json!([]), true));
    for quantity in 1..=5 {
        service.admin().post(&of(1, "addons"), &finance(quantity)).await.data();
    }
    eventually("everything is shown", async || {
        let page = service.auth().get(&after(&start["cursor"], "")).await.data();
        page["changes"].as_array().unwrap().len() == 5
    })
    .await;

    let whole = service.auth().get(&after(&start["cursor"], "&limit=500")).await.data();
    let versions: Vec<_> = told(&whole["changes"]).into_iter().map(|(_, version, _)| version.unwrap()).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    let (mut cursor, mut joined) = (start["cursor"].clone(), Vec::new());
    loop {
        let page = service.auth().get(&after(&cursor, "&limit=2")).await.data();
        let changes = page["changes"].as_array().unwrap().clone();
        assert_eq!(page["asOf"].is_null(), changes.len() == 2, "a full page does not say that it is complete");
        if changes.is_empty() {
            assert_eq!(page["cursor"], cursor);
            break;
        }
        assert_eq!(page["cursor"], changes.last().unwrap()["cursor"]);
        cursor = page["cursor"].clone();
        joined.extend(changes);
    }
    assert_eq!(json!(joined), whole["changes"]);
    let everything = service.auth().get(&format!("{CHANGES}?limit=500")).await.data();
    assert!(everything["changes"].as_array().unwrap().len() > 5);
    assert_eq!(everything["changes"][0]["kind"], "catalog");
    assert!(everything["changes"][0]["catalogGeneration"].is_u64());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_join_to_the_whole_feed_on_sqlite() {
    pages_join(&Place::sqlite().await.serve().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_join_to_the_whole_feed_on_postgres() {
    pages_join(&Place::postgres().await.serve().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_that_waits_is_answered_by_the_next_change() {
    let service = Place::sqlite().await.serve().await;
    let now = service.auth().get(&format!("{CHANGES}?after=now")).await.data();
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let (auth, target) = (service.auth(), after(&now["cursor"], "&waitMs=30000"));
            tokio::spawn(async move { auth.get(&target).await.data() })
        })
        .collect();
    eventually("all wait", async || service.metric("platform_core_feed_followers").await == 20).await;

    service.admin().post(&of(1, "basic"), &json!({"status": "active"})).await.data();

    for one in waiting {
        let page = one.await.unwrap();
        assert_eq!(told(&page["changes"]), [("company".to_owned(), Some(1), "basic_activated".to_owned())]);
    }
    assert_eq!(service.metric("platform_core_feed_followers").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_begins_behind_the_last_event_and_tells_each_change_once() {
    let service = Place::sqlite().await.serve_with(&[("FEED__HEARTBEAT_MS", "50")]).await;
    let start = service.auth().get(&format!("{CHANGES}?after=now")).await.data();
    let start = start["cursor"].as_str().unwrap().to_owned();
    for quantity in 1..=3 {
        service.admin().post(&of(1, "addons"), &finance(quantity)).await.data();
    }

    let mut stream = Stream::open(&service, CHANGES, Some(&start)).await;
    assert!(stream.head.starts_with("HTTP/1.1 200") && stream.head.contains("text/event-stream"), "{}", stream.head);
    assert_eq!(stream.line().await.unwrap(), "retry: 1000");
    let mut cursors = Vec::new();
    for version in 1..=3 {
        let (change, beats) = stream.change().await;
        assert_eq!((change["entitlementVersion"].as_u64(), beats), (Some(version), 0));
        cursors.push(change["cursor"].as_str().unwrap().to_owned());
    }
    let (position, first) = stream.beat().await;
    assert_eq!(position, cursors[2]);
    let (_, later) = stream.beat().await;
    assert!(later > first, "{later} after {first}");

    service.admin().post(&of(1, "addons"), &finance(9)).await.data();
    let (change, _) = stream.change().await;
    assert_eq!(change["entitlementVersion"], 4);
    let mut resumed = Stream::open(&service, &format!("{CHANGES}?after=now"), Some(&cursors[1])).await;
    assert_eq!(resumed.change().await.0["cursor"], cursors[2]);
    assert_eq!(resumed.change().await.0, change);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_key_is_revoked() {
    let service = Place::sqlite().await.serve_with(&[("FEED__HEARTBEAT_MS", "50")]).await;
    let admin = service.admin();
    let mut stream = Stream::open(&service, CHANGES, None).await;
    stream.beat().await;
    let keys = admin.get("/internal/keys").await.data();
    let auth = keys["keys"].as_array().unwrap().iter().find(|key| key["role"] == "auth").unwrap();

    let revoked = admin.ask("DELETE", &format!("/internal/keys/{}", auth["id"].as_str().unwrap())).send().await;

    assert!(revoked.status < 300, "{revoked:?}");
    // The last part of a body has no length.
    let to_the_end = async {
        let mut line = String::new();
        while line.trim_end() != "0" {
            line.clear();
            assert!(stream.lines.read_line(&mut line).await.expect("a line") > 0, "the connection was cut");
        }
    };
    timeout(PATIENCE, to_the_end).await.expect("its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_refuses_a_stream_by_its_weight_gets_a_page() {
    let service = Place::sqlite().await.serve().await;
    for accept in ["text/event-stream;q=0", "application/json, text/event-stream; q=0.0"] {
        let page = service.auth().ask("GET", CHANGES).header("Accept", accept).send().await;
        assert_eq!(page.header("content-type"), Some("application/json"), "{accept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_cursor_is_refused_and_one_that_is_no_good_any_more_is_gone() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let auth: Caller = world.service.auth();
    for target in [
        "?after=nonsense",
        "?after=",
        "?after=0000000000000001.ffffffffffffffff.ffffffffffffffff",
        "?limit=0",
        "?limit=501",
        "?waitMs=30001",
        "?since=1",
        "?after=now&after=now",
    ] {
        assert_eq!(
            auth.get(&format!("{CHANGES}{target}")).await.outcome(),
            (400, "validation_error".to_owned()),
            "{target}"
        );
    }
    for quantity in 1..=3 {
        world.service.admin().post(&of(1, "addons"), &finance(quantity)).await.data();
    }
    let first = auth.get(&format!("{CHANGES}?limit=1")).await.data();
    auth.get(&after(&first["cursor"], "")).await.data();
    let elsewhere = format!("{:016x}.0.1", 7);
    let gone = |answer: (u16, String)| assert_eq!(answer, (410, "cursor_expired".to_owned()));
    gone(auth.get(&format!("{CHANGES}?after={elsewhere}")).await.outcome());
    let streamed = auth.ask("GET", CHANGES).header("Accept", "text/event-stream").header("Last-Event-ID", &elsewhere);
    gone(streamed.send().await.outcome());

    world.set("2026-05-16T05:00:00Z");
    assert!(world.store.prune_feed(60).await.unwrap() > 1);

    gone(auth.get(&after(&first["cursor"], "")).await.outcome());
    let rest = auth.get(CHANGES).await.data();
    assert_eq!(rest["changes"], json!([]));
    auth.get(&after(&rest["cursor"], "")).await.data();
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_limit_of_followers_there_is_a_503_and_a_place_that_is_left_is_free_again() {
    let service = Place::sqlite().await.serve_with(&[("FEED__MAX_STREAMS", "1")]).await;
    let mut stream = Stream::open(&service, CHANGES, None).await;
    stream.beat().await;

    let turned_away = service.auth().get(CHANGES).await;
    assert_eq!(turned_away.outcome(), (503, "service_unavailable".to_owned()));
    assert!(turned_away.header("retry-after").is_some());

    drop(stream);
    eventually("the place is free", async || service.auth().get(CHANGES).await.status == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_ends_ends_its_streams_and_waiting_polls() {
    let service = Place::sqlite().await.serve().await;
    let mut stream = Stream::open(&service, &format!("{CHANGES}?after=now"), None).await;
    stream.beat().await;
    let (auth, target) = (service.auth(), format!("{CHANGES}?after=now&waitMs=30000"));
    let waiting = tokio::spawn(async move { auth.get(&target).await });
    eventually("both follow", async || service.metric("platform_core_feed_followers").await == 2).await;

    service.stop().await;

    assert_eq!(waiting.await.unwrap().status, 200);
    let mut rest = Vec::new();
    timeout(PATIENCE, stream.lines.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the stream ended as it should: {:?}", String::from_utf8_lossy(&rest));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_while_the_databases_clock_is_set_back_and_its_instant_stands_still() {
    let settings = [("FEED__POLL_MS", "5"), ("FEED__HEARTBEAT_MS", "50")];
    let world = Clocked::with("2026-04-16T05:00:30Z", &settings).await;
    let mut stream = Stream::open(&world.service, &format!("{CHANGES}?after=now"), None).await;
    assert_eq!(stream.beat().await.1, "2026-04-16T05:00:30Z");

    world.set("2026-04-16T05:00:10Z");

    let mut later = Stream::open(&world.service, &format!("{CHANGES}?after=now"), None).await;
    for _ in 0..5 {
        assert_eq!(stream.beat().await.1, "2026-04-16T05:00:30Z", "no silence, and no way back");
        assert_eq!(later.beat().await.1, "2026-04-16T05:00:30Z", "nor for who comes later");
    }
    let page = world.service.auth().get(&format!("{CHANGES}?after=now")).await.data();
    assert_eq!(page["asOf"], "2026-04-16T05:00:30Z");
    world.service.admin().post(&of(1, "addons"), &finance(1)).await.data();
    let (change, _) = stream.change().await;
    assert_eq!(change["entitlementVersion"], 1, "what is committed meanwhile is told");
    world.set("2026-04-16T05:00:31Z");
    let mut last = String::new();
    for _ in 0..200 {
        last = stream.beat().await.1;
        if last == "2026-04-16T05:00:31Z" {
            break;
        }
    }
    assert_eq!(last, "2026-04-16T05:00:31Z", "its instant moves again");
}
