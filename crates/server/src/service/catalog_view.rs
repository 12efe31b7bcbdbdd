//! The catalog's own things in the words of the wire.

use api::response::{
    ChangeRequestView, ChangeView, FeatureView, FieldChange, Foretold, ItemDetail, PermissionView, PlannedChange,
    PolicyView, RevisionView, RollOutView,
};
use domain::{Catalog, CatalogEvent, Entry, Feature, Item, Permission, Policy, Revision, Text};
use serde_json::Value;
use store::{ChangeRequest, RollOut};

use super::{
    CatalogOutcome, Weighed,
    four_eyes::approvers,
    view::{item_view, module_view, to_instant},
};
use crate::wire::{definition_body, from_word, item_body};

fn text(text: Option<&Text>) -> Option<String> {
    text.map(ToString::to_string)
}

/// A permission on the wire.
pub fn permission_view(permission: &Permission) -> PermissionView {
    PermissionView {
        id: permission.id,
        key: permission.key.to_string(),
        module_key: permission.module.to_string(),
        description: text(permission.description.as_ref()),
    }
}

/// A feature on the wire.
pub fn feature_view(feature: &Feature) -> FeatureView {
    let kind = match feature.kind {
        domain::FeatureKind::Toggle => api::FeatureKindWord::Toggle,
        domain::FeatureKind::Limit => api::FeatureKindWord::Limit,
        domain::FeatureKind::Credit => api::FeatureKindWord::Credit,
    };
    let combine = match feature.combine {
        domain::Combine::Sum => api::CombineWord::Sum,
        domain::Combine::Max => api::CombineWord::Max,
    };
    FeatureView {
        id: feature.id,
        key: feature.key.to_string(),
        name: feature.name.to_string(),
        kind,
        unit: text(feature.unit.as_ref()),
        combine,
        description: text(feature.description.as_ref()),
        attributes: feature.attributes.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
    }
}

/// The policy on the wire.
pub fn policy_view(policy: Policy, changes: Option<Vec<ChangeView>>) -> PolicyView {
    let word = |strictness: domain::Strictness| match strictness {
        domain::Strictness::Lenient => api::StrictnessWord::Lenient,
        domain::Strictness::Strict => api::StrictnessWord::Strict,
    };
    PolicyView {
        completeness: word(policy.completeness),
        pricing_duplicates: word(policy.pricing_duplicates),
        changes,
        foretold: Foretold::default(),
    }
}

/// What a dry run says of companies; nothing of a real write.
pub fn foretold(outcome: &CatalogOutcome) -> Foretold {
    let weighed = outcome.weighed.as_ref().filter(|_| outcome.dry_run);
    Foretold { impact: weighed.map(Weighed::view), plan_hash: weighed.map(|weighed| weighed.hash.clone()) }
}

/// An item with everything that is said of it.
pub fn item_detail(item: &Item, catalog: &Catalog) -> ItemDetail {
    let view = item_view(item, catalog);
    ItemDetail {
        id: view.id,
        key: view.key,
        name: view.name,
        description: view.description,
        is_active: view.is_active,
        modules: view.modules,
        lifecycle_status: from_word(item.lifecycle.as_str()).unwrap_or(api::LifecycleWord::Draft),
        revision: item.newest().map_or(0, |newest| newest.number),
        revision_of_existing: item.newest_existing(),
        definition: item_body(item),
        created_at: to_instant(item.created_at),
        updated_at: to_instant(item.updated_at),
    }
}

/// A revision on the wire.
pub fn revision_view(_: &Item, revision: &Revision) -> Option<RevisionView> {
    Some(RevisionView {
        number: revision.number,
        reach: from_word(revision.reach.as_str())?,
        definition: definition_body(&revision.definition),
        created_at: to_instant(revision.created_at),
    })
}

/// A change request on the wire.
pub fn change_request_view(request: &ChangeRequest) -> ChangeRequestView {
    let json = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    ChangeRequestView {
        id: request.id,
        status: request.status.as_str().to_owned(),
        item_type: request.item.kind.as_str().to_owned(),
        item_key: request.item.key.to_string(),
        change: json(&request.change),
        impact: json(&request.impact),
        requested_by: request.requested_by.to_string(),
        requested_at: to_instant(request.requested_at),
        decided_by: text(request.decided_by.as_ref()),
        decided_at: request.decided_at.map(to_instant),
    }
}

/// A roll-out on the wire.
pub fn roll_out_view(roll_out: &RollOut) -> RollOutView {
    RollOutView {
        id: roll_out.id,
        item_type: roll_out.item.kind.as_str().to_owned(),
        item_key: roll_out.item.key.to_string(),
        to_revision: roll_out.to_revision,
        status: roll_out.status.as_str().to_owned(),
        percent: roll_out.percent,
        batch_size: roll_out.batch_size,
        total: roll_out.total,
        moved: roll_out.moved,
        unchanged: roll_out.unchanged,
        refused: roll_out.refused,
        reasons: roll_out.reasons.clone(),
        created_by: roll_out.created_by.to_string(),
        created_at: to_instant(roll_out.created_at),
        updated_at: to_instant(roll_out.updated_at),
        foretold: Foretold::default(),
    }
}

/// A roll-out as it would begin, and what it would do to companies.
pub fn foretold_roll_out_view(roll_out: &RollOut, weighed: &Weighed) -> RollOutView {
    let foretold = Foretold { impact: Some(weighed.view()), plan_hash: Some(weighed.hash.clone()) };
    RollOutView { foretold, ..roll_out_view(roll_out) }
}

/// What a catalog write changes, entry by entry and field by field.
pub fn planned_changes(outcome: &CatalogOutcome) -> Vec<PlannedChange> {
    outcome.change.iter().flat_map(|change| &change.events).map(planned_change).collect()
}

/// What a catalog write makes of one entry.
pub(super) fn planned_change(event: &CatalogEvent) -> PlannedChange {
    let (before, after) = (event.before.as_ref().map(fields).unwrap_or_default(), fields(&event.after));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    PlannedChange {
        kind: event.after.kind().to_owned(),
        key: event.after.key().to_owned(),
        action: if event.before.is_some() { "update" } else { "create" }.to_owned(),
        approvers: approvers(event).into_iter().map(ToString::to_string).collect(),
        fields: changed
            .map(|name| FieldChange {
                field: name.clone(),
                before: before.get(name).cloned(),
                after: after.get(name).cloned(),
            })
            .collect(),
    }
}

/// The fields of an entry, as a document would give them.
fn fields(entry: &Entry) -> serde_json::Map<String, Value> {
    let value = match entry {
        Entry::Module(module) => {
            let mut value = serde_json::to_value(module_view(module)).unwrap_or_default();
            if let Value::Object(fields) = &mut value {
                let words = |keys: &mut dyn Iterator<Item = &domain::ModuleKey>| {
                    Value::from(keys.map(ToString::to_string).collect::<Vec<_>>())
                };
                fields.insert("namespace".to_owned(), module.namespace.to_string().into());
                fields.insert("namespaceAliases".to_owned(), words(&mut module.namespace_aliases.iter()));
                fields.insert("aliases".to_owned(), words(&mut module.aliases.iter()));
            }
            value
        }
        Entry::Permission(permission) => serde_json::to_value(permission_view(permission)).unwrap_or_default(),
        Entry::Feature(feature) => serde_json::to_value(feature_view(feature)).unwrap_or_default(),
        Entry::Item(item) => {
            let mut value = serde_json::to_value(item_body(item)).unwrap_or_default();
            if let Value::Object(fields) = &mut value {
                fields.insert("lifecycleStatus".to_owned(), item.lifecycle.as_str().into());
            }
            value
        }
        Entry::Policy(policy) => serde_json::to_value(policy_view(*policy, None)).unwrap_or_default(),
    };
    match value {
        Value::Object(mut fields) => {
            fields.remove("id");
            fields.remove("key");
            fields
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => serde_json::Map::new(),
    }
}
