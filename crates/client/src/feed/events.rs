//! Server-sent events, from pieces of bytes as they come.

use api::Instant;

use super::FeedChangeView;

/// The longest line, in bytes. A change has some hundred.
const MAX_LINE_BYTES: usize = 1 << 20;

/// What the stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Everything committed before the instant was sent before this.
    Heartbeat {
        /// A place to go on from.
        position: String,
        /// The instant, by the database's clock.
        as_of: Instant,
    },
    /// A change was committed.
    Change(Box<FeedChangeView>),
}

/// Reads events from pieces of bytes.
#[derive(Debug, Default)]
pub(crate) struct Events {
    line: Vec<u8>,
    payload: String,
}

impl Events {
    /// Takes the next piece, and gives what is complete with it.
    ///
    /// # Errors
    /// A sentence when it is no such stream.
    pub(crate) fn take(&mut self, piece: &[u8]) -> Result<Vec<Event>, String> {
        let mut events = Vec::new();
        for byte in piece {
            if *byte != b'\n' {
                self.line.push(*byte);
                if self.line.len() > MAX_LINE_BYTES {
                    return Err(format!("a line of the stream has more than {MAX_LINE_BYTES} bytes"));
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = line.strip_suffix(b"\r").unwrap_or(&line);
            let text = std::str::from_utf8(line).map_err(|_| "the stream is not UTF-8".to_owned())?;
            events.extend(self.line(text)?);
        }
        Ok(events)
    }

    /// Fields other than `data` tell nothing that does not stand in it; they, and comments that are no heartbeats, are passed over.
    fn line(&mut self, line: &str) -> Result<Option<Event>, String> {
        if line.is_empty() {
            let payload = std::mem::take(&mut self.payload);
            return if payload.is_empty() { Ok(None) } else { change(&payload).map(Some) };
        }
        if let Some(comment) = line.strip_prefix(':') {
            return heartbeat(comment.trim());
        }
        if let Some(more) = line.strip_prefix("data:") {
            self.payload.push_str(more.strip_prefix(' ').unwrap_or(more));
            if self.payload.len() > MAX_LINE_BYTES {
                return Err(format!("an event has more than {MAX_LINE_BYTES} bytes"));
            }
        }
        Ok(None)
    }
}

fn change(payload: &str) -> Result<Event, String> {
    let change = serde_json::from_str(payload).map_err(|error| format!("an event of the stream is no change: {error}"));
    change.map(|change| Event::Change(Box::new(change)))
}

fn heartbeat(comment: &str) -> Result<Option<Event>, String> {
    let Some(rest) = comment.strip_prefix("position=") else { return Ok(None) };
    let broken = || format!("`{comment}` is no heartbeat");
    let (position, as_of) = rest.split_once(" asOf=").ok_or_else(broken)?;
    let as_of = Instant::parse(as_of.trim()).map_err(|_| broken())?;
    Ok(Some(Event::Heartbeat { position: position.to_owned(), as_of }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "retry: 1000\n\n: position=c1.4 asOf=2026-05-01T12:00:01.123456Z\n\nid: c1.5\nevent: company\ndata: \
        {\"cursor\":\"c1.5\",\"at\":\"2026-05-01T12:00:02Z\",\"kind\":\"company\",\"companyId\":\"0190a5c2-7c1e-7b3a-9a39-1d2f4e6b8c01\",\
        \"entitlementVersion\":7,\"catalogGeneration\":null,\"changeType\":\"addon_activated\",\"entityType\":\"addon\",\
        \"entityKey\":\"ai\",\"requestId\":null,\"new\":1}\r\n\r\n: hello\n\n\
        data: {\"cursor\":\"c1.6\",\"at\":\"2026-05-01T12:00:03Z\",\"kind\":\"catalog\",\"companyId\":null,\"entitlementVersion\":null,\
        \"catalogGeneration\":3,\"changeType\":\"catalog_updated\",\"entityType\":\"package\",\"entityKey\":null,\"requestId\":null}\n\n";

    #[test]
    fn a_stream_reads_the_same_in_whatever_pieces_it_comes() {
        let whole = Events::default().take(STREAM.as_bytes()).unwrap();
        let Event::Heartbeat { position, as_of } = &whole[0] else { panic!("{whole:?}") };
        assert_eq!((position.as_str(), as_of.to_string().as_str()), ("c1.4", "2026-05-01T12:00:01.123456Z"));
        let Event::Change(first) = &whole[1] else { panic!("{whole:?}") };
        assert_eq!((first.cursor.as_str(), first.entitlement_version), ("c1.5", Some(7)));
        let Event::Change(second) = &whole[2] else { panic!("{whole:?}") };
        assert_eq!((second.cursor.as_str(), second.company_id), ("c1.6", None));
        for size in 1..40 {
            let mut events = Events::default();
            let pieces: Vec<Event> =
                STREAM.as_bytes().chunks(size).flat_map(|piece| events.take(piece).unwrap()).collect();
            assert_eq!(pieces, whole, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_no_such_stream_is_an_error() {
        for text in [": position=c1 asOf=soon\n", "data: {\"cursor\":1}\n\n", "data: x\n\n"] {
            assert!(Events::default().take(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Events::default().take(&vec![b'a'; MAX_LINE_BYTES + 1]).is_err());
        assert!(Events::default().take(b"\xff\n").is_err());
    }
}
