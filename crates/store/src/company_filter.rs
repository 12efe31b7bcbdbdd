//! Which companies a list is asked for.

use domain::{CompanyId, ItemKey, ItemKind, ItemRef, Status, Text, Timestamp};

/// Which companies are asked for: those for which every part that is given holds. Where a package or an add-on is named, status and end
/// are asked of the company's row for it; else of any row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompanyFilter {
    /// This one.
    pub company: Option<CompanyId>,
    /// Those whose name begins so, [`folded`].
    pub name: Option<String>,
    /// Those with a row for this package.
    pub package: Option<ItemKey>,
    /// Those with a row for this add-on.
    pub addon: Option<ItemKey>,
    /// Of a row with this status.
    pub status: Option<Status>,
    /// Of an entitling row whose paid time ends before this instant and has not ended yet.
    pub ends_before: Option<Timestamp>,
}

impl CompanyFilter {
    /// The items whose rows are asked for.
    pub fn items(&self) -> Vec<ItemRef> {
        let of = |kind, key: &Option<ItemKey>| key.clone().map(|key| ItemRef { kind, key });
        of(ItemKind::Package, &self.package).into_iter().chain(of(ItemKind::Addon, &self.addon)).collect()
    }

    /// What every name that begins as asked for stands before, byte by byte.
    pub fn name_end(&self) -> Option<String> {
        self.name.as_ref().map(|name| format!("{name}{}", char::MAX))
    }
}

/// A name as names are compared: in whatever case it was written.
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// The folded form of a name that may be none.
pub fn folded_name(name: Option<&Text>) -> Option<String> {
    name.map(|name| folded(name.as_str()))
}
