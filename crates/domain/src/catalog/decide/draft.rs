//! A catalog in the making: commands carried out one after the other on a copy.

use super::{KEYS, LIMITS, MAX_CATALOG_ENTRIES, item::ItemDraft};
use crate::{Breach, Catalog, CatalogCommand, Refusal, RefusalCode, Text, Timestamp, catalog::Entry};

pub(super) struct Draft<'a> {
    pub(super) next: Catalog,
    pub(super) at: Timestamp,
    pub(super) actor: &'a Text,
    /// Everything that is wrong so far; all of it is told at once.
    pub(super) breaches: Vec<Breach>,
    /// Whether one of them is a contradiction to what is stored rather than a mistake in itself.
    pub(super) is_conflict: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn of(catalog: &Catalog, at: Timestamp, actor: &'a Text) -> Self {
        Self { next: catalog.clone(), at, actor, breaches: Vec::new(), is_conflict: false }
    }

    /// Carries out one command.
    ///
    /// # Errors
    /// [`Refusal`] when what it names does not exist, or the actor may not; every other mistake is collected.
    pub(super) fn carry_out(&mut self, command: &CatalogCommand) -> Result<(), Refusal> {
        match command {
            CatalogCommand::CreateModule(create) => self.create_module(create),
            CatalogCommand::UpdateModule { id, edit } => {
                let known = self.next.module_by_id(*id).cloned();
                let known = known.ok_or_else(|| Refusal::not_found(format!("module `{id}` does not exist")))?;
                self.edit_module(&known, edit);
            }
            CatalogCommand::CreatePermission { id, key, edit } => self.create_permission(*id, key, edit),
            CatalogCommand::UpdatePermission { id, edit } => {
                let known = self.next.permission_by_id(*id).cloned();
                let known = known.ok_or_else(|| Refusal::not_found(format!("permission `{id}` does not exist")))?;
                self.edit_permission(&known, edit);
            }
            CatalogCommand::CreateFeature { id, key, kind, edit } => self.create_feature(*id, key, *kind, edit),
            CatalogCommand::UpdateFeature { id, edit } => {
                let known = self.next.feature_by_id(*id).cloned();
                let known = known.ok_or_else(|| Refusal::not_found(format!("feature `{id}` does not exist")))?;
                self.edit_feature(&known, edit);
            }
            CatalogCommand::CreateItem(create) => {
                let taken = self.next.items(create.kind).map(|item| &item.key);
                let taken = taken.into_iter().find(|known| known.collides_with(&create.key)).cloned();
                let count = self.next.items(create.kind).count();
                let taken = taken.as_ref().map(crate::ItemKey::as_str);
                let is_free = self.refuse_taken(create.kind.as_str(), create.key.as_str(), taken, count);
                let item = ItemDraft::create(create, self);
                if is_free {
                    self.next.put(Entry::Item(Box::new(item)));
                }
            }
            CatalogCommand::UpdateItem { kind, id, edit } => {
                let known = self.next.item_by_id(*kind, *id).cloned();
                let known =
                    known.ok_or_else(|| Refusal::not_found(format!("{} `{id}` does not exist", kind.as_str())))?;
                let item = ItemDraft::update(&known, edit, self)?;
                self.next.put(Entry::Item(Box::new(item)));
            }
            CatalogCommand::SetPolicy(policy) => self.next.policy = *policy,
        }
        Ok(())
    }

    /// Says of the breaches from the one at `known` on which entry they are about.
    pub(super) fn name_breaches(&mut self, known: usize, command: &CatalogCommand) {
        let named = match command {
            CatalogCommand::CreateModule(create) => Some(("module", create.key.to_string())),
            CatalogCommand::UpdateModule { id, .. } => {
                self.next.module_by_id(*id).map(|module| ("module", module.key.to_string()))
            }
            CatalogCommand::CreatePermission { key, .. } => Some(("permission", key.to_string())),
            CatalogCommand::UpdatePermission { id, .. } => {
                self.next.permission_by_id(*id).map(|permission| ("permission", permission.key.to_string()))
            }
            CatalogCommand::CreateFeature { key, .. } => Some(("feature", key.to_string())),
            CatalogCommand::UpdateFeature { id, .. } => {
                self.next.feature_by_id(*id).map(|feature| ("feature", feature.key.to_string()))
            }
            CatalogCommand::CreateItem(create) => Some((create.kind.as_str(), create.key.to_string())),
            CatalogCommand::UpdateItem { kind, id, .. } => {
                self.next.item_by_id(*kind, *id).map(|item| (kind.as_str(), item.key.to_string()))
            }
            CatalogCommand::SetPolicy(_) => None,
        };
        let subject = named.map(|(kind, key)| format!("{kind} {key}"));
        for breach in self.breaches.iter_mut().skip(known).filter(|breach| breach.subject.is_none()) {
            breach.subject.clone_from(&subject);
        }
    }

    /// A refusal by everything that is wrong, if anything is.
    pub(super) fn refusal(&mut self) -> Option<Refusal> {
        let code = if self.is_conflict { RefusalCode::Conflict } else { RefusalCode::Validation };
        let breaches = std::mem::take(&mut self.breaches);
        (!breaches.is_empty()).then(|| Refusal::of(code, breaches))
    }

    pub(super) fn breach(&mut self, rule: &'static str, source: &'static str, message: impl Into<String>) {
        self.breaches.push(Breach { source: Some(source), ..Breach::new(rule, message) });
    }

    pub(super) fn conflict(&mut self, rule: &'static str, source: &'static str, message: impl Into<String>) {
        self.is_conflict = true;
        self.breach(rule, source, message);
    }

    /// Tells of a key that cannot be had; gives whether there is room for the entry, so that the rest of it can be judged.
    pub(super) fn refuse_taken(&mut self, what: &str, key: &str, taken: Option<&str>, count: usize) -> bool {
        match taken {
            Some(known) if known == key => {
                self.conflict("key", KEYS, format!("{what} key already exists"));
                return false;
            }
            Some(known) => self.conflict(
                "key",
                KEYS,
                format!("{what} key `{key}` differs from `{known}` only by `-` and `_`; choose another key"),
            ),
            None if count >= MAX_CATALOG_ENTRIES => self.conflict(
                "catalog_size",
                LIMITS,
                format!("the catalog holds {count} entries of type {what}, the most it can; retire some"),
            ),
            None => {}
        }
        true
    }
}
