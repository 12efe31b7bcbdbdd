//! Query parameters, read strictly: a misspelt `dryRun` must not write.

use super::Problem;

/// The most entries of a page.
pub const MAX_LIMIT: u32 = 500;

/// The entries of a page when nothing is said.
const DEFAULT_LIMIT: u32 = 50;

/// The parameters of a query, each once, each known.
#[derive(Debug)]
pub struct Query {
    given: Vec<(String, String)>,
}

impl Query {
    /// Reads a query in which only the named parameters may stand.
    ///
    /// # Errors
    /// A validation problem naming every unknown or repeated parameter.
    pub fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let given = pairs(query.unwrap_or_default())
            .ok_or_else(|| Problem::invalid("query", "the query is not valid percent-encoded UTF-8"))?;
        let mut details = Vec::new();
        let mut breach = |field: &str, message: String| details.push(api::Detail::new(field, message));
        for (index, (name, _)) in given.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let may = if known.is_empty() {
                    "it takes none".to_owned()
                } else {
                    format!("it takes {}", known.join(", "))
                };
                breach(name, format!("unknown query parameter `{name}`; {may}"));
            } else if given.iter().take(index).any(|(earlier, _)| earlier == name) {
                breach(name, format!("query parameter `{name}` stands twice"));
            }
        }
        if details.is_empty() { Ok(Self { given }) } else { Err(Problem::invalid_fields(details)) }
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A `true` or `false` parameter; `false` when it is not given.
    ///
    /// # Errors
    /// A validation problem when it is anything else.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Problem::invalid(name, format!("`{name}` must be `true` or `false`, not `{other}`"))),
        }
    }
}

impl Query {
    /// The `limit` of a list: 1 to 500, 50 when it is not given.
    ///
    /// # Errors
    /// A validation problem when it is anything else.
    pub fn limit(&self) -> Result<u32, Problem> {
        let Some(text) = self.get("limit") else { return Ok(DEFAULT_LIMIT) };
        // Digits alone: the parser of numbers would take a sign.
        let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let limit = digits.and_then(|text| text.parse().ok()).filter(|limit| (1..=MAX_LIMIT).contains(limit));
        limit.ok_or_else(|| Problem::invalid("limit", format!("`limit` must be from 1 to {MAX_LIMIT}, not `{text}`")))
    }
}

/// The pairs of an `application/x-www-form-urlencoded` text.
fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decoded(name)?, decoded(value)?))
        })
        .collect()
}

/// A percent-encoded text, in which `+` is a space.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let value = digit(rest.next())? * 16 + digit(rest.next())?;
                u8::try_from(value).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_and_repeated_parameters_are_named() {
        let problem = Query::parse(Some("dryrun=true&limit=1&limit=2"), &["dryRun", "limit"]).unwrap_err();

        let fields: Vec<_> = problem.details.iter().map(|detail| detail.field.as_str()).collect();
        assert_eq!(fields, ["dryrun", "limit"]);
    }

    #[test]
    fn a_limit_is_digits_from_1_to_500() {
        let limit = |text: &str| Query::parse(Some(&format!("limit={text}")), &["limit"]).unwrap().limit().ok();

        assert_eq!((limit("1"), limit("500"), limit("007")), (Some(1), Some(500), Some(7)));
        for odd in ["0", "501", "%2B1", "+1", "-1", "1.0", "1%20", "", "x", "%D9%A1"] {
            assert_eq!(limit(odd), None, "{odd}");
        }
    }

    #[test]
    fn values_are_decoded() {
        let query = Query::parse(Some("cursor=a%2Bb+c&dryRun=true"), &["cursor", "dryRun"]).unwrap();

        assert_eq!(query.get("cursor"), Some("a+b c"));
        assert_eq!(query.flag("dryRun"), Ok(true));
        assert!(Query::parse(Some("cursor=%zz"), &["cursor"]).is_err());
        assert!(Query::parse(Some("dryRun=yes"), &["dryRun"]).unwrap().flag("dryRun").is_err());
    }
}
