//! An issuer of tokens, for tests.

use std::path::Path;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use domain::{Text, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, SignatureAlgorithm};
use serde_json::{Value, json};
use server::caller::{JwksSource, Role, Scope, Secret, TokenCaller, TokenSettings};
use tempfile::NamedTempFile;

/// The issuer's name.
pub(crate) const ISSUER: &str = "https://issuer.example";
/// This service's name.
pub(crate) const AUDIENCE: &str = "platform-core";
/// A shared secret.
pub(crate) const SECRET: &str = "a-secret-that-has-at-least-32-bytes";
/// When the tests happen, in seconds since 1970.
pub(crate) const NOON: i64 = 1_770_000_000;

/// An instant.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000).expect("an instant")
}

/// Claims that are fine.
pub(crate) fn claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "reporting", "exp": NOON + 60, "iat": NOON})
}

/// Settings with one caller.
pub(crate) fn settings(secret: Option<&str>, jwks: Option<JwksSource>) -> TokenSettings {
    let subject = Text::line("reporting", Text::ACTOR_CHARS).expect("a name");
    let scopes = Role::Job.scopes_with([Scope::CatalogWrite]).expect("scopes");
    TokenSettings {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        hs256_secret: secret.map(|secret| Secret::new(secret.as_bytes().to_vec())),
        jwks,
        callers: vec![TokenCaller { subject, role: Role::Job, scopes }],
    }
}

/// A part of a token.
pub(crate) fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// A token by a shared secret.
pub(crate) fn hs256(claims: &Value, secret: &str) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).expect("a token")
}

/// A token with a header that must be understood.
pub(crate) fn hs256_critical(claims: &Value) -> String {
    let header = Header { crit: Some(vec!["b64".to_owned()]), ..Header::new(Algorithm::HS256) };
    encode(&header, claims, &EncodingKey::from_secret(SECRET.as_bytes())).expect("a token")
}

/// A key of an issuer.
pub(crate) struct Issuer {
    kid: &'static str,
    algorithm: Algorithm,
    key: EncodingKey,
    public_pem: String,
    public: Vec<u8>,
}

impl Issuer {
    /// A key of each algorithm.
    pub(crate) fn one_of_each() -> [Self; 3] {
        [
            Self::new("ed", Algorithm::EdDSA, &PKCS_ED25519),
            Self::new("es", Algorithm::ES256, &PKCS_ECDSA_P256_SHA256),
            Self::new("rs", Algorithm::RS256, &PKCS_RSA_SHA256),
        ]
    }

    fn new(kid: &'static str, algorithm: Algorithm, signs: &'static SignatureAlgorithm) -> Self {
        let pair = KeyPair::generate_for(signs).expect("a key pair");
        let pem = pair.serialize_pem();
        let key = if algorithm == Algorithm::EdDSA {
            EncodingKey::from_ed_pem(pem.as_bytes())
        } else if algorithm == Algorithm::ES256 {
            EncodingKey::from_ec_pem(pem.as_bytes())
        } else {
            EncodingKey::from_rsa_pem(pem.as_bytes())
        };
        let key = key.expect("a key");
        Self { kid, algorithm, key, public_pem: pair.public_key_pem(), public: pair.public_key_raw().to_vec() }
    }

    /// A token.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_naming(claims, self.algorithm, Some(self.kid))
    }

    /// A token that names a key.
    pub(crate) fn token_naming(&self, claims: &Value, algorithm: Algorithm, kid: Option<&str>) -> String {
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(algorithm) };
        encode(&header, claims, &self.key).expect("a token")
    }

    /// What of the key everybody knows, in the forms in which it might be taken for a secret.
    pub(crate) fn public_forms(&self) -> [Vec<u8>; 3] {
        let base64: String = self.public_pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(base64).expect("base64");
        [self.public_pem.clone().into_bytes(), der, self.jwk().to_string().into_bytes()]
    }

    /// A token signed with the public key as if it were a shared secret.
    pub(crate) fn forged_with(&self, claims: &Value, public: &[u8]) -> String {
        let header = Header { kid: Some(self.kid.to_owned()), ..Header::new(Algorithm::HS256) };
        encode(&header, claims, &EncodingKey::from_secret(public)).expect("a token")
    }

    fn jwk(&self) -> Value {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        if self.algorithm == Algorithm::EdDSA {
            return json!({"kty": "OKP", "crv": "Ed25519", "kid": self.kid, "x": encoded(&self.public)});
        }
        if self.algorithm == Algorithm::ES256 {
            // The first byte says that the point is not compressed.
            let (x, y) = self.public[1..].split_at(32);
            return json!({"kty": "EC", "crv": "P-256", "kid": self.kid, "use": "sig", "alg": "ES256",
                "x": encoded(x), "y": encoded(y)});
        }
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).expect("a JWK");
        jwk.common.key_id = Some(self.kid.to_owned());
        serde_json::to_value(jwk).expect("JSON")
    }
}

/// A key set, among keys that are of no use here.
pub(crate) fn key_set(issuers: &[&Issuer]) -> String {
    let mut keys: Vec<Value> = issuers.iter().map(|issuer| issuer.jwk()).collect();
    keys.push(json!({"kty": "oct", "kid": "shared", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(SECRET)}));
    keys.push(json!({"kty": "something new", "kid": "new"}));
    json!({ "keys": keys }).to_string()
}

/// Writes a key set to a file.
pub(crate) fn publish(path: &Path, issuers: &[&Issuer]) {
    std::fs::write(path, key_set(issuers)).expect("written");
}

/// A file with a key set.
pub(crate) fn published(issuers: &[&Issuer]) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file");
    publish(file.path(), issuers);
    file
}
