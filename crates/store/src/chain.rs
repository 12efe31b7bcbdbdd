//! The chain of hashes through history: each row's link is the SHA-256 of the row before's link and of everything stored in the row.
//! Whoever edits, removes, adds or swaps rows must make every later link anew, and the newest one stands with the company.

use domain::{CompanyId, Uuid};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{CatalogLine, CompanyLine};

/// A link: a SHA-256.
pub type Hash = [u8; 32];

/// What the first row of a company's history is linked to: no two companies begin alike, so their histories cannot be swapped.
pub fn genesis_of(company: CompanyId) -> Hash {
    let mut bytes = Bytes::of("platform-core/company-history/1");
    bytes.uuid(company.uuid());
    Sha256::digest(&bytes.0).into()
}

/// What the first row of the catalog's history is linked to.
pub fn genesis_of_catalog() -> Hash {
    Sha256::digest(&Bytes::of("platform-core/catalog-history/1").0).into()
}

/// The link of a row of a company's history that follows `before`.
pub fn of_company(before: &Hash, line: &CompanyLine) -> Hash {
    let mut bytes = Bytes::of("company");
    bytes.uuid(line.id);
    bytes.uuid(line.company_id.uuid());
    bytes.number(line.write_seq);
    bytes.number(line.part.into());
    bytes.number(line.version);
    bytes.text(&line.change_type);
    bytes.text(&line.entity_type);
    bytes.optional(line.entity_key.as_deref());
    bytes.optional(line.previous_status.as_deref());
    bytes.optional(line.new_status.as_deref());
    // 0 is no revision's number.
    bytes.number(line.assigned_revision.unwrap_or(0).into());
    bytes.json(&line.payload);
    bytes.optional(line.source.as_deref());
    bytes.optional(line.changed_by.as_deref());
    bytes.optional(line.request_id.as_deref());
    bytes.number(line.created_at.micros().cast_unsigned());
    bytes.link(before)
}

/// The link of a row of the catalog's history that follows `before`.
pub fn of_catalog(before: &Hash, line: &CatalogLine) -> Hash {
    let mut bytes = Bytes::of("catalog");
    bytes.uuid(line.id);
    bytes.number(line.generation);
    bytes.number(line.part.into());
    bytes.text(&line.change_type);
    bytes.text(&line.entity_type);
    bytes.text(&line.entity_key);
    bytes.json(&line.payload);
    bytes.text(&line.changed_by);
    bytes.text(&line.request_id);
    bytes.number(line.created_at.micros().cast_unsigned());
    bytes.link(before)
}

/// A row as bytes that are the same for the same row, on every store and for ever. INVARIANT: each value says how long it is, so that no
/// two rows have the same bytes.
struct Bytes(Vec<u8>);

impl Bytes {
    fn of(kind: &str) -> Self {
        let mut bytes = Self(Vec::with_capacity(1_024));
        bytes.text(kind);
        bytes
    }

    fn number(&mut self, number: u64) {
        self.0.extend(number.to_be_bytes());
    }

    fn uuid(&mut self, id: Uuid) {
        self.0.extend(id.into_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.0.push(u8::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }

    /// JSON in one spelling: PostgreSQL keeps what it says, not how it is written. What is no JSON stands as it is.
    fn json(&mut self, text: &str) {
        match serde_json::from_str(text) {
            Ok(value) => {
                let mut canonical = String::with_capacity(text.len());
                write_canonical(&value, &mut canonical);
                self.text(&canonical);
            }
            Err(_) => self.text(text),
        }
    }

    fn link(&self, before: &Hash) -> Hash {
        Sha256::new().chain_update(before).chain_update(&self.0).finalize().into()
    }
}

/// Names in the order of their bytes, no blanks.
fn write_canonical(value: &Value, to: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort_unstable();
            to.push('{');
            for (place, name) in names.into_iter().enumerate() {
                if place > 0 {
                    to.push(',');
                }
                to.push_str(&Value::from(name.as_str()).to_string());
                to.push(':');
                write_canonical(fields.get(name).unwrap_or(&Value::Null), to);
            }
            to.push('}');
        }
        Value::Array(elements) => {
            to.push('[');
            for (place, element) in elements.iter().enumerate() {
                if place > 0 {
                    to.push(',');
                }
                write_canonical(element, to);
            }
            to.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => to.push_str(&value.to_string()),
    }
}
