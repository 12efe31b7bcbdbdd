//! The list of companies: what fits is in it, in order, page by page, and nothing else is.

use std::sync::Arc;

use domain::{Command, CompanyId, CompanyProfile, ItemRef, Patch, SetHolding, Status, Timestamp};

use super::world::{activate, addon, company, execute, line, now, package, seed, set};
use crate::{CompanyFilter, Store, folded};

const HOUR: i64 = 3_600_000_000;

fn ending(item: &ItemRef, status: Status, ends_at: Timestamp) -> Command {
    Command::SetHolding(SetHolding { ends_at: Patch::Set(ends_at), ..set(item, status) })
}

/// The numbers of the companies that fit, read page by page.
async fn listed(store: &dyn Store, filter: &CompanyFilter) -> Vec<u128> {
    let mut found: Vec<CompanyId> = Vec::new();
    loop {
        let page = store.companies(filter, found.last().copied(), 2).await.expect("the store answers");
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    assert_eq!(store.companies(filter, None, 500).await, Ok(found.clone()), "one page or many");
    let number = |id: &CompanyId| (1..=9).find(|number| company(*number) == *id).expect("a company of the case");
    found.iter().map(number).collect()
}

/// Given companies with rows of every kind, a list has those for which all that was asked holds of one row, and of each that was named.
pub async fn companies_are_listed_by_what_they_have(store: Arc<dyn Store>) {
    seed(&*store).await;
    let at = now(&*store).await;
    let in_hours = |hours: i64| Timestamp::clamped(at.micros() + hours * HOUR);
    let (basic, finance) = (package("basic"), addon("finance"));
    let writes = [
        (1, activate(&basic)),
        (1, ending(&finance, Status::Trial, in_hours(2))),
        (2, ending(&basic, Status::Active, in_hours(2))),
        (3, activate(&finance)),
        (4, ending(&finance, Status::Paused, in_hours(2))),
        (5, ending(&basic, Status::Active, in_hours(-2))),
        (5, activate(&addon("venue"))),
    ];
    for (number, command) in &writes {
        execute(&*store, company(*number), command, "request").await;
    }
    let any = CompanyFilter::default;
    let (of_basic, of_finance) = (Some(basic.key.clone()), Some(finance.key.clone()));

    for (filter, expected) in [
        (any(), &[1, 2, 3, 4, 5][..]),
        (CompanyFilter { package: of_basic.clone(), ..any() }, &[1, 2, 5]),
        (CompanyFilter { addon: of_finance.clone(), ..any() }, &[1, 3, 4]),
        (CompanyFilter { package: of_basic.clone(), addon: of_finance.clone(), ..any() }, &[1]),
        (CompanyFilter { status: Some(Status::Paused), ..any() }, &[4]),
        (CompanyFilter { status: Some(Status::Trial), ..any() }, &[1]),
        (CompanyFilter { status: Some(Status::Trial), package: of_basic.clone(), ..any() }, &[]),
        (CompanyFilter { status: Some(Status::Active), addon: of_finance.clone(), ..any() }, &[3]),
        (CompanyFilter { ends_before: Some(in_hours(3)), ..any() }, &[1, 2]),
        (CompanyFilter { ends_before: Some(in_hours(2)), ..any() }, &[]),
        (CompanyFilter { ends_before: Some(in_hours(3)), package: of_basic, ..any() }, &[2]),
        (CompanyFilter { ends_before: Some(in_hours(3)), status: Some(Status::Trial), ..any() }, &[1]),
        (CompanyFilter { ends_before: Some(in_hours(3)), addon: of_finance, ..any() }, &[1]),
        (CompanyFilter { package: Some(package("premium-market").key), ..any() }, &[]),
        (CompanyFilter { company: Some(company(3)), ..any() }, &[3]),
        (CompanyFilter { company: Some(company(3)), status: Some(Status::Trial), ..any() }, &[]),
    ] {
        assert_eq!(listed(&*store, &filter).await, expected, "{filter:?}");
    }
}

/// Given names in any case and script, a company is found by how its name begins, and a name that was changed or cleared is forgotten.
pub async fn companies_are_listed_by_name_and_identifier(store: Arc<dyn Store>) {
    seed(&*store).await;
    let named = |name: &str| {
        let name = (!name.is_empty()).then(|| line(name));
        Command::SetProfile(CompanyProfile { name, ..CompanyProfile::default() })
    };
    for (number, name) in [(1, "ÉTOILE Sud"), (2, "étoile nord"), (3, "Etoile"), (4, "100% 'Live'_x"), (5, "Last")] {
        execute(&*store, company(number), &named(name), "request").await;
    }
    execute(&*store, company(6), &activate(&addon("venue")), "request").await;
    execute(&*store, company(5), &named("First"), "renamed").await;
    execute(&*store, company(3), &named(""), "cleared").await;

    for (query, expected) in [
        ("étoile", &[1, 2][..]),
        ("ÉTOILE S", &[1]),
        ("etoile", &[]),
        ("100%", &[4]),
        ("100% 'live'_", &[4]),
        ("%", &[]),
        ("_", &[]),
        ("last", &[]),
        ("fir", &[5]),
        ("firsts", &[]),
    ] {
        let filter = CompanyFilter { name: Some(folded(query)), ..CompanyFilter::default() };
        assert_eq!(listed(&*store, &filter).await, expected, "{query}");
    }
    let venue = Some(addon("venue").key);
    let both = CompanyFilter { name: Some("fir".to_owned()), addon: venue, ..CompanyFilter::default() };
    assert_eq!(listed(&*store, &both).await, [] as [u128; 0]);
}
