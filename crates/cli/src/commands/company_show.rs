//! `platform-core company show`.

use std::fmt::Write;

use api::{
    FeatureAmount, Instant,
    response::{ConsideredView, ExplainedView, ExplanationView, FeatureInForceView, SourceView},
};
use server::admin::{self, AskedFor, CompanySheet};

use super::{block_on, configuration};
use crate::{
    args::ShowCompany,
    output::{Failed, print},
};

pub(super) fn run(args: ShowCompany) -> Result<(), Failed> {
    let id = admin::company_id(&args.id)
        .ok_or_else(|| Failed::Usage(format!("`{}` is not a company: give its UUID in canonical form", args.id)))?;
    let at = args.at.as_deref().map(instant).transpose()?;
    let asked = asked_for(&args)?;
    let config = configuration(args.configured, None)?;
    let sheet = block_on(async {
        admin::show_company(&config.database, id, at, asked.as_ref()).await.map_err(Failed::because)
    })?;
    let Some(sheet) = sheet else {
        let then = args.at.as_deref().map_or_else(String::new, |at| format!(" by {at}"));
        return Err(Failed::Because(format!("company {id} was never written{then}")));
    };
    let mut text = text(&sheet, at);
    if args.explain {
        text.push_str(&derivation(&sheet.explanation));
    }
    print(&text)
}

fn instant(text: &str) -> Result<Instant, Failed> {
    Instant::parse(text).map_err(|error| Failed::Usage(format!("--at `{text}` {error}")))
}

fn asked_for(args: &ShowCompany) -> Result<Option<AskedFor>, Failed> {
    let (word, key, asked) = match (&args.module, &args.permission, &args.feature) {
        (Some(key), _, _) => ("module", key, AskedFor::module(key)),
        (None, Some(key), _) => ("permission", key, AskedFor::permission(key)),
        (None, None, Some(key)) => ("feature", key, AskedFor::feature(key)),
        (None, None, None) => return Ok(None),
    };
    asked.map(Some).map_err(|error| Failed::Usage(format!("--{word} `{key}` {error}")))
}

fn text(sheet: &CompanySheet, at: Option<Instant>) -> String {
    let owned = &sheet.entitlements;
    let or_none = |list: Vec<String>| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    let addons = owned.addons.iter().map(|addon| addon.key.clone()).collect();
    let valid = owned.valid_until.map_or("no end in sight".to_owned(), |until| format!("until {until}"));
    let mut text = format!("Company {}\n", owned.company_id);
    if at.is_some() {
        let label = if sheet.is_past { "as it was at" } else { "as scheduled at" };
        let _ = writeln!(text, "  {label:<16} {}", owned.as_of);
    }
    let _ = writeln!(text, "  base package     {}", owned.base_package.as_deref().unwrap_or("none"));
    let _ = writeln!(text, "  add-ons          {}", or_none(addons));
    let _ = writeln!(text, "  enabled modules  {}", or_none(owned.enabled_modules.clone()));
    let _ = writeln!(text, "  permissions      {}", or_none(sheet.permissions.clone()));
    let _ = writeln!(text, "  features         {}", or_none(sheet.features.iter().map(feature).collect()));
    let _ = writeln!(text, "  version          {} (changed {})", owned.entitlement_version, owned.updated_at);
    let _ = writeln!(text, "  holds            {valid}");
    text.push_str("\nRows\n");
    let rows = sheet.rows.iter().flat_map(|row| ["  ", row, "\n"]);
    text.extend(rows);
    if !sheet.explanation.stopped.is_empty() {
        text.push_str("\nOwned, and not working\n");
    }
    for stopped in &sheet.explanation.stopped {
        let rules: Vec<&str> = stopped.rules.iter().map(|rule| rule.message.as_str()).collect();
        let _ = writeln!(text, "  add-on {}: {}", stopped.key, rules.join("; "));
    }
    text
}

fn feature(feature: &FeatureInForceView) -> String {
    match feature.value {
        FeatureAmount::Toggle(true) => feature.key.clone(),
        value @ (FeatureAmount::Toggle(false) | FeatureAmount::Amount(_) | FeatureAmount::Unlimited) => {
            format!("{} {}", feature.key, amount(value))
        }
    }
}

fn amount(amount: FeatureAmount) -> String {
    match amount {
        FeatureAmount::Toggle(true) => "on".to_owned(),
        FeatureAmount::Toggle(false) => "off".to_owned(),
        FeatureAmount::Amount(amount) => amount.to_string(),
        FeatureAmount::Unlimited => "unlimited".to_owned(),
    }
}

/// Where everything comes from; of the one thing that was asked for also what does not give it.
fn derivation(explanation: &ExplanationView) -> String {
    if let Some(asked) = &explanation.asked {
        let verb = if asked.has { "has" } else { "does not have" };
        return format!("\nThe company {verb} {}\n{}", named(asked), reasons(asked));
    }
    let mut text = "\nWhy\n".to_owned();
    for one in &explanation.enabled {
        let _ = write!(text, "  {}\n{}", named(one), reasons(one));
    }
    let parts = &explanation.version_parts;
    let _ = writeln!(
        text,
        "  version {}\n    {} from the last write, {} from the catalog and from ends that have passed",
        explanation.entitlement_version, parts.base, parts.moving
    );
    text
}

fn named(one: &ExplainedView) -> String {
    let value = one.value.map_or_else(String::new, |value| format!(" = {}", amount(value)));
    format!("{} {}{value}", one.kind, one.key)
}

fn reasons(one: &ExplainedView) -> String {
    // A grant of a feature stands in the place of everything else that gives it.
    let is_overridden = one.kind == "feature" && one.sources.iter().any(|source| source.kind == "grant");
    let sources = one.sources.iter().map(|source| {
        let word = match source.counts {
            Some(false) if is_overridden => "overridden:",
            Some(false) => "less than the largest:",
            Some(true) | None => "from",
        };
        format!("    {word} {}\n", from(source))
    });
    let considered = one.considered.iter().map(|considered| format!("    not from {}\n", not_from(considered)));
    sources.chain(considered).collect()
}

fn from(source: &SourceView) -> String {
    let kind = if source.kind == "addon" { "add-on" } else { &source.kind };
    let mut text = format!("{kind} {}", source.key);
    if let Some(revision) = source.revision {
        let _ = write!(text, ", revision {revision}");
    }
    if let Some(value) = source.value {
        let _ = write!(text, ", which gives {}", amount(value));
    }
    if let Some(package) = &source.included_by {
        let _ = write!(text, ", included by package {package}");
    }
    match (source.starts_at, source.ends_at) {
        (None, None) => {}
        (Some(start), None) => drop(write!(text, ", since {start}")),
        (None, Some(end)) => drop(write!(text, ", until {end}")),
        (Some(start), Some(end)) => drop(write!(text, ", from {start} until {end}")),
    }
    if let (Some(by), Some(since)) = (&source.by, source.since) {
        let _ = write!(text, "; written by {by} at {since}");
    }
    if let Some(reason) = &source.reason {
        let _ = write!(text, ", because: {reason}");
    }
    text
}

fn not_from(considered: &ConsideredView) -> String {
    let ConsideredView { what, why_not, what_to_do } = considered;
    let what_to_do = what_to_do.as_ref().map_or_else(String::new, |what_to_do| format!("; to have it, {what_to_do}"));
    format!("{what}: {why_not}{what_to_do}")
}
