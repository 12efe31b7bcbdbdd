//! Instants, as the model sees them.

/// An instant in UTC, in whole microseconds since 1970-01-01T00:00:00Z.
///
/// Lies between [`Timestamp::MIN`] and [`Timestamp::MAX`] (the years 1970 to 9999), which both stores and every JSON
/// reader can represent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const MIN: Self = Self(0);
    /// 9999-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The instant that many microseconds after 1970-01-01T00:00:00Z; `None` outside the years 1970 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&micros).then_some(Self(micros))
    }

    /// The nearest representable instant to that many microseconds after 1970-01-01T00:00:00Z.
    pub fn clamped(micros: i64) -> Self {
        Self(micros.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0
    }
}
