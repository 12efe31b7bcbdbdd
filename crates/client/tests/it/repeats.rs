//! When a call is made again, and what is the same in all its attempts.

use std::time::Duration;

use platform_core_client::{CallError, Client, Read, Retry, Uuid, Write, api::ItemStatus};

use crate::support::{Script, basic};

const WRITTEN: (&str, &str) = (
    "200 OK",
    r#"{"success":true,"data":{"companyId":"0190a5c2-7c1e-7b3a-9a39-1d2f4e6b8c01","hasBasic":true,"basePackage":"basic","entitlementVersion":7}}"#,
);
const AWAY: (&str, &str) = (
    "503 Service Unavailable\r\nRetry-After: 0",
    r#"{"success":false,"error":{"code":"service_unavailable","message":"the database is unavailable; ask again"}}"#,
);
const CONFLICT: (&str, &str) =
    ("409 Conflict", r#"{"success":false,"error":{"code":"conflict","message":"no","details":[]}}"#);
const NEWER: (&str, &str) =
    ("418 Teapot", r#"{"success":false,"error":{"code":"is_a_teapot","message":"short and stout"}}"#);

fn client(url: &str) -> Client {
    let retry = Retry { attempts: 3, first_wait: Duration::from_millis(2), ..Retry::default() };
    Client::builder(url).api_key("pck_the-secret").retry(retry).build().unwrap()
}

async fn write(client: &Client) -> Result<u64, CallError> {
    let written = client.set_basic(Uuid::max(), &basic(ItemStatus::Active), &Write::new()).await;
    written.map(|written| written.answer.entitlement_version)
}

#[tokio::test]
async fn a_write_is_repeated_under_its_key_while_the_service_is_away() {
    let script = Script::of(&[AWAY, AWAY, WRITTEN]).await;
    let client = client(&script.url());

    assert_eq!(write(&client).await.unwrap(), 7);

    let heard = script.heard();
    for name in ["idempotency-key", "x-request-id", "x-internal-api-key"] {
        let sent: Vec<_> = heard.iter().map(|request| request.header(name)).collect();
        assert!(sent.len() == 3 && sent[0].is_some() && sent.iter().all(|value| *value == sent[0]), "{name}: {sent:?}");
    }
    assert_eq!((client.counts().calls, client.counts().retries, client.counts().failed), (1, 2, 0));
    assert!(heard[0].line().starts_with("POST /internal/companies/ffffffff-"));
}

#[tokio::test]
async fn attempts_are_bounded_and_the_error_tells_how_to_go_on() {
    let script = Script::of(&[AWAY, AWAY, AWAY, WRITTEN]).await;
    let error = write(&client(&script.url())).await.unwrap_err();
    let heard = script.heard();
    assert!(error.is_unavailable() && heard.len() == 3);
    assert_eq!(error.idempotency_key(), heard[0].header("idempotency-key"));
}

#[tokio::test]
async fn nothing_else_is_repeated() {
    for (answer, status) in [(CONFLICT, 409), (NEWER, 418)] {
        let script = Script::of(&[answer, WRITTEN]).await;
        let error = write(&client(&script.url())).await.unwrap_err();
        assert_eq!((error.status(), script.heard().len()), (Some(status), 1));
    }
    let newer = write(&client(&Script::of(&[NEWER]).await.url())).await.unwrap_err();
    assert!(
        newer.code().is_none() && newer.to_string().contains("is_a_teapot"),
        "a code that this client does not know"
    );
    let other = Script::of(&[("200 OK", "<html>"), WRITTEN]).await;
    let error = write(&client(&other.url())).await.unwrap_err();
    assert!(matches!(error, CallError::Unreadable { .. }) && other.heard().len() == 1, "{error}");
}

#[tokio::test]
async fn a_retry_after_beyond_the_time_of_the_call_ends_it() {
    let long = ("503 Service Unavailable\r\nRetry-After: 3600", AWAY.1);
    let script = Script::of(&[long, WRITTEN]).await;
    let error = write(&client(&script.url())).await.unwrap_err();
    assert_eq!((error.status(), script.heard().len()), (Some(503), 1));
}

#[tokio::test]
async fn a_service_that_does_not_answer_costs_the_time_of_the_call_and_no_more() {
    let silent = Script::of(&[]).await;
    let read = Read::new().within(Duration::from_millis(50));
    let error = client(&silent.url()).entitlements(Uuid::max(), &read).await.unwrap_err();
    assert!(matches!(error, CallError::Timeout { within_ms: 50, .. }) && error.is_unavailable(), "{error}");

    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nowhere = client(&format!("http://{port}"));
    let error = nowhere.entitlements(Uuid::max(), &Read::new()).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }) && nowhere.counts().retries == 2, "{error}");
    assert!(!format!("{nowhere:?} {error:?}").contains("the-secret"));
}
