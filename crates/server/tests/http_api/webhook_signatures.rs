//! Signatures of webhooks, judged by the Standard Webhooks libraries for Python and Node.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::{
    Place, log, of,
    receiver::{RECEIVING, Received, Receiver, Reply, make_endpoint},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What a program says of messages.
fn said(command: &mut Command, messages: &Value) -> Vec<bool> {
    let missing = "the libraries are installed by `scripts/install-needs.sh`";
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect(missing);
    child.stdin.take().unwrap().write_all(messages.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{missing}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Which of the messages both libraries take. They must agree.
fn taken(messages: &[Value]) -> Vec<bool> {
    let (verifiers, messages) =
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http_api/verifiers"), json!(messages));
    let python = said(Command::new(root().join(".venv/bin/python")).arg(verifiers.join("verify.py")), &messages);
    let client = root().join("clients/typescript").canonicalize().expect("the client's folder");
    let node = said(Command::new("node").arg(verifiers.join("verify.cjs")).arg(client), &messages);
    assert_eq!(python, node, "the libraries differ");
    python
}

fn message(received: &Received, secret: &str) -> Value {
    let header = |name: &str| (name.to_owned(), json!(received.header(name)));
    let headers: serde_json::Map<_, _> =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].iter().map(|name| header(name)).collect();
    json!({ "secret": secret, "headers": headers, "body": String::from_utf8(received.body.clone()).unwrap() })
}

fn altered(message: &Value, pointer: &str, alter: impl Fn(&str) -> String) -> Value {
    let mut message = message.clone();
    let value = message.pointer_mut(pointer).expect("it is there");
    *value = json!(alter(value.as_str().unwrap()));
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn the_libraries_take_what_is_sent_and_nothing_that_was_altered() {
    let service = Place::sqlite().await.serve_with(&RECEIVING).await;
    let (admin, receiver) = (service.admin(), Receiver::start(Reply::Status(200)).await);
    let made = make_endpoint(&admin, &receiver.url(), &[]).await;
    let other = make_endpoint(&admin, "http://127.0.0.1:1/hook", &["catalog.changed"]).await;
    let named = json!({ "addonKey": "finance", "status": "active", "externalReference": "größer “als” \\ \u{1F600}" });
    admin.post(&of(1, "addons"), &named).await.data();
    admin.ask("POST", &made.path("/test")).send().await.data();

    let got = receiver.until(2).await;

    let sent: Vec<Value> = got.iter().map(|received| message(received, &made.secret)).collect();
    let first = &sent[0];
    let later = |text: &str| (text.parse::<i64>().unwrap() + 1).to_string();
    let mut judged = sent.clone();
    judged.extend([
        message(&got[0], &other.secret),
        altered(first, "/body", |body| format!("{body} ")),
        altered(first, "/headers/webhook-timestamp", later),
        altered(first, "/headers/webhook-id", |id| id.replace('-', "")),
        altered(first, "/headers/webhook-signature", |signature| signature.replace("v1,", "v1a,")),
    ]);
    assert_eq!(taken(&judged), [true, true, false, false, false, false, false]);
    assert!(made.secret.starts_with("whsec_") && made.secret != other.secret);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_secret_is_rotated_both_hold_and_then_only_the_new_one() {
    let service = Place::sqlite().await.serve_with(&RECEIVING).await;
    let (admin, receiver) = (service.admin(), Receiver::start(Reply::Status(200)).await);
    let made = make_endpoint(&admin, &receiver.url(), &[]).await;
    let rotate = async |body: Value| {
        let rotated = admin.post(&made.path("/rotate-secret"), &body).await.data();
        admin.ask("POST", &made.path("/test")).send().await.data();
        (rotated["secret"].as_str().unwrap().to_owned(), rotated["previousSecretEndsAt"].is_string())
    };
    let first = made.secret.clone();

    let (second, is_overlapping) = rotate(json!({})).await;
    let during = receiver.until(1).await.remove(0);
    let (third, is_overlapping_again) = rotate(json!({ "overlapMinutes": 0 })).await;
    let after = receiver.until(2).await.remove(1);

    assert_eq!((is_overlapping, is_overlapping_again), (true, false));
    assert!(first != second && second != third && first != third);
    assert_eq!(during.header("webhook-signature").split(' ').count(), 2);
    assert_eq!(after.header("webhook-signature").split(' ').count(), 1);
    let judged: Vec<Value> = [&during, &after]
        .iter()
        .flat_map(|received| [&first, &second, &third].map(|secret| message(received, secret)))
        .collect();
    assert_eq!(taken(&judged), [true, true, false, false, false, true]);
    for secret in [first, second, third] {
        let bytes = secret.strip_prefix("whsec_").unwrap();
        assert!(!log().text().contains(bytes), "a secret stands in the log");
        assert!(!service.metrics().await.contains(bytes), "a secret stands in the metrics");
        assert!(!admin.get(&made.path("")).await.text().contains(bytes), "a secret is shown again");
    }
}
