//! A set of public keys, as an issuer publishes it (RFC 7517).

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use super::JwksError;
use crate::caller::Refused;

/// The public keys of an issuer that can be used here.
#[derive(Debug)]
pub(super) struct KeySet(Vec<PublicKey>);

#[derive(Debug)]
struct PublicKey {
    kid: Option<String>,
    /// INVARIANT: decided by the key, never by the token (RFC 8725 §3.1).
    algorithm: Algorithm,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a set. Keys of other kinds or for other uses are passed over, since issuers publish all they have in one set.
    pub(super) fn parse(json: &[u8]) -> Result<Self, JwksError> {
        let document: Document = serde_json::from_slice(json).map_err(|_| JwksError::Form)?;
        let keys: Vec<PublicKey> = document.keys.into_iter().filter_map(PublicKey::from_json).collect();
        if keys.is_empty() { Err(JwksError::NoKey) } else { Ok(Self(keys)) }
    }

    /// The key that a token names. Without a name it is the only key of the set, if there is only one.
    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<&DecodingKey, Refused> {
        let found = match (kid, self.0.as_slice()) {
            (Some(kid), keys) => keys.iter().find(|key| key.kid.as_deref() == Some(kid)),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let found = found.ok_or(Refused::TokenKey)?;
        if found.algorithm == algorithm { Ok(&found.key) } else { Err(Refused::TokenAlgorithm) }
    }
}

impl PublicKey {
    fn from_json(json: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(json).ok()?;
        if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
            return None;
        }
        let algorithm = algorithm_of(&jwk.algorithm)?;
        if jwk.common.key_algorithm.is_some_and(|named| named != named_as(algorithm)) {
            return None;
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { kid: jwk.common.key_id, algorithm, key })
    }
}

fn algorithm_of(parameters: &AlgorithmParameters) -> Option<Algorithm> {
    // All other kinds are passed over: a shared secret, for one, has no business in a published set.
    if let AlgorithmParameters::RSA(_) = parameters {
        Some(Algorithm::RS256)
    } else if let AlgorithmParameters::EllipticCurve(key) = parameters {
        (key.curve == EllipticCurve::P256).then_some(Algorithm::ES256)
    } else if let AlgorithmParameters::OctetKeyPair(key) = parameters {
        (key.curve == EllipticCurve::Ed25519).then_some(Algorithm::EdDSA)
    } else {
        None
    }
}

fn named_as(algorithm: Algorithm) -> KeyAlgorithm {
    if algorithm == Algorithm::RS256 {
        KeyAlgorithm::RS256
    } else if algorithm == Algorithm::ES256 {
        KeyAlgorithm::ES256
    } else {
        KeyAlgorithm::EdDSA
    }
}
