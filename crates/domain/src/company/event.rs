//! What the history and the feed say of a change.

use super::{CompanyProfile, CreditEntry, Grant, Holding, Status};
use crate::{ItemKind, Text};

/// What happened (requirements 004 §7.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeType {
    /// The package `basic` began to entitle.
    BasicActivated,
    /// The package `basic` was switched off.
    BasicDeactivated,
    /// The package `basic` was suspended.
    BasicPaused,
    /// The package `basic` ended by time.
    BasicExpired,
    /// Another change of the package `basic`.
    BasicUpdated,
    /// Another package began to entitle.
    PackageActivated,
    /// Another package was switched off.
    PackageDeactivated,
    /// Another package was suspended.
    PackagePaused,
    /// Another package ended by time.
    PackageExpired,
    /// Another change of another package.
    PackageUpdated,
    /// An add-on began to entitle.
    AddonActivated,
    /// An add-on was switched off.
    AddonDeactivated,
    /// An add-on was suspended.
    AddonPaused,
    /// An add-on ended by time.
    AddonExpired,
    /// Another change of an add-on.
    AddonUpdated,
    /// The company was moved from one package to another, or a planned move was taken back.
    PackageChanged,
    /// A feature or module was given.
    GrantAdded,
    /// A grant was taken away.
    GrantRemoved,
    /// A grant came into force by time.
    GrantActivated,
    /// A grant ended by time.
    GrantExpired,
    /// Credits came.
    CreditGranted,
    /// Credits were used.
    CreditConsumed,
    /// Credits that were to come were taken back.
    CreditTakenBack,
    /// How the company is shown was changed.
    ProfileUpdated,
    /// The catalog changed.
    CatalogUpdated,
    /// The company's version was moved by hand.
    EntitlementRepaired,
}

impl ChangeType {
    /// Every change type.
    pub const ALL: [Self; 26] = [
        Self::BasicActivated,
        Self::BasicDeactivated,
        Self::BasicPaused,
        Self::BasicExpired,
        Self::BasicUpdated,
        Self::PackageActivated,
        Self::PackageDeactivated,
        Self::PackagePaused,
        Self::PackageExpired,
        Self::PackageUpdated,
        Self::AddonActivated,
        Self::AddonDeactivated,
        Self::AddonPaused,
        Self::AddonExpired,
        Self::AddonUpdated,
        Self::PackageChanged,
        Self::GrantAdded,
        Self::GrantRemoved,
        Self::GrantActivated,
        Self::GrantExpired,
        Self::CreditGranted,
        Self::CreditConsumed,
        Self::CreditTakenBack,
        Self::ProfileUpdated,
        Self::CatalogUpdated,
        Self::EntitlementRepaired,
    ];

    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BasicActivated => "basic_activated",
            Self::BasicDeactivated => "basic_deactivated",
            Self::BasicPaused => "basic_paused",
            Self::BasicExpired => "basic_expired",
            Self::BasicUpdated => "basic_updated",
            Self::PackageActivated => "package_activated",
            Self::PackageDeactivated => "package_deactivated",
            Self::PackagePaused => "package_paused",
            Self::PackageExpired => "package_expired",
            Self::PackageUpdated => "package_updated",
            Self::AddonActivated => "addon_activated",
            Self::AddonDeactivated => "addon_deactivated",
            Self::AddonPaused => "addon_paused",
            Self::AddonExpired => "addon_expired",
            Self::AddonUpdated => "addon_updated",
            Self::PackageChanged => "package_changed",
            Self::GrantAdded => "grant_added",
            Self::GrantRemoved => "grant_removed",
            Self::GrantActivated => "grant_activated",
            Self::GrantExpired => "grant_expired",
            Self::CreditGranted => "credit_granted",
            Self::CreditConsumed => "credit_consumed",
            Self::CreditTakenBack => "credit_taken_back",
            Self::ProfileUpdated => "profile_updated",
            Self::CatalogUpdated => "catalog_updated",
            Self::EntitlementRepaired => "entitlement_repaired",
        }
    }

    /// The change type of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.as_str() == word)
    }

    /// What happened to a row, from its status before (none for a new row) and after.
    pub fn of_holding(kind: ItemKind, is_basic: bool, before: Option<Status>, after: Status) -> Self {
        let was_entitling = before.is_some_and(Status::is_entitling);
        let same = before == Some(after);
        let [activated, deactivated, paused, expired, updated] = match (kind, is_basic) {
            (ItemKind::Package, true) => [
                Self::BasicActivated,
                Self::BasicDeactivated,
                Self::BasicPaused,
                Self::BasicExpired,
                Self::BasicUpdated,
            ],
            (ItemKind::Package, false) => [
                Self::PackageActivated,
                Self::PackageDeactivated,
                Self::PackagePaused,
                Self::PackageExpired,
                Self::PackageUpdated,
            ],
            (ItemKind::Addon, _) => [
                Self::AddonActivated,
                Self::AddonDeactivated,
                Self::AddonPaused,
                Self::AddonExpired,
                Self::AddonUpdated,
            ],
        };
        match after {
            Status::Active | Status::Trial if !was_entitling => activated,
            Status::Inactive | Status::Cancelled if was_entitling => deactivated,
            Status::Paused if !same => paused,
            Status::Expired if !same => expired,
            Status::Active
            | Status::Trial
            | Status::Inactive
            | Status::Cancelled
            | Status::Paused
            | Status::Expired => updated,
        }
    }
}

/// What a history row is about (requirements 004 §7.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityType {
    /// A company's row for a package.
    Package,
    /// A company's row for an add-on.
    Addon,
    /// What a package or add-on grants.
    Mapping,
    /// A company as a whole.
    Company,
    /// A grant; its key is that of the feature or module.
    Grant,
    /// Credits; the key is that of the feature.
    Credit,
    /// Another part of the catalog.
    Catalog,
}

impl EntityType {
    /// Every entity type.
    pub const ALL: [Self; 7] =
        [Self::Package, Self::Addon, Self::Mapping, Self::Company, Self::Grant, Self::Credit, Self::Catalog];

    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Addon => "addon",
            Self::Mapping => "mapping",
            Self::Company => "company",
            Self::Grant => "grant",
            Self::Credit => "credit",
            Self::Catalog => "catalog",
        }
    }

    /// The entity type of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entity| entity.as_str() == word)
    }
}

/// What a history row keeps whole, so that any past state can be built again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A company's row for an item.
    Holding(Box<Holding>),
    /// A grant.
    Grant(Grant),
    /// A line of the credit ledger.
    Credit(CreditEntry),
    /// How a company is shown.
    Profile(CompanyProfile),
}

impl Record {
    /// The row's status, of a row.
    pub fn status(&self) -> Option<Status> {
        match self {
            Self::Holding(holding) => Some(holding.shown_status()),
            Self::Grant(_) | Self::Credit(_) | Self::Profile(_) => None,
        }
    }

    /// The source of the write that made it.
    pub fn source(&self) -> Option<&Text> {
        match self {
            Self::Holding(holding) => holding.origin.source.as_ref(),
            Self::Grant(grant) => grant.source.as_ref(),
            Self::Credit(_) | Self::Profile(_) => None,
        }
    }

    /// The revision that it was assigned, of a row.
    pub fn assigned_revision(&self) -> Option<u32> {
        match self {
            Self::Holding(holding) => Some(holding.terms.assigned_revision),
            Self::Grant(_) | Self::Credit(_) | Self::Profile(_) => None,
        }
    }
}

/// One row of a company's history, and one event of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyEvent {
    /// What happened.
    pub change_type: ChangeType,
    /// To what.
    pub entity_type: EntityType,
    /// Its key; `None` when it is the company as a whole.
    pub entity_key: Option<String>,
    /// What was before; `None` when there was nothing.
    pub before: Option<Record>,
    /// What is after; `None` when nothing is.
    pub after: Option<Record>,
    /// Whether time made it, not a command: the company owns what it owned at that instant without it.
    pub by_time: bool,
}

impl CompanyEvent {
    /// The row's status before.
    pub fn previous_status(&self) -> Option<Status> {
        self.before.as_ref().and_then(Record::status)
    }

    /// The row's status after.
    pub fn new_status(&self) -> Option<Status> {
        self.after.as_ref().and_then(Record::status)
    }

    /// The revision that the row was assigned; `None` of what time made, which assigns nothing.
    pub fn assigned_revision(&self) -> Option<u32> {
        self.after.as_ref().filter(|_| !self.by_time).and_then(Record::assigned_revision)
    }

    /// The source of the write that made the event.
    pub fn source(&self) -> Option<&str> {
        self.after.as_ref().or(self.before.as_ref()).and_then(Record::source).map(Text::as_str)
    }
}
