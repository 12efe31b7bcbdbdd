//! A document as TOML that a person would have written: an entry a table, a field a line, what it is before what it grants.

use std::fmt::Write;

use api::document::CatalogDocument;
use serde_json::{Map, Value};

/// What stands at the top of a written document.
const HEAD: &str =
    "# The catalog of platform-core. `platform-core catalog plan FILE` says what applying it would change.\n";

/// The order of sections.
const SECTIONS: [&str; 5] = ["modules", "permissions", "features", "addons", "packages"];

/// The order of fields; what is not named comes after, by name.
const FIELDS: [&str; 25] = [
    "name",
    "type",
    "description",
    "lifecycleStatus",
    "kind",
    "orientation",
    "businessPurpose",
    "commercialType",
    "visibility",
    "targetCustomer",
    "businessProblem",
    "requiresBasePackage",
    "standalone",
    "compatiblePackages",
    "compatibleModules",
    "requires",
    "conflictsWith",
    "redundantWith",
    "moduleKeys",
    "permissions",
    "features",
    "addons",
    "attachedPermissions",
    "upgradeTargets",
    "downgradeTargets",
];

/// The longest line, in characters; a longer table stands on lines of its own.
const LINE_CHARS: usize = 120;

/// The document as TOML.
pub(super) fn written(document: &CatalogDocument) -> Result<String, serde_json::Error> {
    let Value::Object(document) = serde_json::to_value(document)? else { return Ok(HEAD.to_owned()) };
    let mut text = HEAD.to_owned();
    if let Some(Value::Object(policy)) = document.get("policy") {
        table(&mut text, "policy", policy);
    }
    for section in SECTIONS {
        let Some(Value::Object(entries)) = document.get(section) else { continue };
        for (key, entry) in entries {
            if let Value::Object(fields) = entry {
                table(&mut text, &format!("{section}.{}", name(key)), fields);
            }
        }
    }
    Ok(text)
}

fn table(text: &mut String, header: &str, fields: &Map<String, Value>) {
    let _ = write!(text, "\n[{header}]\n");
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort_by_key(|name| (FIELDS.iter().position(|known| known == name).unwrap_or(FIELDS.len()), *name));
    let mut own_tables = Vec::new();
    for field in names {
        let Some(value) = fields.get(field) else { continue };
        let line = format!("{} = {}", name(field), inline(value));
        match value {
            Value::Object(inner) if line.chars().count() > LINE_CHARS => own_tables.push((field, inner)),
            Value::Array(parts) if line.chars().count() > LINE_CHARS => {
                let parts = parts.iter().map(|part| format!("    {},\n", inline(part)));
                let _ = write!(text, "{} = [\n{}]\n", name(field), parts.collect::<String>());
            }
            Value::Object(_) | Value::Array(_) | Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    // A table of its own ends the one that it stands in.
    for (field, inner) in own_tables {
        table(text, &format!("{header}.{}", name(field)), inner);
    }
}

/// A value on one line. TOML has no null; the only one in a document is a limit that is none.
fn inline(value: &Value) -> String {
    match value {
        Value::Null => "\"unlimited\"".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => toml::Value::String(text.clone()).to_string(),
        Value::Array(parts) => format!("[{}]", parts.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| format!("{} = {}", name(key), inline(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A key, in quotes where it needs them.
fn name(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-".contains(sign));
    if is_bare { key.to_owned() } else { toml::Value::String(key.to_owned()).to_string() }
}
