//! Identifiers in paths.

use std::sync::Arc;

use api::canonical_uuid;
use axum::extract::{FromRequestParts, RawPathParams};
use domain::{CompanyId, Uuid};
use http::request::Parts;

use super::{App, Problem};

/// The company of a path.
pub struct CompanyPath(pub CompanyId);

/// The id of a path.
pub struct IdPath(pub Uuid);

/// The company of a path, and an id of something of it.
pub struct CompanyAndId(pub CompanyId, pub Uuid);

/// The company of a path, and a key.
pub struct CompanyAndKey(pub CompanyId, pub String);

/// Two ids of a path: of something, and of something of it.
pub struct TwoIds(pub Uuid, pub Uuid);

/// An item of a path, and an id of something of it.
pub struct ItemAndId(pub IdOrKey, pub Uuid);

/// An id or a key in a path.
pub enum IdOrKey {
    /// An id.
    Id(Uuid),
    /// Anything else: a key, or nothing that exists.
    Key(String),
}

async fn param(parts: &mut Parts, app: &Arc<App>) -> Result<(String, String), Problem> {
    let params = RawPathParams::from_request_parts(parts, app)
        .await
        .map_err(|_| Problem::invalid("path", "the path is not valid percent-encoded UTF-8"))?;
    let first = params.iter().next().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(first.unwrap_or_default())
}

/// The first two parameters of a path.
async fn two(parts: &mut Parts, app: &Arc<App>) -> Result<[(String, String); 2], Problem> {
    let params = RawPathParams::from_request_parts(parts, app)
        .await
        .map_err(|_| Problem::invalid("path", "the path is not valid percent-encoded UTF-8"))?;
    let mut params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok([params.next().unwrap_or_default(), params.next().unwrap_or_default()])
}

fn company((name, value): &(String, String)) -> Result<CompanyId, Problem> {
    canonical_uuid(value).and_then(CompanyId::new).ok_or_else(|| not_a_uuid(name))
}

fn id((name, value): &(String, String)) -> Result<Uuid, Problem> {
    canonical_uuid(value).ok_or_else(|| not_a_uuid(name))
}

impl FromRequestParts<Arc<App>> for CompanyAndId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let [first, second] = two(parts, app).await?;
        Ok(Self(company(&first)?, id(&second)?))
    }
}

impl FromRequestParts<Arc<App>> for TwoIds {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let [first, second] = two(parts, app).await?;
        Ok(Self(id(&first)?, id(&second)?))
    }
}

impl FromRequestParts<Arc<App>> for CompanyAndKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let [first, (_, key)] = two(parts, app).await?;
        Ok(Self(company(&first)?, key))
    }
}

impl FromRequestParts<Arc<App>> for ItemAndId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let [(_, item), second] = two(parts, app).await?;
        Ok(Self(canonical_uuid(&item).map_or(IdOrKey::Key(item), IdOrKey::Id), id(&second)?))
    }
}

fn not_a_uuid(name: &str) -> Problem {
    let message = format!("{name} must be a UUID in canonical form, such as `0190a5c2-7c1e-7b3a-9a39-1d2f4e6b8c01`");
    Problem::invalid(name, message)
}

impl FromRequestParts<Arc<App>> for CompanyPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let (name, value) = param(parts, app).await?;
        canonical_uuid(&value).and_then(CompanyId::new).map(Self).ok_or_else(|| not_a_uuid(&name))
    }
}

impl FromRequestParts<Arc<App>> for IdPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let (name, value) = param(parts, app).await?;
        canonical_uuid(&value).map(Self).ok_or_else(|| not_a_uuid(&name))
    }
}

impl FromRequestParts<Arc<App>> for IdOrKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let (_, value) = param(parts, app).await?;
        Ok(canonical_uuid(&value).map_or(Self::Key(value), Self::Id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_spelling_is_a_uuid() {
        let canonical = "0190a5c2-7c1e-7b3a-9a39-1d2f4e6b8c01";
        assert!(canonical_uuid(canonical).is_some());
        assert_eq!(canonical_uuid(&canonical.to_uppercase()), canonical_uuid(canonical));
        let braced = format!("{{{canonical}}}");
        let urn = format!("urn:uuid:{canonical}");
        let bare = canonical.replace('-', "");
        for odd in [braced.as_str(), &urn, &bare, "cmp_001", "", "00000000-0000-0000-0000-000000000000"] {
            assert_eq!(canonical_uuid(odd), None, "{odd}");
        }
    }
}
