//! Where a sequence is played: the stores, the oracle, and the time.

use std::{collections::BTreeMap, fmt};

use domain::{Catalog, CompanyId, CompanyState, Refusal, RefusalCode, Timestamp, decide, decide_catalog, resolve};

use super::{
    super::{
        Fresh,
        oracle::{Fact, Oracle, Verdict},
        world::{actor, company, steadily},
    },
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
    fact: Fact,
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
    /// Where each store's feed was read to, and how many facts that were.
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
            Step::Company { whose, command, how } => self.write_company(company(*whose), command, *how).await,
            Step::CommitHeld => self.commit_held().await,
            Step::Catalog(command) => self.write_catalog(command).await,
        }
        for number in 0..COMPANIES {
            self.compare_answers(company(number));
        }
        self.compare_feed().await;
    }

    /// Compares everything once more, and says how much was compared.
    pub(super) async fn close(mut self) -> Tally {
        for number in 0..COMPANIES {
            self.compare_company(company(number)).await;
            self.compare_whole_history(company(number)).await;
        }
        self.compare_catalog().await;
        self.compare_whole_feed().await;
        self.tally
    }

    async fn write_company(&mut self, whose: CompanyId, command: &domain::Command, how: How) {
        self.compare_company(whose).await;
        let state = self.states[&whose].clone();
        let decided = decide(command, &state, &self.catalog, Timestamp::clamped(self.now), &actor());
        let verdict = self.oracle.judge(whose, command, self.now);
        let Some((changes, fact)) = self.agreed(&decided, verdict, command) else { return };
        if let Some(changes) = &changes {
            let before = self.seen.get(&whose).map_or(0, |seen| seen.version);
            assert!(
                changes.version_before >= before,
                "the version right before the write is older than one that was seen"
            );
            assert_eq!(changes.version, changes.version_before + 1);
            assert!(state.is_known() || changes.version == 1, "a first write gives version 1");
        }
        let reply = match how {
            How::Commit | How::Held => None,
            How::WithReply => Some(self.new_reply()),
            How::Repeated => Some(self.replies.last().cloned().unwrap_or_else(|| self.new_reply())),
        };
        let request_id = format!("request {}", self.tally.operations);
        let commit = CompanyCommit { changes, request_id, reply, too_late_at: None };
        if matches!(how, How::Held) {
            let standing = state.standing();
            let boundary = resolve(&standing, &self.catalog, Timestamp::clamped(self.now)).valid_until;
            self.held = fact.map(|fact| Held { commit, fact, whose, boundary });
            return;
        }
        self.commit_company(commit, fact, whose).await;
    }

    /// What a command makes, when program and oracle agree; `None` when both refuse it.
    fn agreed<Change: Clone + fmt::Debug>(
        &mut self,
        decided: &Result<Option<Change>, Refusal>,
        verdict: Verdict,
        command: &dyn fmt::Debug,
    ) -> Option<(Option<Change>, Option<Fact>)> {
        match (decided, verdict) {
            (Ok(Some(changes)), Verdict::Accepted(fact)) => Some((Some(changes.clone()), Some(fact))),
            (Ok(None), Verdict::Nothing) => Some((None, None)),
            (Err(refusal), Verdict::Refused(codes)) => {
                let code = match refusal.code {
                    RefusalCode::Validation => "validation",
                    RefusalCode::NotFound => "not_found",
                    RefusalCode::Conflict => "conflict",
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
        let Some(Held { mut commit, fact, whose, boundary }) = self.held.take() else { return };
        // Stores have clocks of their own: what is too late on the stage is too late on every clock.
        let is_too_late = boundary.is_some_and(|boundary| boundary.micros() <= self.now);
        commit.too_late_at = Some(if is_too_late { Timestamp::MIN } else { Timestamp::MAX });
        self.commit_company(commit, Some(fact), whose).await;
    }

    async fn commit_company(&mut self, commit: CompanyCommit, fact: Option<Fact>, whose: CompanyId) {
        let key_is_taken =
            commit.reply.as_ref().is_some_and(|reply| self.replies.iter().any(|kept| kept.key == reply.key));
        let is_stale = commit.changes.as_ref().is_some_and(|changes| {
            changes.generation != self.oracle.generation()
                || changes.write_seq_before != self.oracle.facts_of(whose) as u64
        });
        let is_too_late = commit.changes.is_some() && commit.too_late_at == Some(Timestamp::MIN);
        let expected = if key_is_taken || is_stale || is_too_late { Committed::Raced } else { Committed::Done };
        self.tally.raced += u32::from(expected == Committed::Raced);
        for (name, store) in &self.stores {
            let outcome = steadily(async || store.store().commit(commit.clone()).await).await;
            assert_eq!(outcome, Ok(expected), "{name}: {commit:#?}");
        }
        if expected == Committed::Done {
            let at = commit.changes.as_ref().map_or(self.now, |changes| changes.at.micros());
            if let (Some(fact), Some(changes)) = (fact, &commit.changes) {
                self.oracle.record(at, Some(whose), changes.version, &commit.request_id, fact);
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
        let decided = decide_catalog(command, &self.catalog, Timestamp::clamped(self.now), &actor());
        let verdict = self.oracle.judge_catalog(command);
        let Some((change, fact)) = self.agreed(&decided, verdict, command) else { return };
        let request_id = format!("request {}", self.tally.operations);
        let commit = CatalogCommit { change, request_id, reply: None };
        for (name, store) in &self.stores {
            let outcome = steadily(async || store.store().commit_catalog(commit.clone()).await).await;
            assert_eq!(outcome, Ok(Committed::Done), "{name}: {commit:#?}");
        }
        if let (Some(fact), Some(change)) = (fact, &commit.change) {
            let at = change.at.micros();
            self.oracle.record(at, None, change.generation, &commit.request_id, fact);
        }
        self.compare_catalog().await;
        for number in 0..COMPANIES {
            self.compare_history(company(number), 2).await;
        }
        self.now += 1;
    }
}
