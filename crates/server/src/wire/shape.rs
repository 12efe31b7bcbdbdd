//! What else is wrong with the shape of a body: a reader of types stops at the first mistake, and whoever wrote many wants to hear of many.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

/// The most mistakes of one body that are told at once: each is looked for in the whole body.
pub const MAX_MISTAKES: usize = 50;

/// A mistake, with its place.
pub type Mistake = serde_path_to_error::Error<serde_json::Error>;

/// What is wrong with a body besides its first mistake, at most one mistake for each entry of its sections (each package of `packages`, each
/// of `tests`), without the lines that they stand on.
pub fn further_mistakes<T: DeserializeOwned>(body: &[u8], first: &Path, is_unknown: bool) -> Vec<Mistake> {
    let mut told: Vec<Mistake> = Vec::new();
    let Ok(mut body) = serde_json::from_slice::<Value>(body) else { return told };
    let mut goes_on = take_out(&mut body, first, is_unknown);
    while goes_on && told.len() + 1 < MAX_MISTAKES {
        let Err(mistake) = serde_path_to_error::deserialize::<_, T>(&body) else { break };
        if mistake.path().iter().next().is_none() {
            // Perhaps it is missing because what was meant is among what was taken out.
            break;
        }
        goes_on = take_out(&mut body, mistake.path(), names_unknown_field(mistake.inner()));
        told.push(mistake);
    }
    told
}

/// Whether a mistake is a field that nobody knows: without it, the rest is as it should be.
pub fn names_unknown_field(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("unknown field")
}

/// Takes out the entry that a mistake is in; gives whether that could be done, and the rest says what else is wrong.
fn take_out(body: &mut Value, path: &Path, is_unknown: bool) -> bool {
    let mut segments = path.iter();
    let (first, second) = (segments.next(), segments.next());
    let (Some(Segment::Map { key }), Value::Object(body)) = (first, body) else { return false };
    match (second, body.get_mut(key)) {
        (Some(Segment::Map { key: entry }), Some(Value::Object(section))) => section.remove(entry).is_some(),
        // An element that is left out would move those behind it.
        (Some(Segment::Seq { index }), Some(Value::Array(section))) => match section.get_mut(*index) {
            Some(Value::Object(entry)) if !entry.is_empty() => {
                *entry = Map::new();
                true
            }
            Some(_) | None => false,
        },
        (None, Some(_)) if is_unknown => body.remove(key).is_some(),
        _ => false,
    }
}
