//! Storing the entries of a catalog write: modules, permissions, features, items with their revisions and mappings, the policy.

use domain::{
    CatalogChange, Entry, Feature, Item, ItemKind, ItemRef, Module, ModuleKey, Permission, Policy, Revision, Text,
};
use rusqlite::Connection;
use store::record::{DefinitionRecord, ProfileRecord};

use crate::{
    column::{json_list, json_map, stored},
    commit_catalog::one_row,
    failure::Failure,
};

pub(crate) const PUT_MODULE: &str = "
    INSERT INTO modules
        (id, key, name, type, description, is_active, namespace, namespace_aliases, aliases, epoch, epoch_grown_at,
        created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    ON CONFLICT (id) DO UPDATE
    SET name = excluded.name,
        description = excluded.description,
        is_active = excluded.is_active,
        namespace = excluded.namespace,
        namespace_aliases = excluded.namespace_aliases,
        aliases = excluded.aliases,
        epoch = excluded.epoch,
        epoch_grown_at = excluded.epoch_grown_at,
        updated_at = excluded.updated_at";

pub(crate) const PUT_PERMISSION: &str = "
    INSERT INTO permissions
        (id, key, module_key, description, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (id) DO UPDATE
    SET module_key = excluded.module_key,
        description = excluded.description,
        updated_at = excluded.updated_at";

pub(crate) const PUT_FEATURE: &str = "
    INSERT INTO features
        (id, key, name, description, kind, unit, combine, attributes, epoch, epoch_grown_at, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    ON CONFLICT (id) DO UPDATE
    SET name = excluded.name,
        description = excluded.description,
        unit = excluded.unit,
        combine = excluded.combine,
        attributes = excluded.attributes,
        epoch = excluded.epoch,
        epoch_grown_at = excluded.epoch_grown_at,
        updated_at = excluded.updated_at";

pub(crate) const PUT_PACKAGE: &str = "
    INSERT INTO packages
        (id, key, name, description, is_active, lifecycle_status, visibility, commercial_type, profile_json, created_at,
        updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    ON CONFLICT (id) DO UPDATE
    SET name = excluded.name,
        description = excluded.description,
        is_active = excluded.is_active,
        lifecycle_status = excluded.lifecycle_status,
        visibility = excluded.visibility,
        commercial_type = excluded.commercial_type,
        profile_json = excluded.profile_json,
        updated_at = excluded.updated_at";

pub(crate) const PUT_ADDON: &str = "
    INSERT INTO addons
        (id, key, name, description, is_active, lifecycle_status, visibility, profile_json, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (id) DO UPDATE
    SET name = excluded.name,
        description = excluded.description,
        is_active = excluded.is_active,
        lifecycle_status = excluded.lifecycle_status,
        visibility = excluded.visibility,
        profile_json = excluded.profile_json,
        updated_at = excluded.updated_at";

pub(crate) const SET_POLICY: &str = "
    UPDATE catalog_state
    SET completeness = ?1,
        pricing_duplicates = ?2
    WHERE id = 1";

pub(crate) const PUT_PACKAGE_REVISION: &str = "
    INSERT INTO package_revisions
        (package_id, number, reach, definition, epoch, epoch_grown_at, created_at)
    SELECT id, ?2, ?3, ?4, ?5, ?6, ?7
    FROM packages
    WHERE key = ?1
    ON CONFLICT (package_id, number) DO UPDATE
    SET epoch = excluded.epoch,
        epoch_grown_at = excluded.epoch_grown_at";

pub(crate) const PUT_ADDON_REVISION: &str = "
    INSERT INTO addon_revisions
        (addon_id, number, reach, definition, epoch, epoch_grown_at, created_at)
    SELECT id, ?2, ?3, ?4, ?5, ?6, ?7
    FROM addons
    WHERE key = ?1
    ON CONFLICT (addon_id, number) DO UPDATE
    SET epoch = excluded.epoch,
        epoch_grown_at = excluded.epoch_grown_at";

pub(crate) const UNMAP_PACKAGE: &str = "
    DELETE FROM package_modules
    WHERE package_id = ?1
        AND module_id NOT IN (
            SELECT module.id
            FROM json_each(?2) AS wanted
            CROSS JOIN modules AS module ON module.key = wanted.value)";

pub(crate) const UNMAP_ADDON: &str = "
    DELETE FROM addon_modules
    WHERE addon_id = ?1
        AND module_id NOT IN (
            SELECT module.id
            FROM json_each(?2) AS wanted
            CROSS JOIN modules AS module ON module.key = wanted.value)";

pub(crate) const MAP_PACKAGE: &str = "
    INSERT INTO package_modules (package_id, module_id, created_at)
    SELECT ?1, module.id, ?3
    FROM json_each(?2) AS wanted
    CROSS JOIN modules AS module ON module.key = wanted.value
    WHERE true
    ON CONFLICT (package_id, module_id) DO NOTHING";

pub(crate) const MAP_ADDON: &str = "
    INSERT INTO addon_modules (addon_id, module_id, created_at)
    SELECT ?1, module.id, ?3
    FROM json_each(?2) AS wanted
    CROSS JOIN modules AS module ON module.key = wanted.value
    WHERE true
    ON CONFLICT (addon_id, module_id) DO NOTHING";

/// Stores every entry and revision that the change made or touched.
pub(crate) fn put(connection: &Connection, change: &CatalogChange) -> Result<(), Failure> {
    let changed = change.events.iter().map(|event| &event.after).chain(&change.grown);
    for entry in changed.clone() {
        match entry {
            Entry::Module(module) => put_module(connection, module)?,
            Entry::Permission(permission) => put_permission(connection, permission)?,
            Entry::Feature(feature) => put_feature(connection, feature)?,
            Entry::Item(item) => put_item(connection, item)?,
            Entry::Policy(policy) => set_policy(connection, *policy)?,
        }
    }
    for (item, revision) in &change.revisions {
        put_revision(connection, item, revision)?;
    }
    // Last: an item may include a module that the same change made.
    for entry in changed {
        if let Entry::Item(item) = entry {
            map(connection, item)?;
        }
    }
    Ok(())
}

fn put_module(connection: &Connection, module: &Module) -> Result<(), Failure> {
    let row = (
        module.id.into_bytes(),
        module.key.as_str(),
        module.name.as_str(),
        module.kind.as_str(),
        module.description.as_ref().map(Text::as_str),
        module.is_active,
        module.namespace.as_str(),
        json_list(module.namespace_aliases.iter().map(ModuleKey::as_str)),
        json_list(module.aliases.iter().map(ModuleKey::as_str)),
        stored(module.epoch)?,
        module.epoch_grown_at.micros(),
        module.created_at.micros(),
        module.updated_at.micros(),
    );
    one_row(connection, PUT_MODULE, row)
}

fn put_permission(connection: &Connection, permission: &Permission) -> Result<(), Failure> {
    let row = (
        permission.id.into_bytes(),
        permission.key.as_str(),
        permission.module.as_str(),
        permission.description.as_ref().map(Text::as_str),
        permission.created_at.micros(),
        permission.updated_at.micros(),
    );
    one_row(connection, PUT_PERMISSION, row)
}

fn put_feature(connection: &Connection, feature: &Feature) -> Result<(), Failure> {
    let row = (
        feature.id.into_bytes(),
        feature.key.as_str(),
        feature.name.as_str(),
        feature.description.as_ref().map(Text::as_str),
        feature.kind.as_str(),
        feature.unit.as_ref().map(Text::as_str),
        feature.combine.as_str(),
        json_map(feature.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
        stored(feature.epoch)?,
        feature.epoch_grown_at.micros(),
        feature.created_at.micros(),
        feature.updated_at.micros(),
    );
    one_row(connection, PUT_FEATURE, row)
}

fn put_item(connection: &Connection, item: &Item) -> Result<(), Failure> {
    let (id, key, name) = (item.id.into_bytes(), item.key.as_str(), item.name.as_str());
    let description = item.description.as_ref().map(Text::as_str);
    let (is_active, lifecycle) = (item.is_active(), item.lifecycle.as_str());
    let visibility = item.profile.visibility().as_str();
    let profile = ProfileRecord::of(&item.profile).to_json();
    let (created_at, updated_at) = (item.created_at.micros(), item.updated_at.micros());
    match item.kind {
        ItemKind::Package => {
            let of = item.profile.commercial_type.map(domain::CommercialType::as_str);
            let row =
                (id, key, name, description, is_active, lifecycle, visibility, of, profile, created_at, updated_at);
            one_row(connection, PUT_PACKAGE, row)
        }
        ItemKind::Addon => {
            let row = (id, key, name, description, is_active, lifecycle, visibility, profile, created_at, updated_at);
            one_row(connection, PUT_ADDON, row)
        }
    }
}

fn set_policy(connection: &Connection, policy: Policy) -> Result<(), Failure> {
    one_row(connection, SET_POLICY, (policy.completeness.as_str(), policy.pricing_duplicates.as_str()))
}

fn put_revision(connection: &Connection, item: &ItemRef, revision: &Revision) -> Result<(), Failure> {
    let sql = match item.kind {
        ItemKind::Package => PUT_PACKAGE_REVISION,
        ItemKind::Addon => PUT_ADDON_REVISION,
    };
    let row = (
        item.key.as_str(),
        revision.number,
        revision.reach.as_str(),
        DefinitionRecord::of(&revision.definition).to_json(),
        stored(revision.epoch)?,
        revision.epoch_grown_at.micros(),
        revision.created_at.micros(),
    );
    one_row(connection, sql, row)
}

/// Brings an item's mapping rows to its newest revision; rows that stay keep their `created_at`.
fn map(connection: &Connection, item: &Item) -> Result<(), Failure> {
    let Some(newest) = item.newest() else { return Ok(()) };
    let (unmap, map) = match item.kind {
        ItemKind::Package => (UNMAP_PACKAGE, MAP_PACKAGE),
        ItemKind::Addon => (UNMAP_ADDON, MAP_ADDON),
    };
    let keys = json_list(newest.definition.modules.iter().map(ModuleKey::as_str));
    let id = item.id.into_bytes();
    connection.prepare_cached(unmap)?.execute((id, &keys))?;
    connection.prepare_cached(map)?.execute((id, &keys, newest.created_at.micros()))?;
    Ok(())
}
