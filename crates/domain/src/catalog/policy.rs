//! How strictly the catalog keeps its own discipline.

/// What a breach of a rule of discipline leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strictness {
    /// A warning beside the answer.
    #[default]
    Lenient,
    /// A refusal.
    Strict,
}

impl Strictness {
    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lenient => "lenient",
            Self::Strict => "strict",
        }
    }

    /// The strictness of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Lenient, Self::Strict].into_iter().find(|strictness| strictness.as_str() == word)
    }
}

/// The catalog's own policy. Lenient by default, so that the minimal bodies of requirements 004 §16 work as they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Whether an item must be completely defined before it is active.
    pub completeness: Strictness,
    /// Whether two packages may differ in nothing but their price.
    pub pricing_duplicates: Strictness,
}
