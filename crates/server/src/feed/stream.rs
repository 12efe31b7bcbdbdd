//! The feed as server-sent events.

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream::unfold};

use super::{Ended, Follower, batch::heartbeat, tail::BATCH_CHANGES};

/// How long a client should wait before it comes back, in milliseconds; in front of everything.
const BEGINNING: &[u8] = b"retry: 1000\n\n";

/// A stream's state: its follower, and whether its beginning was sent.
struct State {
    follower: Follower,
    has_begun: bool,
}

/// The events of a follower, until the client goes or is too slow, the store does not answer while it catches up, or the process ends. What the
/// process's follower cannot read is not told: the silence says it.
pub fn events(follower: Follower) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
    unfold(State { follower, has_begun: false }, async |mut state| {
        if !std::mem::replace(&mut state.has_begun, true) {
            return Some((Ok(Bytes::from_static(BEGINNING)), state));
        }
        match next(&mut state.follower).await {
            Ok(part) => Some((Ok(part), state)),
            Err(reason) => {
                tracing::debug!(%reason, "a stream of changes ended");
                None
            }
        }
    })
}

/// The next events with the heartbeat behind them.
async fn next(follower: &mut Follower) -> Result<Bytes, Ended> {
    loop {
        let Some(step) = follower.next(BATCH_CHANGES, None).await? else { continue };
        let beat = step.complete_at.map(|complete_at| heartbeat(follower.cursor(), complete_at));
        let mut new = step.batch.behind(step.after).peekable();
        if new.peek().is_none() {
            match beat {
                Some(beat) => return Ok(beat),
                None => continue,
            }
        }
        let mut part = BytesMut::new();
        new.for_each(|shown| part.extend_from_slice(&shown.event));
        part.extend_from_slice(&beat.unwrap_or_default());
        return Ok(part.freeze());
    }
}
