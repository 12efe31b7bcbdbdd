//! Nothing is rounded, trimmed, folded or forgotten: what went in comes back, field for field.

use std::sync::Arc;

use domain::{
    ChangeSet, Command, CompanyId, CompanyState, CreditScope, Holding, HoldingChange, ItemRef, MAX_ENTITLEMENT_VERSION,
    Origin, Patch, Replaced, SetHolding, Shape, Status, Terms, Text, Timestamp, Window, apply,
};

use super::world::{
    actor, addon, catalog, change_catalog, commit, company, create_item, execute, line, package, seed, set, state_of,
};
use crate::{Committed, CompanyReading, HistorySource, Store};

/// A row with nothing optional in it.
fn bare(item: &ItemRef, at: Timestamp) -> Holding {
    Holding {
        terms: Terms {
            item: item.clone(),
            status: Status::Active,
            window: Window::default(),
            quantity: 1,
            assigned_revision: 1,
            created_at: at,
        },
        origin: Origin {
            source: None,
            external_reference: None,
            created_by: actor(),
            updated_by: actor(),
            updated_at: at,
        },
        trialed_at: None,
        paused_from: None,
        replaces: None,
        lapsed: false,
    }
}

/// A change set that makes or replaces rows, on top of a state. Its version is the caller's business.
fn replacing(state: &CompanyState, generation: u64, at: Timestamp, rows: Vec<Holding>) -> ChangeSet {
    let change = |after: Holding| HoldingChange { before: state.holding(&after.terms.item).cloned(), after };
    ChangeSet {
        company_id: state.company_id,
        write_seq_before: state.write_seq,
        generation,
        at,
        actor: actor(),
        version_before: state.write_seq,
        version: state.write_seq + 1,
        version_base: i64::try_from(state.write_seq + 1).expect("fits"),
        last_write_at: at,
        shape: Shape::from_stored(String::new()),
        shape_until: None,
        holdings: rows.into_iter().map(change).collect(),
        grants_added: Vec::new(),
        grants_removed: Vec::new(),
        credit_lots: Vec::new(),
        credit_entries: Vec::new(),
        profile: None,
        note: None,
        passed: None,
        next_boundary: None,
        warnings: Vec::new(),
    }
}

/// Commits a change set and compares what is stored with what `apply` gives.
async fn stored(store: &dyn Store, state: CompanyState, changes: &ChangeSet) -> CompanyState {
    assert_eq!(commit(store, changes, "request").await, Committed::Done);
    let expected = apply(state, changes);
    assert_eq!(state_of(store, changes.company_id).await, expected);
    let reading = store.read(changes.company_id, None).await.expect("the store answers");
    assert_eq!(reading.company, CompanyReading::Standing(expected.standing()));
    expected
}

async fn unknown(store: &dyn Store, company: CompanyId) -> (CompanyState, u64, Timestamp) {
    let generation = seed(store).await.generation;
    let loaded = store.load(company, CreditScope::All).await.expect("the store answers");
    (loaded.state, generation, loaded.now)
}

/// Given every combination of present and absent optional fields, and every status, each comes back.
pub async fn every_optional_field_comes_back_as_it_went_in(store: Arc<dyn Store>) {
    let (mut state, generation, at) = unknown(&*store, company(1)).await;
    let instant = |offset: i64| Timestamp::clamped(at.micros() + offset);

    for mask in 0_u8..128 {
        let has = |bit: u8| mask & (1 << bit) != 0;
        let mut row = bare(&addon("finance"), at);
        row.terms.status = Status::ALL[usize::from(mask) % Status::ALL.len()];
        row.terms.window = Window {
            starts_at: has(0).then(|| instant(-1)),
            ends_at: has(1).then(|| instant(1)),
            grace_ends_at: has(2).then(|| instant(2)),
        };
        row.origin.source = has(3).then(|| line("billing_sync"));
        row.origin.external_reference = has(4).then(|| line("sub_123"));
        row.origin.updated_by = line("someone else");
        row.trialed_at = has(5).then(|| instant(-7));
        row.paused_from = has(5).then(|| if has(6) { Status::Trial } else { Status::Active });
        row.replaces = has(6).then(|| Replaced {
            package: package("premium-market").key,
            ends_at: has(0).then_some(Timestamp::MAX),
            grace_ends_at: has(1).then_some(Timestamp::MIN),
        });
        let changes = replacing(&state, generation, instant(i64::from(mask)), vec![row]);
        state = stored(&*store, state, &changes).await;
    }
}

/// Given texts of every alphabet and of the greatest length, in rows, actors and request ids, each comes back.
pub async fn unicode_and_longest_texts_come_back_as_they_went_in(store: Arc<dyn Store>) {
    let (mut state, generation, at) = unknown(&*store, company(1)).await;
    let longest = |character: char, chars: usize| {
        Text::line(&String::from(character).repeat(chars), chars).expect("is within its limit")
    };
    let texts = [
        line("O'Brien \"quoted\" \\ back\\slash %s $1 ?1 {} -- ; drop"),
        line(" leading and trailing "),
        line("Grüße, 東京, Ελλάδα, עברית, 👩‍👩‍👧‍👦, e\u{301} and \u{e9}"),
        line("\u{feff}\u{200b}\u{202e}\u{fffd}\u{10ffff}"),
        longest('𝔘', Text::ACTOR_CHARS),
    ];

    for text in texts {
        let mut row = bare(&addon("finance"), at);
        row.origin.source = Some(longest('ß', Text::SOURCE_CHARS));
        row.origin.external_reference = Some(longest('界', Text::REFERENCE_CHARS));
        row.origin.created_by = text.clone();
        row.origin.updated_by = text.clone();
        let mut changes = replacing(&state, generation, at, vec![row]);
        changes.actor = text.clone();
        let request = text.to_string();
        assert_eq!(commit(&*store, &changes, &request).await, Committed::Done);
        state = apply(state, &changes);
        assert_eq!(state_of(&*store, company(1)).await, state);
        let history = store.history(company(1), None, 1).await.expect("answers").expect("known");
        assert_eq!(history[0].changed_by.as_deref(), Some(text.as_str()));
        assert_eq!(history[0].request_id.as_deref(), Some(text.as_str()));
        assert_eq!(history[0].source, Some(longest('ß', Text::SOURCE_CHARS).to_string()));
    }
}

/// Given the first and the last instants that there are, to the microsecond, each comes back, and writes at them work.
pub async fn extreme_instants_come_back_as_they_went_in(store: Arc<dyn Store>) {
    let (mut state, generation, _) = unknown(&*store, company(1)).await;
    let micros = [0, 1, 999_999, 1_000_000, 951_782_400_000_001, 4_102_444_799_999_999, 253_402_300_799_999_999];

    for at in micros.map(Timestamp::clamped) {
        let mut row = bare(&package("basic"), at);
        row.terms.window =
            Window { starts_at: Some(Timestamp::MIN), ends_at: Some(at), grace_ends_at: Some(Timestamp::MAX) };
        let changes = replacing(&state, generation, at, vec![row]);
        state = stored(&*store, state, &changes).await;
        let history = store.history(company(1), None, 500).await.expect("answers").expect("known");
        let own = history.iter().filter(|entry| entry.position.source == HistorySource::Company);
        assert_eq!(own.map(|entry| entry.position.created_at).max(), Some(at));
    }
}

/// Given the largest versions, negative version bases and the largest quantity, each comes back, in the history and the feed too.
pub async fn extreme_numbers_come_back_as_they_went_in(store: Arc<dyn Store>) {
    let (mut state, generation, at) = unknown(&*store, company(1)).await;
    let most = i64::try_from(MAX_ENTITLEMENT_VERSION).expect("fits");
    let bases = [-1, 0, 1, -most, most, i64::from(i32::MAX) + 1, i64::from(i32::MIN) - 1];

    for (base, version) in bases.into_iter().zip((0..).map(|back| MAX_ENTITLEMENT_VERSION - 7 + back)) {
        let mut row = bare(&addon("venue"), at);
        row.terms.quantity = u32::MAX - u32::try_from(state.write_seq).expect("fits");
        let mut changes = replacing(&state, generation, at, vec![row]);
        (changes.version_before, changes.version, changes.version_base) = (version - 1, version, base);
        state = stored(&*store, state, &changes).await;
        let history = store.history(company(1), None, 1).await.expect("answers").expect("known");
        assert_eq!(history[0].version, Some(version));
        let feed = super::world::settled_feed(&*store, crate::FeedPosition::default()).await;
        assert_eq!(feed.last().map(|entry| entry.version), Some(version));
    }
}

/// Given fields that were set and are then cleared, they are gone, not empty and not remembered.
pub async fn fields_that_are_cleared_stay_cleared(store: Arc<dyn Store>) {
    seed(&*store).await;
    let item = addon("market");
    let instant = |micros: i64| Patch::Set(Timestamp::clamped(micros));
    let full = SetHolding {
        starts_at: instant(1),
        ends_at: instant(4_000_000_000_000_000),
        grace_ends_at: instant(4_000_000_000_000_001),
        quantity: Some(3),
        source: Patch::Set(line("self_service")),
        external_reference: Patch::Set(line("ref")),
        ..set(&item, Status::Trial)
    };
    let cleared = SetHolding {
        starts_at: Patch::Clear,
        ends_at: Patch::Clear,
        grace_ends_at: Patch::Clear,
        source: Patch::Clear,
        external_reference: Patch::Clear,
        ..set(&item, Status::Trial)
    };

    execute(&*store, company(1), &Command::SetHolding(full), "full").await;
    execute(&*store, company(1), &Command::SetHolding(cleared), "cleared").await;

    let state = state_of(&*store, company(1)).await;
    let row = state.holding(&item).expect("the row is there");
    assert_eq!(row.terms.window, Window::default());
    assert_eq!((&row.origin.source, &row.origin.external_reference), (&None, &None));
    assert_eq!(row.terms.quantity, 3);
}

/// Given many rows, written in one change set and in no order, they come back by kind and key, in the order of bytes.
pub async fn many_rows_come_back_in_order(store: Arc<dyn Store>) {
    seed(&*store).await;
    // Under the collation of a language these sort otherwise than by bytes: `-` and `_` are skipped, digits come elsewhere.
    let keys = ["a-b", "a-c", "a0", "a_a", "a_d", "aa", "ab-z", "ab_a", "b1", "b10", "b2", "z"];
    for key in keys {
        change_catalog(&*store, &create_item(&addon(key), &["venue"])).await;
        change_catalog(&*store, &create_item(&package(key), &["venue"])).await;
    }
    let generation = catalog(&*store).await.generation;
    let loaded = store.load(company(1), CreditScope::All).await.expect("the store answers");
    let rows = keys.iter().rev().flat_map(|key| [bare(&addon(key), loaded.now), bare(&package(key), loaded.now)]);
    let changes = replacing(&loaded.state, generation, loaded.now, rows.collect());

    let state = stored(&*store, loaded.state, &changes).await;

    assert_eq!(state.holdings.len(), 2 * keys.len());
    assert!(state.holdings.is_sorted_by(|one, next| one.terms.item < next.terms.item));
}
