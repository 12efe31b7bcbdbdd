//! What a document changes, as a person wants to read it.

use std::{collections::BTreeMap, fmt::Write};

use api::response::{FieldChange, Foretold, ImpactView, MovedView, PlannedChange};
use serde_json::Value;

/// How many companies are named.
const NAMED: usize = 10;

/// A line for each entry.
pub(super) fn headlines(changes: &[PlannedChange]) -> String {
    changes.iter().map(headline).collect()
}

/// Each entry with its fields.
pub(super) fn changes(changes: &[PlannedChange]) -> String {
    let mut text = String::new();
    for change in changes {
        text.push_str(&headline(change));
        if !change.approvers.is_empty() {
            let names = change.approvers.join(", ");
            let _ = writeln!(text, "    waits for an approver ({names}): ask for it by PATCH; apply refuses it");
        }
        for field in &change.fields {
            for line in lines(field) {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    text
}

fn headline(change: &PlannedChange) -> String {
    let sign = if change.action == "create" { '+' } else { '~' };
    let kind = if change.kind == "addon" { "add-on" } else { &change.kind };
    if change.kind == change.key { format!("{sign} {kind}\n") } else { format!("{sign} {kind} {}\n", change.key) }
}

/// A field, a line for each part of it that differs.
fn lines(change: &FieldChange) -> Vec<String> {
    let FieldChange { field, before, after } = change;
    match (before, after) {
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            let gone =
                before.iter().filter(|part| !after.contains(part)).map(|part| format!("{field}: - {}", short(part)));
            let new =
                after.iter().filter(|part| !before.contains(part)).map(|part| format!("{field}: + {}", short(part)));
            gone.chain(new).collect()
        }
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            let differs = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
            differs.map(|name| format!("{field}.{name}: {}", moved(before.get(name), after.get(name)))).collect()
        }
        (None, Some(Value::Object(after))) => {
            after.iter().map(|(name, value)| format!("{field}.{name}: {}", short(value))).collect()
        }
        // Neither before nor after: a field that an entry may have, and that this one does not.
        (None, None) => Vec::new(),
        (before, after) => vec![format!("{field}: {}", moved(before.as_ref(), after.as_ref()))],
    }
}

fn moved(before: Option<&Value>, after: Option<&Value>) -> String {
    match (before, after) {
        (None, Some(after)) => short(after),
        (Some(before), None) => format!("{} -> not said", short(before)),
        (Some(before), Some(after)) => format!("{} -> {}", short(before), short(after)),
        (None, None) => String::new(),
    }
}

/// A value on one line. In a catalog `null` is a limit that is none.
fn short(value: &Value) -> String {
    match value {
        Value::Null => "unlimited".to_owned(),
        Value::String(text) => text.replace('\n', " "),
        Value::Array(parts) if parts.is_empty() => "none".to_owned(),
        Value::Array(parts) => parts.iter().map(short).collect::<Vec<_>>().join(", "),
        Value::Object(_) | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// What a dry run says of companies, set apart from what it says of the catalog; nothing of what was done.
pub(super) fn foretold(foretold: &Foretold) -> String {
    foretold.impact.as_ref().map_or_else(String::new, |impact| format!("\n{}", reach(impact)))
}

/// How many companies gain and lose what.
pub(super) fn reach(impact: &ImpactView) -> String {
    let (touched, all) = (impact.companies, impact.looked_at);
    if touched == 0 {
        return format!("Reach: none of {all} companies.\n");
    }
    let mut text = format!("Reach: {touched} of {all} companies.\n");
    let parts: [(&str, &BTreeMap<String, MovedView>); 4] = [
        ("module", &impact.modules),
        ("permission", &impact.permissions),
        ("feature", &impact.features),
        ("add-on", &impact.addons),
    ];
    for (kind, moved) in parts {
        for (key, moved) in moved {
            let words = [(moved.gained, "gain it"), (moved.lost, "lose it"), (moved.changed, "have another value")];
            let words = words.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
            let _ = writeln!(text, "    {kind} {key}: {}", words.collect::<Vec<_>>().join(", "));
        }
    }
    let named = impact.company_ids.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let more =
        usize::try_from(touched).map_or(0, |touched| touched.saturating_sub(impact.company_ids.len().min(NAMED)));
    if !named.is_empty() {
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(text, "    companies: {named}{more}");
    }
    text
}
