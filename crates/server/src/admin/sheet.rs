//! A company, for people: what it owns at an instant, its rows, and why.

use std::collections::BTreeSet;

use api::{
    FeatureKindWord, Instant,
    response::{EntitlementsView, ExplanationView, FeatureInForceView},
};
use domain::{
    Asked, Catalog, CompanyId, CompanyState, CreditScope, Evaluation, FeatureKey, Holding, KeyError, ModuleKey,
    PermissionKey, Text, Timestamp, resolve,
};

use store::Store;

use super::AdminError;
use crate::{
    config::DatabaseUrl,
    service::{
        asked_of, catalog_at, company_at, entitlements_view, explained, feature_views, from_instant, to_instant,
    },
    startup::{Access, open_for_command},
};

/// A company, for people.
#[derive(Clone, Debug)]
pub struct CompanySheet {
    /// Whether the instant that was asked for has passed.
    pub is_past: bool,
    /// What it owns at the instant that was asked for.
    pub entitlements: EntitlementsView,
    /// Permission families such as `finance.*`, then single permissions.
    pub permissions: Vec<String>,
    /// Its features; credits with their balance.
    pub features: Vec<FeatureInForceView>,
    /// Its rows, a line each, in force or not.
    pub rows: Vec<String>,
    /// Why all that is so, and what it owns that does not work.
    pub explanation: ExplanationView,
}

/// One thing that is asked about a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedFor {
    /// A module, by its key.
    Module(ModuleKey),
    /// A permission, by its key.
    Permission(PermissionKey),
    /// A feature, by its key.
    Feature(FeatureKey),
}

impl AskedFor {
    /// The module of that key.
    ///
    /// # Errors
    /// [`KeyError`] when it is none.
    pub fn module(key: &str) -> Result<Self, KeyError> {
        ModuleKey::parse(key).map(Self::Module)
    }

    /// The permission of that key.
    ///
    /// # Errors
    /// [`KeyError`] when it is none.
    pub fn permission(key: &str) -> Result<Self, KeyError> {
        PermissionKey::parse(key).map(Self::Permission)
    }

    /// The feature of that key.
    ///
    /// # Errors
    /// [`KeyError`] when it is none.
    pub fn feature(key: &str) -> Result<Self, KeyError> {
        FeatureKey::parse(key).map(Self::Feature)
    }

    fn asked(&self) -> Asked<'_> {
        match self {
            Self::Module(key) => Asked::Module(key),
            Self::Permission(key) => Asked::Permission(key),
            Self::Feature(key) => Asked::Feature(key),
        }
    }
}

impl std::fmt::Display for AskedFor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Module(key) => write!(formatter, "module `{key}`"),
            Self::Permission(key) => write!(formatter, "permission `{key}`"),
            Self::Feature(key) => write!(formatter, "feature `{key}`"),
        }
    }
}

/// What a company owns now, owned at an instant that has passed, or will own as scheduled; `None` when it was not known then.
///
/// # Errors
/// [`AdminError`] when the database does not answer, or what is asked for does not exist.
pub async fn show_company(
    url: &DatabaseUrl,
    company: CompanyId,
    at: Option<Instant>,
    asked: Option<&AskedFor>,
) -> Result<Option<CompanySheet>, AdminError> {
    let store = open_for_command(url, Access::Shared).await?;
    loop {
        let loaded = store.load(company, CreditScope::All).await?;
        let (catalog, _) = store.catalog().await?;
        if !loaded.state.is_known() {
            return Ok(None);
        }
        if catalog.generation != loaded.generation {
            continue;
        }
        return match at.map(from_instant).filter(|at| *at < loaded.now) {
            None => sheet(&loaded.state, &catalog, at.map_or(loaded.now, from_instant), asked).map(Some),
            Some(past) => past_sheet(&*store, company, past, asked).await,
        };
    }
}

async fn past_sheet(
    store: &dyn Store,
    company: CompanyId,
    at: Timestamp,
    asked: Option<&AskedFor>,
) -> Result<Option<CompanySheet>, AdminError> {
    let Some(mut past) = company_at(store, company, at).await? else { return Ok(None) };
    if let Some((_, written_at)) = past.unsaid_base {
        past.complete(&catalog_at(store, written_at).await?.0);
    }
    let (catalog, _) = catalog_at(store, at).await?;
    let mut sheet = sheet(&past.state, &catalog, at, asked)?;
    // Balances of the past stand in the ledger; history does not tell them.
    sheet.is_past = true;
    sheet.features.retain(|feature| feature.kind != FeatureKindWord::Credit);
    Ok(Some(sheet))
}

fn sheet<'a>(
    state: &CompanyState,
    catalog: &'a Catalog,
    at: Timestamp,
    asked: Option<&'a AskedFor>,
) -> Result<CompanySheet, AdminError> {
    let unknown = |asked| AdminError::Told(format!("the catalog has no {asked}"));
    let known = |asked: &'a AskedFor| asked_of(catalog, asked.asked()).ok_or_else(|| unknown(asked));
    let asked = asked.map(known).transpose()?;
    let standing = state.standing();
    let entitlements = resolve(&standing, catalog, at);
    let evaluation = Evaluation::of(&standing, catalog, at);
    let eligibility = evaluation.eligibility();
    let keys: BTreeSet<&FeatureKey> = state.credits.lots.iter().map(|lot| &lot.feature).collect();
    let balances: Vec<(FeatureKey, u64)> =
        keys.into_iter().map(|key| (key.clone(), state.credits.balance(key, at))).collect();
    let single = eligibility.permissions.iter().map(ToString::to_string);
    Ok(CompanySheet {
        is_past: false,
        entitlements: entitlements_view(&entitlements),
        permissions: eligibility.families.iter().cloned().chain(single).collect(),
        features: feature_views(state, &evaluation, &balances),
        rows: state.holdings.iter().map(|holding| row_line(holding, entitlements.as_of)).collect(),
        explanation: explained(state, catalog, at, asked),
    })
}

fn row_line(holding: &Holding, now: Timestamp) -> String {
    let (terms, origin) = (&holding.terms, &holding.origin);
    let state = if terms.in_force(now) { "in force" } else { "not in force" };
    let instant = |at: Option<Timestamp>| at.map_or_else(|| "open".to_owned(), |at| to_instant(at).to_string());
    let (from, until) = (instant(terms.window.starts_at), instant(terms.window.closes_at()));
    let source = origin.source.as_ref().map_or("-", Text::as_str);
    format!(
        "{:<8} {:<24} {:<10} {state:<13} from {from} until {until}  quantity {}  revision {}  source {source}  by {}",
        terms.item.kind.as_str(),
        terms.item.key.as_str(),
        holding.shown_status().as_str(),
        terms.quantity,
        terms.assigned_revision,
        origin.updated_by,
    )
}
