//! What is said of a feature: on, off, a number, or no limit.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, schema::Type};

/// The highest amount: the largest integer that every JSON reader represents exactly (2⁵³ − 1).
pub const MAX_AMOUNT: u64 = (1 << 53) - 1;

/// The value of a feature: `true` or `false` of a toggle, an integer from 0 of a limit or a credit, `null` of a limit that is none. Where a
/// format has no `null`, `"unlimited"` says the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureAmount {
    /// A toggle.
    Toggle(bool),
    /// A limit or credit.
    Amount(u64),
    /// A limit that is none.
    Unlimited,
}

impl Serialize for FeatureAmount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Toggle(on) => serializer.serialize_bool(*on),
            Self::Amount(amount) => serializer.serialize_u64(*amount),
            Self::Unlimited => serializer.serialize_none(),
        }
    }
}

impl<'de> Deserialize<'de> for FeatureAmount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}

struct AmountVisitor;

impl de::Visitor<'_> for AmountVisitor {
    type Value = FeatureAmount;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "true, false, an integer from 0 to {MAX_AMOUNT}, or null for unlimited")
    }

    fn visit_bool<E>(self, value: bool) -> Result<FeatureAmount, E> {
        Ok(FeatureAmount::Toggle(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<FeatureAmount, E> {
        if value <= MAX_AMOUNT {
            Ok(FeatureAmount::Amount(value))
        } else {
            Err(E::invalid_value(de::Unexpected::Unsigned(value), &self))
        }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<FeatureAmount, E> {
        u64::try_from(value)
            .map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
            .and_then(|value| self.visit_u64(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<FeatureAmount, E> {
        if value == "unlimited" {
            Ok(FeatureAmount::Unlimited)
        } else {
            Err(E::invalid_value(de::Unexpected::Str(value), &self))
        }
    }

    fn visit_unit<E>(self) -> Result<FeatureAmount, E> {
        Ok(FeatureAmount::Unlimited)
    }

    fn visit_none<E>(self) -> Result<FeatureAmount, E> {
        Ok(FeatureAmount::Unlimited)
    }
}

impl utoipa::PartialSchema for FeatureAmount {
    fn schema() -> RefOr<Schema> {
        let integer = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(MAX_AMOUNT));
        OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::Boolean))
            .item(integer)
            .item(ObjectBuilder::new().schema_type(Type::Null))
            .description(Some(
                "A toggle's true or false, a limit's or credit's integer, or null for a limit that is none.",
            ))
            .into()
    }
}

impl utoipa::ToSchema for FeatureAmount {}
