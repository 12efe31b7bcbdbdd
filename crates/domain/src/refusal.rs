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
}

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The field or rule, in the words of the API (`endsAt`, `one_base_package`).
    pub rule: &'static str,
    /// One lower-case sentence that names the input and what to do.
    pub message: String,
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
        Self::of(RefusalCode::Conflict, vec![Breach { rule, message: message.into() }])
    }

    /// The command can never be right, by one field.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::of(RefusalCode::Validation, vec![Breach { rule: field, message: message.into() }])
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
