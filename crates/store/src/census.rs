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
    /// Of each of `shapes`, in the same order, a digest of who its companies are, in whatever order they are counted: another one as soon as
    /// one of them is replaced by another. Comparable with digests of the same store only.
    pub digests: Vec<u64>,
    /// How many companies' stored shapes may be over.
    pub stale: u64,
}

/// What stands for a company in the digest of those of its shape: the marks of all are combined by exclusive or.
pub fn mark(company: CompanyId) -> u64 {
    let (high, low) = company.uuid().as_u64_pair();
    scattered(scattered(high) ^ low)
}

/// A number far from those of its neighbours: the last step of SplitMix64.
fn scattered(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

impl Census {
    /// The census of shapes that were counted in whatever order, each with the number and the digest of its companies.
    pub fn of(now: Timestamp, generation: u64, stale: u64, mut counted: Vec<(Shape, u64, u64)>) -> Self {
        counted.sort();
        let digests = counted.iter().map(|(_, _, digest)| *digest).collect();
        let shapes = counted.into_iter().map(|(shape, count, _)| (shape, count)).collect();
        Self { now, generation, shapes, digests, stale }
    }
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
