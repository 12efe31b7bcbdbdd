//! The one place where entitlements are computed.

mod answer;
mod evaluation;
mod explain;
mod operative;
mod shape;
mod timeline;
mod version;

use crate::{Catalog, CompanyId, ItemKey, ModuleKey, Standing, Status, Timestamp};
pub use answer::{Eligibility, FeatureInForce, Source, boundaries};
pub use evaluation::{Candidate, Evaluation, PackageInForce, Stop};
pub use explain::{Asked, Considered, Idle};
pub use shape::Shape;
pub use timeline::{Gained, Moment, timeline};
pub(crate) use version::moving_part;
pub use version::version_at;

/// An add-on that works: owned and in force, or included by a package in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddonInForce {
    /// Its key.
    pub key: ItemKey,
    /// The status of its row, or of the row of the package that includes it.
    pub status: Status,
    /// The start of that row.
    pub starts_at: Option<Timestamp>,
    /// The end of that row.
    pub ends_at: Option<Timestamp>,
}

/// What a company commercially owns at an instant (requirements 004 §15.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlements {
    /// Whose.
    pub company_id: CompanyId,
    /// Whether a package in force enables a base module.
    pub has_basic: bool,
    /// The key of that package.
    pub base_package: Option<ItemKey>,
    /// The add-ons that work, by key.
    pub addons: Vec<AddonInForce>,
    /// The modules enabled, each once, base modules first, then by key.
    pub enabled_modules: Vec<ModuleKey>,
    /// Moves whenever anything above does, and never goes back.
    pub version: u64,
    /// When the answer last changed.
    pub updated_at: Timestamp,
    /// The next instant at which the answer changes by itself; `None` when there is none.
    pub valid_until: Option<Timestamp>,
    /// The instant that was asked for; never before the company's last write, so that a clock that steps back revives nothing.
    pub as_of: Timestamp,
}

/// What the company owns at `now`. Total: it cannot fail, and the same inputs give the same answer until `valid_until`.
pub fn resolve(standing: &Standing, catalog: &Catalog, now: Timestamp) -> Entitlements {
    let evaluation = Evaluation::of(standing, catalog, now);
    let as_of = evaluation.as_of;
    let base_package = evaluation.base_package().cloned();
    let addons = evaluation
        .operative()
        .map(|addon| {
            let (status, window) = evaluation::shown(addon);
            AddonInForce { key: addon.key.clone(), status, starts_at: window.starts_at, ends_at: window.ends_at }
        })
        .collect();
    Entitlements {
        company_id: standing.company_id,
        has_basic: base_package.is_some(),
        base_package,
        addons,
        enabled_modules: evaluation.modules().into_iter().map(|(_, key)| key.clone()).collect(),
        version: version_at(standing, catalog, as_of),
        updated_at: version::updated_at(standing, catalog, as_of),
        valid_until: version::windows(standing).flat_map(|window| window.boundaries()).filter(|at| *at > as_of).min(),
        as_of,
    }
}
