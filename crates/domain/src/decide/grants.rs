//! Giving and taking away features and modules.

use super::{Drafted, MAX_GRANTS, Scene};
use crate::{AddGrant, Breach, FeatureKind, Grant, GrantTerms, Granted, Refusal, RefusalCode, Window};
use uuid::Uuid;

pub(super) fn add(add: &AddGrant, scene: Scene<'_>) -> Result<Drafted, Refusal> {
    if scene.state.grants.len() >= MAX_GRANTS {
        let message = format!("the company has {MAX_GRANTS} grants, the most it can; remove ended ones");
        return Err(Refusal::conflict("grants", message));
    }
    let mut granted = add.granted.clone();
    let mut breaches = Vec::new();
    match &mut granted {
        Granted::Module(key) => match scene.catalog.module_named(key) {
            Some(module) => *key = module.key.clone(),
            None => breaches.push(Breach::new("moduleKey", format!("module `{key}` does not exist"))),
        },
        Granted::Feature(key, value) => match scene.catalog.feature(key).map(|feature| feature.kind) {
            None => breaches.push(Breach::new("featureKey", format!("feature `{key}` does not exist"))),
            Some(FeatureKind::Credit) => breaches.push(Breach::new(
                "featureKey",
                format!("feature `{key}` is a credit; add to its balance by credits/{key}/grant"),
            )),
            Some(kind) if !value.fits(kind) => {
                let wanted = if kind == FeatureKind::Toggle {
                    "true or false"
                } else {
                    "an integer from 0, or null for unlimited"
                };
                breaches.push(Breach::new(
                    "value",
                    format!("feature `{key}` is a {}: its value is {wanted}", kind.as_str()),
                ));
            }
            Some(FeatureKind::Toggle | FeatureKind::Limit) => {}
        },
    }
    let window = Window { starts_at: add.starts_at, ends_at: add.ends_at, grace_ends_at: None };
    if window.is_empty() {
        breaches.push(Breach::new("endsAt", "endsAt must be after startsAt"));
    }
    if window.has_closed(scene.at) {
        breaches.push(Breach::new("endsAt", "endsAt must lie in the future"));
    }
    if !breaches.is_empty() {
        return Err(Refusal::of(RefusalCode::Validation, breaches));
    }
    let terms = GrantTerms { id: add.id, granted, window, created_at: scene.at };
    let (reason, source, created_by) = (add.reason.clone(), add.source.clone(), scene.actor.clone());
    Ok(Drafted { grants_added: vec![Grant { terms, reason, source, created_by }], ..Drafted::default() })
}

pub(super) fn remove(id: Uuid, scene: Scene<'_>) -> Result<Drafted, Refusal> {
    let grant = scene.state.grants.iter().find(|grant| grant.terms.id == id);
    let grant = grant.ok_or_else(|| Refusal::not_found(format!("the company has no grant `{id}`")))?;
    Ok(Drafted { grants_removed: vec![grant.clone()], ..Drafted::default() })
}
