//! An answer as it came over the wire.

use serde_json::{Value, json};

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer but {:?}", String::from_utf8_lossy(bytes)));
        let head = std::str::from_utf8(&bytes[..end]).expect("a head in ASCII");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let headers: Vec<_> = lines.filter_map(pair).collect();
        assert!(!headers.iter().any(|(name, _)| name == "transfer-encoding"), "answers have a length");
        Self { status: status.expect("a status"), headers, body: bytes[end + 4..].to_vec() }
    }

    /// A header that stands once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values: Vec<_> = self.headers.iter().filter(|(known, _)| known == name).collect();
        assert!(values.len() < 2, "`{name}` stands twice");
        values.first().map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {} {:?}", self.status, self.text()))
    }

    /// `data` of a successful answer.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text());
        self.json()["data"].clone()
    }

    /// Fails unless a successful answer says everything that another one did, and maybe more.
    #[track_caller]
    pub(crate) fn tells(&self, brief: &Value) {
        let whole = self.data();
        for (field, value) in brief.as_object().expect("an object") {
            assert_eq!(whole[field], *value, "{field}");
        }
    }

    /// `entitlementVersion` of a successful answer.
    #[track_caller]
    pub(crate) fn version(&self) -> u64 {
        self.data()["entitlementVersion"].as_u64().expect("a version")
    }

    /// Status, code and message of a failed answer.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, String, String) {
        let json = self.json();
        let text = |name: &str| json["error"][name].as_str().unwrap_or_else(|| panic!("{json}")).to_owned();
        (self.status, text("code"), text("message"))
    }

    /// Status and code, `ok` for a successful answer.
    pub(crate) fn outcome(&self) -> (u16, String) {
        let code = self.json()["error"]["code"].as_str().map_or_else(|| "ok".to_owned(), str::to_owned);
        (self.status, code)
    }

    /// The body for a snapshot, without what it warns of.
    pub(crate) fn shown_quietly(&self) -> Value {
        let mut shown = self.shown();
        shown.as_object_mut().expect("an object").remove("warnings");
        shown
    }

    /// The whole body for a snapshot.
    pub(crate) fn shown(&self) -> Value {
        shown(self.json())
    }
}

/// A body without what differs from run to run: ids, and the instants of the machine's clock.
pub(crate) fn shown(mut value: Value) -> Value {
    hide(&mut value);
    value
}

fn hide(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(hide),
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "id" => *value = json!("[id]"),
                    "planHash" => *value = json!("[hash]"),
                    "createdAt" | "updatedAt" | "asOf" if value.is_string() => *value = json!("[instant]"),
                    _ => hide(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
