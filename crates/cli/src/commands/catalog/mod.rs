//! `platform-core catalog`: the catalog as code.

mod apply;
mod backfill;
mod diff;
mod document;
mod export;
mod place;
mod plan;
mod remote;
mod test;
mod toml_text;

use std::collections::BTreeMap;

use api::Detail;

pub(super) use self::{
    apply::run as apply, backfill::run as backfill, export::run as export, plan::run as plan, test::run as test,
};

/// What is wrong, a line each, with the place: in the file, in the document or in the catalog.
fn complaint(detail: &Detail) -> String {
    let place = match &detail.item {
        Some(item) => format!("{item}: {}: ", detail.field),
        // The message begins with the field where that is a place in a document.
        None if detail.message.starts_with(detail.field.as_str()) => String::new(),
        None => format!("{}: ", detail.field),
    };
    let source = detail.source.as_ref().map_or_else(String::new, |source| format!(" ({source})"));
    format!("{place}{}{source}", detail.message)
}

/// What a lenient policy let pass: a line for each entry.
fn let_pass(warnings: &[Detail]) -> String {
    let mut unsaid: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for warning in warnings {
        let fields = unsaid.entry(warning.item.as_deref().unwrap_or("the catalog")).or_default();
        if !fields.contains(&warning.field.as_str()) {
            fields.push(&warning.field);
        }
    }
    if unsaid.is_empty() {
        return String::new();
    }
    let lines = unsaid.iter().map(|(item, fields)| format!("  {item}: {}\n", fields.join(", ")));
    format!("\nA strict policy would ask for more:\n{}", lines.collect::<String>())
}
