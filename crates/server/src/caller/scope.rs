//! Scopes: what a caller may be allowed to do.

use std::fmt;

/// One thing that a caller may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read entitlements, one company's or many.
    EntitlementsRead,
    /// Read the modules of the catalog.
    ModulesRead,
    /// Read a company's subscription summary.
    SummaryRead,
    /// Read the change feed.
    ChangesRead,
    /// Read all other parts of the catalog.
    CatalogRead,
    /// Read a company's history.
    HistoryRead,
    /// Read the list of companies and their profiles.
    CompaniesRead,
    /// Change the catalog.
    CatalogWrite,
    /// Change what a company owns.
    CompaniesWrite,
    /// Start checkouts and reconcile with billing providers.
    BillingWrite,
    /// Make and revoke keys, and administer webhook endpoints.
    SystemAdmin,
}

impl Scope {
    /// Every scope, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::EntitlementsRead,
        Self::ModulesRead,
        Self::SummaryRead,
        Self::ChangesRead,
        Self::CatalogRead,
        Self::HistoryRead,
        Self::CompaniesRead,
        Self::CatalogWrite,
        Self::CompaniesWrite,
        Self::BillingWrite,
        Self::SystemAdmin,
    ];

    /// The scope's name, such as `entitlements:read`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EntitlementsRead => "entitlements:read",
            Self::ModulesRead => "modules:read",
            Self::SummaryRead => "summary:read",
            Self::ChangesRead => "changes:read",
            Self::CatalogRead => "catalog:read",
            Self::HistoryRead => "history:read",
            Self::CompaniesRead => "companies:read",
            Self::CatalogWrite => "catalog:write",
            Self::CompaniesWrite => "companies:write",
            Self::BillingWrite => "billing:write",
            Self::SystemAdmin => "system:admin",
        }
    }

    /// The scope of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }

    const fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(u16);

impl ScopeSet {
    /// No scope.
    pub const EMPTY: Self = Self(0);

    /// This set and one scope more.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// Whether the scope is in the set.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The scopes of the set, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Scope::as_str)).finish()
    }
}
