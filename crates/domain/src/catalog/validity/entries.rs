//! Permissions and features, each by itself.

use super::{Catalog, check_attributes};
use crate::{Breach, Permission};

/// Tells of permissions outside of their module's namespaces, and of entries with too many attributes.
pub(super) fn check(catalog: &Catalog, breaches: &mut Vec<Breach>) {
    for permission in catalog.permissions() {
        check_permission(permission, catalog, breaches);
    }
    for feature in catalog.features() {
        check_attributes(&format!("feature {}", feature.key), &feature.attributes, breaches);
    }
    for item in catalog.all_items() {
        check_attributes(&super::subject(item), &item.profile.attributes, breaches);
    }
}

fn check_permission(permission: &Permission, catalog: &Catalog, breaches: &mut Vec<Breach>) {
    let Permission { key, module: owner, .. } = permission;
    let subject = format!("permission {key}");
    let Some(module) = catalog.module(owner) else {
        let message = format!("module `{owner}` of permission `{key}` does not exist; create it first");
        breaches.push(Breach::of_entry(subject, "moduleKey", "requirements 000 §7.1", message));
        return;
    };
    if !module.namespaces().any(|namespace| namespace.as_str() == key.namespace()) {
        let namespaces: Vec<String> = module.namespaces().map(|namespace| format!("`{namespace}.`")).collect();
        let message = format!(
            "permission `{key}` belongs to module `{owner}`, so its key begins with {}; rename it, or name the module that owns \
             the capability",
            namespaces.join(" or ")
        );
        breaches.push(Breach::of_entry(subject, "key", "requirements 000 §7.1", message));
    }
}
