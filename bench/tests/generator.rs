//! The load generator against the floor that answers a fixed body, in a process of its own as in a real run.

use std::path::Path;
use std::time::Duration;

use bench::floors::serving;
use bench::load::{Load, Order, Template};

const BENCH: &str = env!("CARGO_BIN_EXE_bench");

#[tokio::test]
async fn every_company_is_asked_about_once_and_every_answer_is_counted() {
    let logs = tempfile::tempdir().unwrap();
    let fixed = serving::fixed(Path::new(BENCH), 450, logs.path()).await.unwrap();
    let load = |path| Load {
        target: fixed.address,
        template: Template::get(path, "key"),
        connections: 4,
        duration: Duration::from_mins(1),
        order: Order::each(0..500),
    };

    let good = load("/internal/companies/{company}/entitlements").drive().await.unwrap();
    let wrong = load("/internal/nothing/{company}").drive().await.unwrap();

    assert_eq!((good.requests(), good.failures().len()), (500, 0));
    assert_eq!(wrong.failures().into_iter().collect::<Vec<_>>(), [(404, 500)]);
    assert!(good.latencies.quantile(500) <= good.latencies.longest());
    assert!(fixed.cpu_us().unwrap() < 60_000_000 && fixed.resident_bytes().unwrap() > 100_000);
}

#[tokio::test]
async fn a_round_ends_in_time_and_gives_figures() {
    let logs = tempfile::tempdir().unwrap();
    let fixed = serving::fixed(Path::new(BENCH), 10, logs.path()).await.unwrap();
    let load = Load {
        target: fixed.address,
        template: Template::get("/health", ""),
        connections: 2,
        duration: Duration::from_millis(50),
        order: Order::Random { among: 0..10, seed: 1 },
    };

    let tally = load.drive().await.unwrap();

    assert!(tally.requests() > 0 && tally.elapsed >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_target_that_is_away_is_an_error() {
    let load = Load {
        target: bench::process::free_address().unwrap(),
        template: Template::get("/", ""),
        connections: 1,
        duration: Duration::from_millis(50),
        order: Order::each(0..1),
    };

    assert!(load.drive().await.is_err());
}
