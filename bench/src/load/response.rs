//! When an answer is whole. Only as much of HTTP/1.1 as the targets speak: a status line, headers, `content-length`.

use crate::Outcome;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const LENGTH: &[u8] = b"content-length:";

/// The shape of the last answer. Answers of one target mostly have one shape, so the next is checked against it before it is parsed.
#[derive(Debug, Default)]
pub(super) struct Shape {
    start: Vec<u8>,
    length_line_at: usize,
    length_line: Vec<u8>,
    head: usize,
    total: usize,
    status: u16,
}

impl Shape {
    /// The status when `answer` is a whole answer, `None` when more must be read.
    pub(super) fn whole(&mut self, answer: &[u8]) -> Outcome<Option<u16>> {
        if self.total == answer.len() && self.fits(answer) {
            return Ok(Some(self.status));
        }
        let Some(head) = find(answer, END_OF_HEAD).map(|at| at + END_OF_HEAD.len()) else { return Ok(None) };
        let (length_line_at, length_line, body) = length_of(&answer[..head])?;
        self.start = answer.get(..12).ok_or("the answer is no HTTP")?.to_vec();
        self.status = std::str::from_utf8(&self.start[9..])?.parse()?;
        self.length_line = length_line.to_vec();
        self.length_line_at = length_line_at;
        self.head = head;
        self.total = head + body;
        match answer.len().cmp(&self.total) {
            std::cmp::Ordering::Less => Ok(None),
            std::cmp::Ordering::Equal => Ok(Some(self.status)),
            std::cmp::Ordering::Greater => Err("the target answered more than was asked".into()),
        }
    }

    fn fits(&self, answer: &[u8]) -> bool {
        answer.starts_with(&self.start)
            && answer[self.length_line_at..].starts_with(&self.length_line)
            && answer[..self.head].ends_with(END_OF_HEAD)
    }
}

/// Where the `content-length` line stands, the line, and its number.
fn length_of(head: &[u8]) -> Outcome<(usize, &[u8], usize)> {
    let mut at = 0;
    while let Some(end) = find(&head[at..], b"\r\n") {
        let line = &head[at..at + end];
        if line.len() > LENGTH.len() && line[..LENGTH.len()].eq_ignore_ascii_case(LENGTH) {
            let number = std::str::from_utf8(&line[LENGTH.len()..])?.trim().parse()?;
            return Ok((at, line, number));
        }
        at += end + 2;
    }
    Err("the answer has no content-length".into())
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx: y\r\n\r\nhi";

    #[test]
    fn an_answer_is_whole_only_when_its_last_byte_has_come() {
        let mut shape = Shape::default();

        let early: Vec<_> = (0..ANSWER.len()).map(|to| shape.whole(&ANSWER[..to]).unwrap()).collect();

        assert!(early.iter().all(Option::is_none), "{early:?}");
        assert_eq!(shape.whole(ANSWER).unwrap(), Some(200));
    }

    #[test]
    fn an_answer_of_another_shape_is_parsed_anew() {
        let mut shape = Shape::default();
        shape.whole(ANSWER).unwrap();

        let refused = shape.whole(b"HTTP/1.1 503 No\r\nContent-Length: 2\r\nx: y\r\n\r\nno").unwrap();

        assert_eq!(refused, Some(503));
    }

    #[test]
    fn an_answer_without_a_length_or_with_too_much_is_an_error() {
        assert!(Shape::default().whole(b"HTTP/1.1 200 OK\r\nx: y\r\n\r\n").is_err());
        assert!(Shape::default().whole(&[ANSWER, b"!"].concat()).is_err());
    }
}
