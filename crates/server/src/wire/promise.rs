//! The promises of a catalog document: given a company, expect what it owns.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    FeatureAmount,
    document::{CatalogDocument, DocumentTest, Expected, GivenCompany, GivenRow, RowGiven},
};
use domain::{
    AddGrant, Catalog, Command, CompanyId, CompanyState, Evaluation, FeatureKey, Granted, ItemKey, ItemKind, ItemRef,
    ModuleKey, Patch, SetHolding, Status, Text, Timestamp, Uuid, apply, decide,
};

use super::{item_out::amount_body, reader};
use crate::service::{from_instant, word_status};

/// How one promise was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromiseOutcome {
    /// What is promised.
    pub name: String,
    /// What is otherwise; empty when it is kept.
    pub broken: Vec<String>,
}

/// 2026-01-01T00:00:00Z: the instant that a promise asks for when it names none.
const DEFAULT_INSTANT: i64 = 1_767_225_600_000_000;

/// Tries every promise of a document on a catalog.
pub fn kept_promises(document: &CatalogDocument, catalog: &Catalog) -> Vec<PromiseOutcome> {
    let outcome = |(number, test): (usize, &DocumentTest)| {
        let name = if test.name.is_empty() { format!("test {}", number + 1) } else { test.name.clone() };
        PromiseOutcome { name, broken: broken(test, catalog) }
    };
    document.tests.iter().enumerate().map(outcome).collect()
}

fn broken(test: &DocumentTest, catalog: &Catalog) -> Vec<String> {
    let at = test.at.map_or_else(|| Timestamp::clamped(DEFAULT_INSTANT), from_instant);
    match (given(&test.given, catalog), &test.expect.refused) {
        (Err(reason), Some(piece)) if reason.contains(piece.as_str()) => Vec::new(),
        (Err(reason), Some(piece)) => vec![format!("is refused because {reason}, not because of `{piece}`")],
        (Err(reason), None) => vec![format!("the company cannot have that: {reason}")],
        (Ok(_), Some(piece)) => vec![format!("should be refused because of `{piece}`, and is not")],
        (Ok(state), None) => compared(&state, catalog, at, &test.expect),
    }
}

/// A company that was given what the test says, one write after the other, long before anything begins.
fn given(given: &GivenCompany, catalog: &Catalog) -> Result<CompanyState, String> {
    let company = CompanyId::new(Uuid::from_u128(1)).ok_or("no company")?;
    let mut state = CompanyState::unknown(company);
    let actor = Text::line("catalog test", Text::ACTOR_CHARS).map_err(|error| error.to_string())?;
    let mut commands = Vec::new();
    for (key, value) in &given.features {
        let key = FeatureKey::parse(key).map_err(|error| format!("feature `{key}` {error}"))?;
        commands.push(grant(Granted::Feature(key, reader::amount(*value)), &actor, commands.len()));
    }
    for key in &given.modules {
        let key = ModuleKey::parse(key).map_err(|error| format!("module `{key}` {error}"))?;
        commands.push(grant(Granted::Module(key), &actor, commands.len()));
    }
    for (kind, rows) in [(ItemKind::Package, &given.packages), (ItemKind::Addon, &given.addons)] {
        for row in rows {
            commands.push(row_command(kind, row, commands.len(), catalog)?);
        }
    }
    for (step, command) in (1_i64..).zip(commands) {
        let actor = assigner(&command, catalog).unwrap_or(&actor);
        let changes = decide(&command, &state, catalog, Timestamp::clamped(step), actor);
        if let Some(changes) = changes.map_err(|refusal| refusal.message)? {
            state = apply(state, &changes);
        }
    }
    Ok(state)
}

fn grant(granted: Granted, reason: &Text, place: usize) -> Command {
    let id = Uuid::from_u128(place as u128 + 1);
    Command::AddGrant(AddGrant { id, granted, starts_at: None, ends_at: None, reason: reason.clone(), source: None })
}

/// Somebody who may assign the item: a promise is about what a company owns, not about who gave it.
fn assigner<'a>(command: &Command, catalog: &'a Catalog) -> Option<&'a Text> {
    let Command::SetHolding(set) = command else { return None };
    catalog.item_named(&set.item)?.profile.governance.assigners.first()
}

fn row_command(kind: ItemKind, row: &GivenRow, place: usize, catalog: &Catalog) -> Result<Command, String> {
    let plain = |key: &String| RowGiven {
        key: key.clone(),
        status: None,
        starts_at: None,
        ends_at: None,
        grace_ends_at: None,
        quantity: None,
    };
    let row = match row {
        GivenRow::Key(key) => plain(key),
        GivenRow::Row(row) => row.clone(),
    };
    let key = ItemKey::parse(&row.key).map_err(|error| format!("{} `{}` {error}", kind.as_str(), row.key))?;
    let item = ItemRef { kind, key };
    // By the kind of process that its visibility asks for.
    let source = catalog.item_named(&item).and_then(|item| item.profile.visibility().required_source());
    let source = source.and_then(|source| Text::line(source, Text::SOURCE_CHARS).ok());
    let instant = |given: Option<api::Instant>| given.map_or(Patch::Keep, |instant| Patch::Set(from_instant(instant)));
    Ok(Command::SetHolding(SetHolding {
        fresh: Uuid::from_u128((place as u128 + 1) << 64),
        item,
        status: row.status.map_or(Status::Active, word_status),
        starts_at: instant(row.starts_at),
        ends_at: instant(row.ends_at),
        grace_ends_at: instant(row.grace_ends_at),
        quantity: row.quantity,
        source: source.map_or(Patch::Keep, Patch::Set),
        external_reference: Patch::Keep,
    }))
}

fn compared(state: &CompanyState, catalog: &Catalog, at: Timestamp, expect: &Expected) -> Vec<String> {
    let standing = state.standing();
    let evaluation = Evaluation::of(&standing, catalog, at);
    let eligibility = evaluation.eligibility();
    let mut broken = Vec::new();
    let mut same = |what: &str, expected: &Option<Vec<String>>, actual: BTreeSet<String>| {
        if let Some(expected) = expected {
            let expected: BTreeSet<String> = expected.iter().cloned().collect();
            if expected != actual {
                let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(", ");
                broken.push(format!("{what}: expected [{}], owns [{}]", list(&expected), list(&actual)));
            }
        }
    };
    same("modules", &expect.modules, evaluation.modules().iter().map(|(_, key)| key.to_string()).collect());
    same("addons", &expect.addons, evaluation.operative().map(|addon| addon.key.to_string()).collect());
    same("stopped", &expect.stopped, evaluation.stopped().map(|addon| addon.key.to_string()).collect());
    same("permissionFamilies", &expect.permission_families, eligibility.families.clone());
    same("permissions", &expect.permissions, eligibility.permissions.iter().map(ToString::to_string).collect());
    let base = evaluation.base_package().map_or_else(|| "none".to_owned(), ToString::to_string);
    if let Some(expected) = expect.base_package.as_ref().filter(|expected| **expected != base) {
        broken.push(format!("basePackage: expected {expected}, is {base}"));
    }
    let values: BTreeMap<String, FeatureAmount> =
        evaluation.features().iter().map(|one| (one.feature.key.to_string(), amount_body(one.value))).collect();
    for (key, expected) in &expect.features {
        let actual = values.get(key).copied().unwrap_or(FeatureAmount::Toggle(false));
        if actual != *expected {
            let show = |amount: &FeatureAmount| serde_json::to_string(amount).unwrap_or_default();
            broken.push(format!("features.{key}: expected {}, has {}", show(expected), show(&actual)));
        }
    }
    broken
}
