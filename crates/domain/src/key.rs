//! Keys: the stable names of modules, packages and add-ons.

use std::{fmt, sync::Arc};

/// The longest key, in characters. Long enough for every key of the requirements, short enough for an index entry and a log line.
pub const MAX_KEY_CHARS: usize = 64;

/// Why a text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing, or more than [`MAX_KEY_CHARS`] characters.
    #[error("must have 1 to {MAX_KEY_CHARS} characters")]
    Length,
    /// Not a lowercase slug.
    #[error("must be a lowercase slug: letters and digits, starting with a letter, parts joined by single `-` or `_`")]
    Shape,
}

/// Whether a text is a lowercase slug `[a-z][a-z0-9]*([-_][a-z0-9]+)*` (requirements 004 §21.2).
pub(crate) fn check(text: &str) -> Result<(), KeyError> {
    if text.is_empty() || text.len() > MAX_KEY_CHARS {
        return Err(KeyError::Length);
    }
    let starts_with_letter = text.starts_with(|first: char| first.is_ascii_lowercase());
    let well_formed = text
        .split(['-', '_'])
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    if starts_with_letter && well_formed { Ok(()) } else { Err(KeyError::Shape) }
}

macro_rules! key {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses a key.
            ///
            /// # Errors
            /// [`KeyError`] when the text is not a lowercase slug of at most [`MAX_KEY_CHARS`] characters.
            pub fn parse(text: &str) -> Result<Self, KeyError> {
                check(text).map(|()| Self(text.into()))
            }

            /// The key as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether two keys are the same but for `-` and `_`: such a pair may not stand in one catalog.
            pub fn collides_with(&self, other: &Self) -> bool {
                let fold = |byte: u8| if byte == b'_' { b'-' } else { byte };
                self.0.bytes().map(fold).eq(other.0.bytes().map(fold))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "`{}`", self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

key!(
    /// The key of a module, such as `finance`.
    ModuleKey
);
key!(
    /// The key of a package or an add-on, such as `basic`.
    ItemKey
);
key!(
    /// The key of a feature, such as `retention`.
    FeatureKey
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_lowercase_slug() {
        for good in ["a", "basic", "premium-market", "venue_marketplace", "a1-b2_c3"] {
            assert_eq!(ItemKey::parse(good).map(|key| key.to_string()), Ok(good.to_owned()));
        }
        for bad in ["Basic", "1basic", "a b", "a--b", "a-", "-a", "a_-b", "bäsic", "a\0b", "а"] {
            assert_eq!(ItemKey::parse(bad), Err(KeyError::Shape), "{bad:?}");
        }
        assert_eq!(ItemKey::parse(""), Err(KeyError::Length));
        assert_eq!(ItemKey::parse(&"a".repeat(65)), Err(KeyError::Length));
    }

    #[test]
    fn keys_that_differ_only_by_hyphen_and_underscore_collide() {
        let [one, two, three] = ["a-b", "a_b", "a-c"].map(|text| ItemKey::parse(text).unwrap());
        assert!(one.collides_with(&two));
        assert!(!one.collides_with(&three));
    }
}
