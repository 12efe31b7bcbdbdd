//! Reading a catalog document from a file.

use std::path::Path;

use api::document::CatalogDocument;
use serde_path_to_error::Segment;

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
    read.map_err(|wrong| Failed::Because(format!("{name}:{wrong}")))
}

fn from_json(text: &str) -> Result<CatalogDocument, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let document: CatalogDocument = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let inner = error.inner();
        let message = inner.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message);
        format!("{}:{}: {}{message}", inner.line(), inner.column(), spoken(error.path()))
    })?;
    reader.end().map_err(|error| format!("{}:{}: there is more after the document", error.line(), error.column()))?;
    Ok(document)
}

fn from_toml(text: &str) -> Result<CatalogDocument, String> {
    let place =
        |error: &toml::de::Error| error.span().map_or_else(String::new, |span| line_and_column(text, span.start));
    let reader = toml::Deserializer::parse(text)
        .map_err(|error| format!("{} {}", place(&error), first_line(error.message())))?;
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let (inner, path) = (error.inner(), error.path());
        let message = if names_an_instant(path) && inner.message().starts_with("invalid type: map") {
            "write the instant in quotes, such as \"2026-01-01T00:00:00Z\""
        } else {
            first_line(inner.message())
        };
        format!("{} {}{message}", place(inner), spoken(path))
    })
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
