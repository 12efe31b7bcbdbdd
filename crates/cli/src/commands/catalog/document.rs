//! Reading a catalog document from a file.

use std::{collections::BTreeMap, path::Path};

use api::document::CatalogDocument;
use serde_path_to_error::Segment;
use server::wire::{MAX_MISTAKES, further_mistakes, names_unknown_field};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{args::Format, output::Failed};

/// The format that a file's name says: JSON when it ends in `.json`, else TOML.
pub(super) fn format_of(file: &Path) -> Format {
    let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if is_json { Format::Json } else { Format::Toml }
}

/// The document of a file.
pub(super) fn read(file: &Path) -> Result<CatalogDocument, Failed> {
    let name = file.display();
    let text =
        std::fs::read_to_string(file).map_err(|error| Failed::Because(format!("cannot read `{name}`: {error}")))?;
    let read = match format_of(file) {
        Format::Json => from_json(&text),
        Format::Toml => from_toml(&text),
    };
    read.map_err(|wrong| Failed::Many(wrong.iter().map(|wrong| format!("{name}:{wrong}")).collect()))
}

/// A document as JSON, or its mistakes: the first with its line, of every other entry one.
fn from_json(text: &str) -> Result<CatalogDocument, Vec<String>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let document: CatalogDocument = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (inner, path) = (error.inner(), error.path());
        let told = |path, error: &serde_json::Error| {
            let message = error.to_string();
            format!("{}{}", spoken(path), message.split(" at line ").next().unwrap_or(&message))
        };
        let first = format!("{}:{}: {}", inner.line(), inner.column(), told(path, inner));
        let further = further_mistakes::<CatalogDocument>(text.as_bytes(), path, names_unknown_field(inner));
        let further = further.iter().map(|mistake| format!(" {}", told(mistake.path(), mistake.inner())));
        std::iter::once(first).chain(further).collect::<Vec<_>>()
    })?;
    let end = |error: serde_json::Error| {
        vec![format!("{}:{}: there is more after the document", error.line(), error.column())]
    };
    reader.end().map_err(end)?;
    Ok(document)
}

/// A document as TOML, or its mistakes, at least one for each entry that has any, in the order of their lines.
fn from_toml(text: &str) -> Result<CatalogDocument, Vec<String>> {
    let place =
        |error: &toml::de::Error| error.span().map_or_else(String::new, |span| line_and_column(text, span.start));
    let mut table =
        DeTable::parse(text).map_err(|error| vec![format!("{} {}", place(&error), first_line(error.message()))])?;
    let mut told = BTreeMap::new();
    loop {
        let error = match serde_path_to_error::deserialize(toml::Deserializer::from(table.clone())) {
            Ok(document) if told.is_empty() => return Ok(document),
            Ok(_) => break,
            Err(error) => error,
        };
        let (inner, path): (&toml::de::Error, _) = (error.inner(), error.path());
        let message = if names_an_instant(path) && inner.message().starts_with("invalid type: map") {
            "write the instant in quotes, such as \"2026-01-01T00:00:00Z\""
        } else {
            first_line(inner.message())
        };
        let at = (inner.span().map_or(0, |span| span.start), told.len());
        told.insert(at, format!("{} {}{message}", place(inner), spoken(path)));
        let is_unknown = inner.message().starts_with("unknown field");
        if told.len() == MAX_MISTAKES || !take_out(table.get_mut(), path, is_unknown) {
            break;
        }
    }
    Err(told.into_values().collect())
}

/// Takes out the entry that a mistake is in; gives whether that could be done, and the rest says what else is wrong.
fn take_out(document: &mut DeTable<'_>, path: &serde_path_to_error::Path, is_unknown: bool) -> bool {
    let mut segments = path.iter();
    let (Some(Segment::Map { key }), second) = (segments.next(), segments.next()) else { return false };
    match (second, document.get_mut(key.as_str()).map(Spanned::get_mut)) {
        (Some(Segment::Map { key: entry }), Some(DeValue::Table(section))) => section.remove(entry.as_str()).is_some(),
        // An element that is left out would move those behind it.
        (Some(Segment::Seq { index }), Some(DeValue::Array(section))) => {
            let entry = section.get_mut(*index).map(Spanned::get_mut);
            let Some(DeValue::Table(entry)) = entry else { return false };
            let had_any = !entry.is_empty();
            entry.clear();
            had_any
        }
        (None, Some(_)) if is_unknown => document.remove(key.as_str()).is_some(),
        _ => false,
    }
}

/// Where in a document, as a person would say it: `packages.solo.features.users: `.
fn spoken(path: &serde_path_to_error::Path) -> String {
    let known = path.iter().any(|segment| !matches!(segment, Segment::Unknown));
    if known { format!("{path}: ") } else { String::new() }
}

/// TOML has instants of its own; documents have them as text, so that JSON and TOML say the same.
fn names_an_instant(path: &serde_path_to_error::Path) -> bool {
    let last = path.iter().next_back();
    matches!(last, Some(Segment::Map { key }) if matches!(key.as_str(), "at" | "startsAt" | "endsAt" | "graceEndsAt"))
}

fn line_and_column(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column}:")
}

fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or(message)
}
