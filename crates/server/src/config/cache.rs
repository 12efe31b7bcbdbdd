//! The cache.

use super::{
    field::{Number, SectionText},
    section::Section,
};

/// The cache of company states and encoded answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// How much memory it may take, in bytes.
    pub max_bytes: usize,
}

const MAX_BYTES: Number = Number {
    key: "max_bytes",
    unit: "bytes",
    default: 512 * 1_024 * 1_024,
    least: 1_024 * 1_024,
    most: 1 << 40,
    about: "How much memory the cache of company states and encoded answers may take. About 700 bytes a company; what does not \
            fit is read from the database.",
};

pub(super) const TEXT: SectionText =
    SectionText { path: "cache", about: "The cache of company states and answers.", fields: &[&MAX_BYTES] };

impl CacheConfig {
    pub(super) fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.section_or_empty("cache");
        Self { max_bytes: usize::try_from(section.number(&MAX_BYTES)).unwrap_or(usize::MAX) }
    }
}
