//! Keys of an issuer that publishes them at an address.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use crate::issuer::{Issuer, NOON, at, claims, key_set, settings};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header::AUTHORIZATION};
use http_body_util::Full;
use parking_lot::Mutex;
use server::{
    caller::{Authenticator, JwksSource, Keys, Refresh, Refused, Tokens, follow_tokens},
    listener::{ConnectionLimits, Listener},
};

/// What the issuer's address answers, and how often it was asked.
struct Site {
    address: SocketAddr,
    answer: Arc<Mutex<(StatusCode, String)>>,
    asked: Arc<AtomicU32>,
}

impl Site {
    async fn new(text: String) -> Self {
        let limits = ConnectionLimits {
            connections: 16,
            header_deadline: Duration::from_secs(5),
            write_deadline: Duration::from_secs(5),
            idle: Duration::from_mins(1),
            header_bytes: 16_384,
        };
        let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), None, limits).await.expect("an address");
        let address = listener.address();
        let answer = Arc::new(Mutex::new((StatusCode::OK, text)));
        let asked = Arc::new(AtomicU32::new(0));
        let (answers, asks) = (Arc::clone(&answer), Arc::clone(&asked));
        let service = move |_request, _connection| {
            asks.fetch_add(1, Ordering::SeqCst);
            let (status, text) = answers.lock().clone();
            async move {
                let mut response = Response::new(Full::new(Bytes::from(text)));
                *response.status_mut() = status;
                response
            }
        };
        tokio::spawn(listener.serve(service, std::future::pending(), Duration::ZERO));
        Self { address, answer, asked }
    }

    fn say(&self, status: StatusCode, text: String) {
        *self.answer.lock() = (status, text);
    }

    async fn door(&self, refresh: Refresh) -> (Authenticator, Arc<Tokens>) {
        let url = format!("http://{}/keys", self.address).parse().expect("a URL");
        let tokens = Arc::new(Tokens::refreshed(settings(None, Some(JwksSource::Url(url))), refresh).expect("tokens"));
        tokens.reread().await.expect("the keys");
        (Authenticator::new(Arc::new(Keys::new()), Some(Arc::clone(&tokens)), Vec::new()), tokens)
    }
}

async fn verdict(door: &Authenticator, token: &str) -> Result<(), Refused> {
    let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a header");
    let headers: HeaderMap = [(AUTHORIZATION, value)].into_iter().collect();
    door.admit(&headers, None, at(NOON)).await.map(drop)
}

fn eager() -> Refresh {
    Refresh { least: Duration::ZERO, ..Refresh::URL }
}

#[tokio::test]
async fn a_new_key_at_the_address_counts_at_once_and_a_withdrawn_one_no_more() {
    let [old, new, _] = Issuer::one_of_each();
    let site = Site::new(key_set(&[&old])).await;
    let (door, _) = site.door(eager()).await;
    let (by_old, by_new) = (old.token(&claims()), new.token(&claims()));
    assert_eq!(verdict(&door, &by_old).await, Ok(()));

    site.say(StatusCode::OK, key_set(&[&new]));

    assert_eq!(verdict(&door, &by_new).await, Ok(()));
    assert_eq!(verdict(&door, &by_old).await, Err(Refused::TokenKey));
}

#[tokio::test]
async fn tokens_with_unknown_keys_do_not_make_the_service_flood_the_issuer() {
    let [known, _, _] = Issuer::one_of_each();
    let site = Site::new(key_set(&[&known])).await;
    let (door, _) = site.door(Refresh::URL).await;

    for number in 0..50 {
        let token = known.token_naming(&claims(), jsonwebtoken::Algorithm::EdDSA, Some(&format!("key-{number}")));
        assert_eq!(verdict(&door, &token).await, Err(Refused::TokenKey));
    }

    assert_eq!(site.asked.load(Ordering::SeqCst), 1, "asked for anything but the first reading");
}

#[tokio::test]
async fn an_issuer_that_fails_leaves_the_old_keys_until_they_are_too_old() {
    let [known, _, _] = Issuer::one_of_each();
    let site = Site::new(key_set(&[&known])).await;
    let (patient, patient_tokens) = site.door(eager()).await;
    let (strict, strict_tokens) = site.door(Refresh { hold: Duration::from_millis(30), ..eager() }).await;
    let token = known.token(&claims());

    let failures = [
        (StatusCode::INTERNAL_SERVER_ERROR, key_set(&[&known])),
        (StatusCode::MOVED_PERMANENTLY, String::new()),
        (StatusCode::OK, "<html>down for maintenance</html>".to_owned()),
        (StatusCode::OK, "{\"keys\": []}".to_owned()),
        (StatusCode::OK, " ".repeat(300 * 1_024) + &key_set(&[&known])),
    ];
    for (status, text) in failures {
        site.say(status, text);
        assert!(patient_tokens.reread().await.is_err());
        assert_eq!(verdict(&patient, &token).await, Ok(()));
    }
    assert!(strict_tokens.reread().await.is_err());
    let deadline = Instant::now() + Duration::from_secs(5);
    while verdict(&strict, &token).await != Err(Refused::Unconfirmed) {
        assert!(Instant::now() < deadline, "keys that are too old are still trusted");
        tokio::task::yield_now().await;
    }

    site.say(StatusCode::OK, key_set(&[&known]));
    strict_tokens.reread().await.expect("the keys");
    assert_eq!(verdict(&strict, &token).await, Ok(()));
}

#[tokio::test]
async fn an_issuer_that_hangs_is_given_up_in_time() {
    // Whoever connects is never answered.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("an address");
    let url = format!("http://{}/keys", silent.local_addr().expect("an address")).parse().expect("a URL");
    let refresh = Refresh { timeout: Duration::from_millis(100), ..Refresh::URL };
    let tokens = Tokens::refreshed(settings(None, Some(JwksSource::Url(url))), refresh).expect("tokens");

    let began = Instant::now();
    assert_eq!(tokens.reread().await.expect_err("no answer").to_string(), "the key set was not fetched in time");
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_issuer_that_is_up_late_is_asked_again_soon() {
    let [known, _, _] = Issuer::one_of_each();
    let site = Site::new(String::new()).await;
    site.say(StatusCode::SERVICE_UNAVAILABLE, String::new());
    let url = format!("http://{}/keys", site.address).parse().expect("a URL");
    let refresh = Refresh { least: Duration::from_millis(10), ..Refresh::URL };
    let tokens = Arc::new(Tokens::refreshed(settings(None, Some(JwksSource::Url(url))), refresh).expect("tokens"));
    let door = Authenticator::new(Arc::new(Keys::new()), Some(Arc::clone(&tokens)), Vec::new());
    let following = tokio::spawn(follow_tokens(tokens));
    let token = known.token(&claims());
    assert_eq!(verdict(&door, &token).await, Err(Refused::Unconfirmed));

    site.say(StatusCode::OK, key_set(&[&known]));

    let deadline = Instant::now() + Duration::from_secs(5);
    while verdict(&door, &token).await.is_err() {
        assert!(Instant::now() < deadline, "the issuer was not asked again");
        tokio::task::yield_now().await;
    }
    following.abort();
}
