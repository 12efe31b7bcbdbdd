//! What an add-on asks of its surroundings: terms, and trees of terms.

use std::fmt;

use crate::{FeatureKey, ItemKey, KeyError, ModuleKey};

/// The deepest nesting of a requirement: deeper ones can be read by nobody.
pub const MAX_REQUIREMENT_DEPTH: usize = 8;

/// The most terms of one requirement or one list of terms.
pub const MAX_TERMS: usize = 100;

/// One thing that a company may have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// A package in force.
    Package(ItemKey),
    /// An enabled module.
    Module(ModuleKey),
    /// An operative add-on.
    Addon(ItemKey),
    /// A feature that has a value other than off or nothing.
    Feature(FeatureKey),
    /// A base package in force.
    Base,
}

/// Why a text is no term.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// Not one of the known kinds.
    #[error("must be `base`, or a key after `package:`, `module:`, `addon:` or `feature:`")]
    Kind,
    /// What follows the colon is no key.
    #[error("the key {0}")]
    Key(#[from] KeyError),
}

impl Term {
    /// The term of that text, such as `module:finance` or `base`.
    ///
    /// # Errors
    /// [`TermError`] when it is none.
    pub fn parse(text: &str) -> Result<Self, TermError> {
        match text.split_once(':') {
            None if text == "base" => Ok(Self::Base),
            Some(("package", key)) => Ok(Self::Package(ItemKey::parse(key)?)),
            Some(("module", key)) => Ok(Self::Module(ModuleKey::parse(key)?)),
            Some(("addon", key)) => Ok(Self::Addon(ItemKey::parse(key)?)),
            Some(("feature", key)) => Ok(Self::Feature(FeatureKey::parse(key)?)),
            None | Some(_) => Err(TermError::Kind),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package(key) => write!(formatter, "package:{key}"),
            Self::Module(key) => write!(formatter, "module:{key}"),
            Self::Addon(key) => write!(formatter, "addon:{key}"),
            Self::Feature(key) => write!(formatter, "feature:{key}"),
            Self::Base => formatter.write_str("base"),
        }
    }
}

/// What an add-on needs: a small and/or tree over terms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// One term.
    Term(Term),
    /// Every one.
    All(Vec<Requirement>),
    /// At least one.
    Any(Vec<Requirement>),
}

impl Requirement {
    /// Whether it holds where `term` says of each term whether that does. Monotone: more terms that hold never make it fail.
    pub fn holds(&self, term: &impl Fn(&Term) -> bool) -> bool {
        match self {
            Self::Term(one) => term(one),
            Self::All(parts) => parts.iter().all(|part| part.holds(term)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(term)),
        }
    }

    /// Every term in it, in the order written.
    pub fn terms(&self) -> Vec<&Term> {
        match self {
            Self::Term(one) => vec![one],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::terms).collect(),
        }
    }

    /// How deep it is nested; a lone term is 1.
    pub fn depth(&self) -> usize {
        match self {
            Self::Term(_) => 1,
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::depth).max().unwrap_or(0),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |formatter: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            formatter.write_str("(")?;
            for (place, part) in parts.iter().enumerate() {
                if place > 0 {
                    write!(formatter, " {word} ")?;
                }
                part.fmt(formatter)?;
            }
            formatter.write_str(")")
        };
        match self {
            Self::Term(one) => one.fmt(formatter),
            Self::All(parts) => list(formatter, parts, "and"),
            Self::Any(parts) => list(formatter, parts, "or"),
        }
    }
}
