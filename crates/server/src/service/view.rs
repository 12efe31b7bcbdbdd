//! Domain values in the words of the wire.

use api::{Instant, ItemStatus, ModuleType, response};
use domain::{Catalog, Entitlements, Item, Module, ModuleKind, Status, Timestamp};

/// An instant on the wire.
pub fn to_instant(timestamp: Timestamp) -> Instant {
    // Both types span the same years, so the fallback is never taken.
    Instant::from_micros(timestamp.micros()).unwrap_or_else(|| to_instant(Timestamp::MIN))
}

/// An instant from the wire.
pub fn from_instant(instant: Instant) -> Timestamp {
    Timestamp::clamped(instant.micros())
}

/// A status on the wire.
pub fn item_status(status: Status) -> ItemStatus {
    match status {
        Status::Active => ItemStatus::Active,
        Status::Inactive => ItemStatus::Inactive,
        Status::Cancelled => ItemStatus::Cancelled,
        Status::Expired => ItemStatus::Expired,
        Status::Trial => ItemStatus::Trial,
        Status::Paused => ItemStatus::Paused,
    }
}

/// A status from the wire.
pub fn word_status(status: ItemStatus) -> Status {
    match status {
        ItemStatus::Active => Status::Active,
        ItemStatus::Inactive => Status::Inactive,
        ItemStatus::Cancelled => Status::Cancelled,
        ItemStatus::Expired => Status::Expired,
        ItemStatus::Trial => Status::Trial,
        ItemStatus::Paused => Status::Paused,
    }
}

/// Entitlements on the wire (requirements 004 §15.1).
pub fn entitlements_view(entitlements: &Entitlements) -> response::EntitlementsView {
    let addon = |addon: &domain::AddonInForce| response::AddonView {
        key: addon.key.to_string(),
        status: item_status(addon.status),
        starts_at: addon.starts_at.map(to_instant),
        ends_at: addon.ends_at.map(to_instant),
    };
    response::EntitlementsView {
        company_id: entitlements.company_id.uuid(),
        has_basic: entitlements.has_basic,
        base_package: entitlements.base_package.as_ref().map(ToString::to_string),
        addons: entitlements.addons.iter().map(addon).collect(),
        enabled_modules: entitlements.enabled_modules.iter().map(ToString::to_string).collect(),
        entitlement_version: entitlements.version,
        updated_at: to_instant(entitlements.updated_at),
        valid_until: entitlements.valid_until.map(to_instant),
        as_of: to_instant(entitlements.as_of),
    }
}

/// A module on the wire (requirements 004 §14.1).
pub fn module_view(module: &Module) -> response::ModuleView {
    response::ModuleView {
        id: module.id,
        key: module.key.to_string(),
        name: module.name.to_string(),
        module_type: match module.kind {
            ModuleKind::Base => ModuleType::Base,
            ModuleKind::Addon => ModuleType::Addon,
        },
        description: module.description.as_ref().map(ToString::to_string),
        is_active: module.is_active,
    }
}

/// A package or add-on on the wire (requirements 004 §14.2, §14.3): the modules of its newest revision, base modules first, then by key.
pub fn item_view(item: &Item, catalog: &Catalog) -> response::ItemView {
    let included = |module: &&Module| item.definition().is_some_and(|newest| newest.modules.contains(&module.key));
    response::ItemView {
        id: item.id,
        key: item.key.to_string(),
        name: item.name.to_string(),
        description: item.description.as_ref().map(ToString::to_string),
        is_active: item.is_active(),
        modules: catalog.modules().filter(included).map(|module| module.key.to_string()).collect(),
    }
}
