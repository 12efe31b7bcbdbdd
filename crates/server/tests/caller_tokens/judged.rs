//! Signed service tokens: every way to be refused, and keys that change.

use std::{sync::Arc, time::Duration};

use crate::issuer::{self, AUDIENCE, ISSUER, Issuer, NOON, SECRET, at, claims, hs256, published, settings};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use server::caller::{Authenticator, JwksSource, Keys, Refresh, Refused, Role, Scope, TokenSettings, Tokens};

async fn door(settings: TokenSettings, refresh: Refresh) -> (Authenticator, Arc<Tokens>) {
    let tokens = Arc::new(Tokens::refreshed(settings, refresh).expect("tokens"));
    // A source that fails now may answer later; that is what some of the tests are about.
    let _first_reading = tokens.reread().await;
    (Authenticator::new(Arc::new(Keys::new()), Some(Arc::clone(&tokens)), Vec::new()), tokens)
}

fn bearer(token: &str) -> HeaderMap {
    [(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).expect("a header"))].into_iter().collect()
}

async fn verdict(door: &Authenticator, token: &str) -> Result<String, Refused> {
    verdict_at(door, token, NOON).await
}

async fn verdict_at(door: &Authenticator, token: &str, second: i64) -> Result<String, Refused> {
    door.admit(&bearer(token), None, at(second)).await.map(|caller| caller.name.as_str().to_owned())
}

fn eager() -> Refresh {
    Refresh { least: Duration::ZERO, ..Refresh::FILE }
}

#[tokio::test]
async fn a_token_of_each_algorithm_is_accepted_and_brings_the_configured_rights() {
    let [ed, es, rs] = Issuer::one_of_each();
    let file = published(&[&ed, &es, &rs]);
    let (door, _) = door(settings(Some(SECRET), Some(JwksSource::File(file.path().to_owned()))), eager()).await;

    for token in [hs256(&claims(), SECRET), ed.token(&claims()), es.token(&claims()), rs.token(&claims())] {
        for _verified_then_remembered in 0..2 {
            let caller = door.admit(&bearer(&token), None, at(NOON)).await.expect("accepted");
            assert_eq!((caller.name.as_str(), caller.role), ("reporting", Role::Job));
            assert!(caller.may(Scope::CatalogWrite) && !caller.may(Scope::CompaniesWrite));
        }
    }
}

#[tokio::test]
async fn every_claim_that_is_wrong_is_refused() {
    let (door, _) = door(settings(Some(SECRET), None), eager()).await;
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        if value.is_null() {
            claims.as_object_mut().expect("an object").remove(name);
        } else {
            claims[name] = value;
        }
        hs256(&claims, SECRET)
    };
    let day = 24 * 3_600;

    let cases = [
        ("another issuer", with("iss", json!("https://elsewhere.example")), Err(Refused::TokenIssuer)),
        ("no issuer", with("iss", Value::Null), Err(Refused::TokenIssuer)),
        ("a list of issuers", with("iss", json!([ISSUER])), Err(Refused::TokenMalformed)),
        ("another audience", with("aud", json!("billing")), Err(Refused::TokenAudience)),
        ("no audience", with("aud", Value::Null), Err(Refused::TokenAudience)),
        ("other audiences", with("aud", json!(["a", "b"])), Err(Refused::TokenAudience)),
        ("ours among the audiences", with("aud", json!(["a", AUDIENCE])), Ok(())),
        ("expired", with("exp", json!(NOON - 31)), Err(Refused::TokenExpired)),
        ("expired as far as clocks differ", with("exp", json!(NOON - 29)), Ok(())),
        ("expired long ago", with("exp", json!(-1)), Err(Refused::TokenExpired)),
        ("no expiry", with("exp", Value::Null), Err(Refused::TokenExpired)),
        ("an expiry in words", with("exp", json!("tomorrow")), Err(Refused::TokenMalformed)),
        ("an expiry with a fraction", with("exp", json!(1_770_000_060.5)), Ok(())),
        ("valid for a day", with("exp", json!(NOON + day)), Ok(())),
        ("valid for longer", with("exp", json!(NOON + day + 60)), Err(Refused::TokenTooLong)),
        ("valid for ever", with("exp", json!(1e300)), Err(Refused::TokenTooLong)),
        ("not yet", with("nbf", json!(NOON + 31)), Err(Refused::TokenNotYet)),
        ("not yet, as far as clocks differ", with("nbf", json!(NOON + 29)), Ok(())),
        ("issued in the future", with("iat", json!(NOON + 31)), Err(Refused::TokenNotYet)),
        ("issued in the future, as far as clocks differ", with("iat", json!(NOON + 29)), Ok(())),
        ("issued in words", with("iat", json!("now")), Err(Refused::TokenMalformed)),
        ("issued nobody knows when", with("iat", Value::Null), Ok(())),
        ("another subject", with("sub", json!("stranger")), Err(Refused::TokenSubject)),
        ("no subject", with("sub", Value::Null), Err(Refused::TokenSubject)),
        ("the subject in another case", with("sub", json!("Reporting")), Err(Refused::TokenSubject)),
    ];

    for (name, token, expected) in cases {
        assert_eq!(verdict(&door, &token).await.map(drop), expected, "{name}");
    }
}

#[tokio::test]
async fn every_form_that_is_wrong_is_refused() {
    let (door, _) = door(settings(Some(SECRET), None), eager()).await;
    let good = hs256(&claims(), SECRET);
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let (header, payload) = message.split_once('.').expect("three parts");
    let none = issuer::part(&json!({"alg": "none", "typ": "JWT"}));
    let other_payload = issuer::part(&json!({"iss": ISSUER, "aud": AUDIENCE, "exp": NOON + 60, "sub": "admin"}));

    let cases = [
        ("no algorithm", format!("{none}.{payload}."), Refused::TokenMalformed),
        ("no algorithm, with a signature", format!("{none}.{payload}.{signature}"), Refused::TokenMalformed),
        ("no signature", format!("{header}.{payload}."), Refused::TokenSignature),
        ("another payload", format!("{header}.{other_payload}.{signature}"), Refused::TokenSignature),
        ("another secret", hs256(&claims(), "another-secret-of-at-least-32-bytes!"), Refused::TokenSignature),
        ("two parts", message.to_owned(), Refused::TokenMalformed),
        ("four parts", format!("{good}.x"), Refused::TokenMalformed),
        ("no token", String::new(), Refused::TokenMalformed),
        ("words", "let me in".to_owned(), Refused::TokenMalformed),
        ("critical header", issuer::hs256_critical(&claims()), Refused::TokenMalformed),
    ];

    for (name, token, expected) in cases {
        assert_eq!(verdict(&door, &token).await, Err(expected), "{name}");
    }
    let basic: HeaderMap = [(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"))].into_iter().collect();
    assert_eq!(door.authenticate(&basic, None, at(NOON)), Err(Refused::TokenMalformed));
    let lower: HeaderMap =
        [(AUTHORIZATION, HeaderValue::from_str(&format!("bearer {good}")).expect("a header"))].into_iter().collect();
    assert!(door.authenticate(&lower, None, at(NOON)).is_ok());
}

#[tokio::test]
async fn a_public_key_is_never_taken_for_a_secret_nor_for_another_algorithm() {
    let [ed, es, rs] = Issuer::one_of_each();
    let file = published(&[&ed, &es, &rs]);
    let source = || Some(JwksSource::File(file.path().to_owned()));
    let (with_secret, _) = door(settings(Some(SECRET), source()), eager()).await;
    let (without, _) = door(settings(None, source()), eager()).await;

    for issuer in [&ed, &es, &rs] {
        for public in issuer.public_forms() {
            let forged = issuer.forged_with(&claims(), &public);
            assert_eq!(verdict(&without, &forged).await, Err(Refused::TokenAlgorithm));
            assert_eq!(verdict(&with_secret, &forged).await, Err(Refused::TokenSignature));
        }
    }
    let mislabelled = ed.token_naming(&claims(), Algorithm::EdDSA, Some("es"));
    assert_eq!(verdict(&without, &mislabelled).await, Err(Refused::TokenAlgorithm));
    // The same key, but an algorithm that it is not meant for.
    for algorithm in [Algorithm::RS512, Algorithm::PS256] {
        let other = rs.token_naming(&claims(), algorithm, Some("rs"));
        assert_eq!(verdict(&without, &other).await, Err(Refused::TokenAlgorithm));
    }
    assert_eq!(verdict(&without, &hs256(&claims(), SECRET)).await, Err(Refused::TokenAlgorithm));
    let (no_issuer, _) = door(settings(Some(SECRET), None), eager()).await;
    assert_eq!(verdict(&no_issuer, &ed.token(&claims())).await, Err(Refused::TokenAlgorithm));
}

#[tokio::test]
async fn a_token_names_its_key_unless_there_is_only_one() {
    let [ed, es, _] = Issuer::one_of_each();
    let both = published(&[&ed, &es]);
    let one = published(&[&ed]);
    let (both, _) = door(settings(None, Some(JwksSource::File(both.path().to_owned()))), eager()).await;
    let (one, _) = door(settings(None, Some(JwksSource::File(one.path().to_owned()))), eager()).await;

    let nameless = ed.token_naming(&claims(), Algorithm::EdDSA, None);
    assert_eq!(verdict(&both, &nameless).await, Err(Refused::TokenKey));
    assert!(verdict(&one, &nameless).await.is_ok());
    let strange = ed.token_naming(&claims(), Algorithm::EdDSA, Some("strange"));
    assert_eq!(verdict(&one, &strange).await, Err(Refused::TokenKey));
}

#[tokio::test]
async fn a_remembered_token_still_expires() {
    let (door, _) = door(settings(Some(SECRET), None), eager()).await;
    let token = hs256(&claims(), SECRET);

    assert!(verdict_at(&door, &token, NOON).await.is_ok());
    assert!(verdict_at(&door, &token, NOON + 89).await.is_ok());
    assert_eq!(verdict_at(&door, &token, NOON + 90).await, Err(Refused::TokenExpired));
}

#[tokio::test]
async fn a_new_key_in_the_file_counts_at_once_and_a_withdrawn_one_no_more() {
    let [old, new, _] = Issuer::one_of_each();
    let file = published(&[&old]);
    let (door, tokens) = door(settings(None, Some(JwksSource::File(file.path().to_owned()))), eager()).await;
    let (by_old, by_new) = (old.token(&claims()), new.token(&claims()));
    assert!(verdict(&door, &by_old).await.is_ok());
    assert_eq!(verdict(&door, &by_new).await, Err(Refused::TokenKey));

    issuer::publish(file.path(), &[&new]);
    assert!(verdict(&door, &by_new).await.is_ok());
    assert_eq!(verdict(&door, &by_old).await, Err(Refused::TokenKey));

    // A file that is being written, or is broken, changes nothing.
    std::fs::write(file.path(), "{\"keys\": [").expect("written");
    assert!(tokens.reread().await.is_err());
    assert!(verdict(&door, &by_new).await.is_ok());
}
