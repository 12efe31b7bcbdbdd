//! Companies counted by their shapes.

use domain::{CompanyId, Shape, Timestamp};

/// How many companies are of each shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    /// The database's clock.
    pub now: Timestamp,
    /// The catalog's generation.
    pub generation: u64,
    /// The shapes that are not over, with the number of companies of each, by shape.
    pub shapes: Vec<(Shape, u64)>,
    /// How many companies' stored shapes may be over.
    pub stale: u64,
}

/// The present shape of a company whose stored one was over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reshaped {
    /// Whose.
    pub company_id: CompanyId,
    /// The write sequence that it was computed at; of a company written since, nothing is stored.
    pub write_seq: u64,
    /// The shape.
    pub shape: Shape,
    /// The first instant at which it may be another.
    pub until: Option<Timestamp>,
}
