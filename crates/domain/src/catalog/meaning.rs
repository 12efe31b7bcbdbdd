//! What a revision means: the part of its definition that can change an answer, with the state of everything it points at.

use super::{Catalog, ItemKind, ModuleKind, Revision};
use crate::ModuleKey;

/// A revision, flattened. Two revisions of equal meaning give equal answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    modules: Vec<(ModuleKey, ModuleKind)>,
}

impl Meaning {
    /// The meaning of a revision in a catalog.
    pub(super) fn of(revision: &Revision, catalog: &Catalog) -> Self {
        Self { modules: catalog.active_modules(revision).map(|module| (module.key.clone(), module.kind)).collect() }
    }
}

impl Catalog {
    /// The modules that a revision enables: those it includes that exist and are active.
    pub fn active_modules(&self, revision: &Revision) -> impl Iterator<Item = &super::Module> {
        revision.modules.iter().filter_map(|key| self.module(key)).filter(|module| module.is_active)
    }

    /// Whether a revision includes a base module, active or not: then it is the definition of a base package.
    pub fn includes_base(&self, revision: &Revision) -> bool {
        revision.modules.iter().filter_map(|key| self.module(key)).any(|module| module.kind == ModuleKind::Base)
    }

    /// Every revision of every item.
    pub(super) fn revisions(&self) -> impl Iterator<Item = (&super::Item, &Revision)> {
        [ItemKind::Package, ItemKind::Addon]
            .into_iter()
            .flat_map(|kind| self.items(kind))
            .flat_map(|item| item.revisions.iter().map(move |revision| (item, revision)))
    }
}
