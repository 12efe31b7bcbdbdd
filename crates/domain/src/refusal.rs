//! Why a command was not carried out.

/// The kind of a refusal; the edge maps it to a status once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalCode {
    /// The command says something that can never be right.
    Validation,
    /// The command names something that does not exist.
    NotFound,
    /// The command contradicts what is stored.
    Conflict,
    /// The one on whose behalf it is asked may not.
    Forbidden,
}

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The field or rule, in the words of the API (`endsAt`, `one_base_package`).
    pub rule: &'static str,
    /// One lower-case sentence that names the input and what to do.
    pub message: String,
    /// The catalog entry that breaks the rule, such as `package basic`; `None` where the request itself does.
    pub subject: Option<String>,
    /// Where the rule comes from, such as `requirements 002 §4.3`; `None` where it is the API's own.
    pub source: Option<&'static str>,
}

impl Breach {
    /// A broken rule of the API or of a company's state.
    pub fn new(rule: &'static str, message: impl Into<String>) -> Self {
        Self { rule, message: message.into(), subject: None, source: None }
    }

    /// A broken rule of the catalog, by one of its entries.
    pub fn of_entry(
        subject: impl Into<String>,
        rule: &'static str,
        source: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { rule, message: message.into(), subject: Some(subject.into()), source: Some(source) }
    }
}

/// A refused command: nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The kind.
    pub code: RefusalCode,
    /// One sentence for people.
    pub message: String,
    /// Every broken rule, in a stable order; empty when the message says all.
    pub breaches: Vec<Breach>,
}

impl Refusal {
    /// Something named by the command does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self { code: RefusalCode::NotFound, message: message.into(), breaches: Vec::new() }
    }

    /// The command contradicts what is stored, by one rule.
    pub fn conflict(rule: &'static str, message: impl Into<String>) -> Self {
        Self::of(RefusalCode::Conflict, vec![Breach::new(rule, message)])
    }

    /// The command can never be right, by one field.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::of(RefusalCode::Validation, vec![Breach::new(field, message)])
    }

    /// A refusal by every given breach; its message is the first one's, and says how many more there are.
    pub fn of(code: RefusalCode, breaches: Vec<Breach>) -> Self {
        let first = breaches.first().map_or_else(String::new, |breach| breach.message.clone());
        let message = match breaches.len() {
            0 | 1 => first,
            count => format!("{first} (and {} more, see details)", count - 1),
        };
        Self { code, message, breaches }
    }
}
