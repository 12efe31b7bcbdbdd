//! Making and changing modules, permissions and features.

use super::draft::Draft;
use crate::{
    FeatureKey, ModuleKey, Text,
    catalog::{
        CreateModule, Entry, Feature, FeatureEdit, FeatureKind, Module, ModuleEdit, Permission, PermissionEdit,
        PermissionKey,
    },
};
use uuid::Uuid;

impl Draft<'_> {
    pub(super) fn create_module(&mut self, create: &CreateModule) {
        let CreateModule { id, key, kind, edit } = create;
        let taken = self.next.modules().map(|module| &module.key).find(|known| known.collides_with(key)).cloned();
        let count = self.next.modules().count();
        if !self.refuse_taken("module", key.as_str(), taken.as_ref().map(ModuleKey::as_str), count) {
            return;
        }
        let Some(name) = self.named(edit.name.as_ref(), "module", key.as_str()) else { return };
        let at = self.at;
        let module = Module {
            id: *id,
            key: key.clone(),
            name,
            kind: *kind,
            description: None,
            is_active: true,
            namespace: key.clone(),
            namespace_aliases: edit.namespace_aliases.clone().unwrap_or_default(),
            aliases: edit.aliases.clone().unwrap_or_default(),
            epoch: 0,
            epoch_grown_at: at,
            created_at: at,
            updated_at: at,
        };
        self.edit_module(&module, edit);
    }

    pub(super) fn edit_module(&mut self, known: &Module, edit: &ModuleEdit) {
        let mut module = known.clone();
        module.name = edit.name.clone().unwrap_or(module.name);
        module.description = edit.description.applied_to(known.description.as_ref());
        module.is_active = edit.is_active.unwrap_or(module.is_active);
        module.namespace = edit.namespace.applied_to(Some(&known.namespace)).unwrap_or_else(|| known.key.clone());
        module.namespace_aliases = edit.namespace_aliases.clone().unwrap_or(module.namespace_aliases);
        module.aliases = edit.aliases.clone().unwrap_or(module.aliases);
        module.updated_at = if module == *known { known.updated_at } else { self.at };
        self.next.put(Entry::Module(module));
    }

    pub(super) fn create_permission(&mut self, id: Uuid, key: &PermissionKey, edit: &PermissionEdit) {
        let taken = self.next.permission(key).map(|known| known.key.to_string());
        let count = self.next.permissions().count();
        if !self.refuse_taken("permission", key.as_str(), taken.as_deref(), count) {
            return;
        }
        let owns = |module: &&Module| module.namespaces().any(|namespace| namespace.as_str() == key.namespace());
        let module = edit.module.clone().or_else(|| self.next.modules().find(owns).map(|module| module.key.clone()));
        let Some(module) = module else {
            self.breach(
                "key",
                "requirements 000 §7.1",
                format!("no module has the namespace `{}` of permission `{key}`; name its moduleKey", key.namespace()),
            );
            return;
        };
        let (key, at) = (key.clone(), self.at);
        let made = Permission { id, key, module, description: None, created_at: at, updated_at: at };
        self.edit_permission(&made, edit);
    }

    pub(super) fn edit_permission(&mut self, known: &Permission, edit: &PermissionEdit) {
        let mut permission = known.clone();
        if let Some(named) = &edit.module {
            match self.next.module_named(named) {
                Some(module) => permission.module = module.key.clone(),
                None => self.breach(
                    "moduleKey",
                    "requirements 000 §7.1",
                    format!("module `{named}` does not exist; create it first"),
                ),
            }
        }
        permission.description = edit.description.applied_to(known.description.as_ref());
        permission.updated_at = if permission == *known { known.updated_at } else { self.at };
        self.next.put(Entry::Permission(permission));
    }

    pub(super) fn create_feature(&mut self, id: Uuid, key: &FeatureKey, kind: FeatureKind, edit: &FeatureEdit) {
        let taken = self.next.features().map(|feature| &feature.key).find(|known| known.collides_with(key)).cloned();
        let count = self.next.features().count();
        if !self.refuse_taken("feature", key.as_str(), taken.as_ref().map(FeatureKey::as_str), count) {
            return;
        }
        let Some(name) = self.named(edit.name.as_ref(), "feature", key.as_str()) else { return };
        let at = self.at;
        let feature = Feature {
            id,
            key: key.clone(),
            name,
            description: None,
            kind,
            unit: None,
            combine: edit.combine.unwrap_or_default(),
            attributes: edit.attributes.clone().unwrap_or_default(),
            epoch: 0,
            epoch_grown_at: at,
            created_at: at,
            updated_at: at,
        };
        self.edit_feature(&feature, edit);
    }

    pub(super) fn edit_feature(&mut self, known: &Feature, edit: &FeatureEdit) {
        let mut feature = known.clone();
        feature.name = edit.name.clone().unwrap_or(feature.name);
        feature.description = edit.description.applied_to(known.description.as_ref());
        feature.unit = edit.unit.applied_to(known.unit.as_ref());
        feature.combine = edit.combine.unwrap_or(feature.combine);
        feature.attributes = edit.attributes.clone().unwrap_or(feature.attributes);
        feature.updated_at = if feature == *known { known.updated_at } else { self.at };
        self.next.put(Entry::Feature(feature));
    }

    pub(super) fn named(&mut self, name: Option<&Text>, what: &str, key: &str) -> Option<Text> {
        if name.is_none() {
            self.breach("name", "requirements 004 §7", format!("{what} `{key}` needs a name"));
        }
        name.cloned()
    }
}
