//! The OpenAPI document, and every answer held against it.

use std::sync::OnceLock;

use serde_json::Value;

use super::{Answer, schema};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The document.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_value(server::http::document()).expect("the document is JSON"))
}

/// A documented operation.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    /// Upper case.
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) described: &'static Value,
}

impl Operation {
    /// The schema of its request body.
    pub(crate) fn body(&self) -> Option<&'static Value> {
        let schema = &self.described["requestBody"]["content"]["application/json"]["schema"];
        (!schema.is_null()).then(|| schema::resolved(document(), schema))
    }

    /// Its path with values in the place of its parameters.
    pub(crate) fn target(&self, value: impl Fn(&str) -> String) -> String {
        let segment = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => value(name),
            None => segment.to_owned(),
        };
        self.path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }
}

/// Every documented operation, by path and method.
pub(crate) fn operations() -> Vec<Operation> {
    let paths = document()["paths"].as_object().expect("paths");
    let of_path = |(path, described): (&'static String, &'static Value)| {
        let named = METHODS.iter().zip(["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]);
        let here = named.filter_map(move |(name, method)| Some((method, described.get(name)?)));
        here.map(move |(method, described)| Operation { method, path, described })
    };
    paths.iter().flat_map(of_path).collect()
}

/// Fails unless an answer is what the document says of it.
#[track_caller]
pub(super) fn hold(method: &str, target: &str, answer: &Answer) {
    let path = target.split('?').next().unwrap_or_default();
    let about = format!("{method} {target} answered {} {}", answer.status, answer.text());
    assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()), "no request id: {about}");
    if method == "HEAD" || answer.status < 400 && ["/docs", "/openapi.json"].contains(&path) {
        return;
    }
    if answer.status == 304 {
        assert!(answer.body.is_empty() && answer.header("etag").is_some(), "{about}");
    } else {
        assert_eq!(answer.header("content-type"), Some("application/json"), "{about}");
    }
    let documented = operations().into_iter().find(|known| known.method == method && matches(known.path, path));
    let Some(operation) = documented else {
        hold_failure(answer, &about);
        return;
    };
    let described = &operation.described["responses"][answer.status.to_string()];
    assert!(described.is_object(), "undocumented status: {about}");
    if answer.status >= 400 {
        hold_failure(answer, &about);
    } else if answer.status != 304 {
        hold_schema(&described["content"]["application/json"]["schema"], answer, &about);
        assert_eq!(answer.json()["success"], true, "{about}");
    }
}

/// Whether a path is one of a template.
fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let same = |(known, given): (&&str, &&str)| known == given || known.starts_with('{') && !given.is_empty();
    template.len() == path.len() && template.iter().zip(&path).all(same)
}

#[track_caller]
fn hold_failure(answer: &Answer, about: &str) {
    assert!(answer.status >= 400, "an undocumented success: {about}");
    hold_schema(&document()["components"]["schemas"]["Failure"], answer, about);
    let json = answer.json();
    let (success, code) = (&json["success"], json["error"]["code"].as_str().unwrap_or_default());
    assert_eq!(*success, false, "{about}");
    let known = api::ErrorCode::ALL.iter().find(|known| known.as_str() == code);
    assert_eq!(known.map(|code| code.status()), Some(answer.status), "{about}");
    assert_eq!(answer.header("retry-after").is_some(), answer.status == 503, "{about}");
    assert_eq!(answer.header("www-authenticate").is_some(), answer.status == 401, "{about}");
    assert_eq!(answer.header("allow").is_some(), answer.status == 405, "{about}");
}

#[track_caller]
fn hold_schema(schema: &Value, answer: &Answer, about: &str) {
    let breaches = schema::breaches(document(), schema, &answer.json());
    assert!(breaches.is_empty(), "{about}\ndoes not match its schema: {breaches:#?}");
}
