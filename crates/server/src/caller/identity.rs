//! A caller whose credentials were accepted.

use domain::{Text, Uuid};

use super::{Role, Scope, ScopeSet};

/// By what a caller was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// An API key, by its identifier.
    ApiKey(Uuid),
    /// A signed service token.
    Token,
    /// A client certificate.
    Certificate,
}

impl CallerKind {
    /// A word for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey(_) => "api_key",
            Self::Token => "token",
            Self::Certificate => "certificate",
        }
    }
}

/// A service whose credentials were accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its name: the key's, the token's subject, or the one given to the certificate.
    pub name: Text,
    /// Its role.
    pub role: Role,
    /// The role's scopes and those it has on top.
    pub scopes: ScopeSet,
    /// By what it was recognised.
    pub kind: CallerKind,
}

impl Caller {
    /// Whether the caller may do this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(scope)
    }
}
