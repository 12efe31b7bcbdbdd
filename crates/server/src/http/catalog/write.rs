//! What catalog writes have in common: reading fields, and the answer.

use api::{
    Detail, Given,
    response::{ChangeView, ItemWritten, ModuleWritten},
};
use axum::http::StatusCode;
use domain::{ItemKind, ModuleKey, Patch, Text, Uuid};
use serde::Serialize;

use super::super::{Problem, answer::rendered};
use crate::service::{CatalogOutcome, Rendered, item_view, module_view};

/// Reads fields, remembering everything that is wrong.
#[derive(Default)]
pub(super) struct Fields(Vec<Detail>);

impl Fields {
    fn breach(&mut self, field: &str, message: String) {
        self.0.push(Detail { field: field.to_owned(), message });
    }

    /// A key.
    pub(super) fn key<K, E: std::fmt::Display>(&mut self, text: &str, parse: fn(&str) -> Result<K, E>) -> Option<K> {
        parse(text).inspect_err(|error| self.breach("key", format!("key {error}"))).ok()
    }

    /// A name.
    pub(super) fn name(&mut self, text: &str) -> Option<Text> {
        let name = Text::line(text, Text::NAME_CHARS);
        name.inspect_err(|error| self.breach("name", format!("name {error}"))).ok()
    }

    /// A name that may be left out.
    pub(super) fn new_name(&mut self, text: Option<String>) -> Option<Text> {
        text.and_then(|text| self.name(&text))
    }

    /// A description that may be absent; an empty one is none.
    pub(super) fn description(&mut self, text: Option<String>) -> Option<Text> {
        // Blank, but nothing that must not stand in one.
        let is_blank = |c: char| c.is_whitespace() && (!c.is_control() || matches!(c, '\n' | '\r' | '\t'));
        let text = text.filter(|text| !text.chars().all(is_blank))?;
        let description = Text::paragraph(&text, Text::DESCRIPTION_CHARS);
        description.inspect_err(|error| self.breach("description", format!("description {error}"))).ok()
    }

    /// A description that may be left out or removed.
    pub(super) fn new_description(&mut self, given: Given<String>) -> Patch<Text> {
        match given {
            Given::Missing => Patch::Keep,
            Given::Null => Patch::Clear,
            Given::Value(text) => self.description(Some(text)).map_or(Patch::Clear, Patch::Set),
        }
    }

    /// Module keys.
    pub(super) fn module_keys(&mut self, keys: &[String]) -> Vec<ModuleKey> {
        let mut parsed = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            match ModuleKey::parse(key) {
                Ok(key) => parsed.push(key),
                Err(error) => self.breach(&format!("moduleKeys[{index}]"), format!("moduleKeys[{index}] {error}")),
            }
        }
        parsed
    }

    /// What was read, or a problem that names every bad field.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Problem> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            Some(_) | None => Err(Problem::invalid_fields(self.0)),
        }
    }
}

/// The answer about a module; `created` when it is new.
pub(super) fn render_module(outcome: &CatalogOutcome, id: Uuid, created: bool) -> Rendered {
    let written = |view| ModuleWritten { view, changes: changes(outcome) };
    let written = outcome.catalog.module_by_id(id).map(module_view).map(written);
    answer(outcome, written, created.then(|| format!("/internal/catalog/modules/{id}")))
}

/// The answer about a package or add-on; `created` when it is new.
pub(super) fn render_item(outcome: &CatalogOutcome, kind: ItemKind, id: Uuid, created: bool) -> Rendered {
    let written = |view| ItemWritten { view, changes: changes(outcome) };
    let item = outcome.catalog.item_by_id(kind, id);
    let written = item.map(|item| item_view(item, &outcome.catalog)).map(written);
    answer(outcome, written, created.then(|| format!("/internal/catalog/{}/{id}", plural(kind))))
}

/// The path segment of a kind.
fn plural(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Package => "packages",
        ItemKind::Addon => "addons",
    }
}

/// What a dry run says would change; `None` for a real write.
fn changes(outcome: &CatalogOutcome) -> Option<Vec<ChangeView>> {
    let change = |change: &domain::CatalogChange| ChangeView {
        change_type: change.event.change_type.as_str().to_owned(),
        entity_type: change.event.entity_type.as_str().to_owned(),
        entity_key: Some(change.event.entity_key.clone()),
        previous_status: None,
        new_status: None,
    };
    outcome.dry_run.then(|| outcome.change.iter().map(change).collect())
}

fn answer<T: Serialize>(outcome: &CatalogOutcome, written: Option<T>, location: Option<String>) -> Rendered {
    let status = if location.is_some() && !outcome.dry_run { StatusCode::CREATED } else { StatusCode::OK };
    let location = location.filter(|_| !outcome.dry_run);
    rendered(status, written, Some(outcome.catalog.generation), location)
}
