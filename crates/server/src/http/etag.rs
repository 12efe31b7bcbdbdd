//! Entity tags: `"<version>"`.

use std::io::Write as _;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::Problem;
use crate::service::Precondition;

/// The tag of a version.
pub fn etag(version: u64) -> HeaderValue {
    let mut text = [0; 22];
    let mut rest = &mut text[..];
    let _ = write!(rest, "\"{version}\"");
    let unused = rest.len();
    let text = text.get(..text.len() - unused).unwrap_or_default();
    HeaderValue::from_bytes(text).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// Whether `If-None-Match` names the version, so that the caller already has the answer. A tag that is none matches nothing.
pub fn not_modified(headers: &HeaderMap, version: u64) -> bool {
    let mut values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.any(|value| {
        value.split(',').map(str::trim).any(|tag| tag == "*" || number(tag.trim_start_matches("W/")) == Some(version))
    })
}

/// What `If-Match` asks for.
///
/// # Errors
/// A validation problem when it is no list of tags.
pub fn precondition(headers: &HeaderMap) -> Result<Option<Precondition>, Problem> {
    let Some(value) = single(headers, &header::IF_MATCH, "If-Match")? else { return Ok(None) };
    if value.trim() == "*" {
        return Ok(Some(Precondition::Any));
    }
    let versions: Option<Vec<u64>> = value.split(',').map(|tag| number(tag.trim())).collect();
    let versions = versions
        .ok_or_else(|| Problem::invalid("If-Match", "If-Match must be `*` or versions in quotes, such as `\"7\"`"))?;
    Ok(Some(Precondition::OneOf(versions)))
}

/// A header that may stand once, as text.
///
/// # Errors
/// A validation problem when it stands twice or holds anything but visible ASCII and spaces.
pub fn single<'a>(headers: &'a HeaderMap, header: &HeaderName, name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(header).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::invalid(name, format!("header {name} stands twice")));
    }
    let text = value.to_str().map_err(|_| Problem::invalid(name, format!("header {name} must be visible ASCII")))?;
    Ok(Some(text))
}

fn number(tag: &str) -> Option<u64> {
    let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_tag_is_its_version_in_quotes() {
        for version in [0, 7, u64::MAX] {
            assert_eq!(etag(version), format!("\"{version}\"").as_str());
        }
    }

    #[test]
    fn if_none_match_takes_lists_weak_tags_and_a_star() {
        for value in ["\"7\"", "\"6\", \"7\"", "W/\"7\"", "*"] {
            assert!(not_modified(&headers(header::IF_NONE_MATCH, value), 7), "{value}");
        }
        for value in ["\"8\"", "7", "", "\"seven\""] {
            assert!(!not_modified(&headers(header::IF_NONE_MATCH, value), 7), "{value}");
        }
    }

    #[test]
    fn if_match_must_be_versions() {
        let of = |value| precondition(&headers(header::IF_MATCH, value));
        assert_eq!(of("\"7\", \"8\""), Ok(Some(Precondition::OneOf(vec![7, 8]))));
        assert_eq!(of("*"), Ok(Some(Precondition::Any)));
        assert!(of("7").is_err());
        assert!(of("W/\"7\"").is_err());
    }
}
