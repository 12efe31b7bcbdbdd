//! Instants on the wire.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant in RFC 3339. Read with any offset and up to microseconds, printed in UTC, without a fraction when it is zero.
///
/// Lies in the years 1970 to 9999. Leap seconds, `24:00` and local times without an offset are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    micros: i64,
}

/// Why a text is not an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstantError {
    /// Not of the form `2026-04-16T00:00:00Z`.
    Shape,
    /// Of the form, but no such date or time.
    Nonexistent,
    /// Finer than a microsecond.
    TooFine,
    /// Before 1970 or after 9999.
    Range,
}

impl fmt::Display for InstantError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Shape => "must be an RFC 3339 instant with an offset, such as `2026-04-16T00:00:00Z`",
            Self::Nonexistent => "is not a date and time that exists (leap seconds and `24:00` are not accepted)",
            Self::TooFine => "must not be finer than a microsecond (at most 6 digits after the seconds)",
            Self::Range => "must lie in the years 1970 to 9999",
        })
    }
}

const EPOCH: jiff::civil::DateTime = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
const MAX_MICROS: i64 = 253_402_300_799_999_999;

impl Instant {
    /// The instant that many microseconds after 1970-01-01T00:00:00Z; `None` outside the years 1970 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        (0..=MAX_MICROS).contains(&micros).then_some(Self { micros })
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.micros
    }

    /// Reads an instant.
    ///
    /// # Errors
    /// [`InstantError`] saying what is wrong.
    pub fn parse(text: &str) -> Result<Self, InstantError> {
        let parts = Parts::split(text).ok_or(InstantError::Shape)?;
        let date = jiff::civil::Date::new(parts.year, parts.month, parts.day).map_err(|_| InstantError::Nonexistent)?;
        let time = jiff::civil::Time::new(parts.hour, parts.minute, parts.second, 0);
        let time = time.map_err(|_| InstantError::Nonexistent)?;
        let local = jiff::civil::DateTime::from_parts(date, time);
        // By civil time: a timestamp of jiff ends a day before the year 9999 does.
        let since_1970 = local.duration_since(EPOCH).as_secs() * 1_000_000;
        let micros = since_1970 - i64::from(parts.offset_minutes) * 60_000_000;
        let micros = micros + fraction_micros(parts.fraction)?;
        Self::from_micros(micros).ok_or(InstantError::Range)
    }
}

/// The digits after the seconds, in microseconds.
fn fraction_micros(digits: &str) -> Result<i64, InstantError> {
    let (kept, dropped) = digits.split_at(digits.len().min(6));
    if dropped.bytes().any(|digit| digit != b'0') {
        return Err(InstantError::TooFine);
    }
    format!("{kept:0<6}").parse().map_err(|_| InstantError::Shape)
}

struct Parts<'a> {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    fraction: &'a str,
    offset_minutes: i32,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Option<Self> {
        if !text.is_ascii() || text.len() > 40 {
            return None;
        }
        let (stamp, rest) = text.split_at_checked(19)?;
        let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if separators.iter().any(|(at, byte)| stamp.as_bytes().get(*at) != Some(byte)) {
            return None;
        }
        let (fraction, zone) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?),
            None => ("", rest),
        };
        if rest.starts_with('.') && fraction.is_empty() {
            return None;
        }
        Some(Self {
            year: digits(stamp.get(0..4)?)?,
            month: digits(stamp.get(5..7)?)?,
            day: digits(stamp.get(8..10)?)?,
            hour: digits(stamp.get(11..13)?)?,
            minute: digits(stamp.get(14..16)?)?,
            second: digits(stamp.get(17..19)?)?,
            fraction,
            offset_minutes: offset_minutes(zone)?,
        })
    }
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn offset_minutes(zone: &str) -> Option<i32> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.get(0..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits(hours)?, digits(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since_1970 = jiff::SignedDuration::from_micros(self.micros);
        let civil = EPOCH.checked_add(since_1970).map_err(|_| fmt::Error)?;
        let (date, time) = (civil.date(), civil.time());
        write!(formatter, "{:04}-{:02}-{:02}T", date.year(), date.month(), date.day())?;
        write!(formatter, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        match self.micros % 1_000_000 {
            0 => formatter.write_str("Z"),
            fraction => write!(formatter, ".{fraction:06}Z"),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| de::Error::custom(format!("`{text}` {error}")))
    }
}

impl utoipa::PartialSchema for Instant {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .description(Some(
                "An instant, RFC 3339 in UTC. Any offset and up to microseconds are read; years 1970 to 9999.",
            ))
            .examples(["2026-04-16T00:00:00Z"])
            .into()
    }
}

impl utoipa::ToSchema for Instant {}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> Result<String, InstantError> {
        Instant::parse(text).map(|instant| instant.to_string())
    }

    #[test]
    fn an_instant_is_read_with_any_offset_and_printed_in_utc() {
        assert_eq!(printed("2026-04-16T00:00:00Z").unwrap(), "2026-04-16T00:00:00Z");
        assert_eq!(printed("2026-04-16T14:00:00+14:00").unwrap(), "2026-04-16T00:00:00Z");
        assert_eq!(printed("2026-04-15T12:00:00.250-12:00").unwrap(), "2026-04-16T00:00:00.250000Z");
        assert_eq!(printed("2024-02-29T23:59:59.999999Z").unwrap(), "2024-02-29T23:59:59.999999Z");
        assert_eq!(printed("9999-12-31T23:59:59.999999Z").unwrap(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(printed("9999-12-31T23:59:59Z").unwrap(), "9999-12-31T23:59:59Z");
        assert_eq!(printed("1970-01-01T00:00:00.000000000Z").unwrap(), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_instant_says_why() {
        for text in
            ["", "2026-04-16", "2026-04-16T00:00:00", "2026-04-16 00:00:00Z", "10000-01-01T00:00:00Z", "infinity"]
        {
            assert_eq!(printed(text), Err(InstantError::Shape), "{text}");
        }
        for text in
            ["2026-04-16T00:00:00.Z", "2026-04-16T00:00:00z", "2026-04-16T00:00:00+1400", "٢026-04-16T00:00:00Z"]
        {
            assert_eq!(printed(text), Err(InstantError::Shape), "{text}");
        }
        for text in ["2023-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-04-16T24:00:00Z", "2016-12-31T23:59:60Z"] {
            assert_eq!(printed(text), Err(InstantError::Nonexistent), "{text}");
        }
        for text in
            ["1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-00:01", "1970-01-01T00:00:00+00:01"]
        {
            assert_eq!(printed(text), Err(InstantError::Range), "{text}");
        }
        assert_eq!(printed("2026-04-16T00:00:00.1234567Z"), Err(InstantError::TooFine));
    }
}
