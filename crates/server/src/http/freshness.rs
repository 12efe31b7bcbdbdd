//! How fresh an answer a caller asks for.

use http::{HeaderMap, HeaderName};

use super::{Problem, etag::single, query::Query};
use crate::service::Freshness;

/// The header by which a caller asks for an answer that the database confirmed.
pub const CONSISTENCY: HeaderName = HeaderName::from_static("consistency");

/// What `Consistency` asks for.
///
/// # Errors
/// A validation problem when it is anything but `strong`.
pub fn consistency(headers: &HeaderMap) -> Result<Freshness, Problem> {
    match single(headers, &CONSISTENCY, "Consistency")? {
        None => Ok(Freshness::Bounded),
        Some("strong") => Ok(Freshness::Strong),
        Some(other) => Err(Problem::invalid(
            "consistency",
            format!("`Consistency` must be `strong` or be left out, not `{other}`"),
        )),
    }
}

/// What `Consistency` and `atLeastVersion` ask for together.
///
/// # Errors
/// A validation problem when either is none of what it may be.
pub fn wanted(headers: &HeaderMap, query: &Query) -> Result<Freshness, Problem> {
    let at_least = at_least_version(query)?.map_or(Freshness::Bounded, Freshness::AtLeast);
    Ok(consistency(headers)?.max(at_least))
}

/// The version that `atLeastVersion` asks for.
///
/// # Errors
/// A validation problem when it is none.
pub fn at_least_version(query: &Query) -> Result<Option<u64>, Problem> {
    let version = query.get("atLeastVersion").map(|text| {
        text.parse().ok().filter(|version| *version <= MAX_VERSION).ok_or_else(|| {
            Problem::invalid(
                "atLeastVersion",
                format!("`atLeastVersion` must be a version, 0 to {MAX_VERSION}, not `{text}`"),
            )
        })
    });
    version.transpose()
}

/// The largest entitlement version: what every JSON reader represents exactly.
const MAX_VERSION: u64 = (1 << 53) - 1;
