//! The stored form of a requirement: a term as text, or `{"all": […]}` or `{"any": […]}`.

use domain::{Requirement, Term};
use serde::{Deserialize, Serialize};

use super::{RecordError, need};

/// A tree of terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RequirementRecord {
    /// One term, such as `module:finance`.
    Term(String),
    /// Every one.
    All {
        /// The parts.
        all: Vec<RequirementRecord>,
    },
    /// At least one.
    Any {
        /// The parts.
        any: Vec<RequirementRecord>,
    },
}

impl RequirementRecord {
    /// The stored form of a requirement.
    pub fn of(requirement: &Requirement) -> Self {
        let parts = |parts: &[Requirement]| parts.iter().map(Self::of).collect();
        match requirement {
            Requirement::Term(term) => Self::Term(term.to_string()),
            Requirement::All(all) => Self::All { all: parts(all) },
            Requirement::Any(any) => Self::Any { any: parts(any) },
        }
    }

    /// The requirement of a stored form.
    ///
    /// # Errors
    /// [`RecordError`] when a text is no term.
    pub fn to_requirement(&self) -> Result<Requirement, RecordError> {
        let parts = |parts: &[Self]| parts.iter().map(Self::to_requirement).collect::<Result<Vec<_>, RecordError>>();
        Ok(match self {
            Self::Term(term) => Requirement::Term(need(Term::parse(term).ok(), "requires")?),
            Self::All { all } => Requirement::All(parts(all)?),
            Self::Any { any } => Requirement::Any(parts(any)?),
        })
    }
}
