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
    /// The program's own work, such as a roll-out that goes on after a restart.
    Program,
}

impl CallerKind {
    /// A word for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey(_) => "api_key",
            Self::Token => "token",
            Self::Certificate => "certificate",
            Self::Program => "program",
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
    /// The program itself, for work that nobody waits for. It comes in by no listener, so it has no scopes.
    pub fn program() -> Option<Self> {
        let name = Text::line("platform-core", Text::ACTOR_CHARS).ok()?;
        Some(Self { name, role: Role::Job, scopes: ScopeSet::default(), kind: CallerKind::Program })
    }

    /// Whether the caller may do this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(scope)
    }
}
