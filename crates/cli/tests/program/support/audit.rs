//! Holding what the database has against what was answered.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use server::{
    admin,
    config::DatabaseUrl,
    startup::{Access, open_store},
};

use serde_json::{Value, json};

use super::{Acked, Client};

/// The most entries of a company's history or of the feed that are read at once.
const PAGE: u32 = 10_000;

/// How long the feed may lag: it shows a change once nothing can come before it, which other work of the database can put off a little.
const FEED_WITHIN: Duration = Duration::from_secs(5);

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Audited {
    /// Writes found, each once.
    pub(crate) writes: usize,
    /// Of them, those whose first sending had taken effect though its answer was lost.
    pub(crate) replayed: usize,
    /// Of them, those whose first sending had no effect and which a later one made.
    pub(crate) redone: usize,
}

/// What the database says of one write.
#[derive(Debug, PartialEq, Eq)]
struct Trace {
    version: u64,
    request: String,
    item: String,
}

/// Fails unless every answered write is there, once, whole, in the place that its answer told, and nothing else is: history, feed, rows and the
/// answers of the program all tell that one story. No write may be under way.
pub(crate) fn audit(url: &str, client: &mut Client, acked: &[Acked]) -> Audited {
    audit_beside(&[], url, client, acked)
}

/// The same, where companies of the test's own were written too.
pub(crate) fn audit_beside(others: &[&str], url: &str, client: &mut Client, acked: &[Acked]) -> Audited {
    let mut companies: BTreeMap<&str, Vec<&Acked>> = BTreeMap::new();
    for write in acked {
        companies.entry(&write.write.company).or_default().push(write);
    }
    let mut audited = Audited { writes: acked.len(), ..Audited::default() };
    let url = DatabaseUrl::parse(url).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let give_up = Instant::now() + FEED_WITHIN;
    let stored = loop {
        let stored = runtime.block_on(stored(&url, companies.keys().copied(), others));
        let shown: usize = stored.values().map(|stored| stored.feed.len()).sum();
        if shown >= acked.len() || Instant::now() > give_up {
            break stored;
        }
    };
    for (company, mut told) in companies {
        told.sort_by_key(|write| write.version);
        let versions: Vec<u64> = told.iter().map(|write| write.version).collect();
        let dense: Vec<u64> = (1..=told.len() as u64).collect();
        assert_eq!(versions, dense, "{company}: the versions answered are not 1 to n, each once");
        let stored = &stored[company];
        for (name, traces) in [("history", &stored.history), ("feed", &stored.feed)] {
            let found: Vec<u64> = traces.iter().map(|trace| trace.version).collect();
            assert_eq!(found, dense, "{company}: the {name} is not what was answered");
            for (trace, told) in traces.iter().zip(&told) {
                let write = &told.write;
                let is_of_it = (1..=write.attempts).any(|attempt| trace.request == write.request_id(attempt));
                assert!(is_of_it && trace.item == write.item, "{company}: {name} has {trace:?} for {told:?}");
            }
        }
        assert_eq!(stored.write_seq, versions.len() as u64, "{company}: the write sequence");
        check_rows(company, &stored.rows, &told);
        check_answer(&client.entitlements(company).data(), company, &told);
        for (trace, told) in stored.history.iter().zip(&told).filter(|(_, told)| told.write.attempts > 1) {
            let is_first = trace.request == told.write.request_id(1);
            *(if is_first { &mut audited.replayed } else { &mut audited.redone }) += 1;
        }
    }
    audited
}

/// The rows are those of the last write of each item.
fn check_rows(company: &str, rows: &Rows, told: &[&Acked]) {
    let last = |told: &&Acked| (told.write.item.to_owned(), (told.write.status, told.write.key.clone()));
    assert_eq!(*rows, told.iter().map(last).collect(), "{company}: the rows are not of the last writes");
}

/// The program's answer is that of the rows.
fn check_answer(answer: &Value, company: &str, told: &[&Acked]) {
    let last: BTreeMap<_, _> = told.iter().map(|told| (told.write.item, told.write.status)).collect();
    let active: Vec<&str> = last.iter().filter(|(_, status)| **status == "active").map(|(item, _)| *item).collect();
    assert_eq!(answer["entitlementVersion"], told.len(), "{company}");
    assert_eq!(answer["hasBasic"], active.contains(&"basic"), "{company}");
    // The base module comes first, and so it does by name.
    assert_eq!(answer["enabledModules"], json!(active), "{company}");
}

/// Status and external reference by item.
type Rows = BTreeMap<String, (&'static str, String)>;

/// What the database has of a company.
struct Stored {
    write_seq: u64,
    rows: Rows,
    history: Vec<Trace>,
    feed: Vec<Trace>,
}

/// The place before everything, or no credits.
fn beginning<T: Default>() -> T {
    T::default()
}

async fn stored<'c>(
    url: &DatabaseUrl,
    companies: impl Iterator<Item = &'c str>,
    others: &[&str],
) -> BTreeMap<&'c str, Stored> {
    let store = open_store(url, Access::Shared).await.unwrap();
    let mut feed: BTreeMap<String, Vec<Trace>> = BTreeMap::new();
    let mut entries = store.changes(beginning(), PAGE).await.unwrap();
    while let Some(last) = entries.last() {
        let position = last.position;
        for entry in entries {
            let Some(company) = entry.company_id else { continue };
            let (request, item) = (entry.request_id.unwrap(), entry.entity_key.unwrap());
            feed.entry(company.to_string()).or_default().push(Trace { version: entry.version, request, item });
        }
        entries = store.changes(position, PAGE).await.unwrap();
    }
    let mut stored = BTreeMap::new();
    for company in companies {
        let id = admin::company_id(company).unwrap();
        let state = store.load(id, beginning()).await.unwrap().state;
        let mut history = Vec::new();
        for entry in store.history(id, None, PAGE).await.unwrap().unwrap_or_default().into_iter().rev() {
            let (Some(version), Some(request)) = (entry.version, entry.request_id) else { continue };
            history.push(Trace { version, request, item: entry.entity_key.unwrap() });
        }
        let rows = state.holdings.iter().map(|holding| {
            let reference = holding.origin.external_reference.as_ref().map(ToString::to_string);
            (holding.terms.item.key.to_string(), (holding.terms.status.as_str(), reference.unwrap_or_default()))
        });
        let rows = rows.collect();
        let feed = feed.remove(company).unwrap_or_default();
        stored.insert(company, Stored { write_seq: state.write_seq, rows, history, feed });
    }
    feed.retain(|company, _| !others.contains(&company.as_str()));
    assert!(feed.is_empty(), "the feed tells of companies that nobody was told of: {:?}", feed.keys());
    stored
}
