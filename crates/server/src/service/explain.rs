//! Why a company has what it has, in words.

use api::{
    Detail, FeatureAmount,
    response::{
        ConsideredView, ExplainedView, ExplanationView, FeatureInForceView, SourceView, StoppedView, VersionPartsView,
    },
};
use domain::{
    Asked, Catalog, CompanyState, Considered, Evaluation, FeatureInForce, FeatureKind, FeatureValue, Idle, Source,
    Standing, Stop, Terms, Timestamp, version_at,
};

use super::{
    advice::{Advice, named},
    catalog_view::feature_view,
    view::to_instant,
};
use crate::wire::amount_body;

/// Where something comes from, with the row and who wrote it.
pub fn source_view(
    source: &Source<'_>,
    value: Option<FeatureAmount>,
    state: &CompanyState,
    evaluation: &Evaluation<'_>,
) -> SourceView {
    match source {
        Source::Package(terms) => row_view("package", terms, value, state, evaluation),
        Source::Addon(key) => {
            let addon = evaluation.operative().find(|addon| addon.key == *key);
            let row = addon.and_then(domain::Candidate::shown);
            let included_by = addon.filter(|addon| addon.owned.is_none()).and_then(|addon| addon.included_by);
            let mut view = match row {
                Some(terms) => row_view("addon", terms, value, state, evaluation),
                None => unknown_source(key.as_str(), value),
            };
            view.key = key.to_string();
            view.revision = addon.map(|addon| addon.revision.number);
            view.included_by = included_by.map(|terms| terms.item.key.to_string());
            view
        }
        Source::Grant(terms) => {
            let grant = state.grants.iter().find(|grant| grant.terms.id == terms.id);
            SourceView {
                kind: "grant".to_owned(),
                key: terms.id.to_string(),
                revision: None,
                value,
                counts: None,
                included_by: None,
                starts_at: terms.window.starts_at.map(to_instant),
                ends_at: terms.window.closes_at().map(to_instant),
                by: grant.map(|grant| grant.created_by.to_string()),
                since: Some(to_instant(terms.created_at)),
                reason: grant.map(|grant| grant.reason.to_string()),
            }
        }
    }
}

/// Where a feature comes from, and whether that makes its value what it is.
fn feature_source(
    feature: &FeatureInForce<'_>,
    (source, value): &(Source<'_>, FeatureValue),
    state: &CompanyState,
    evaluation: &Evaluation<'_>,
) -> SourceView {
    let counts = Some(feature.counts(source, *value));
    SourceView { counts, ..source_view(source, Some(amount_body(*value)), state, evaluation) }
}

fn unknown_source(key: &str, value: Option<FeatureAmount>) -> SourceView {
    SourceView {
        kind: "addon".to_owned(),
        key: key.to_owned(),
        revision: None,
        value,
        counts: None,
        included_by: None,
        starts_at: None,
        ends_at: None,
        by: None,
        since: None,
        reason: None,
    }
}

fn row_view(
    kind: &str,
    terms: &Terms,
    value: Option<FeatureAmount>,
    state: &CompanyState,
    evaluation: &Evaluation<'_>,
) -> SourceView {
    let row = state.holding(&terms.item);
    let revision = evaluation.catalog.item(&terms.item).and_then(|item| item.effective(terms.assigned_revision));
    SourceView {
        kind: kind.to_owned(),
        key: terms.item.key.to_string(),
        revision: revision.map(|revision| revision.number),
        value,
        counts: None,
        included_by: None,
        starts_at: terms.window.starts_at.map(to_instant),
        ends_at: terms.window.closes_at().map(to_instant),
        by: row.map(|row| row.origin.updated_by.to_string()),
        since: row.map(|row| to_instant(row.origin.updated_at)),
        reason: None,
    }
}

/// The features in force, with their sources; credits with their balance.
pub fn feature_views(
    state: &CompanyState,
    evaluation: &Evaluation<'_>,
    balances: &[(domain::FeatureKey, u64)],
) -> Vec<FeatureInForceView> {
    let mut views: Vec<FeatureInForceView> = evaluation
        .features()
        .iter()
        .map(|one| {
            let sources = one.sources.iter();
            let balance = balances.iter().find(|(key, _)| *key == one.feature.key).map_or(0, |(_, balance)| *balance);
            let is_credit = one.feature.kind == FeatureKind::Credit;
            FeatureInForceView {
                key: one.feature.key.to_string(),
                kind: feature_view(one.feature).kind,
                unit: one.feature.unit.as_ref().map(ToString::to_string),
                value: if is_credit { FeatureAmount::Amount(balance) } else { amount_body(one.value) },
                sources: sources.map(|source| feature_source(one, source, state, evaluation)).collect(),
            }
        })
        .collect();
    for (key, balance) in balances {
        let known = views.iter().any(|view| view.key == key.as_str());
        if let (false, Some(feature)) = (known, evaluation.catalog.feature(key)) {
            views.push(FeatureInForceView {
                key: key.to_string(),
                kind: feature_view(feature).kind,
                unit: feature.unit.as_ref().map(ToString::to_string),
                value: FeatureAmount::Amount(*balance),
                sources: Vec::new(),
            });
        }
    }
    views.sort_by(|one, other| one.key.cmp(&other.key));
    views
}

/// What is asked for, by its key in the catalog where it was named by an alias; `None` when the catalog has no such thing.
pub fn asked_of<'a>(catalog: &'a Catalog, asked: Asked<'a>) -> Option<Asked<'a>> {
    match asked {
        Asked::Module(key) => catalog.module_named(key).map(|module| Asked::Module(&module.key)),
        Asked::Permission(key) => catalog.permission(key).map(|_| asked),
        Asked::Feature(key) => catalog.feature(key).map(|_| asked),
    }
}

/// Why a company has everything that it has, why what it owns does not work, and what there is to say about the one thing asked for.
pub fn explained(state: &CompanyState, catalog: &Catalog, at: Timestamp, asked: Option<Asked<'_>>) -> ExplanationView {
    let standing = state.standing();
    let evaluation = Evaluation::of(&standing, catalog, at);
    let eligibility = evaluation.eligibility();
    let modules: Vec<_> = evaluation.modules().into_iter().map(|(_, key)| key).collect();
    let features = evaluation.features();
    let modules = modules.iter().map(|key| Asked::Module(key));
    let permissions = eligibility.permissions.iter().map(|key| Asked::Permission(key));
    let features = features.iter().map(|one| Asked::Feature(&one.feature.key));
    let all = modules.chain(permissions).chain(features);
    let version = version_at(&standing, catalog, evaluation.as_of);
    let moving = i128::from(version) - i128::from(state.version_base);
    ExplanationView {
        company_id: state.company_id.uuid(),
        as_of: to_instant(evaluation.as_of),
        entitlement_version: version,
        version_parts: VersionPartsView { base: state.version_base, moving: u64::try_from(moving).unwrap_or(0) },
        enabled: all.map(|asked| explain(asked, state, &standing, &evaluation)).collect(),
        stopped: evaluation
            .stopped()
            .map(|addon| StoppedView {
                key: addon.key.to_string(),
                rules: addon.stopped_by.iter().map(stop_detail).collect(),
            })
            .collect(),
        asked: asked.map(|asked| explain(asked, state, &standing, &evaluation)),
    }
}

fn explain(asked: Asked<'_>, state: &CompanyState, standing: &Standing, evaluation: &Evaluation<'_>) -> ExplainedView {
    let (kind, key) = match asked {
        Asked::Module(key) => ("module", key.to_string()),
        Asked::Permission(key) => ("permission", key.to_string()),
        Asked::Feature(key) => ("feature", key.to_string()),
    };
    let feature = match asked {
        Asked::Feature(key) => evaluation.features().into_iter().find(|one| one.feature.key == *key),
        Asked::Module(_) | Asked::Permission(_) => None,
    };
    let has = match asked {
        Asked::Module(key) => evaluation.modules().iter().any(|(_, module)| *module == key),
        Asked::Permission(key) => evaluation.eligibility().permissions.contains(key),
        Asked::Feature(_) => feature.as_ref().is_some_and(|one| one.value.gives_something()),
    };
    let sources = match &feature {
        Some(one) => one.sources.iter().map(|source| feature_source(one, source, state, evaluation)).collect(),
        None => evaluation.sources(asked).iter().map(|source| source_view(source, None, state, evaluation)).collect(),
    };
    // What else could be bought is only of interest to somebody who lacks it.
    let found = evaluation.considered(standing, asked);
    let advice = Advice { state, catalog: evaluation.catalog, at: evaluation.as_of };
    let barred: Vec<String> = found.iter().filter_map(bar).collect();
    let found = found.iter().filter(|one| !(has && matches!(one, Considered::NotOwned(..))));
    let told = |one| {
        let mut view = considered(one, evaluation, advice);
        if bar(one).is_none() && !barred.is_empty() {
            // What bars everything else comes first, whatever else one would do.
            view.what_to_do = view.what_to_do.map(|rest| format!("{}; then {rest}", barred.join("; ")));
        }
        view
    };
    let considered = found.map(told).collect();
    ExplainedView {
        kind: kind.to_owned(),
        key,
        has,
        value: feature.map(|one| amount_body(one.value)),
        sources,
        considered,
    }
}

/// What must be done before anything else can help, where something bars it whatever gives it.
fn bar(considered: &Considered<'_>) -> Option<String> {
    match considered {
        Considered::Inactive(key) => Some(format!("switch module {key} on in the catalog")),
        Considered::Withheld(grant) => Some(format!("remove grant {}", grant.id)),
        Considered::Row(..)
        | Considered::Stopped(_)
        | Considered::Grant(..)
        | Considered::Replaced(_)
        | Considered::NotOwned(..) => None,
    }
}

fn considered(considered: &Considered<'_>, evaluation: &Evaluation<'_>, advice: Advice<'_>) -> ConsideredView {
    let view = |what: String, why_not: String, what_to_do: String| ConsideredView {
        what,
        why_not,
        what_to_do: Some(what_to_do),
    };
    match considered {
        Considered::Row(terms, idle) => {
            let (what, again) = (named(&terms.item), advice.to_have(&terms.item));
            match idle {
                Idle::Status => view(what, format!("its status is {}", terms.status.as_str()), again),
                Idle::NotYet => {
                    let from = terms.window.starts_at.map(to_instant).map(|at| at.to_string()).unwrap_or_default();
                    view(what, format!("it begins at {from}"), format!("wait until {from}, or move its start"))
                }
                Idle::Over => {
                    let end = terms.window.closes_at().map(to_instant).map(|at| at.to_string()).unwrap_or_default();
                    view(what, format!("it ended at {end}"), again)
                }
            }
        }
        Considered::Stopped(key) => {
            let stops: Vec<&Stop<'_>> =
                evaluation.stopped().filter(|addon| addon.key == *key).flat_map(|addon| &addon.stopped_by).collect();
            let rules: Vec<String> = stops.iter().map(|stop| stop_detail(stop).message).collect();
            let lifts: Vec<String> = stops.iter().map(|stop| advice.to_lift(stop, key)).collect();
            view(format!("add-on {key}"), rules.join("; "), lifts.join("; "))
        }
        Considered::Grant(grant, idle) => {
            let (why, what_to_do) = match idle {
                Idle::Over => ("it has ended", "grant it again, with an end that is still to come"),
                Idle::NotYet | Idle::Status => ("it has not begun", "wait for its start, or grant it from now on"),
            };
            view(format!("grant {}", grant.id), why.to_owned(), what_to_do.to_owned())
        }
        Considered::Replaced(grant) => view(
            format!("grant {}", grant.id),
            "a newer grant stands in its place".to_owned(),
            "remove the newer grant".to_owned(),
        ),
        Considered::Withheld(grant) => view(
            format!("grant {}", grant.id),
            "it gives nothing, in the place of everything else".to_owned(),
            format!("remove grant {}, or grant another value", grant.id),
        ),
        Considered::NotOwned(item, is_active) => {
            let sold = if *is_active { "" } else { ", and it is not sold now" };
            view(named(item), format!("the company does not have it{sold}"), advice.to_have(item))
        }
        Considered::Inactive(key) => view(
            format!("module {key}"),
            "it is switched off for everyone".to_owned(),
            format!("switch module {key} on in the catalog"),
        ),
    }
}

fn stop_detail(stop: &Stop<'_>) -> Detail {
    match stop {
        Stop::Forbidden(package) => Detail::new("forbidden", format!("package {package} forbids it")),
        Stop::Incompatible => {
            Detail::new("compatible", "it works with none of the packages and modules that the company has")
        }
        Stop::Requires(requires) => Detail::new("requires", format!("it requires {requires}")),
        Stop::Conflict(term) => Detail::new("conflicts_with", format!("it does not work beside {term}")),
        Stop::Older(key) => {
            Detail::new("conflicts_with", format!("it does not work beside add-on {key}, which is older"))
        }
    }
}
