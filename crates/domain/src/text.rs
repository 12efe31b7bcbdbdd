//! Short texts that people write: names, descriptions, sources, references, actors.

use std::{fmt, sync::Arc};

/// Why a text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Empty, or nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Longer than its limit, in characters.
    #[error("must have at most {limit} characters, has {actual}")]
    TooLong {
        /// The limit, in characters.
        limit: usize,
        /// What was given, in characters.
        actual: usize,
    },
    /// A control character (U+0000 to U+001F, U+007F to U+009F) other than a line break or tab where those are allowed.
    #[error("must not contain control characters (found U+{0:04X})")]
    Control(u32),
}

/// A text without control characters, not empty, within the limit it was parsed with.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// Longest name of a catalog item, in characters: it must fit a table cell and a button.
    pub const NAME_CHARS: usize = 200;
    /// Longest description, in characters.
    pub const DESCRIPTION_CHARS: usize = 4_000;
    /// Longest `source` of a company write, in characters.
    pub const SOURCE_CHARS: usize = 64;
    /// Longest external reference, in characters: provider identifiers stay below 255.
    pub const REFERENCE_CHARS: usize = 255;
    /// Longest name of a caller or actor, in characters.
    pub const ACTOR_CHARS: usize = 128;

    /// Parses a one-line text of at most `limit` characters.
    ///
    /// # Errors
    /// [`TextError`] when it is blank, too long or holds a control character.
    pub fn line(text: &str, limit: usize) -> Result<Self, TextError> {
        Self::checked(text, limit, |_| false)
    }

    /// Parses a text of at most `limit` characters in which line breaks and tabs may stand.
    ///
    /// # Errors
    /// [`TextError`] when it is blank, too long or holds another control character.
    pub fn paragraph(text: &str, limit: usize) -> Result<Self, TextError> {
        Self::checked(text, limit, |character| matches!(character, '\n' | '\r' | '\t'))
    }

    /// A text of the program's own.
    pub(crate) fn from_static(text: &'static str) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn checked(text: &str, limit: usize, allowed: impl Fn(char) -> bool) -> Result<Self, TextError> {
        let actual = text.chars().count();
        if text.trim().is_empty() {
            return Err(TextError::Empty);
        }
        if actual > limit {
            return Err(TextError::TooLong { limit, actual });
        }
        match text.chars().find(|character| character.is_control() && !allowed(*character)) {
            Some(control) => Err(TextError::Control(control.into())),
            None => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", &*self.0)
    }
}
