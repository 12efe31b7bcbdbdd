//! Routes and methods that there are not, and paths that pretend.

use serde_json::json;

use crate::support::{Place, company, of, operations, raw};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_route_is_not_found_with_or_without_credentials() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    let id = company(1);
    for path in [
        "/".to_owned(),
        "//".to_owned(),
        "/internal".to_owned(),
        "/internal/".to_owned(),
        "/metrics".to_owned(),
        "/Health".to_owned(),
        "/health/".to_owned(),
        "//health".to_owned(),
        "/health%2f".to_owned(),
        "/internal/catalog".to_owned(),
        "/internal/catalog/Modules".to_owned(),
        "/internal/catalog/modules/".to_owned(),
        "/internal//catalog/modules".to_owned(),
        "/internal/catalog/modules/ai/extra".to_owned(),
        "/internal/./catalog/modules".to_owned(),
        "/internal/catalog/../catalog/modules".to_owned(),
        "/internal/%2e%2e/internal/catalog/modules".to_owned(),
        "/internal/catalog%2fmodules".to_owned(),
        "/internal/catalog/modules;a=b".to_owned(),
        "/internal/users".to_owned(),
        format!("/internal/companies/{id}"),
        format!("/internal/companies/{id}/"),
        format!("/internal/companies/{id}/entitlements/"),
        format!("/internal/companies/{id}//entitlements"),
        format!("//internal/companies/{id}/entitlements"),
        format!("/internal/companies//{id}/entitlements"),
        format!("/internal/companies/{id}%2fentitlements"),
        format!("/internal/companies/{id}/Entitlements"),
        format!("/internal/companies/../companies/{id}/entitlements"),
        format!("/internal/companies/{id}/../{id}/entitlements"),
        format!("/internal/companies/{id}/entitlements%00"),
        format!("/INTERNAL/companies/{id}/entitlements"),
        format!("/api/internal/companies/{id}/entitlements"),
    ] {
        for caller in [&admin, &service.nobody()] {
            for method in ["GET", "POST", "DELETE"] {
                let answer = caller.ask(method, &path).send().await;
                let error =
                    (404, "not_found".to_owned(), "no such route; /openapi.json lists those there are".to_owned());
                assert_eq!(answer.error(), error, "{method} {path}");
            }
        }
    }
    assert_eq!(service.nobody().get("/ready").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoded_letter_is_the_letter_and_an_encoded_slash_is_no_separator() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    admin.post(&of(0xa, "basic"), &json!({"status": "active"})).await.data();
    let id = company(0xa);
    let encoded = format!("/internal/companies/{}%61/entitlements", &id[..35]);
    assert_eq!(admin.get(&encoded).await.version(), 1);
    for which in ["a%2Fi", "a%2f..%2fai", "%2e%2e", "..", ".", "%00", "ai%00"] {
        let answer = admin.get(&format!("/internal/catalog/modules/{which}")).await;
        assert_eq!(answer.error().2, "module not found", "{which}");
    }
    assert_eq!(admin.get("/internal/catalog/modules/%61i").await.data()["key"], "ai");
    let invalid = admin.get("/internal/catalog/modules/%ff").await;
    assert_eq!(invalid.outcome(), (400, "validation_error".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_path_takes_its_documented_methods_and_no_other() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let operations = operations();
    let mut refused = 0;
    for operation in &operations {
        let taken: Vec<_> =
            operations.iter().filter(|other| other.path == operation.path).map(|other| other.method).collect();
        let target = operation.target(|_| company(7));
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "BREW"]
        {
            let is_taken = taken.contains(&method) || method == "HEAD" && taken.contains(&"GET");
            if is_taken || method == "CONNECT" {
                continue;
            }
            let answer = admin.ask(method, &target).send().await;
            if method == "HEAD" {
                assert_eq!(answer.status, 405, "{method} {target}");
            } else {
                assert_eq!(answer.outcome(), (405, "method_not_allowed".to_owned()), "{method} {target}");
            }
            let allowed: Vec<_> = answer.header("allow").unwrap_or_default().split(',').map(str::trim).collect();
            for method in &taken {
                assert!(allowed.contains(method), "{target} allows {allowed:?}");
            }
            let with_head = taken.len() + usize::from(taken.contains(&"GET"));
            assert_eq!(allowed.len(), with_head, "{target} allows {allowed:?}");
            refused += 1;
        }
    }
    assert!(refused > 150, "{refused}");
    assert_eq!(admin.get(&of(7, "entitlements")).await.status, 404, "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_its_body() {
    let service = Place::sqlite().await.serve().await;
    service.admin().post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    for target in ["/health".to_owned(), of(1, "entitlements"), "/internal/catalog/modules".to_owned()] {
        let (head, get) = (service.admin().ask("HEAD", &target).send().await, service.admin().get(&target).await);
        assert_eq!((head.status, head.body.len()), (200, 0), "{target}");
        assert_eq!(head.header("etag"), get.header("etag"), "{target}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{target}");
    }
    let refused = service.nobody().ask("HEAD", &of(1, "entitlements")).send().await;
    assert_eq!(refused.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_is_refused_and_the_service_goes_on() {
    let service = Place::sqlite().await.serve().await;
    let long_target = format!("GET /{} HTTP/1.1\r\nHost: c\r\n\r\n", "a".repeat(70_000));
    let many_headers = format!("GET /health HTTP/1.1\r\nHost: c\r\n{}\r\n", "X-A: b\r\n".repeat(500));
    let large_header = format!("GET /health HTTP/1.1\r\nHost: c\r\nX-A: {}\r\n\r\n", "b".repeat(70_000));
    for rubbish in [
        "\r\n\r\n\r\nrubbish\r\n\r\n",
        "GET\r\n\r\n",
        "GET /health\r\n\r\n",
        "GET /health HTTP/9.9\r\n\r\n",
        "GET /he alth HTTP/1.1\r\n\r\n",
        "GET /health HTTP/1.1\r\nNo colon\r\n\r\n",
        "GET /health HTTP/1.1\r\nA: nul\0\r\n\r\n",
        "POST /internal/keys HTTP/1.1\r\nHost: c\r\nContent-Length: -1\r\n\r\n",
        "POST /internal/keys HTTP/1.1\r\nHost: c\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}\r\n\r\n",
        long_target.as_str(),
        many_headers.as_str(),
        large_header.as_str(),
    ] {
        let answer = raw(service.api, rubbish.as_bytes()).await;
        assert!((400..500).contains(&answer.status), "{} to {:?}", answer.status, &rubbish[..rubbish.len().min(60)]);
        assert_eq!(service.nobody().get("/ready").await.status, 200);
    }
}
