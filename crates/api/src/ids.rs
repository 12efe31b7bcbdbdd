//! Identifiers of companies in their one spelling.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de::Error};
use uuid::Uuid;

/// A UUID in its canonical form, in any case, and not nil; every other spelling is refused (requirements 004 §21.1).
pub fn canonical_uuid(text: &str) -> Option<Uuid> {
    spelled(text).filter(|id| !id.is_nil())
}

fn spelled(text: &str) -> Option<Uuid> {
    let hyphens = [8, 13, 18, 23];
    let well_formed = text.len() == 36
        && text.bytes().enumerate().all(
            |(at, byte)| {
                if hyphens.contains(&at) { byte == b'-' } else { byte.is_ascii_hexdigit() }
            },
        );
    well_formed.then(|| Uuid::try_parse(text).ok()).flatten()
}

/// One that a body names.
struct Canonical(Uuid);

impl<'de> Deserialize<'de> for Canonical {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        spelled(&text).map(Self).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            Error::custom(format!(
                "`{shown}` is no company id: it must be a UUID such as 0190a5c2-7c1e-7b3a-9a39-1d2f4e6b8c01"
            ))
        })
    }
}

/// Reads a list of them.
pub(crate) fn canonical_uuids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Uuid>, D::Error> {
    Ok(Vec::<Canonical>::deserialize(deserializer)?.into_iter().map(|id| id.0).collect())
}

/// Reads a list of them, or that there is none.
pub(crate) fn some_canonical_uuids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Uuid>>, D::Error> {
    let ids = Option::<Vec<Canonical>>::deserialize(deserializer)?;
    Ok(ids.map(|ids| ids.into_iter().map(|id| id.0).collect()))
}
