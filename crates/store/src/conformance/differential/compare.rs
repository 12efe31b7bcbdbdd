//! What is compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use domain::{
    Catalog, CompanyId, CompanyState, CreditScope, FeatureValue, Grant, Granted, Holding, ItemKind, ItemRef,
    ModuleKind, Reach, Shape, Timestamp, resolve,
};

use super::{
    super::{
        oracle::{FeedLine, Given, HistoryLine, Module, Row, Sold},
        world::{DEADLINE, company, feature, steadily},
    },
    law::{self, Sight},
    stage::Stage,
    step::COMPANIES,
};
use crate::{CompanyReading, FeedEntry, FeedPosition, HistoryEntry, LedgerLine, Reshaped, verify};

impl Stage {
    /// The company's state is the same in every store, and what `read` says of it.
    pub(super) async fn compare_company(&mut self, whose: CompanyId) {
        let mut common: Option<CompanyState> = None;
        for (name, store) in &self.stores {
            let loaded =
                steadily(async || store.store().load(whose, CreditScope::All).await).await.expect("the store answers");
            assert_eq!(loaded.generation, self.oracle.generation(), "{name}");
            let state = loaded.state;
            assert_eq!(state.write_seq, self.oracle.writes_of(whose) as u64, "{name}");
            let grants = state.grants.iter().map(grant_in_words).map(|given| (given.id, given)).collect();
            assert_eq!(self.oracle.grants_of(whose), grants, "{name}");
            let balance = state.credits.balance(&feature("sms"), Timestamp::clamped(self.now));
            assert_eq!(self.oracle.balance(whose, self.now), balance, "{name}");
            assert_eq!(self.oracle.profile_of(whose), state.profile.name.as_ref().map(ToString::to_string), "{name}");
            let rows = state.holdings.iter().map(row_in_words).map(|row| (row.item.clone(), row)).collect();
            assert_eq!(self.oracle.rows_of(whose), rows, "{name}");
            let next = state.next_boundary.map(Timestamp::micros);
            assert_eq!(next, self.oracle.untold(whose).first().copied(), "{name}");
            let reading =
                steadily(async || store.store().read(whose, None).await).await.expect("the store answers").company;
            let expected =
                if state.is_known() { CompanyReading::Standing(state.standing()) } else { CompanyReading::Unknown };
            assert_eq!(reading, expected, "{name}");
            let common = common.get_or_insert_with(|| state.clone());
            assert_eq!(&state, common, "{name} and {} differ", self.stores[0].0);
        }
        self.states.extend(common.map(|state| (whose, state)));
    }

    /// The catalog is the same in every store, and what the oracle says.
    pub(super) async fn compare_catalog(&mut self) {
        for (place, (name, store)) in self.stores.iter().enumerate() {
            let (catalog, _) = steadily(async || store.store().catalog().await).await.expect("the store answers");
            if place == 0 {
                self.catalog = catalog;
                continue;
            }
            assert_eq!(catalog, self.catalog, "{name} and {} differ", self.stores[0].0);
        }
        assert_eq!(self.catalog.generation, self.oracle.generation());
        assert_eq!(in_words(&self.catalog), self.oracle.catalog());
    }

    /// The company's answer now, and around each of its boundaries to come, is the oracle's, and keeps the laws of the version.
    pub(super) fn compare_answers(&mut self, whose: CompanyId) {
        let Some(state) = self.states.get(&whose).filter(|state| state.is_known()) else { return };
        let (standing, oracle, catalog) = (state.standing(), &self.oracle, &self.catalog);
        let sight = |at: i64| {
            let entitlements = resolve(&standing, catalog, Timestamp::clamped(at));
            let answer = oracle.answer(whose, at);
            assert_eq!(law::in_words(&entitlements), answer, "at {at}");
            assert_eq!(entitlements.has_basic, answer.base_package.is_some());
            assert_eq!((entitlements.as_of.micros(), entitlements.company_id), (at, whose));
            let held = oracle.held(whose, oracle.writes());
            Sight { at, version: entitlements.version, answer, writes: oracle.deciding_writes_of(whose).len(), held }
        };
        let now = sight(self.now);
        if let Some(before) = self.seen.get(&whose) {
            law::hold(before, &now);
        }
        let around = oracle.boundaries(whose).into_iter().flat_map(|boundary| [boundary - 1, boundary, boundary + 1]);
        let later: BTreeSet<i64> = around.filter(|at| (self.now + 1..=Timestamp::MAX.micros()).contains(at)).collect();
        let mut before = now.clone();
        for at in &later {
            let after = sight(*at);
            law::hold(&before, &after);
            before = after;
        }
        self.tally.answers += 1 + u32::try_from(later.len()).unwrap_or(u32::MAX);
        self.seen.insert(whose, now);
    }

    /// The newest entries of the company's history are those of the oracle.
    pub(super) async fn compare_history(&self, whose: CompanyId, newest: u32) {
        let expected = self.oracle.history(whose);
        for (name, store) in &self.stores {
            let entries =
                steadily(async || store.store().history(whose, None, newest).await).await.expect("the store answers");
            assert_eq!(entries.is_some(), self.oracle.writes_of(whose) > 0, "{name}");
            let told: Vec<HistoryLine> = entries.iter().flatten().map(history_line).collect();
            let wanted = if entries.is_some() { &expected[..expected.len().min(newest as usize)] } else { &[] };
            assert_eq!(told, wanted, "{name}");
        }
    }

    /// How many hold what, by the clock of each store; gives what the first one says.
    pub(super) async fn compare_holders(&self, items: &[ItemRef]) -> BTreeMap<ItemRef, u64> {
        let mut first = None;
        for (name, store) in &self.stores {
            let store = store.store();
            let now = steadily(async || store.ready().await).await.expect("the store answers");
            let found = steadily(async || store.holders(items).await).await.expect("the store answers");
            for item in items {
                let name_of = (item.kind == ItemKind::Package, item.key.to_string());
                let holds = |whose: &CompanyId| self.oracle.holds(*whose, &name_of, now.micros());
                let mut expected: Vec<CompanyId> = (0..COMPANIES).map(company).filter(holds).collect();
                expected.sort();
                assert_eq!(found.get(item).copied().unwrap_or(0), expected.len() as u64, "{name}: {item:?}");
                let of = steadily(async || store.holders_of(item, None, 10).await).await.expect("the store answers");
                assert_eq!(of.iter().map(|(whose, _)| *whose).collect::<Vec<_>>(), expected, "{name}: {item:?}");
            }
            first.get_or_insert(found);
        }
        first.unwrap_or_default()
    }

    /// The census is what is stored of each company, before and after what is over was computed anew.
    pub(super) async fn compare_census(&mut self) {
        let known: Vec<CompanyState> = self.states.values().filter(|state| state.is_known()).cloned().collect();
        for (name, store) in &self.stores {
            let store = store.store();
            let mut stored = self.shapes.clone();
            for round in ["as stored", "reshaped"] {
                let census = steadily(async || store.census().await).await.expect("the store answers");
                assert_eq!(census.generation, self.oracle.generation(), "{name}");
                let is_over = |until: &Option<Timestamp>| until.is_some_and(|until| until <= census.now);
                let fresh: Vec<&Shape> =
                    stored.values().filter(|(_, until)| !is_over(until)).map(|(shape, _)| shape).collect();
                let kinds: BTreeSet<&Shape> = fresh.iter().copied().collect();
                let count = |kind: &&Shape| fresh.iter().filter(|shape| **shape == *kind).count() as u64;
                let expected: Vec<(Shape, u64)> = kinds.iter().map(|kind| ((*kind).clone(), count(kind))).collect();
                assert_eq!(census.shapes, expected, "{name} {round}");
                assert_eq!(census.digests.len(), expected.len(), "{name} {round}");
                assert_eq!(census.stale, (stored.len() - fresh.len()) as u64, "{name} {round}");
                let over = steadily(async || store.stale_standings(None, 10).await).await.expect("the store answers");
                assert_eq!(over.len() as u64, census.stale, "{name} {round}");
                let reshaped = over.iter().map(|standing| {
                    let known = known.iter().find(|state| state.company_id == standing.company_id);
                    assert_eq!(Some(standing.clone()), known.map(CompanyState::standing), "{name}");
                    let (shape, until) = Shape::of(standing, census.now);
                    stored.insert(standing.company_id, (shape.clone(), until));
                    Reshaped { company_id: standing.company_id, write_seq: standing.write_seq, shape, until }
                });
                let reshaped: Vec<Reshaped> = reshaped.collect();
                steadily(async || store.reshape(&reshaped).await).await.expect("the store answers");
            }
        }
    }

    /// Who is due, by the clock of each store: those of whom the oracle knows a boundary that is not told of.
    pub(super) async fn compare_due(&self) {
        for (name, store) in &self.stores {
            let store = store.store();
            let clock = steadily(async || store.ready().await).await.expect("the store answers");
            let next = |number| Some((*self.oracle.untold(company(number)).first()?, company(number)));
            let expected: BTreeSet<(i64, CompanyId)> =
                (0..COMPANIES).filter_map(next).filter(|(at, _)| *at <= clock.micros()).collect();
            let due = steadily(async || store.due(10).await).await.expect("the store answers");
            let instants = due.iter().map(|whose| self.oracle.untold(*whose).first().copied());
            assert!(instants.is_sorted(), "{name}: the longest passed is not first: {due:?}");
            assert_eq!(
                due.into_iter().collect::<BTreeSet<_>>(),
                expected.into_iter().map(|(_, whose)| whose).collect(),
                "{name}"
            );
        }
    }

    /// History's chain, state, versions and feed of every store agree, and the past is told by it.
    pub(super) async fn verify_whole(&self) {
        for (name, store) in &self.stores {
            let found = steadily(async || verify(&*store.store()).await).await.expect("the store answers");
            assert_eq!(found.breaches, [], "{name}");
        }
    }

    /// The company's credit ledger, paged, is that of the oracle.
    pub(super) async fn compare_ledger(&self, whose: CompanyId) {
        let sms = feature("sms");
        for (name, store) in &self.stores {
            let mut told: Vec<LedgerLine> = Vec::new();
            loop {
                let before = told.last().map(|line| line.position);
                let page = steadily(async || store.store().ledger(whose, &sms, before, 3).await).await;
                let page = page.expect("the store answers");
                if page.is_empty() {
                    break;
                }
                told.extend(page);
                assert!(told.len() <= self.oracle.facts(), "{name} pages on and on");
            }
            let line = |line: &LedgerLine| {
                let entry = &line.entry;
                let [starts, expires] = [entry.starts_at, entry.expires_at].map(|at| at.map(Timestamp::micros));
                (line.position.number, entry.kind.as_str(), entry.amount, entry.balance, starts, expires)
            };
            let expected = self.oracle.ledger(whose).into_iter().map(|(number, credit)| {
                (number, credit.way, credit.amount, credit.balance, credit.starts, credit.expires)
            });
            let (mut told, mut expected): (Vec<_>, Vec<_>) = (told.iter().map(line).collect(), expected.collect());
            // What one write takes back has no order.
            told.sort_by(|one, other| other.cmp(one));
            expected.sort_by(|one, other| other.cmp(one));
            assert_eq!(told, expected, "{name}");
        }
    }

    /// The company's history, paged, is that of the oracle.
    pub(super) async fn compare_whole_history(&self, whose: CompanyId) {
        if self.oracle.writes_of(whose) == 0 {
            return;
        }
        for (name, store) in &self.stores {
            let mut told: Vec<HistoryEntry> = Vec::new();
            loop {
                let before = told.last().map(|entry| entry.position);
                let page =
                    steadily(async || store.store().history(whose, before, 5).await).await.expect("the store answers");
                let page = page.expect("the company is known");
                if page.is_empty() {
                    break;
                }
                told.extend(page);
                assert!(told.len() <= self.oracle.facts(), "{name} pages on and on");
            }
            let lines: Vec<HistoryLine> = told.iter().map(history_line).collect();
            assert_eq!(lines, self.oracle.history(whose), "{name}");
            assert!(told.is_sorted_by(|newer, older| newer.position > older.position), "{name}");
        }
    }

    /// What is new in every feed is what is new among the oracle's facts. A store may show an entry only once nothing can come before
    /// it, so it is waited for.
    pub(super) async fn compare_feed(&mut self) {
        let expected = self.oracle.feed(self.fed.1);
        for (place, (name, store)) in self.stores.iter().enumerate() {
            let (mut told, give_up): (Vec<FeedLine>, _) = (Vec::new(), Instant::now() + DEADLINE);
            while told.len() < expected.len() {
                let page = steadily(async || store.store().changes(self.fed.0[place], 3).await)
                    .await
                    .expect("the store answers");
                self.fed.0[place] = page.last().map_or(self.fed.0[place], |entry| entry.position);
                told.extend(page.iter().map(feed_line));
                assert_eq!(told[..], expected[..told.len().min(expected.len())], "{name}");
                assert!(Instant::now() < give_up, "{name} never shows {expected:#?}");
                tokio::task::yield_now().await;
            }
            assert_eq!(told, expected, "{name}");
        }
        self.fed.1 = self.oracle.writes();
    }

    /// The whole feed, read at once, holds the oracle's facts and nothing else.
    pub(super) async fn compare_whole_feed(&self) {
        for (name, store) in &self.stores {
            let feed = steadily(async || store.store().changes(FeedPosition::default(), 100_000).await)
                .await
                .expect("the store answers");
            assert_eq!(feed.iter().map(feed_line).collect::<Vec<_>>(), self.oracle.feed(0), "{name}");
            assert!(feed.is_sorted_by(|one, next| one.position < next.position), "{name}");
        }
    }
}

fn history_line(entry: &HistoryEntry) -> HistoryLine {
    let status = |status: Option<domain::Status>| status.map(|status| status.as_str().to_owned());
    assert_eq!(entry.changed_by.as_deref(), Some("conformance"));
    HistoryLine {
        at: entry.position.created_at.micros(),
        version: entry.version,
        change: entry.change_type.as_str().to_owned(),
        entity: entry.entity_type.as_str().to_owned(),
        key: entry.entity_key.clone(),
        previous: status(entry.previous_status),
        new: status(entry.new_status),
        source: entry.source.clone(),
        request: entry.request_id.clone().unwrap_or_default(),
    }
}

fn feed_line(entry: &FeedEntry) -> FeedLine {
    FeedLine {
        at: entry.at.micros(),
        company: entry.company_id,
        version: entry.version,
        change: entry.change_type.as_str().to_owned(),
        entity: entry.entity_type.as_str().to_owned(),
        key: entry.entity_key.clone(),
        request: entry.request_id.clone().unwrap_or_default(),
    }
}

/// A grant in the oracle's words.
fn grant_in_words(grant: &Grant) -> Given {
    let terms = &grant.terms;
    Given {
        id: terms.id,
        of_module: matches!(terms.granted, Granted::Module(_)),
        key: terms.granted.key().to_owned(),
        starts: terms.window.starts_at.map(Timestamp::micros),
        ends: terms.window.ends_at.map(Timestamp::micros),
        source: grant.source.as_ref().map(ToString::to_string),
    }
}

/// A row in the oracle's words.
pub(super) fn row_in_words(row: &Holding) -> Row {
    let Holding { terms, origin, .. } = row;
    let text = |text: &Option<domain::Text>| text.as_ref().map(ToString::to_string);
    Row {
        item: (terms.item.kind == ItemKind::Package, terms.item.key.to_string()),
        status: terms.status.as_str().to_owned(),
        starts: terms.window.starts_at.map(Timestamp::micros),
        ends: terms.window.ends_at.map(Timestamp::micros),
        grace: terms.window.grace_ends_at.map(Timestamp::micros),
        quantity: terms.quantity,
        revision: terms.assigned_revision as usize,
        source: text(&origin.source),
        reference: text(&origin.external_reference),
        proven: terms.status.is_entitling() || row.paused_from.is_some(),
        lapsed: row.lapsed,
    }
}

/// The catalog in the oracle's words.
fn in_words(catalog: &Catalog) -> (Vec<Module>, Vec<Sold>) {
    let text = |text: &Option<domain::Text>| text.as_ref().map(ToString::to_string);
    let mut modules: Vec<Module> = catalog
        .modules()
        .map(|module| Module {
            key: module.key.to_string(),
            id: module.id,
            base: module.kind == ModuleKind::Base,
            active: module.is_active,
            name: module.name.to_string(),
            description: text(&module.description),
        })
        .collect();
    modules.sort();
    let sold = [ItemKind::Addon, ItemKind::Package].into_iter().flat_map(|kind| catalog.items(kind));
    let sold = sold.map(|item| Sold {
        name_of: (item.kind == ItemKind::Package, item.key.to_string()),
        id: item.id,
        lifecycle: item.lifecycle.as_str().to_owned(),
        name: item.name.to_string(),
        description: text(&item.description),
        leads: (item.profile.upgrade_targets.iter().chain(&item.profile.downgrade_targets))
            .map(ToString::to_string)
            .collect(),
        credits: match item.definition().and_then(|definition| definition.features.get("sms")) {
            Some(FeatureValue::Amount(amount)) => *amount,
            Some(_) | None => 0,
        },
        sets: item
            .revisions
            .iter()
            .map(|revision| {
                (
                    revision.definition.modules.iter().map(ToString::to_string).collect(),
                    revision.reach == Reach::Existing,
                )
            })
            .collect(),
    });
    (modules, sold.collect())
}
