//! Reading the body of a request, within limits.

use std::{pin::pin, time::Duration};

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::timeout;

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is larger than allowed, or says that it will be.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// What is allowed, in bytes.
        limit: usize,
    },
    /// It was not sent in time.
    #[error("the body was not sent in time")]
    Slow,
    /// The connection broke, or what came is no body.
    #[error("the body broke off")]
    Broken,
}

/// Reads a whole body of at most `limit` bytes within a deadline.
///
/// # Errors
/// [`BodyError`]. A body that announces too much is refused before any of it is read.
pub async fn read_body<B>(body: B, limit: usize, deadline: Duration) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes>,
{
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(BodyError::TooLarge { limit });
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    timeout(deadline, collect(body, limit)).await.unwrap_or(Err(BodyError::Slow))
}

async fn collect<B>(body: B, limit: usize) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes>,
{
    let mut body = pin!(body);
    let mut whole = Bytes::new();
    while let Some(frame) = body.frame().await {
        let Ok(part) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        if part.len() > limit - whole.len() {
            return Err(BodyError::TooLarge { limit });
        }
        // Most bodies come in one part, which is then taken as it is.
        whole = if whole.is_empty() { part } else { joined(whole, &part) };
    }
    Ok(whole)
}

fn joined(whole: Bytes, part: &Bytes) -> Bytes {
    let mut joined = whole.try_into_mut().unwrap_or_else(|whole| BytesMut::from(&*whole));
    joined.extend_from_slice(part);
    joined.freeze()
}
