//! Cursors: places in the feed of one database, as its consumers keep them.

use std::fmt;

use store::FeedPosition;

/// What asks for the present place in the place of a cursor.
pub const NOW: &str = "now";

/// A place in the feed, and which life of which database it belongs to. Its text is opaque to consumers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The database's epoch.
    pub epoch: u64,
    /// The place.
    pub position: FeedPosition,
}

impl Cursor {
    /// Reads a cursor; `None` when the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut number = || {
            let part = parts.next()?;
            // One text for each cursor, so that consumers may compare them.
            let is_canonical = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            is_canonical.then(|| u64::from_str_radix(part, 16).ok()).flatten()
        };
        let (epoch, transaction, seq) = (number()?, number()?, number()?);
        // No store counts further.
        if transaction.max(seq) > i64::MAX.cast_unsigned() {
            return None;
        }
        let cursor = Self { epoch, position: FeedPosition { transaction, seq } };
        (cursor.to_string() == text).then_some(cursor)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FeedPosition { transaction, seq } = self.position;
        write!(f, "{:016x}.{transaction:x}.{seq:x}", self.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_no_other_text_is_one() {
        let most = i64::MAX.cast_unsigned();
        for (epoch, transaction, seq) in [(0, 0, 0), (7, 1 << 40, 255), (u64::MAX, most, most)] {
            let cursor = Cursor { epoch, position: FeedPosition { transaction, seq } };
            assert!(cursor.to_string().len() <= 64);
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
        for text in [
            "",
            "now",
            "1.2.3",
            "0000000000000001.2",
            "0000000000000001.2.3.4",
            "0000000000000001.02.3",
            "000000000000000A.2.3",
            "0000000000000001.2.+3",
            "0000000000000001.8000000000000000.3",
            "0000000000000001.2.ffffffffffffffff",
        ] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
