//! What holds of every write that the document knows, so that none can be forgotten: it can be tried, it is done once, and no header is
//! taken and ignored.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{ACTOR, Answer, Operation, Stocked, operations};

/// What is posted and reads all the same.
const READS: [&str; 2] = ["/internal/entitlements/batch", "/internal/catalog/plan"];

/// Whose first answer shows a secret.
const SHOWS_A_SECRET: [&str; 3] =
    ["/internal/keys", "/internal/webhook-endpoints", "/internal/webhook-endpoints/{endpointId}/rotate-secret"];

fn writes() -> Vec<Operation> {
    let writes: Vec<_> = operations()
        .into_iter()
        .filter(|operation| operation.method != "GET" && !READS.contains(&operation.path))
        .collect();
    assert!(writes.len() > 35, "{}", writes.len());
    writes
}

fn reads() -> Vec<Operation> {
    let reads: Vec<_> = operations().into_iter().filter(|operation| READS.contains(&operation.path)).collect();
    assert_eq!(reads.len(), READS.len());
    reads
}

fn shows_a_secret(operation: &Operation) -> bool {
    operation.method == "POST" && SHOWS_A_SECRET.contains(&operation.path)
}

fn name(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

/// Asks an operation for what it has in stock.
async fn ask(stocked: &Stocked, operation: &Operation, query: &str, headers: &[(&str, &str)]) -> Answer {
    let target = format!("{}{query}", stocked.target(operation));
    let asking = stocked.world.service.admin().ask(operation.method, &target).header("X-Actor-Id", ACTOR);
    let asking = headers.iter().fold(asking, |asking, (name, value)| asking.header(name, value));
    let asking = match stocked.body(operation) {
        Some(body) => asking.json(&body),
        None => asking,
    };
    asking.send().await
}

/// The names of an operation's parameters in one place.
fn parameters(operation: &Operation, place: &str) -> BTreeSet<&'static str> {
    let all = operation.described["parameters"].as_array().into_iter().flatten();
    all.filter(|parameter| parameter["in"] == place).filter_map(|parameter| parameter["name"].as_str()).collect()
}

/// An answer without what every request has for itself.
fn told(answer: &Answer) -> (u16, Option<&str>, Option<&str>, String) {
    (answer.status, answer.header("etag"), answer.header("location"), answer.text())
}

#[track_caller]
fn assert_refused(answer: &Answer, header: &str, name: &str) {
    assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{name}: {}", answer.text());
    assert_eq!(answer.json()["error"]["details"][0]["field"], header, "{name}");
    let message = answer.error().2;
    assert!(message.contains("does not work here") && message.contains("leave it out"), "{name}: {message}");
}

/// Looks at each operation in a service of its own, at all of them whatever becomes of one.
async fn each<F: Future<Output = ()> + Send + 'static>(operations: Vec<Operation>, look: impl Fn(Operation) -> F) {
    let mut broken = Vec::new();
    for operation in operations {
        if tokio::spawn(look(operation)).await.is_err() {
            broken.push(name(&operation));
        }
    }
    assert!(broken.is_empty(), "what was said above is of {broken:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_can_be_tried_and_a_dry_run_stores_nothing_shows_no_secret_and_uses_up_no_key() {
    each(writes(), is_tried).await;
}

async fn is_tried(operation: Operation) {
    let name = name(&operation);
    let stocked = Stocked::for_operation(&operation).await;
    let before = stocked.stored().await;
    let key = [("Idempotency-Key", "one")];

    let dry = ask(&stocked, &operation, "?dryRun=true", &key).await;

    assert_eq!(dry.status, 200, "{name}: {}", dry.text());
    assert!(dry.data()["key"].as_str().is_none_or(|text| !text.starts_with("pc_")), "{name}: {}", dry.text());
    assert_eq!((&dry.data()["secret"], dry.header("location")), (&Value::Null, None), "{name}");
    assert!(stocked.stored().await == before, "{name}: a dry run has stored something");
    let real = ask(&stocked, &operation, "", &key).await;
    assert!((200..300).contains(&real.status), "{name}: {}", real.text());
    assert!(stocked.stored().await != before, "{name}: nothing has come of it, so the dry run shows nothing");
    let misspelt = ask(&stocked, &operation, "?dryrun=true", &[]).await;
    assert_eq!(misspelt.status, 400, "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_is_done_once_under_one_idempotency_key() {
    each(writes(), is_done_once).await;
}

async fn is_done_once(operation: Operation) {
    let name = name(&operation);
    let stocked = Stocked::for_operation(&operation).await;
    let before = stocked.stored().await;
    let key = [("Idempotency-Key", "one")];

    let first = ask(&stocked, &operation, "", &key).await;

    assert!((200..300).contains(&first.status), "{name}: {}", first.text());
    let after = stocked.stored().await;
    assert!(after != before, "{name}: nothing has come of it");
    let kept = stocked.kept("one").await;
    for secret in ["pc_", "whsec_"] {
        assert!(!kept.contains(secret), "{name}: a secret is kept: {kept}");
    }
    assert_eq!(first.text().contains("\"pc_") || first.text().contains("\"whsec_"), shows_a_secret(&operation));
    for _ in 0..2 {
        let again = ask(&stocked, &operation, "", &key).await;
        if shows_a_secret(&operation) {
            let id = first.data()["id"].as_str().expect("an id").to_owned();
            let (status, code, message) = again.error();
            assert_eq!((status, code.as_str()), (409, "conflict"), "{name}");
            assert!(message.contains(&id) && message.contains("under a new Idempotency-Key"), "{name}: {message}");
        } else {
            assert_eq!(told(&again), told(&first), "{name}");
        }
        assert!(stocked.stored().await == after, "{name}: it was done twice");
    }
    let other = ask(&stocked, &operation, "?dryRun=false", &key).await;
    assert_eq!(other.outcome(), (409, "conflict".to_owned()), "{name}: one key is for one request");
    assert!(other.error().2.contains("was used for another request"), "{name}: {}", other.text());
    assert!(stocked.stored().await == after, "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_obeys_if_match_or_refuses_it_and_documents_which() {
    each(writes(), is_guarded).await;
}

async fn is_guarded(operation: Operation) {
    let name = name(&operation);
    let stocked = Stocked::for_operation(&operation).await;
    let before = stocked.stored().await;
    // Some writes are taken only with a key; a refusal does not use it up.
    let (key, moved) = (("Idempotency-Key", "one"), ("If-Match", "\"999999\""));

    let elsewhere = ask(&stocked, &operation, "", &[key, moved]).await;
    let dry = ask(&stocked, &operation, "?dryRun=true", &[key, moved]).await;
    let nonsense = ask(&stocked, &operation, "", &[key, ("If-Match", "nonsense")]).await;
    let no_key = ask(&stocked, &operation, "", &[("Idempotency-Key", "")]).await;

    let headers = parameters(&operation, "header");
    if headers.contains("If-Match") {
        for answer in [&elsewhere, &dry] {
            assert_eq!(answer.outcome(), (412, "precondition_failed".to_owned()), "{name}: {}", answer.text());
        }
    } else {
        for answer in [&elsewhere, &dry] {
            assert_refused(answer, "If-Match", &name);
        }
    }
    assert_eq!((nonsense.status, no_key.status), (400, 400), "{name}");
    assert!(headers.contains("Idempotency-Key") && headers.contains("X-Actor-Id"), "{name}");
    assert!(parameters(&operation, "query").contains("dryRun"), "{name}");
    assert!(stocked.stored().await == before, "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_posted_and_reads_stores_nothing_and_refuses_what_only_writes_take() {
    each(reads(), only_reads).await;
}

async fn only_reads(operation: Operation) {
    let name = name(&operation);
    let stocked = Stocked::for_operation(&operation).await;
    let before = stocked.stored().await;

    assert_eq!(ask(&stocked, &operation, "", &[]).await.status, 200, "{name}");
    assert_refused(&ask(&stocked, &operation, "", &[("Idempotency-Key", "one")]).await, "Idempotency-Key", &name);
    let elsewhere = ask(&stocked, &operation, "", &[("If-Match", "\"999999\"")]).await;
    if parameters(&operation, "header").contains("If-Match") {
        assert_eq!(elsewhere.status, 412, "{name}");
    } else {
        assert_refused(&elsewhere, "If-Match", &name);
    }
    assert_eq!(ask(&stocked, &operation, "?dryRun=false", &[]).await.status, 400, "{name}: it never writes");
    assert!(!parameters(&operation, "header").contains("Idempotency-Key"), "{name}");
    assert!(stocked.stored().await == before, "{name}");
}
