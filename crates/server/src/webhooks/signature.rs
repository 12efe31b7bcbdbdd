//! Signatures by the Standard Webhooks scheme (<https://www.standardwebhooks.com>), symmetric: HMAC-SHA256 over `id.timestamp.body`.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Timestamp, Uuid};
use store::{WebhookEndpoint, WebhookSecret};

use crate::caller::Secret;

/// What the text of every secret begins with.
const PREFIX: &str = "whsec_";

/// A secret as the libraries take it. To be shown once, to the caller who asked for it.
pub fn secret_text(secret: &WebhookSecret) -> Secret<String> {
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(secret.reveal())))
}

/// The header `webhook-signature`: one signature with each secret that holds at an instant, the newest first.
pub(super) fn signatures(endpoint: &WebhookEndpoint, id: Uuid, at: Timestamp, body: &[u8]) -> String {
    let previous = endpoint.previous_secret.as_ref().filter(|(_, ends_at)| *ends_at > at).map(|(secret, _)| secret);
    let signed = [Some(&endpoint.secret), previous].into_iter().flatten();
    signed.map(|secret| signature(secret, id, at, body)).collect::<Vec<_>>().join(" ")
}

/// The seconds since 1970 that stand in the header `webhook-timestamp`.
pub(super) fn seconds(at: Timestamp) -> i64 {
    at.micros().div_euclid(1_000_000)
}

fn signature(secret: &WebhookSecret, id: Uuid, at: Timestamp, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal());
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{id}.{}.", seconds(at)).as_bytes());
    context.update(body);
    format!("v1,{}", STANDARD.encode(context.sign()))
}

#[cfg(test)]
mod tests {
    use domain::Text;

    use super::*;

    fn endpoint(previous: Option<(WebhookSecret, Timestamp)>) -> WebhookEndpoint {
        let at = Timestamp::clamped(0);
        WebhookEndpoint {
            id: Uuid::from_u128(1),
            step: 1,
            url: "https://receiver.example/".to_owned(),
            events: Vec::new(),
            description: None,
            secret: WebhookSecret::new([7; 32]),
            previous_secret: previous,
            failing_since: None,
            disabled: None,
            created_by: Text::line("test", Text::ACTOR_CHARS).unwrap(),
            created_at: at,
            updated_at: at,
        }
    }

    /// Computed with `openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…`.
    #[test]
    fn a_signature_is_the_one_that_another_program_computes() {
        let (id, at) =
            (Uuid::from_u128(0x0190_a5c2_7c1e_7b3a_9a39_1d2f_4e6b_8c01), Timestamp::clamped(1_776_000_000_999_999));

        let signed = signatures(&endpoint(None), id, at, b"{\"type\":\"endpoint.test\"}");

        assert_eq!(signed, "v1,srHRNQ6NlcnCjeZfaME4y1PBgIkvtG8je3NVvkVAIAw=");
    }

    #[test]
    fn the_secret_before_signs_too_until_its_end() {
        let ends_at = Timestamp::clamped(60_000_000);
        let rotated = endpoint(Some((WebhookSecret::new([8; 32]), ends_at)));
        let at = |micros| signatures(&rotated, Uuid::from_u128(2), Timestamp::clamped(micros), b"x");

        let (during, after) = (at(59_999_999), at(60_000_000));

        assert_eq!(during.split(' ').count(), 2);
        assert_eq!(after.split(' ').count(), 1);
        assert!(during.split(' ').all(|signature| signature.starts_with("v1,")));
        let old_alone = WebhookEndpoint { secret: WebhookSecret::new([8; 32]), ..endpoint(None) };
        let expected = signatures(&old_alone, Uuid::from_u128(2), Timestamp::clamped(59_999_999), b"x");
        assert_eq!(during.split(' ').nth(1), Some(expected.as_str()));
    }

    #[test]
    fn the_example_in_the_documents_is_signed_with_its_secret() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/webhooks.md");
        let page = std::fs::read_to_string(page).unwrap();
        let after = |begin: &str| page.split(begin).nth(1).unwrap().split(['\n', '`']).next().unwrap().to_owned();
        let secret = STANDARD.decode(after("This one was signed with `whsec_")).unwrap();
        let body = page.lines().find(|line| line.starts_with("{\"type\":")).unwrap();
        let (id, at) = (after("webhook-id: "), after("webhook-timestamp: ").parse::<i64>().unwrap());
        let example = WebhookEndpoint { secret: WebhookSecret::new(secret.try_into().unwrap()), ..endpoint(None) };

        let at = Timestamp::clamped(at * 1_000_000);
        let signed = signatures(&example, Uuid::parse_str(&id).unwrap(), at, body.as_bytes());

        assert_eq!(signed, after("webhook-signature: "));
    }

    #[test]
    fn a_secret_shows_nowhere_but_where_it_is_asked_for() {
        let text = secret_text(&WebhookSecret::new([0xfb; 32]));

        assert_eq!(text.reveal(), "whsec_+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=");
        assert_eq!(format!("{text} {text:?} {:?}", endpoint(None).secret), "*** *** ***");
    }
}
