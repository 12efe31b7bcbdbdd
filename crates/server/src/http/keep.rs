//! Who may keep an answer. Credentials come in headers that nobody in between knows, so it has to be said.

use http::{HeaderValue, Response, StatusCode, header};

/// Of what has a version: only its caller keeps it, and asks each time whether it still holds.
pub(super) const REVALIDATED: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Of anything else: nobody.
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// Says who may keep an answer, unless its handler has.
pub(super) fn keep<B>(response: &mut Response<B>, is_read: bool) {
    let is_whole = matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED);
    let headers = response.headers_mut();
    let has_version = is_read && is_whole && headers.contains_key(header::ETAG);
    headers.entry(header::CACHE_CONTROL).or_insert(if has_version { REVALIDATED } else { NOT_KEPT });
}
