//! Where a sequence is played: the stores, the oracle, and the time.

use std::{collections::BTreeMap, fmt};

use domain::{
    Catalog, CatalogChange, CatalogFacts, ChangeSet, Command, CompanyId, CompanyState, CreditMove, CreditScope, Item,
    Refusal, RefusalCode, Shape, Timestamp, decide, decide_catalog, resolve,
};

use super::{
    super::{
        Fresh,
        oracle::{Credit, Fact, Oracle, Row, Verdict},
        world::{actor, company, steadily},
    },
    compare::row_in_words,
    law::Sight,
    step::{BEGIN, COMPANIES, How, Step, Wait},
};
use crate::{CatalogCommit, Committed, CompanyCommit, FeedPosition, ReplyKey, StoredReply};

/// How much was compared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) operations: u32,
    pub(super) refused: u32,
    pub(super) raced: u32,
    pub(super) answers: u32,
}

impl Tally {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            operations: self.operations + other.operations,
            refused: self.refused + other.refused,
            raced: self.raced + other.raced,
            answers: self.answers + other.answers,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operations, refused, raced, answers } = self;
        write!(formatter, "{operations} operations compared ({refused} refused, {raced} raced), {answers} answers")
    }
}

/// A commit that was decided and held back.
struct Held {
    commit: CompanyCommit,
    facts: Vec<Fact>,
    whose: CompanyId,
    /// The next boundary of what it replaces.
    boundary: Option<Timestamp>,
}

/// The stage.
pub(super) struct Stage {
    pub(super) stores: Vec<(&'static str, Fresh)>,
    pub(super) oracle: Oracle,
    pub(super) now: i64,
    pub(super) catalog: Catalog,
    pub(super) states: BTreeMap<CompanyId, CompanyState>,
    pub(super) seen: BTreeMap<CompanyId, Sight>,
    /// The shape that was stored of each company, and until when it holds.
    pub(super) shapes: BTreeMap<CompanyId, (Shape, Option<Timestamp>)>,
    /// Where each store's feed was read to, and how many writes that were.
    pub(super) fed: (Vec<FeedPosition>, usize),
    pub(super) tally: Tally,
    held: Option<Held>,
    replies: Vec<StoredReply>,
}

impl Stage {
    /// A stage on fresh stores.
    pub(super) async fn open(stores: Vec<(&'static str, Fresh)>) -> Self {
        let fed = (vec![FeedPosition::default(); stores.len()], 0);
        let mut stage = Self {
            stores,
            oracle: Oracle::default(),
            now: BEGIN,
            catalog: Catalog::empty(),
            states: BTreeMap::new(),
            seen: BTreeMap::new(),
            shapes: BTreeMap::new(),
            fed,
            tally: Tally::default(),
            held: None,
            replies: Vec::new(),
        };
        stage.compare_catalog().await;
        stage
    }

    /// Plays one step and compares.
    pub(super) async fn play(&mut self, step: &Step) {
        self.tally.operations += 1;
        match step {
            Step::Wait(Wait::Micros(micros)) => self.now += micros,
            Step::Wait(Wait::ToBoundary(beyond)) => {
                let of = |number| self.oracle.boundaries(company(number)).range(self.now + 1..).next().copied();
                let next = (0..COMPANIES).filter_map(of).min().unwrap_or(self.now);
                let latest = Timestamp::MAX.micros() - 1_000_000;
                self.now = (next + beyond).clamp(self.now, latest.max(self.now));
            }
            Step::Company { whose, command, how } => {
                // As the service does: what has passed is told before the next write, which may replace the row that it passed for.
                while *command != Command::SweepBoundary && self.is_due(company(*whose)) {
                    self.write_company(company(*whose), &Command::SweepBoundary, How::Commit).await;
                }
                self.write_company(company(*whose), command, *how).await;
            }
            Step::CommitHeld => self.commit_held().await,
            Step::Catalog(command) => self.write_catalog(command).await,
        }
        for number in 0..COMPANIES {
            self.compare_answers(company(number));
        }
        self.compare_feed().await;
        self.compare_due().await;
    }

    /// Compares everything once more, and says how much was compared.
    pub(super) async fn close(mut self) -> Tally {
        for number in 0..COMPANIES {
            self.compare_company(company(number)).await;
            self.compare_whole_history(company(number)).await;
            self.compare_ledger(company(number)).await;
        }
        self.compare_census().await;
        self.compare_catalog().await;
        self.compare_whole_feed().await;
        self.verify_whole().await;
        self.tally
    }

    fn is_due(&self, whose: CompanyId) -> bool {
        self.oracle.untold(whose).first().is_some_and(|boundary| *boundary <= self.now)
    }

    async fn write_company(&mut self, whose: CompanyId, command: &Command, how: How) {
        self.compare_company(whose).await;
        let state = self.states[&whose].clone();
        let command = &known_grant(command, &state);
        self.compare_scope(whose, command).await;
        let decided = decide(command, &state, &self.catalog, Timestamp::clamped(self.now), &actor());
        let verdict = self.oracle.judge(whose, command, self.now);
        let Some((changes, facts)) = self.agreed(&decided, verdict, command, in_facts) else { return };
        if let Some(changes) = &changes {
            let before = self.seen.get(&whose).map_or(0, |seen| seen.version);
            if changes.passed.is_some() {
                let then = resolve(&state.standing(), &self.catalog, changes.at);
                assert_eq!(changes.version, then.version, "a boundary does not stand under its own version");
            } else {
                assert!(
                    changes.version_before >= before,
                    "the version right before the write is older than one that was seen"
                );
            }
            let moves = self.oracle.decides(whose, &facts);
            assert_eq!(changes.version, changes.version_before + u64::from(moves), "{command:#?}");
            assert!(state.is_known() || changes.version == 1, "a first write gives version 1");
        }
        let reply = match how {
            How::Commit | How::Held => None,
            How::WithReply => Some(self.new_reply()),
            How::Repeated => Some(self.replies.last().cloned().unwrap_or_else(|| self.new_reply())),
        };
        let request_id = format!("request {}", self.tally.operations);
        // Every store has links of its own: its rows of history have other identifiers.
        let head = None;
        let commit = CompanyCommit { changes, head, request_id, reply, too_late_at: None };
        if matches!(how, How::Held) {
            let standing = state.standing();
            let boundary = resolve(&standing, &self.catalog, Timestamp::clamped(self.now)).valid_until;
            self.held = commit.changes.is_some().then_some(Held { commit, facts, whose, boundary });
            return;
        }
        self.commit_company(commit, facts, whose).await;
    }

    /// What a command makes, when program and oracle agree; `None` when both refuse it.
    fn agreed<Change: Clone + fmt::Debug>(
        &mut self,
        decided: &Result<Option<Change>, Refusal>,
        verdict: Verdict,
        command: &dyn fmt::Debug,
        in_facts: impl Fn(&Change) -> Vec<Fact>,
    ) -> Option<(Option<Change>, Vec<Fact>)> {
        match (decided, verdict) {
            (Ok(Some(changes)), Verdict::Accepted(facts)) => Some((Some(changes.clone()), facts)),
            (Ok(Some(changes)), Verdict::Unjudged) => Some((Some(changes.clone()), in_facts(changes))),
            (Ok(None), Verdict::Nothing | Verdict::Unjudged) => Some((None, Vec::new())),
            (Err(_), Verdict::Unjudged) => {
                self.tally.refused += 1;
                None
            }
            (Err(refusal), Verdict::Refused(codes)) => {
                let code = match refusal.code {
                    RefusalCode::Validation => "validation",
                    RefusalCode::NotFound => "not_found",
                    RefusalCode::Conflict => "conflict",
                    RefusalCode::Forbidden => "forbidden",
                };
                assert!(codes.contains(code), "{command:#?} was refused by `{code}`, not one of {codes:?}");
                self.tally.refused += 1;
                None
            }
            (decided, verdict) => panic!("{command:#?}\nwas decided as {decided:#?}\nbut the rules say {verdict:#?}"),
        }
    }

    fn new_reply(&self) -> StoredReply {
        StoredReply {
            key: ReplyKey { caller: "caller".to_owned(), key: self.tally.operations.to_string() },
            request_hash: [7; 32],
            status: 200,
            headers: Vec::new(),
            body: self.tally.operations.to_string().into_bytes(),
            // The year 2100: kept whatever clock a store has.
            created_at: Timestamp::clamped(4_102_444_800_000_000),
        }
    }

    async fn commit_held(&mut self) {
        let Some(Held { mut commit, facts, whose, boundary }) = self.held.take() else { return };
        // Stores have clocks of their own: what is too late on the stage is too late on every clock.
        let is_too_late = boundary.is_some_and(|boundary| boundary.micros() <= self.now);
        commit.too_late_at = Some(if is_too_late { Timestamp::MIN } else { Timestamp::MAX });
        self.commit_company(commit, facts, whose).await;
    }

    async fn commit_company(&mut self, commit: CompanyCommit, facts: Vec<Fact>, whose: CompanyId) {
        let key_is_taken =
            commit.reply.as_ref().is_some_and(|reply| self.replies.iter().any(|kept| kept.key == reply.key));
        let is_stale = commit.changes.as_ref().is_some_and(|changes| {
            changes.generation != self.oracle.generation()
                || changes.write_seq_before != self.oracle.writes_of(whose) as u64
        });
        let is_too_late = commit.changes.is_some() && commit.too_late_at == Some(Timestamp::MIN);
        let expected = if key_is_taken || is_stale || is_too_late { Committed::Raced } else { Committed::Done };
        self.tally.raced += u32::from(expected == Committed::Raced);
        for (name, store) in &self.stores {
            let loaded = steadily(async || store.store().load(whose, CreditScope::None).await).await;
            let commit = CompanyCommit { head: loaded.expect("the store answers").head, ..commit.clone() };
            let outcome = steadily(async || store.store().commit(commit.clone()).await).await;
            assert_eq!(outcome, Ok(expected), "{name}: {commit:#?}");
        }
        if expected == Committed::Done {
            let at = commit.changes.as_ref().map_or(self.now, |changes| changes.at.micros());
            if let Some(changes) = &commit.changes {
                self.oracle.record(at, Some(whose), changes.version, &commit.request_id, facts);
                self.shapes.insert(whose, (changes.shape.clone(), changes.shape_until));
            }
            self.replies.extend(commit.reply.clone());
        }
        if let Some(reply) = &commit.reply {
            let kept = self.replies.iter().find(|kept| kept.key == reply.key);
            for (name, store) in &self.stores {
                assert_eq!(steadily(async || store.store().reply(&reply.key).await).await, Ok(kept.cloned()), "{name}");
            }
        }
        self.compare_company(whose).await;
        self.compare_history(whose, 6).await;
    }

    async fn write_catalog(&mut self, command: &domain::CatalogCommand) {
        // Never at the instant of a company's write: which of the two came first would be anybody's guess.
        self.now += 1;
        // Who holds what is judged by the stores' clock.
        let clock = steadily(async || self.stores[0].1.store().ready().await).await.expect("the store answers");
        let items: Vec<_> = self.catalog.all_items().map(Item::reference).collect();
        let facts = CatalogFacts { holders: self.compare_holders(&items).await };
        let commands = std::slice::from_ref(command);
        let decided = decide_catalog(commands, &self.catalog, &facts, Timestamp::clamped(self.now), &actor());
        let held = |sold: &super::super::oracle::Sold| {
            (0..COMPANIES).any(|number| self.oracle.holds(company(number), &sold.name_of, clock.micros()))
        };
        let verdict = self.oracle.judge_catalog(command, held);
        let Some((change, facts)) = self.agreed(&decided, verdict, command, entries) else { return };
        let request_id = format!("request {}", self.tally.operations);
        let commit = CatalogCommit { change, request_id, ..CatalogCommit::default() };
        for (name, store) in &self.stores {
            let outcome = steadily(async || store.store().commit_catalog(commit.clone()).await).await;
            assert_eq!(outcome, Ok(Committed::Done), "{name}: {commit:#?}");
        }
        if let Some(change) = &commit.change {
            let at = change.at.micros();
            self.oracle.record(at, None, change.generation, &commit.request_id, facts);
        }
        self.compare_catalog().await;
        for number in 0..COMPANIES {
            self.compare_history(company(number), 2).await;
        }
        self.now += 1;
    }

    /// What a command is decided on is enough: with less of the credits it is decided the same.
    async fn compare_scope(&self, whose: CompanyId, command: &Command) {
        let scope = command.credit_scope(&self.catalog);
        let entire = &self.states[&whose];
        for (name, store) in &self.stores {
            let loaded = steadily(async || store.store().load(whose, scope).await).await.expect("the store answers");
            let mut expected = entire.clone();
            expected.credits.lots.retain(|lot| match scope {
                CreditScope::None => false,
                CreditScope::Open => lot.remaining > 0,
                CreditScope::All => true,
            });
            assert_eq!(loaded.state, expected, "{name}");
        }
        let now = Timestamp::clamped(self.now);
        let mut less = entire.clone();
        if scope == CreditScope::None {
            less.credits.lots.clear();
        }
        if scope == CreditScope::Open {
            less.credits.lots.retain(|lot| lot.remaining > 0);
        }
        let decided = |state: &CompanyState| decide(command, state, &self.catalog, now, &actor());
        assert_eq!(decided(&less), decided(entire), "{command:#?}");
    }
}

/// What the program made of a catalog command of which the oracle has no opinion.
fn entries(change: &CatalogChange) -> Vec<Fact> {
    change.events.iter().map(|event| Fact::Entry(event.after.key().to_owned())).collect()
}

/// A command to take away a grant names the one of that place, where there are any.
fn known_grant(command: &Command, state: &CompanyState) -> Command {
    let Command::RemoveGrant(id) = command else { return command.clone() };
    if state.grants.is_empty() {
        return command.clone();
    }
    let place = usize::try_from(id.as_u128() % state.grants.len() as u128).unwrap_or_default();
    Command::RemoveGrant(state.grants[place].terms.id)
}

/// What the program made of a command of which the oracle has no opinion: rows, what they bring and take back, and that the package was
/// changed.
fn in_facts(changes: &ChangeSet) -> Vec<Fact> {
    assert!(changes.grants_added.is_empty() && changes.grants_removed.is_empty(), "{changes:#?}");
    assert!(changes.profile.is_none(), "{changes:#?}");
    let rows: Vec<_> = changes.holdings.iter().map(|change| row_in_words(&change.after)).collect();
    let credits = changes.credit_entries.iter().map(|entry| {
        // What is brought comes with the package that the company was moved to.
        let brings = rows.get(1).filter(|_| entry.kind == CreditMove::Grant);
        Fact::Credit(Credit {
            way: entry.kind.as_str(),
            amount: entry.amount,
            balance: entry.balance,
            starts: entry.starts_at.map(Timestamp::micros),
            expires: entry.expires_at.map(Timestamp::micros),
            row: brings.map(|row| row.item.clone()),
            purchase: brings.and_then(Row::bought_with),
        })
    });
    let note = changes.note.map(|_| Fact::PackageChanged);
    rows.iter().cloned().map(Fact::Row).chain(credits).chain(note).collect()
}
