//! Answers in less memory: the phrases that every answer is made of are kept as one byte each. An answer is ASCII, so the upper half of the
//! byte values is free to stand for phrases; unfolding is a few dozen copies, far cheaper than encoding.

use bytes::Bytes;
use domain::Uuid;

/// Stands for the company's id.
const ID: u8 = 0xff;

/// The byte of the first phrase.
const FIRST: u8 = 0x80;

/// The phrases, longer ones before those that they begin with. The order is not stored anywhere but in memory and may change.
const PHRASES: [&str; 24] = [
    "\",\"status\":\"active\",\"startsAt\":null,\"endsAt\":null}",
    "\",\"status\":\"active\",\"startsAt\":\"",
    "\",\"status\":\"trial\",\"startsAt\":\"",
    "{\"success\":true,\"data\":{\"companyId\":\"",
    "\",\"hasBasic\":true,\"basePackage\":\"",
    "\",\"hasBasic\":false,\"basePackage\":null,\"addons\":[",
    "\",\"addons\":[{\"key\":\"",
    "\",\"addons\":[],\"enabledModules\":[",
    "],\"enabledModules\":[\"",
    "],\"enabledModules\":[",
    "\"],\"entitlementVersion\":",
    "],\"entitlementVersion\":",
    ",\"updatedAt\":\"",
    ",\"validUntil\":null,\"asOf\":\"",
    ",\"validUntil\":\"",
    "\",\"endsAt\":null}",
    "\",\"endsAt\":\"",
    "\",\"asOf\":\"",
    ",{\"key\":\"",
    "{\"key\":\"",
    "T00:00:00Z",
    "\",\"",
    "Z\"}}",
    "\"}",
];

/// A folded answer, or `None` when it holds a byte that is not ASCII, which no answer does.
pub(super) fn fold(body: &[u8], company: Uuid) -> Option<Vec<u8>> {
    let mut id = Uuid::encode_buffer();
    let id = company.as_hyphenated().encode_lower(&mut id).as_bytes();
    let mut folded = Vec::with_capacity(body.len() / 2);
    let mut rest = body;
    while let Some((byte, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(id) {
            folded.push(ID);
            rest = after;
        } else if let Some((token, after)) = phrase_at(rest) {
            folded.push(token);
            rest = after;
        } else if byte.is_ascii() {
            folded.push(*byte);
            rest = after;
        } else {
            return None;
        }
    }
    Some(folded)
}

fn phrase_at(text: &[u8]) -> Option<(u8, &[u8])> {
    let tokens = FIRST..ID;
    tokens.zip(PHRASES).find_map(|(token, phrase)| Some((token, text.strip_prefix(phrase.as_bytes())?)))
}

/// The answer that was folded; `len` is its length.
pub(super) fn unfold(folded: &[u8], len: usize, company: Uuid) -> Bytes {
    let mut body = Vec::with_capacity(len);
    let mut rest = folded;
    loop {
        let plain = rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        let (letters, after) = rest.split_at(plain);
        body.extend_from_slice(letters);
        let Some((token, after)) = after.split_first() else { return body.into() };
        if *token == ID {
            let mut id = Uuid::encode_buffer();
            body.extend_from_slice(company.as_hyphenated().encode_lower(&mut id).as_bytes());
        } else if let Some(phrase) = PHRASES.get(usize::from(token - FIRST)) {
            body.extend_from_slice(phrase.as_bytes());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &str = r#"{"success":true,"data":{"companyId":"00000000-0000-0000-0000-000000000007","hasBasic":true,"basePackage":"basic","addons":[{"key":"ai","status":"active","startsAt":null,"endsAt":null},{"key":"finance","status":"active","startsAt":"2026-04-16T00:00:00Z","endsAt":null},{"key":"market","status":"trial","startsAt":null,"endsAt":"2027-05-16T00:00:00Z"}],"enabledModules":["basic","ai","finance","market"],"entitlementVersion":7,"updatedAt":"2026-11-20T18:29:25.123456Z","validUntil":"2027-05-16T00:00:00Z","asOf":"2026-11-20T18:29:25.123456Z"}}"#;

    #[test]
    fn an_answer_takes_less_than_half_and_comes_back_to_the_letter() {
        let company = Uuid::from_u128(7);

        let folded = fold(ANSWER.as_bytes(), company).unwrap();

        assert!(folded.len() * 2 < ANSWER.len(), "{} of {}", folded.len(), ANSWER.len());
        assert_eq!(unfold(&folded, ANSWER.len(), company), ANSWER);
    }

    #[test]
    fn what_is_not_ascii_is_not_folded() {
        assert_eq!(fold("é".as_bytes(), Uuid::from_u128(7)), None);
    }

    proptest! {
        #[test]
        fn every_ascii_text_comes_back(
            parts in proptest::collection::vec(prop_oneof!["[ -~]{0,12}", proptest::sample::select(PHRASES.as_slice()).prop_map(ToOwned::to_owned)], 0..20),
            id: u128,
        ) {
            let (text, company) = (parts.concat() + &Uuid::from_u128(id).to_string(), Uuid::from_u128(id));
            let folded = fold(text.as_bytes(), company).unwrap();
            prop_assert_eq!(unfold(&folded, text.len(), company), text);
        }
    }
}
