//! The OpenAPI document: valid, whole, and true.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::{Value, json};

use crate::support::{Place, Running, company, document, operations};

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_served_openly_and_is_the_one_that_answers_are_held_against() {
    let service = Place::sqlite().await.serve().await;
    let answer = service.nobody().get("/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.json(), *document());
    let query = service.nobody().get("/openapi.json?a=b").await;
    assert!([200, 400].contains(&query.status));
}

#[test]
fn the_document_is_one_of_openapi_3_1() {
    let root = document();
    assert_eq!(root["openapi"], "3.1.0");
    assert!(root["info"]["title"].is_string() && root["info"]["version"].is_string());
    let mut ids = BTreeSet::new();
    let tags: Vec<_> = root["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for operation in operations() {
        let (described, name) = (operation.described, format!("{} {}", operation.method, operation.path));
        assert!(ids.insert(described["operationId"].as_str().unwrap()), "{name}: its id is another's");
        assert!(described["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{name}: a sentence");
        assert!(described["tags"].as_array().unwrap().iter().all(|tag| tags.contains(&tag)), "{name}");
        let in_path: BTreeSet<_> = parameters(described, "path").keys().cloned().collect();
        let segments = operation.path.split('/');
        let expected: BTreeSet<_> =
            segments.filter_map(|part| Some(part.strip_prefix('{')?.strip_suffix('}')?.to_owned())).collect();
        assert_eq!(in_path, expected, "{name}");
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["schema"].is_object() && parameter["description"].is_string(), "{name}: {parameter}");
            assert_eq!(parameter["required"] == true, parameter["in"] == "path", "{name}: {parameter}");
        }
        for (status, response) in described["responses"].as_object().unwrap() {
            assert!(status.parse::<u16>().is_ok_and(|status| (200..600).contains(&status)), "{name}: {status}");
            assert!(response["description"].is_string(), "{name}: {status}");
        }
        for scheme in described["security"].as_array().into_iter().flatten().flat_map(|one| one.as_object().unwrap()) {
            assert!(root["components"]["securitySchemes"][scheme.0].is_object(), "{name}");
        }
    }
    let mut references = 0;
    each_value(root, &mut |value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            assert!(root.pointer(reference.strip_prefix('#').unwrap()).is_some(), "`{reference}` leads nowhere");
            references += 1;
        }
        assert!(value.get("nullable").is_none(), "a word of 3.0: {value}");
    });
    assert!(references > 50);
}

fn each_value(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Array(values) => values.iter().for_each(|value| each_value(value, visit)),
        Value::Object(fields) => fields.values().for_each(|value| each_value(value, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The parameters of an operation in one place, by name.
fn parameters(described: &Value, place: &str) -> BTreeMap<String, Value> {
    let all = described["parameters"].as_array().into_iter().flatten();
    let here = all.filter(|parameter| parameter["in"] == place);
    here.map(|parameter| (parameter["name"].as_str().unwrap().to_owned(), parameter.clone())).collect()
}

#[test]
fn the_document_names_the_scopes_that_there_are() {
    let documented = &document()["components"]["schemas"]["ScopeWord"]["enum"];
    assert_eq!(*documented, json!(server::caller::Scope::ALL.map(server::caller::Scope::as_str)));
}

#[test]
fn the_document_names_the_codes_that_are_sent() {
    let documented = &document()["components"]["schemas"]["ErrorCode"]["enum"];
    let sent: Vec<_> = api::ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(*documented, json!(sent));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_operation_is_served() {
    let service = Place::sqlite().await.serve().await;
    for operation in operations() {
        let target = operation.target(|_| company(1));
        let answer = service.admin().ask(operation.method, &target).send().await;
        assert_ne!(answer.status, 405, "{} {target}", operation.method);
        assert!(!answer.text().contains("no such route"), "{} {target}", operation.method);
    }
}

#[test]
fn every_endpoint_of_the_requirements_is_documented() {
    let documented: BTreeSet<_> =
        operations().iter().map(|operation| format!("{} {}", operation.method, operation.path)).collect();
    for endpoint in [
        "GET /health",
        "GET /ready",
        "GET /internal/catalog/modules",
        "GET /internal/catalog/packages",
        "GET /internal/catalog/addons",
        "GET /internal/companies/{companyId}/entitlements",
        "GET /internal/companies/{companyId}/subscription-summary",
        "GET /internal/companies/{companyId}/history",
        "POST /internal/catalog/modules",
        "PATCH /internal/catalog/modules/{moduleId}",
        "POST /internal/catalog/packages",
        "PATCH /internal/catalog/packages/{packageId}",
        "POST /internal/catalog/addons",
        "PATCH /internal/catalog/addons/{addonId}",
        "POST /internal/companies/{companyId}/basic",
        "POST /internal/companies/{companyId}/addons",
        "POST /internal/companies/{companyId}/deactivate-addon",
    ] {
        assert!(documented.contains(endpoint), "{endpoint}");
    }
}

#[test]
fn routes_are_registered_in_the_router_and_nowhere_else() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files += 1;
                let text = std::fs::read_to_string(&path).unwrap();
                let registers =
                    [".route(\"", ".routes(", "routes!(", ".nest(", ".merge(", ".route_service(", ".fallback("];
                let registering = registers.iter().any(|call| text.contains(call));
                let is_router = path == source.join("http/router.rs");
                assert_eq!(registering, is_router, "{}", path.display());
            }
        }
    }
    assert!(files > 50);
    let router = std::fs::read_to_string(source.join("http/router.rs")).unwrap();
    let undocumented: Vec<_> = router.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(undocumented, ["/openapi.json", "/docs", "/metrics"], "the routes beside the document");
}

/// The names that stand in backticks in a text.
fn named(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_fields_of_a_body_are_those_that_are_taken() {
    let service = Place::sqlite().await.serve().await;
    let mut bodies = 0;
    for operation in operations() {
        let Some(body) = operation.body() else { continue };
        let target = operation.target(|_| company(1));
        let answer = service.admin().ask(operation.method, &target).json(&json!({"no-field": 1})).send().await;
        let message = answer.error().2;
        let taken: BTreeSet<_> = named(message.split("expected").nth(1).unwrap_or_default());
        let documented: BTreeSet<_> = body["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(taken, documented, "{} {target}: {message}", operation.method);
        let required: BTreeSet<_> =
            body["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect();
        assert_eq!(asked_for(&service, operation.method, &target).await, required, "{} {target}", operation.method);
        bodies += 1;
    }
    assert!(bodies >= 10, "{bodies}");
}

/// The fields that an operation asks for, one after the other, of a body that has nothing else.
async fn asked_for(service: &Running, method: &str, target: &str) -> BTreeSet<String> {
    let samples = json!({
        "addonKey": "nothing", "packageKey": "nothing", "status": "active", "key": "x", "name": "X", "type": "addon", "role": "job",
        "kind": "toggle", "toRevision": 1, "reason": "x", "amount": 1, "companyIds": [company(1)],
        "url": "https://receiver.example/",
    });
    let mut body = json!({});
    let mut required = BTreeSet::new();
    loop {
        let answer = service.admin().ask(method, &format!("{target}{}", dry(target))).json(&body).send().await;
        let message = answer.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
        let Some(field) = message.strip_suffix(" is required") else { return required };
        assert!(required.insert(field.to_owned()), "{field} was given: {message}");
        body[field] = samples[field].clone();
    }
}

/// The query of a dry run, where there is one.
fn dry(target: &str) -> &'static str {
    if target == "/internal/entitlements/batch" { "" } else { "?dryRun=true" }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_query_parameters_are_those_that_are_taken() {
    let service = Place::sqlite().await.serve().await;
    for operation in operations().into_iter().filter(|operation| operation.path.starts_with("/internal/")) {
        let target = format!("{}?no-parameter=1", operation.target(|_| company(1)));
        let asking = service.admin().ask(operation.method, &target);
        let asking = if operation.body().is_some() { asking.json(&json!({})) } else { asking };
        let message = asking.send().await.error().2;
        let taken = message.split("; it takes ").nth(1).unwrap_or_else(|| panic!("{target}: {message}"));
        let taken: BTreeSet<_> = taken.split(", ").filter(|name| *name != "none").map(str::to_owned).collect();
        let documented: BTreeSet<_> = parameters(operation.described, "query").into_keys().collect();
        assert_eq!(taken, documented, "{} {target}", operation.method);
    }
}
