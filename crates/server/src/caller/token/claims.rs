//! The claims of a token, and what they must say.

use domain::Timestamp;
use serde::Deserialize;

use crate::caller::Refused;

/// How far the issuer's clock may be from this node's, in microseconds: 30 seconds.
const LEEWAY_MICROS: i64 = 30_000_000;

/// Longest time for which a token may still be valid, in microseconds: 24 hours. A stolen token works until it expires, and cannot
/// be revoked one by one.
const LIFETIME_MICROS_MAX: i64 = 24 * 3_600 * 1_000_000;

/// What a token says. Every claim may be missing here, so that its absence is refused by name.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: Option<String>,
    aud: Option<Audience>,
    pub(super) sub: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// From when until when a token is accepted, in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    not_before: i64,
    expires: i64,
}

impl Validity {
    pub(super) fn check(self, now: Timestamp) -> Result<(), Refused> {
        let now = now.micros();
        if now >= self.expires.saturating_add(LEEWAY_MICROS) {
            Err(Refused::TokenExpired)
        } else if now.saturating_add(LEEWAY_MICROS) < self.not_before {
            Err(Refused::TokenNotYet)
        } else if self.expires.saturating_sub(now) > LIFETIME_MICROS_MAX + LEEWAY_MICROS {
            Err(Refused::TokenTooLong)
        } else {
            Ok(())
        }
    }

    /// Whether nothing can make it valid again.
    pub(super) fn is_over(self, now: Timestamp) -> bool {
        now.micros() >= self.expires.saturating_add(LEEWAY_MICROS)
    }
}

impl Claims {
    /// Checks issuer and audience; says when the token is valid.
    pub(super) fn check(&self, issuer: &str, audience: &str) -> Result<Validity, Refused> {
        if self.iss.as_deref() != Some(issuer) {
            return Err(Refused::TokenIssuer);
        }
        let is_for_us = match &self.aud {
            None => false,
            Some(Audience::One(one)) => one == audience,
            Some(Audience::Many(many)) => many.iter().any(|one| one == audience),
        };
        if !is_for_us {
            return Err(Refused::TokenAudience);
        }
        let expires = self.exp.ok_or(Refused::TokenExpired)?;
        // Issued in the future is not valid yet either: its issuer's clock, or its issuer, is not to be trusted.
        let not_before = [self.nbf, self.iat].into_iter().flatten().map(micros).max();
        Ok(Validity { not_before: not_before.unwrap_or(i64::MIN), expires: micros(expires) })
    }
}

/// A NumericDate (RFC 7519 §2: seconds since 1970, with a fraction if it likes) in microseconds.
fn micros(numeric_date: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and so do the comparisons that follow")]
    let micros = (numeric_date * 1e6) as i64;
    micros
}
