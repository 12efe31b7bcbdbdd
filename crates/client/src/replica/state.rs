//! The state of a replica: what it holds, how fresh that is, what is still to be loaded.
//!
//! Locks are taken in the order `work`, `heart`, shards of the map. A check takes none of the first two.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use api::response::EntitlementsView;
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::{
    Answer, Companies, Freshness, NotKnown, ReplicaBuilder, Source, Standing,
    clock::{Estimate, Hands},
    counts::Counters,
    held::Held,
    keys::Sets,
    map::Map,
    work::{Need, Work},
};
use crate::feed::FeedChangeView;

/// How many changes of the catalog are told apart; older ones count as one.
const MAX_ROUNDS: usize = 16;

/// How fresh everything is. Replaced as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse {
    is_loaded: bool,
    is_connected: bool,
    hands: Option<Hands>,
    /// Everything committed before this instant has been heard of.
    as_of: Option<i64>,
    /// The number of each change of the catalog that was heard of, and its instant.
    rounds: VecDeque<(u64, i64)>,
}

impl Pulse {
    /// How many changes of the catalog were heard of.
    pub(crate) fn round(&self) -> u64 {
        self.rounds.back().map_or(0, |(round, _)| *round)
    }

    /// The instant of the first change of the catalog after that many; `i64::MAX` when there is none.
    fn behind_since(&self, round: u64) -> i64 {
        self.rounds.iter().find(|(later, _)| *later > round).map_or(i64::MAX, |(_, at)| *at)
    }

    fn catalog_changed(&mut self, at: i64) {
        self.rounds.push_back((self.round() + 1, at));
        if self.rounds.len() > MAX_ROUNDS {
            let first = self.rounds.pop_front();
            if let (Some((_, oldest)), Some((_, next))) = (first, self.rounds.front_mut()) {
                *next = oldest;
            }
        }
    }
}

struct Heart {
    estimate: Estimate,
    pulse: Pulse,
}

pub(crate) struct State {
    pub(crate) settings: ReplicaBuilder,
    pub(crate) counts: Counters,
    /// Tells whoever waits that something came.
    pub(crate) news: watch::Sender<()>,
    /// Tells that there is something to load.
    pub(crate) wake: Notify,
    pub(crate) work: Mutex<Work>,
    map: Map,
    sets: Sets,
    heart: Mutex<Heart>,
    pulse: ArcSwap<Pulse>,
}

impl State {
    pub(crate) fn new(settings: ReplicaBuilder) -> Self {
        let mut work = Work::default();
        match &settings.companies {
            Companies::These(companies) => work.wanted.extend(companies),
            Companies::All => work.follows_all = true,
        }
        let heart = Heart { estimate: Estimate::new(settings.clock_margin), pulse: Pulse::default() };
        Self {
            settings,
            counts: Counters::default(),
            news: watch::Sender::new(()),
            wake: Notify::new(),
            work: Mutex::new(work),
            map: Map::new(),
            sets: Sets::default(),
            heart: Mutex::new(heart),
            pulse: ArcSwap::default(),
        }
    }

    pub(crate) fn check(&self, company: Uuid, freshness: Freshness) -> Result<Answer, NotKnown> {
        let pulse = self.pulse.load();
        let Some(hands) = pulse.hands else { return Err(self.not_held(company, true)) };
        let (earliest, latest) = hands.at(self.settings.clock.micros());
        let held = self.map.get(company);
        let known_to = held.as_ref().map_or(i64::MAX, |held| held.overdue().min(pulse.behind_since(held.round)));
        let age = latest.saturating_sub(known_to.min(pulse.as_of.unwrap_or(i64::MIN))).max(0);
        self.fresh_enough(age, freshness)?;
        let Some(held) = held else { return Err(self.not_held(company, !pulse.is_loaded)) };
        if held.segments.is_empty() {
            return Err(NotKnown::NoSuchCompany);
        }
        let places = held.at(earliest, latest).ok_or(NotKnown::PastKnown)?;
        Ok(Answer::new(held, places, age, earliest))
    }

    fn fresh_enough(&self, age_us: i64, freshness: Freshness) -> Result<(), NotKnown> {
        let bound = match freshness {
            Freshness::Standard => self.settings.bound,
            Freshness::Bounded(bound) => bound,
            Freshness::AnyAge => return Ok(()),
        };
        let age = Duration::from_micros(age_us.unsigned_abs());
        if age <= bound {
            return Ok(());
        }
        self.counts.stale_checks.add(1);
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Err(NotKnown::Stale { age_ms: millis(age), bound_ms: millis(bound) })
    }

    /// Why a company is not held.
    fn not_held(&self, company: Uuid, is_loading: bool) -> NotKnown {
        let work = self.work.lock();
        let is_asked_for = work.needs.contains_key(&company) || work.under_way.contains(&company);
        // It may have come since it was looked for; nothing comes while the lock is held.
        let is_there = self.map.get(company).is_some();
        if work.wanted.contains(&company) || is_asked_for || work.follows_all && (is_loading || is_there) {
            NotKnown::Loading
        } else if work.follows_all && work.is_full {
            NotKnown::Full { most: self.settings.most_companies }
        } else if work.follows_all {
            NotKnown::NoSuchCompany
        } else {
            NotKnown::NotFollowed
        }
    }

    pub(crate) fn ready(&self) -> Result<(), NotKnown> {
        let pulse = self.pulse.load();
        let (Some(hands), true) = (pulse.hands, pulse.is_loaded) else { return Err(NotKnown::Loading) };
        let (_, latest) = hands.at(self.settings.clock.micros());
        self.fresh_enough(latest.saturating_sub(pulse.as_of.unwrap_or(i64::MIN)).max(0), Freshness::Standard)
    }

    pub(crate) fn standing(&self) -> Standing {
        let pulse = self.pulse.load();
        let hands = pulse.hands.map(|hands| hands.at(self.settings.clock.micros()));
        let micros = |micros: i64| Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        let work = self.work.lock();
        Standing {
            is_loaded: pulse.is_loaded,
            is_connected: pulse.is_connected,
            age: hands.zip(pulse.as_of).map(|((_, latest), as_of)| micros(latest - as_of)),
            companies: self.map.len(),
            waiting: work.needs.len() + work.behind.len(),
            clock_width: hands.map(|(earliest, latest)| micros(latest - earliest)),
        }
    }

    pub(crate) fn follow(&self, company: Uuid) -> Result<(), NotKnown> {
        let mut work = self.work.lock();
        if work.wanted.contains(&company) || work.follows_all {
            return Ok(());
        }
        if work.wanted.len() >= self.settings.most_companies {
            return Err(NotKnown::Full { most: self.settings.most_companies });
        }
        work.wanted.insert(company);
        work.need(company, Need::of(Source::Loaded));
        drop(work);
        self.wake.notify_one();
        Ok(())
    }

    pub(crate) fn unfollow(&self, company: Uuid) {
        let mut work = self.work.lock();
        if work.wanted.remove(&company) && !work.follows_all {
            work.needs.remove(&company);
            if let Some(due) = self.map.get(company).and_then(|held| held.ask_again_at()) {
                work.due.remove(&(due, company));
            }
            self.map.remove(company);
        }
    }

    /// Loads a company at once, until it has come to a version.
    pub(crate) fn want(&self, company: Uuid, version: u64) {
        let mut work = self.work.lock();
        if work.wanted.contains(&company) || work.follows_all {
            work.need(company, Need { version, ..Need::of(Source::Asked) });
            drop(work);
            self.wake.notify_one();
        }
    }

    /// A change came from the feed.
    pub(crate) fn heard(&self, change: &FeedChangeView) {
        self.counts.changes.add(1);
        let at = change.at.micros();
        let mut work = self.work.lock();
        if let Some(company) = change.company_id {
            let (version, held) = (change.entitlement_version.unwrap_or(0), self.map.get(company));
            let is_ours = work.follows_all || work.wanted.contains(&company);
            let is_known = |held: &Arc<Held>| version > 0 && held.contains(at, version);
            if !is_ours || held.as_ref().is_some_and(is_known) {
                self.counts.known_changes.add(1);
                return;
            }
            if let Some(held) = held {
                held.lacks(at);
            } else if self.map.len() >= self.settings.most_companies {
                tracing::error!(most = self.settings.most_companies, %company, "more companies than may be followed");
                work.is_full = true;
                return;
            }
            work.need(company, Need { version, since: at, source: Source::Change });
        } else {
            work.behind = self.map.companies();
            self.beat(|heart| heart.pulse.catalog_changed(at));
        }
        drop(work);
        self.wake.notify_one();
    }

    /// A heartbeat came: everything committed before the instant has been heard of.
    pub(crate) fn heartbeat(&self, as_of: i64) {
        self.counts.heartbeats.add(1);
        let moment = self.settings.clock.micros();
        self.beat(|heart| {
            heart.pulse.as_of = Some(as_of);
            heart.pulse.hands = heart.estimate.heard(as_of, moment).or(heart.pulse.hands);
        });
        self.news.send_replace(());
    }

    /// A probe that was sent at one moment brought an instant at another.
    pub(crate) fn probed(&self, instant: i64, sent: i64, moment: i64) {
        self.beat(|heart| heart.pulse.hands = heart.estimate.probed(instant, sent, moment).or(heart.pulse.hands));
    }

    pub(crate) fn connected(&self, is_connected: bool) {
        self.beat(|heart| heart.pulse.is_connected = is_connected);
        let count = if is_connected { &self.counts.connects } else { &self.counts.disconnects };
        count.add(1);
    }

    /// Drops everything, and loads it from a place in the feed as of which everything before an instant is known.
    pub(crate) fn begin_anew(&self, as_of: Option<i64>) {
        let mut work = self.work.lock();
        work.begin_anew();
        self.map.clear();
        self.beat(|heart| {
            heart.pulse.is_loaded = false;
            heart.pulse.rounds.clear();
            heart.pulse.as_of = as_of;
        });
        drop(work);
        self.wake.notify_one();
    }

    /// What is known is of another life of the database: nothing is answered until it is loaded again.
    pub(crate) fn forget(&self) {
        let mut work = self.work.lock();
        work.begin_anew();
        work.needs.clear();
        work.is_listed = false;
        self.map.clear();
        // The answers that the client remembers are of that life too.
        self.settings.client.forget_answers();
        // Behind what was known and before anything that comes: who counts the same before and after an answer knows which life it is of.
        self.counts.reloads.add(1);
        self.beat(|heart| {
            heart.estimate = Estimate::new(self.settings.clock_margin);
            heart.pulse = Pulse { is_connected: heart.pulse.is_connected, ..Pulse::default() };
        });
    }

    /// Whether the list of all companies is still to be read.
    pub(crate) fn is_unlisted(&self) -> bool {
        !self.work.lock().is_listed
    }

    /// Takes some companies of the list of all.
    pub(crate) fn listed(&self, companies: impl Iterator<Item = Uuid>, is_last: bool) {
        let mut work = self.work.lock();
        for company in companies.filter(|company| self.map.get(*company).is_none()) {
            if self.map.len() + work.needs.len() >= self.settings.most_companies {
                tracing::error!(most = self.settings.most_companies, "more companies than may be followed");
                work.is_full = true;
                break;
            }
            work.need(company, Need::of(Source::Loaded));
        }
        work.is_listed |= is_last;
        drop(work);
        self.wake.notify_one();
    }

    /// Takes the next companies to be loaded, with the life and the round that they are asked for in.
    pub(crate) fn next(&self, most: usize) -> (Vec<(Uuid, Need)>, u64, u64) {
        let pulse = self.pulse.load();
        let now = pulse.hands.map_or(i64::MIN, |hands| hands.at(self.settings.clock.micros()).0);
        let mut work = self.work.lock();
        let taken = work.take(most, now);
        (taken, work.life, pulse.round())
    }

    /// Gives back what could not be loaded.
    pub(crate) fn failed(&self, companies: impl Iterator<Item = (Uuid, Need)>, life: u64) {
        self.counts.failed_loads.add(1);
        let mut work = self.work.lock();
        if work.life == life {
            companies.for_each(|(company, need)| {
                work.under_way.remove(&company);
                work.need(company, need);
            });
        }
    }

    /// Takes what was loaded of a company; `None` when it was never written. Whether it has what was needed.
    pub(crate) fn loaded(
        &self,
        (company, need): (Uuid, Need),
        (view, upcoming): (Option<EntitlementsView>, Vec<EntitlementsView>),
        (life, round): (u64, u64),
    ) -> bool {
        self.counts.loaded.add(1);
        let held = Held::new(view, upcoming, round, need.source, &self.sets);
        let mut work = self.work.lock();
        if work.life == life {
            work.under_way.remove(&company);
        }
        if work.life != life || !(work.follows_all || work.wanted.contains(&company)) {
            return true;
        }
        let before = self.map.get(company);
        let is_older = before.as_ref().is_some_and(|before| {
            !before.segments.is_empty() && (held.version(), held.as_of()) < (before.version(), before.as_of())
        });
        if is_older {
            work.need(company, need);
            return false;
        }
        let is_enough = held.version() >= need.version || need.since == i64::MAX;
        if !is_enough {
            held.lacks(need.since);
            work.need(company, need);
        }
        // What was heard of while this was on its way may be lacking in it.
        match work.needs.get(&company).copied() {
            Some(later) if later.version > held.version() => held.lacks(later.since),
            Some(later) if later.version > 0 => drop(work.needs.remove(&company)),
            Some(later) => held.lacks(later.since),
            None => {}
        }
        if round < self.pulse.load().round() {
            work.need(company, Need::of(Source::Catalog));
        }
        if let Some(due) = before.and_then(|before| before.ask_again_at()) {
            work.due.remove(&(due, company));
        }
        if let Some(due) = held.ask_again_at() {
            work.due.insert((due, company));
        }
        self.map.put(company, Arc::new(held));
        is_enough
    }

    /// A batch has been taken: perhaps now everything is there.
    pub(crate) fn taken(&self) {
        let work = self.work.lock();
        if work.needs.is_empty() && work.is_listed && !self.pulse.load().is_loaded {
            self.beat(|heart| heart.pulse.is_loaded = true);
            tracing::info!(companies = self.map.len(), "replica loaded");
        }
        drop(work);
        self.news.send_replace(());
    }

    fn beat(&self, change: impl FnOnce(&mut Heart)) {
        let mut heart = self.heart.lock();
        change(&mut heart);
        self.pulse.store(Arc::new(heart.pulse.clone()));
    }
}
