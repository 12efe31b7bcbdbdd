//! Bodies that are none: always the envelope with the right code, never a 5xx, and nothing is written.

use serde_json::json;

use crate::support::{Answer, Place, Running, of, raw};

const GOOD: &str = r#"{"addonKey":"ai","status":"active"}"#;

async fn post(service: &Running, content_type: &str, body: &[u8]) -> Answer {
    service.admin().ask("POST", &of(1, "addons")).body(content_type, body).send().await
}

/// Fails unless the service is ready, knows nothing of the company, and takes a good body.
async fn still_fine(service: &Running) {
    assert_eq!(service.nobody().get("/ready").await.status, 200);
    assert_eq!(service.auth().get(&of(1, "entitlements")).await.status, 404, "nothing was written");
    assert_eq!(post(service, "application/json", GOOD.as_bytes()).await.version(), 1);
    let metrics = service.metrics().await;
    assert!(!metrics.contains("status=\"5"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_json_is_refused() {
    let service = Place::sqlite().await.serve().await;
    let bom = format!("\u{feff}{GOOD}");
    let deep_lists = "[".repeat(30_000);
    let deep_objects = r#"{"a":"#.repeat(10_000);
    let cases: [&[u8]; 26] = [
        b"",
        b" ",
        b"{",
        b"}",
        b"null",
        b"true",
        b"7",
        b"\"text\"",
        b"[]",
        b"{}",
        bom.as_bytes(),
        br#"{"addonKey":"ai","status":"active"} x"#,
        br#"{"addonKey":"ai","status":"active"}{}"#,
        br#"{"addonKey":"ai","status":"active",}"#,
        br"{'addonKey':'ai','status':'active'}",
        br#"{addonKey:"ai",status:"active"}"#,
        br#"{"addonKey":"ai","status":"active" /* why */}"#,
        br#"{"addonKey":"ai" "status":"active"}"#,
        b"{\"addonKey\":\"a\xffi\",\"status\":\"active\"}",
        b"{\"addonKey\":\"\xed\xa0\x80\",\"status\":\"active\"}",
        b"\x00",
        b"\xff\xfe{\x00}\x00",
        br#"{"addonKey":"\ud800","status":"active"}"#,
        br#"{"addonKey":"\q","status":"active"}"#,
        deep_lists.as_bytes(),
        deep_objects.as_bytes(),
    ];
    for body in cases {
        let answer = post(&service, "application/json", body).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{shown:?}");
    }
    still_fine(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_missing_unknown_repeated_or_of_another_type_is_named() {
    let service = Place::sqlite().await.serve().await;
    for (body, field, message) in [
        (r#"{"status":"active"}"#, "addonKey", "addonKey is required"),
        (r#"{"addonKey":"ai"}"#, "status", "status is required"),
        (r#"{"addonKey":"ai","status":"active","extra":1}"#, "extra", "unknown field `extra`"),
        (r#"{"addonkey":"ai","status":"active"}"#, "addonkey", "unknown field `addonkey`"),
        (r#"{"addonKey":"ai","status":"active","addonKey":"ai"}"#, "addonKey", "field `addonKey` stands twice"),
        (r#"{"addonKey":"ai","status":"active","status":"active"}"#, "status", "field `status` stands twice"),
        (r#"{"addonKey":"ai","status":"active","endsAt":null,"endsAt":null}"#, "endsAt", "field `endsAt` stands twice"),
        (r#"{"addonKey":7,"status":"active"}"#, "addonKey", "addonKey: invalid type"),
        (r#"{"addonKey":null,"status":"active"}"#, "addonKey", "addonKey: invalid type"),
        (r#"{"addonKey":["ai"],"status":"active"}"#, "addonKey", "addonKey: invalid type"),
        (r#"{"addonKey":"ai","status":null}"#, "status", "status: "),
        (r#"{"addonKey":"ai","status":1}"#, "status", "status: "),
        (r#"{"addonKey":"ai","status":{"active":null}}"#, "status", "status: "),
        (r#"{"addonKey":"ai","status":"active","quantity":"1"}"#, "quantity", "quantity: invalid type"),
        (r#"{"addonKey":"ai","status":"active","quantity":1.5}"#, "quantity", "quantity: invalid type"),
        (r#"{"addonKey":"ai","status":"active","quantity":-1}"#, "quantity", "quantity: invalid value"),
        (r#"{"addonKey":"ai","status":"active","quantity":4294967296}"#, "quantity", "quantity: invalid value"),
        (r#"{"addonKey":"ai","status":"active","quantity":1e400}"#, "body", "the body is not valid JSON"),
        (r#"{"addonKey":"ai","status":"active","startsAt":0}"#, "startsAt", "startsAt: invalid type"),
        (r#"{"addonKey":"ai","status":"active","source":true}"#, "source", "source: invalid type"),
        (r#"["ai","active"]"#, "body", "the body must be a JSON object"),
    ] {
        let answer = post(&service, "application/json", body.as_bytes()).await;
        assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{body}");
        assert!(answer.error().2.starts_with(message), "{body}: {}", answer.error().2);
        assert_eq!(answer.json()["error"]["details"][0]["field"], field, "{body}");
    }
    still_fine(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_must_call_itself_json() {
    let service = Place::sqlite().await.serve().await;
    for content_type in
        ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/problem+json", "json"]
    {
        let answer = post(&service, content_type, GOOD.as_bytes()).await;
        assert_eq!(answer.outcome(), (415, "unsupported_media_type".to_owned()), "{content_type:?}");
    }
    let without = service.admin().ask("POST", &of(1, "addons")).send().await;
    assert_eq!(without.outcome(), (415, "unsupported_media_type".to_owned()));
    for content_type in ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"] {
        let answer = post(&service, content_type, b"{}").await;
        assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{content_type:?}");
    }
    still_fine(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_above_the_limit_is_refused_whether_it_says_so_or_not() {
    let place = Place::sqlite().await;
    let service = place.serve_with(&[("LIMITS__MAX_BODY_BYTES", "2048")]).await;
    let padded = |bytes: usize| format!("{GOOD}{}", " ".repeat(bytes - GOOD.len()));
    for bytes in [2_049, 100_000, 5_000_000] {
        let answer = post(&service, "application/json", padded(bytes).as_bytes()).await;
        assert_eq!(answer.outcome(), (413, "payload_too_large".to_owned()), "{bytes}");
    }
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: c\r\nConnection: close\r\nX-Internal-API-Key: {}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        of(1, "addons"),
        service.keys().admin,
    );
    let chunked = format!("{head}{:x}\r\n{}\r\n0\r\n\r\n", 3_000, padded(3_000));
    let answer = raw(service.api, chunked.as_bytes()).await;
    assert_eq!(answer.outcome(), (413, "payload_too_large".to_owned()));
    let claimed = head.replace("Transfer-Encoding: chunked", "Content-Length: 99999999999");
    let answer = raw(service.api, claimed.as_bytes()).await;
    assert_eq!(answer.outcome(), (413, "payload_too_large".to_owned()));
    still_fine(&service).await;
    let whole = post(&service, "application/json", padded(2_048).as_bytes()).await;
    assert_eq!(whole.version(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_with_a_body_refuses_rubbish() {
    let service = Place::sqlite().await.serve().await;
    let company = crate::support::company(1);
    let mut asked = 0;
    for operation in crate::support::operations().into_iter().filter(|operation| operation.body().is_some()) {
        let target = operation.target(|_| company.clone());
        for (content_type, body, expected) in [
            ("application/json", "{", (400, "validation_error")),
            ("application/json", "[]", (400, "validation_error")),
            ("application/json", "\u{feff}{}", (400, "validation_error")),
            ("application/json", r#"{"nothing of ours":1}"#, (400, "validation_error")),
            ("text/plain", "{}", (415, "unsupported_media_type")),
        ] {
            let answer =
                service.admin().ask(operation.method, &target).body(content_type, body.as_bytes()).send().await;
            assert_eq!(answer.outcome(), (expected.0, expected.1.to_owned()), "{} {target} {body}", operation.method);
            asked += 1;
        }
    }
    assert!(asked >= 50, "{asked}");
    still_fine(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_where_none_belongs_does_no_harm() {
    let service = Place::sqlite().await.serve().await;
    service.admin().post(&of(2, "basic"), &json!({"status": "active"})).await.data();
    for target in [of(2, "entitlements"), of(2, "history"), "/internal/catalog/modules".to_owned()] {
        let answer = service.admin().ask("GET", &target).body("application/json", b"{\"a\":").send().await;
        assert_eq!(answer.status, 200, "{target}");
    }
    still_fine(&service).await;
}
