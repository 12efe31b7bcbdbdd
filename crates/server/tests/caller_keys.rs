//! API keys: who is accepted, who is refused, and how soon a change is known.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use domain::{Timestamp, Uuid};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use server::caller::{
    Allowance, ApiKey, Authenticator, Caller, INTERNAL_API_KEY, Keys, NewKey, NewKeyError, Refused, Role, Scope,
    follow_keys, note_use,
};
use store::{
    Committed, KeyRecord, Store, SystemChange,
    model::{Clock, ManualClock, ModelStore},
};

const NOON: i64 = 1_770_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000).expect("an instant")
}

fn made(name: &str, role: Role, scopes: &[Scope], expires_at: Option<Timestamp>) -> (String, KeyRecord) {
    let new = NewKey { name, role, scopes, now: at(NOON), expires_at };
    let (text, record) = ApiKey::generate(&new).expect("a key");
    (text.reveal().clone(), record)
}

fn key_header(text: &str) -> HeaderMap {
    [(INTERNAL_API_KEY, HeaderValue::from_str(text).expect("a header"))].into_iter().collect()
}

struct House {
    clock: Arc<ManualClock>,
    store: Arc<ModelStore>,
    keys: Arc<Keys>,
    door: Authenticator,
}

impl House {
    async fn new(records: &[KeyRecord]) -> Self {
        let clock = Arc::new(ManualClock::at(at(NOON)));
        let store = Arc::new(ModelStore::new(Arc::clone(&clock) as _));
        for record in records {
            store.commit_system(SystemChange::AddKey(record.clone()).into()).await.expect("stored");
        }
        let keys = Arc::new(Keys::new());
        keys.refresh(&*store).await.expect("known");
        let door = Authenticator::new(Arc::clone(&keys), None, Vec::new());
        Self { clock, store, keys, door }
    }

    fn ask(&self, headers: &HeaderMap, second: i64) -> Result<Arc<Caller>, Refused> {
        self.door.authenticate(headers, None, at(second))
    }

    async fn revoke(&self, id: Uuid) {
        let revoke = SystemChange::RevokeKeys { ids: vec![id], at: self.clock.now() };
        assert_eq!(self.store.commit_system(revoke.into()).await, Ok(Committed::Done));
    }

    async fn last_used(&self, id: Uuid) -> Option<Timestamp> {
        let ring = self.store.key_ring(None).await.expect("a ring").expect("a ring");
        ring.keys.iter().find(|key| key.id == id).and_then(|key| key.last_used_at)
    }

    /// Waits for a condition, at most a second: the bound within which every node must know a change of the keys.
    async fn within_a_second<F: Future<Output = bool>>(&self, mut condition: impl FnMut() -> F) -> bool {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(1);
        while tokio::time::Instant::now() < deadline {
            if condition().await {
                return true;
            }
            tokio::task::yield_now().await;
        }
        false
    }
}

#[tokio::test]
async fn a_key_brings_its_name_role_and_scopes() {
    let (text, record) = made("billing-sync", Role::Job, &[Scope::CompaniesWrite], None);
    let house = House::new(&[record]).await;

    let caller = house.ask(&key_header(&text), NOON).expect("accepted");

    assert_eq!(caller.name.as_str(), "billing-sync");
    assert_eq!(caller.role, Role::Job);
    assert!(caller.may(Scope::EntitlementsRead) && caller.may(Scope::CompaniesWrite));
    assert!(!caller.may(Scope::CatalogWrite) && !caller.may(Scope::SystemAdmin));
}

#[tokio::test]
async fn every_bad_credential_is_refused_for_its_own_reason() {
    let (good, record) = made("auth-backend", Role::Auth, &[], None);
    let (short, expiring) = made("short", Role::Auth, &[], Some(at(NOON + 60)));
    let (revoked, mut gone) = made("gone", Role::Auth, &[], None);
    gone.revoked_at = Some(at(NOON));
    let (early, mut future) = made("future", Role::Auth, &[], None);
    future.created_at = at(NOON + 3_600);
    let (odd, mut unknown_role) = made("odd", Role::Auth, &[], None);
    unknown_role.role = "superuser".to_owned();
    let house = House::new(&[record, expiring, gone, future, unknown_role]).await;
    let with_token = |mut headers: HeaderMap| {
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer a.b.c"));
        headers
    };
    let mut twice = key_header(&good);
    twice.append(INTERNAL_API_KEY, HeaderValue::from_str(&good).expect("a header"));
    let other_case = good.to_ascii_uppercase();
    let shorter = good.get(..good.len() - 1).expect("a part");

    let cases = [
        ("nothing", HeaderMap::new(), NOON, Refused::Missing),
        ("empty", key_header(""), NOON, Refused::UnknownKey),
        ("wrong", key_header("pc_nobody"), NOON, Refused::UnknownKey),
        ("other case", key_header(&other_case), NOON, Refused::UnknownKey),
        ("shorter", key_header(shorter), NOON, Refused::UnknownKey),
        ("longer", key_header(&format!("{good}A")), NOON, Refused::UnknownKey),
        ("much longer", key_header(&"A".repeat(10_000)), NOON, Refused::UnknownKey),
        ("at its expiry", key_header(&short), NOON + 60, Refused::KeyExpired),
        ("revoked", key_header(&revoked), NOON, Refused::KeyRevoked),
        ("revoked, by a clock that is late", key_header(&revoked), NOON - 30, Refused::KeyRevoked),
        ("not yet", key_header(&early), NOON, Refused::KeyNotYet),
        ("of a role that is not known here", key_header(&odd), NOON, Refused::UnknownKey),
        ("both", with_token(key_header(&good)), NOON, Refused::TwoCredentials),
        ("twice the same", twice, NOON, Refused::Repeated),
        ("a token where none is accepted", with_token(HeaderMap::new()), NOON, Refused::TokensOff),
    ];

    for (name, headers, second, expected) in cases {
        assert_eq!(house.ask(&headers, second).expect_err(name), expected, "{name}");
    }
    assert!(house.ask(&key_header(&good), NOON).is_ok());
    assert!(house.ask(&key_header(&short), NOON + 59).is_ok());
}

#[tokio::test]
async fn two_keys_of_one_name_live_at_once_while_they_are_rotated() {
    let (old, first) = made("auth-backend", Role::Auth, &[], None);
    let (new, second) = made("auth-backend", Role::Auth, &[], None);
    let house = House::new(&[first.clone(), second]).await;
    assert!(house.ask(&key_header(&old), NOON).is_ok());
    assert!(house.ask(&key_header(&new), NOON).is_ok());

    house.revoke(first.id).await;
    house.keys.refresh(&*house.store).await.expect("known");

    assert_eq!(house.ask(&key_header(&old), NOON), Err(Refused::KeyRevoked));
    assert!(house.ask(&key_header(&new), NOON).is_ok());
}

#[tokio::test]
async fn a_node_that_follows_knows_new_and_revoked_keys_within_a_second() {
    let house = House::new(&[]).await;
    let following = tokio::spawn(follow_keys(Arc::clone(&house.store) as _, Arc::clone(&house.keys)));
    let (text, record) = made("late", Role::Admin, &[], None);

    let id = record.id;
    house.store.commit_system(SystemChange::AddKey(record).into()).await.expect("stored");
    assert!(house.within_a_second(async || house.ask(&key_header(&text), NOON).is_ok()).await);

    house.revoke(id).await;
    assert!(house.within_a_second(async || house.ask(&key_header(&text), NOON).is_err()).await);
    following.abort();
}

#[tokio::test]
async fn keys_that_are_not_confirmed_any_more_recognise_nobody() {
    let (text, record) = made("auth-backend", Role::Auth, &[], None);
    let house = House::new(&[record]).await;
    let keys = Arc::new(Keys::fresh_for(Duration::from_millis(40)));
    let door = Authenticator::new(Arc::clone(&keys), None, Vec::new());
    let ask = || door.authenticate(&key_header(&text), None, at(NOON));
    assert_eq!(ask().expect_err("never confirmed"), Refused::Unconfirmed);

    keys.refresh(&*house.store).await.expect("confirmed");
    assert!(ask().is_ok());

    assert!(house.within_a_second(async || ask() == Err(Refused::Unconfirmed)).await);
    keys.refresh(&*house.store).await.expect("confirmed");
    assert!(ask().is_ok());
}

#[tokio::test]
async fn last_use_is_noted_at_most_once_a_minute() {
    let (text, record) = made("auth-backend", Role::Auth, &[], None);
    let id = record.id;
    let house = House::new(&[record]).await;
    let following = tokio::spawn(follow_keys(Arc::clone(&house.store) as _, Arc::clone(&house.keys)));
    let noted = async |second| house.last_used(id).await == Some(at(second));

    house.ask(&key_header(&text), NOON).expect("accepted");
    assert!(house.within_a_second(|| noted(NOON)).await);

    house.ask(&key_header(&text), NOON + 30).expect("accepted");
    let too_soon = tokio::time::timeout(Duration::from_millis(600), house.within_a_second(|| noted(NOON + 30))).await;
    assert!(too_soon.is_err(), "noted again after half a minute");

    house.ask(&key_header(&text), NOON + 60).expect("accepted");
    assert!(house.within_a_second(|| noted(NOON + 60)).await);

    // A clock that goes back moves nothing back.
    house.ask(&key_header(&text), NOON + 1).expect("accepted");
    following.abort();
    note_use(&*house.store, &house.keys).await;
    assert_eq!(house.last_used(id).await, Some(at(NOON + 60)));
    house.clock.set(at(NOON));
}

#[test]
fn a_generated_key_is_random_and_only_its_hash_is_kept() {
    let (text, record) = made("auth-backend", Role::Auth, &[], None);
    let (other, _) = made("auth-backend", Role::Auth, &[], None);

    assert_eq!(text.len(), 46);
    assert!(text.starts_with("pc_") && text != other);
    assert!(!format!("{record:?}").contains(text.trim_start_matches("pc_")));
    let new = NewKey { name: "x", role: Role::Auth, scopes: &[], now: at(NOON), expires_at: None };
    let (secret, _) = ApiKey::generate(&new).expect("a key");
    assert_eq!(format!("{secret:?} {secret}"), "*** ***");
}

#[test]
fn a_key_that_would_be_of_no_use_is_not_made() {
    let base = NewKey { name: "x", role: Role::Job, scopes: &[], now: at(NOON), expires_at: None };
    let refused = |new: NewKey<'_>| ApiKey::generate(&new).expect_err("refused");

    assert!(matches!(refused(NewKey { name: " ", ..base.clone() }), NewKeyError::Name(_)));
    assert!(matches!(refused(NewKey { name: "a\nb", ..base.clone() }), NewKeyError::Name(_)));
    assert_eq!(refused(NewKey { expires_at: Some(at(NOON)), ..base.clone() }), NewKeyError::Expired);
    assert_eq!(
        refused(NewKey { scopes: &[Scope::SystemAdmin], ..base }).to_string(),
        "a caller of role `job` cannot have scope `system:admin`"
    );
}

#[test]
fn the_matrix_of_roles_and_scopes_is_this() {
    let mark = |role: Role, scope| match role.allowance(scope) {
        Allowance::Always => "yes",
        Allowance::OnRequest => "ask",
        Allowance::Never => "-",
    };
    let mut matrix = String::new();
    for scope in Scope::ALL {
        let [auth, admin, job] = Role::ALL.map(|role| mark(role, scope));
        writeln!(matrix, "{:<18}{auth:<5}{admin:<5}{job}", scope.as_str()).expect("written");
        assert_eq!(Scope::parse(scope.as_str()), Some(scope));
    }

    insta::assert_snapshot!(matrix, @r"
    entitlements:read yes  yes  yes
    modules:read      yes  yes  yes
    summary:read      yes  yes  yes
    changes:read      yes  yes  yes
    catalog:read      ask  yes  yes
    history:read      -    yes  yes
    companies:read    -    yes  yes
    catalog:write     -    yes  ask
    companies:write   -    yes  ask
    billing:write     -    yes  ask
    system:admin      -    yes  -
    ");
}

#[tokio::test]
async fn a_stored_scope_that_is_not_for_the_role_is_not_given() {
    let (text, mut record) = made("auth-backend", Role::Auth, &[], None);
    record.scopes = ["companies:write", "no:such", "catalog:read"].map(str::to_owned).to_vec();
    let house = House::new(&[record]).await;

    let caller = house.ask(&key_header(&text), NOON).expect("accepted");

    assert!(caller.may(Scope::CatalogRead));
    assert!(!caller.may(Scope::CompaniesWrite));
}
