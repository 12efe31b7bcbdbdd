//! How far the feed is behind what was committed: in the metrics, and in the log once when it is too far and once when that is over.

use std::sync::Arc;

use store::model::{ManualClock, ModelStore};

use crate::support::{Clocked, Gate, Running, eventually, log, of};

/// A number of the metrics, with its fraction.
async fn number(node: &Running, series: &str) -> f64 {
    let text = node.metrics().await;
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no `{series}` in {text}")).parse().expect("a number")
}

/// How many lines of the log say something.
fn lines(what: &str) -> usize {
    log().text().lines().filter(|line| line.contains(what)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn how_far_the_feed_is_behind_is_told_and_too_far_is_logged_once() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let gate = Gate::before(Arc::<ModelStore>::clone(&world.store));
    let clock = Arc::<ManualClock>::clone(&world.clock);
    let node = Running::on(Arc::<Gate>::clone(&gate), clock, world.service.keys().clone(), &[]).await;
    let (position, lag) = ("platform_core_feed_position", "platform_core_feed_lag_seconds");
    let (too_far, over) =
        ("the feed is behind what was committed", "the feed tells everything that was committed again");
    eventually("the feed was looked at", async || number(&node, lag).await.abs() < 0.001).await;
    let before = number(&node, position).await;

    node.admin().post(&of(1, "basic"), &serde_json::json!({"status": "active"})).await.data();

    eventually("it has come further", async || number(&node, position).await > before).await;
    assert_eq!(lines(too_far), 0);
    gate.set_gone(true);
    for second in ["05", "06", "07"] {
        world.set(&format!("2026-04-16T05:00:{second}Z"));
        let expected: f64 = second.parse().unwrap();
        eventually("the lag grows", async || (number(&node, lag).await - expected).abs() < 0.001).await;
    }
    assert_eq!((lines(too_far), lines(over)), (1, 0), "said once");
    gate.set_gone(false);
    eventually("there is none any more", async || number(&node, lag).await.abs() < 0.001).await;
    eventually("which is said", async || lines(over) == 1).await;
    assert_eq!(lines(too_far), 1);
}
