//! Why credentials were not accepted.

/// Why credentials were not accepted: for the log and the metrics only.
///
/// From outside all of them look the same (401, `missing or invalid internal credentials`, requirements 004 §22), so that nobody
/// can learn which part was right; only [`Refused::Unconfirmed`] is a 503, because it says nothing about the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    /// No credentials.
    #[error("no credentials")]
    Missing,
    /// One credential header stands twice.
    #[error("a credential header stands twice")]
    Repeated,
    /// Both an API key and a token.
    #[error("both an API key and a token")]
    TwoCredentials,
    /// No key of that text.
    #[error("unknown key")]
    UnknownKey,
    /// The key was made in the future.
    #[error("the key is not valid yet")]
    KeyNotYet,
    /// The key has expired.
    #[error("the key has expired")]
    KeyExpired,
    /// The key was revoked.
    #[error("the key is revoked")]
    KeyRevoked,
    /// No tokens are configured.
    #[error("tokens are not accepted here")]
    TokensOff,
    /// Not a bearer token, or not a JWT of a form that is understood.
    #[error("malformed token")]
    TokenMalformed,
    /// Signed by an algorithm that its key does not have.
    #[error("the token's algorithm is not the key's")]
    TokenAlgorithm,
    /// Signed by a key that is not known.
    #[error("the token's key is unknown")]
    TokenKey,
    /// The signature is wrong.
    #[error("the token's signature is wrong")]
    TokenSignature,
    /// From another issuer, or from none.
    #[error("the token's issuer is not accepted")]
    TokenIssuer,
    /// For another audience, or for none.
    #[error("the token's audience is not this service")]
    TokenAudience,
    /// Expired, or without an expiry.
    #[error("the token has expired or has no expiry")]
    TokenExpired,
    /// Not valid yet.
    #[error("the token is not valid yet")]
    TokenNotYet,
    /// Valid for longer than any token should be.
    #[error("the token is valid for too long")]
    TokenTooLong,
    /// For a subject that is not a configured caller.
    #[error("the token's subject is not a caller")]
    TokenSubject,
    /// A verified certificate that no configured caller matches.
    #[error("the certificate is no caller's")]
    CertificateUnknown,
    /// The keys could not be confirmed for too long: nobody can be recognised. 503.
    #[error("the known keys are too old to trust")]
    Unconfirmed,
}

impl Refused {
    /// A word for logs and metrics. Never holds anything that was sent.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Repeated => "repeated_header",
            Self::TwoCredentials => "two_credentials",
            Self::UnknownKey => "unknown_key",
            Self::KeyNotYet => "key_not_yet_valid",
            Self::KeyExpired => "key_expired",
            Self::KeyRevoked => "key_revoked",
            Self::TokensOff => "tokens_off",
            Self::TokenMalformed => "token_malformed",
            Self::TokenAlgorithm => "token_algorithm",
            Self::TokenKey => "token_key_unknown",
            Self::TokenSignature => "token_signature",
            Self::TokenIssuer => "token_issuer",
            Self::TokenAudience => "token_audience",
            Self::TokenExpired => "token_expired",
            Self::TokenNotYet => "token_not_yet_valid",
            Self::TokenTooLong => "token_valid_too_long",
            Self::TokenSubject => "token_subject",
            Self::CertificateUnknown => "certificate_unknown",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}
