//! From a token to its caller.

use std::{collections::HashMap, sync::Arc};

use domain::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind};
use tokio::time::sleep;

use super::{
    JwksError, JwksSource, Refresh, TokenSettings,
    accepted::Accepted,
    claims::{Claims, Validity},
    jwks::{Jwks, Loaded},
};
use crate::caller::{Caller, CallerKind, Refused, sha256::sha256};

/// The tokens that are accepted.
pub struct Tokens {
    issuer: String,
    audience: String,
    secret: Option<DecodingKey>,
    jwks: Option<Jwks>,
    callers: HashMap<String, Arc<Caller>>,
    accepted: Accepted,
}

impl Tokens {
    /// Tokens by these settings. An issuer's keys are yet to be read: see [`Tokens::reread`] and [`follow_tokens`].
    ///
    /// # Errors
    /// [`JwksError`] when no client for the issuer's address can be made.
    pub fn new(settings: TokenSettings) -> Result<Self, JwksError> {
        let refresh = match &settings.jwks {
            Some(JwksSource::File(_)) | None => Refresh::FILE,
            Some(JwksSource::Url(_)) => Refresh::URL,
        };
        Self::refreshed(settings, refresh)
    }

    /// The same, with other times for keeping the issuer's keys current.
    ///
    /// # Errors
    /// [`JwksError`] when no client for the issuer's address can be made.
    pub fn refreshed(settings: TokenSettings, refresh: Refresh) -> Result<Self, JwksError> {
        let jwks = settings.jwks.map(|source| Jwks::new(source, refresh)).transpose()?;
        let callers = settings.callers.into_iter().map(|known| {
            let subject = known.subject.as_str().to_owned();
            let caller =
                Caller { name: known.subject, role: known.role, scopes: known.scopes, kind: CallerKind::Token };
            (subject, Arc::new(caller))
        });
        Ok(Self {
            issuer: settings.issuer,
            audience: settings.audience,
            secret: settings.hs256_secret.map(|secret| DecodingKey::from_secret(secret.reveal())),
            jwks,
            callers: callers.collect(),
            accepted: Accepted::default(),
        })
    }

    /// Reads the issuer's keys.
    ///
    /// # Errors
    /// [`JwksError`]; what was known before stays.
    pub async fn reread(&self) -> Result<(), JwksError> {
        match &self.jwks {
            Some(jwks) => jwks.reread().await,
            None => Ok(()),
        }
    }

    /// The caller whose token an `Authorization` header brings.
    pub(in crate::caller) fn authenticate(&self, header: &[u8], now: Timestamp) -> Result<Arc<Caller>, Refused> {
        let token = bearer(header).ok_or(Refused::TokenMalformed)?;
        let hash = sha256(token);
        let loaded = self.jwks.as_ref().map(Jwks::load);
        let loaded = loaded.as_deref().map(Arc::as_ref);
        let generation = loaded.map_or(0, |loaded| loaded.generation);
        // INVARIANT: while the issuer's keys are too old to trust, no remembered token is trusted either, but for those of the secret,
        // which are verified anew.
        let is_fresh = self.keys(loaded).is_some() || self.jwks.is_none();
        if is_fresh && let Some((caller, validity)) = self.accepted.find(&hash, generation) {
            validity.check(now)?;
            return Ok(caller);
        }
        let (caller, validity) = self.verify(token, loaded, now)?;
        self.accepted.keep(hash, generation, &caller, validity, now);
        Ok(caller)
    }

    /// Reads the issuer's keys again because a token names one that is not known. Says whether it may be known now.
    pub(in crate::caller) async fn learn(&self) -> bool {
        match &self.jwks {
            Some(jwks) => jwks.learn().await,
            None => false,
        }
    }

    fn verify(
        &self,
        token: &[u8],
        loaded: Option<&Loaded>,
        now: Timestamp,
    ) -> Result<(Arc<Caller>, Validity), Refused> {
        let header = decode_header(token).map_err(|_| Refused::TokenMalformed)?;
        // Whoever marks a header as critical asks to be refused by those who do not understand it (RFC 7515 §4.1.11).
        if header.crit.is_some() {
            return Err(Refused::TokenMalformed);
        }
        let key = self.key(header.kid.as_deref(), header.alg, loaded)?;
        let claims = decode::<Claims>(token, key, &signature_only(header.alg)).map_err(|error| refusal(&error))?.claims;
        let validity = claims.check(&self.issuer, &self.audience)?;
        validity.check(now)?;
        let subject = claims.sub.as_deref().ok_or(Refused::TokenSubject)?;
        let caller = self.callers.get(subject).ok_or(Refused::TokenSubject)?;
        Ok((Arc::clone(caller), validity))
    }

    /// The key for a token. The secret is only ever used for HS256, and a public key only for its own algorithm: a public key is no
    /// secret, and whoever could have it taken for one could sign.
    fn key<'a>(
        &'a self,
        kid: Option<&str>,
        algorithm: Algorithm,
        loaded: Option<&'a Loaded>,
    ) -> Result<&'a DecodingKey, Refused> {
        if algorithm == Algorithm::HS256 {
            return self.secret.as_ref().ok_or(Refused::TokenAlgorithm);
        }
        if self.jwks.is_none() {
            return Err(Refused::TokenAlgorithm);
        }
        self.keys(loaded).ok_or(Refused::Unconfirmed)?.find(kid, algorithm)
    }

    fn keys<'a>(&self, loaded: Option<&'a Loaded>) -> Option<&'a super::key_set::KeySet> {
        let jwks = self.jwks.as_ref()?;
        loaded?.keys(jwks.refresh.hold)
    }
}

/// Reads the issuer's keys periodically, more often while that fails. Never ends; does nothing when there is no issuer to ask.
pub async fn follow_tokens(tokens: Arc<Tokens>) {
    let Some(jwks) = &tokens.jwks else { return std::future::pending().await };
    let mut failing = false;
    loop {
        match jwks.reread().await {
            Ok(()) => {
                if failing {
                    tracing::info!("the keys of the token issuer are read again");
                }
                failing = false;
            }
            Err(error) => {
                if !failing {
                    tracing::error!(%error, "the keys of the token issuer cannot be read");
                }
                failing = true;
            }
        }
        sleep(if failing { jwks.refresh.least } else { jwks.refresh.period }).await;
    }
}

/// The token of `Bearer <token>`. The scheme's case does not matter (RFC 9110 §11.1).
fn bearer(header: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = header.split_at_checked(b"bearer ".len())?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
}

/// Only the signature, by one algorithm; what the claims must say is checked here, against the service's own clock.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

fn refusal(error: &jsonwebtoken::errors::Error) -> Refused {
    if matches!(error.kind(), ErrorKind::InvalidSignature) {
        Refused::TokenSignature
    } else if matches!(error.kind(), ErrorKind::InvalidAlgorithm | ErrorKind::InvalidKeyFormat) {
        Refused::TokenAlgorithm
    } else {
        Refused::TokenMalformed
    }
}
