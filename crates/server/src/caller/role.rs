//! Roles, and the matrix of what each may do.

use std::fmt;

use super::{Scope, ScopeSet};

/// What kind of service a caller is (requirements 004 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The Auth backend: it asks what companies own.
    Auth,
    /// The Platform Admin backend: it changes the catalog and what companies own.
    Admin,
    /// An internal job: it reads, and writes only what it was expressly allowed to.
    Job,
}

/// Whether a role has a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// Every caller of the role has it.
    Always,
    /// A caller of the role has it when its key, token or certificate names it.
    OnRequest,
    /// No caller of the role can have it.
    Never,
}

struct Row {
    scope: Scope,
    auth: Allowance,
    admin: Allowance,
    job: Allowance,
}

const fn row(scope: Scope, auth: Allowance, admin: Allowance, job: Allowance) -> Row {
    Row { scope, auth, admin, job }
}

/// The matrix scope × role. `Never` everywhere but for what is said here.
const MATRIX: [Row; 11] = {
    use Allowance::{Always, Never, OnRequest};
    [
        row(Scope::EntitlementsRead, Always, Always, Always),
        row(Scope::ModulesRead, Always, Always, Always),
        row(Scope::SummaryRead, Always, Always, Always),
        row(Scope::ChangesRead, Always, Always, Always),
        // "catalog reads if needed" (requirements 004 §5.3): an Auth backend that needs them asks for them.
        row(Scope::CatalogRead, OnRequest, Always, Always),
        row(Scope::HistoryRead, Never, Always, Always),
        row(Scope::CompaniesRead, Never, Always, Always),
        row(Scope::CatalogWrite, Never, Always, OnRequest),
        row(Scope::CompaniesWrite, Never, Always, OnRequest),
        row(Scope::BillingWrite, Never, Always, OnRequest),
        row(Scope::SystemAdmin, Never, Always, Never),
    ]
};

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Auth, Self::Admin, Self::Job];

    /// The role's name, such as `auth`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Admin => "admin",
            Self::Job => "job",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// Whether callers of this role have a scope.
    pub fn allowance(self, scope: Scope) -> Allowance {
        let row = MATRIX.iter().find(|row| row.scope == scope);
        row.map_or(Allowance::Never, |row| match self {
            Self::Auth => row.auth,
            Self::Admin => row.admin,
            Self::Job => row.job,
        })
    }

    /// The scopes that every caller of this role has.
    pub fn scopes(self) -> ScopeSet {
        Scope::ALL.into_iter().filter(|scope| self.allowance(*scope) == Allowance::Always).collect()
    }

    /// The scopes of a caller of this role that asks for more.
    ///
    /// # Errors
    /// The first scope that the role can never have.
    pub fn scopes_with(self, extra: impl IntoIterator<Item = Scope>) -> Result<ScopeSet, Scope> {
        extra.into_iter().try_fold(self.scopes(), |scopes, scope| match self.allowance(scope) {
            Allowance::Always | Allowance::OnRequest => Ok(scopes.with(scope)),
            Allowance::Never => Err(scope),
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
