//! From a request's credentials to its caller.

use std::sync::Arc;

use domain::Timestamp;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, AsHeaderName},
};

use super::{Caller, CertificateCaller, Keys, PeerCertificate, Refused, Tokens, certificate::Certificates};

/// The header of an API key (requirements 004 §5.2).
pub const INTERNAL_API_KEY: HeaderName = HeaderName::from_static("x-internal-api-key");

/// The one place where credentials are judged.
pub struct Authenticator {
    keys: Arc<Keys>,
    tokens: Option<Arc<Tokens>>,
    certificates: Certificates,
}

impl Authenticator {
    /// Judges by these keys, tokens (when there are any to be accepted) and certificates.
    pub fn new(keys: Arc<Keys>, tokens: Option<Arc<Tokens>>, certificates: Vec<CertificateCaller>) -> Self {
        Self { keys, tokens, certificates: Certificates::new(certificates) }
    }

    /// The caller of a request. A client certificate counts only when no header names another credential.
    ///
    /// # Errors
    /// [`Refused`], with the reason for the log.
    pub fn authenticate(
        &self,
        headers: &HeaderMap,
        peer: Option<&PeerCertificate>,
        now: Timestamp,
    ) -> Result<Arc<Caller>, Refused> {
        self.judge(headers, peer, now, Arc::clone)
    }

    /// The same, with what is to be done for the caller, who is only borrowed. For the hottest path.
    ///
    /// # Errors
    /// [`Refused`], with the reason for the log.
    pub fn judge<T>(
        &self,
        headers: &HeaderMap,
        peer: Option<&PeerCertificate>,
        now: Timestamp,
        then: impl FnOnce(&Arc<Caller>) -> T,
    ) -> Result<T, Refused> {
        match (sole(headers, INTERNAL_API_KEY)?, sole(headers, AUTHORIZATION)?) {
            (Some(_), Some(_)) => Err(Refused::TwoCredentials),
            (Some(key), None) => self.keys.judge(key.as_bytes(), now, then),
            (None, Some(token)) => match &self.tokens {
                Some(tokens) => tokens.authenticate(token.as_bytes(), now).as_ref().map(then).map_err(Clone::clone),
                None => Err(Refused::TokensOff),
            },
            (None, None) => match peer {
                Some(peer) => self.certificates.authenticate(peer).as_ref().map(then).map_err(Clone::clone),
                None => Err(Refused::Missing),
            },
        }
    }

    /// The same; but when a token is signed by a key that is not known, the issuer's keys are read again first, unless that was
    /// done a moment ago. This is the one for requests; it waits only in that rare case.
    ///
    /// # Errors
    /// [`Refused`], with the reason for the log.
    pub async fn admit(
        &self,
        headers: &HeaderMap,
        peer: Option<&PeerCertificate>,
        now: Timestamp,
    ) -> Result<Arc<Caller>, Refused> {
        let judged = self.authenticate(headers, peer, now);
        match (&judged, &self.tokens) {
            (Err(Refused::TokenKey), Some(tokens)) if tokens.learn().await => self.authenticate(headers, peer, now),
            _ => judged,
        }
    }
}

fn sole(headers: &HeaderMap, name: impl AsHeaderName) -> Result<Option<&HeaderValue>, Refused> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err(Refused::Repeated) } else { Ok(first) }
}
