//! From the catalog to its document.

use api::{
    document::{CatalogDocument, FeatureEntry, ModuleEntry, PermissionEntry},
    request::PatchPolicy,
};
use domain::{Attributes, Catalog, Combine, Feature, ItemKind, Module, Permission, Text};

use super::{item_out::item_body, reader::from_word};

/// The whole catalog as a document: the newest definition of everything. Applied to the same catalog it changes nothing.
pub fn exported(catalog: &Catalog) -> CatalogDocument {
    let items = |kind| catalog.items(kind).map(|item| (item.key.to_string(), item_body(item))).collect();
    CatalogDocument {
        policy: Some(PatchPolicy {
            completeness: from_word(catalog.policy.completeness.as_str()),
            pricing_duplicates: from_word(catalog.policy.pricing_duplicates.as_str()),
        }),
        modules: catalog.modules().filter_map(|module| Some((module.key.to_string(), module_entry(module)?))).collect(),
        permissions: catalog
            .permissions()
            .map(|permission| (permission.key.to_string(), permission_entry(permission, catalog)))
            .collect(),
        features: catalog.features().filter_map(|one| Some((one.key.to_string(), feature_entry(one)?))).collect(),
        packages: items(ItemKind::Package),
        addons: items(ItemKind::Addon),
        tests: Vec::new(),
    }
}

fn module_entry(module: &Module) -> Option<ModuleEntry> {
    Some(ModuleEntry {
        name: module.name.to_string(),
        module_type: from_word(module.kind.as_str())?,
        description: text(module.description.as_ref()),
        is_active: module.is_active,
        namespace: (module.namespace != module.key).then(|| module.namespace.to_string()),
        namespace_aliases: module.namespace_aliases.iter().map(ToString::to_string).collect(),
        aliases: module.aliases.iter().map(ToString::to_string).collect(),
    })
}

fn permission_entry(permission: &Permission, catalog: &Catalog) -> PermissionEntry {
    let owner =
        catalog.modules().find(|module| module.namespaces().any(|one| one.as_str() == permission.key.namespace()));
    let is_default = owner.is_some_and(|module| module.key == permission.module);
    PermissionEntry {
        module_key: (!is_default).then(|| permission.module.to_string()),
        description: text(permission.description.as_ref()),
    }
}

fn feature_entry(feature: &Feature) -> Option<FeatureEntry> {
    Some(FeatureEntry {
        name: feature.name.to_string(),
        kind: from_word(feature.kind.as_str())?,
        unit: text(feature.unit.as_ref()),
        combine: from_word(feature.combine.as_str()).filter(|_| feature.combine != Combine::Sum),
        description: text(feature.description.as_ref()),
        attributes: names(&feature.attributes),
    })
}

fn names(attributes: &Attributes) -> std::collections::BTreeMap<String, String> {
    attributes.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn text(text: Option<&Text>) -> Option<String> {
    text.map(ToString::to_string)
}
