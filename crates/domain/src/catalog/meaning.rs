//! What a revision means: the part of its definition that can change an answer, with the state of everything it points at.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AddonRules, Catalog, Combine, FeatureKind, FeatureValue, Item, ItemKind, Module, ModuleKind, PermissionKey,
    Revision,
};
use crate::{FeatureKey, ItemKey, ModuleKey};

/// A revision, flattened. Two revisions of equal meaning give equal answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meaning<'a> {
    modules: Vec<ModuleMeaning<'a>>,
    /// With the modules of permissions that are attached for an add-on.
    permissions: BTreeMap<&'a PermissionKey, Option<&'a ItemKey>>,
    features: Vec<(&'a FeatureKey, FeatureValue, FeatureKind, Combine)>,
    included: BTreeMap<&'a ItemKey, Option<Meaning<'a>>>,
    forbidden: BTreeSet<&'a ItemKey>,
    rules: (bool, &'a AddonRules),
}

/// What a grant of a module means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ModuleMeaning<'a> {
    key: &'a ModuleKey,
    kind: ModuleKind,
    is_active: bool,
    namespaces: Vec<&'a ModuleKey>,
}

pub(super) fn of_module(module: &Module) -> ModuleMeaning<'_> {
    let Module { key, kind, is_active, .. } = module;
    ModuleMeaning { key, kind: *kind, is_active: *is_active, namespaces: module.namespaces().collect() }
}

/// The meaning of a revision in a catalog.
pub(super) fn of_revision<'a>(revision: &'a Revision, catalog: &'a Catalog) -> Meaning<'a> {
    let definition = &revision.definition;
    let own = definition.permissions.iter().map(|key| (key, None));
    let attached = definition.attached_permissions.iter().map(|(key, addon)| (key, Some(addon)));
    let features = definition.features.iter().filter_map(|(key, value)| {
        let feature = catalog.feature(key)?;
        Some((key, *value, feature.kind, feature.combine))
    });
    let included = definition.included().map(|key| {
        let revision = catalog.addon(key).and_then(Item::included_revision);
        (key, revision.map(|revision| of_revision(revision, catalog)))
    });
    Meaning {
        modules: catalog.active_modules(revision).map(of_module).collect(),
        permissions: attached.chain(own).filter(|(key, _)| catalog.is_open(key)).collect(),
        features: features.collect(),
        included: included.collect(),
        forbidden: definition.addons.keys().filter(|key| definition.forbids(key)).collect(),
        rules: (definition.rules.is_standalone(), &definition.rules),
    }
}

impl Catalog {
    /// The modules that a revision enables: those it includes that exist and are active.
    pub fn active_modules(&self, revision: &Revision) -> impl Iterator<Item = &Module> {
        revision.definition.modules.iter().filter_map(|key| self.module(key)).filter(|module| module.is_active)
    }

    /// Whether a revision includes a base module, active or not: then it is the definition of a base package.
    pub fn includes_base(&self, revision: &Revision) -> bool {
        let mut modules = revision.definition.modules.iter().filter_map(|key| self.module(key));
        modules.any(|module| module.kind == ModuleKind::Base)
    }

    /// Whether a company may be eligible for a permission: it exists, and its module is not switched off.
    pub fn is_open(&self, permission: &PermissionKey) -> bool {
        let module = self.permission(permission).and_then(|permission| self.module(&permission.module));
        module.is_some_and(|module| module.is_active)
    }

    /// Every revision of every item.
    pub(super) fn revisions(&self) -> impl Iterator<Item = (&Item, &Revision)> {
        [ItemKind::Package, ItemKind::Addon]
            .into_iter()
            .flat_map(|kind| self.items(kind))
            .flat_map(|item| item.revisions.iter().map(move |revision| (item, revision)))
    }
}
