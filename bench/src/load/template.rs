//! A request made before the round begins, with holes for the company and for a number that makes every write another one.

use crate::dataset::company_text;

/// Stands for the company's id in a path or body.
const COMPANY: &str = "{company}";
/// Stands for 16 hexadecimal digits that differ from request to request.
const COUNTER: &str = "{counter}";

/// A request with holes.
#[derive(Clone, Debug)]
pub struct Template {
    bytes: Vec<u8>,
    company_at: Option<usize>,
    counter_at: Option<usize>,
}

impl Template {
    /// A GET with the API key; the path may hold `{company}`.
    pub fn get(path: &str, key: &str) -> Self {
        Self::new(format!("GET {path} HTTP/1.1\r\nhost: bench\r\nx-internal-api-key: {key}\r\n\r\n"))
    }

    /// A request with a JSON body; the path may hold `{company}`, the body `{counter}`.
    pub fn with_body(method: &str, path: &str, key: &str, body: &str) -> Self {
        let length = body.replace(COUNTER, &"0".repeat(16)).len();
        Self::new(format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\nx-internal-api-key: {key}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        ))
    }

    fn new(text: String) -> Self {
        let (text, company_at) = open(text, COMPANY, 36);
        let (text, counter_at) = open(text, COUNTER, 16);
        Self { bytes: text.into_bytes(), company_at, counter_at }
    }

    pub(super) fn fill(&mut self, company: u64, counter: u64) {
        if let Some(at) = self.company_at {
            company_text(company, &mut self.bytes[at..at + 36]);
        }
        if let Some(at) = self.counter_at {
            hex(counter, &mut self.bytes[at..at + 16]);
        }
    }

    /// The request as it goes out next.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Makes a hole of `width` zeros where `name` stands. `{counter}` must not stand before `{company}`.
fn open(text: String, name: &str, width: usize) -> (String, Option<usize>) {
    match text.find(name) {
        Some(at) => (text.replacen(name, &"0".repeat(width), 1), Some(at)),
        None => (text, None),
    }
}

/// Writes `number` in hexadecimal over the whole of `to`, leading zeros and all.
pub(crate) fn hex(number: u64, to: &mut [u8]) {
    let mut rest = number;
    for digit in to.iter_mut().rev() {
        *digit = b"0123456789abcdef"[usize::try_from(rest & 15).unwrap_or(0)];
        rest >>= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_in_place_and_the_length_counts_them_filled() {
        let mut template = Template::with_body(
            "POST",
            "/internal/companies/{company}/addons",
            "k",
            r#"{"externalReference":"{counter}"}"#,
        );

        template.fill(1, 0xABC);

        let text = String::from_utf8(template.bytes().to_vec()).unwrap();
        assert!(
            text.starts_with("POST /internal/companies/9e3779b1-0000-4000-8000-000000000001/addons HTTP/1.1\r\n"),
            "{text}"
        );
        assert!(text.ends_with("content-length: 40\r\n\r\n{\"externalReference\":\"0000000000000abc\"}"), "{text}");
    }
}
