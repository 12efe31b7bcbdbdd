//! What a catalog change would do to the companies there are: counted by shape, so that a million of them take no longer than a look.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use api::response::{ImpactView, MovedView};
use domain::{Catalog, CatalogChange, CompanyId, Impact, Moved, Shape};
use store::{Reshaped, RollOut, StoreError};

use super::Core;

/// How many companies whose stored shape is over are brought up to date at a time.
const STALE_BATCH: u32 = 1_000;

/// Why a plan is not carried out.
pub(super) const PLAN_HAS_MOVED: &str = "what the plan was based on has moved; plan again and look again";

/// So many of the touched companies, the first by identifier, are part of a plan by name; all of them are by their number, shape by shape.
const HASHED_COMPANIES: u32 = 500;

/// Which of the touched companies are to be named.
#[derive(Clone, Debug)]
pub struct Page {
    /// After this one.
    pub after: Option<CompanyId>,
    /// So many.
    pub limit: u32,
}

impl Default for Page {
    fn default() -> Self {
        Self { after: None, limit: 50 }
    }
}

/// What a catalog change does to companies.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// Counted.
    pub impact: Impact,
    /// Some of the companies touched, by identifier.
    pub companies: Vec<CompanyId>,
    /// After which the next ones come; `None` when these are the last.
    pub next: Option<CompanyId>,
    /// Names the plan: the catalog that it was made on, what it changes, and what that does to whom.
    pub hash: String,
}

impl Core {
    /// Weighs a catalog change.
    pub(super) async fn weigh(
        &self,
        before: &Catalog,
        after: &Catalog,
        change: Option<&CatalogChange>,
        page: &Page,
    ) -> Result<Weighed, StoreError> {
        let shapes = self.shapes().await?;
        let impact = Impact::of(before, after, &shapes);
        let what = |text: &mut String| describe(text, change);
        self.weighed(before, impact, &shapes, what, page).await
    }

    /// Weighs moving all holders of an item below a revision to it.
    pub(super) async fn weigh_roll_out(
        &self,
        catalog: &Catalog,
        roll_out: &RollOut,
        page: &Page,
    ) -> Result<Weighed, StoreError> {
        let shapes = self.shapes().await?;
        let RollOut { item, to_revision, only, exclude, percent, .. } = roll_out;
        let impact = Impact::of_roll_out(catalog, item, *to_revision, &shapes);
        let what = |text: &mut String| {
            // Writing to a text cannot fail.
            let _ = write!(text, "{item:?}{to_revision}{only:?}{exclude:?}{percent}");
        };
        self.weighed(catalog, impact, &shapes, what, page).await
    }

    /// Names what is touched, and the plan.
    async fn weighed(
        &self,
        before: &Catalog,
        impact: Impact,
        shapes: &[(Shape, u64)],
        what: impl Fn(&mut String) + Send + Sync,
        page: &Page,
    ) -> Result<Weighed, StoreError> {
        let (mut first, mut companies) = (Vec::new(), Vec::new());
        if !impact.shapes.is_empty() {
            first = self.store.companies_of(&impact.shapes, None, HASHED_COMPANIES).await?;
            companies = self.store.companies_of(&impact.shapes, page.after, page.limit + 1).await?;
        }
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = companies.len() > limit;
        companies.truncate(limit);
        let next = companies.last().copied().filter(|_| more);
        let hash = hash(before, what, &impact, shapes, &first);
        Ok(Weighed { impact, companies, next, hash })
    }

    /// Every shape with the number of its companies, all of them up to date.
    async fn shapes(&self) -> Result<Vec<(Shape, u64)>, StoreError> {
        let census = self.store.census().await?;
        if census.stale == 0 {
            return Ok(census.shapes);
        }
        let mut after = None;
        loop {
            let stale = self.store.stale_standings(after, STALE_BATCH).await?;
            let Some(last) = stale.last() else { break };
            after = Some(last.company_id);
            let reshaped: Vec<Reshaped> = stale
                .iter()
                .map(|standing| {
                    let (shape, until) = Shape::of(standing, census.now.max(standing.last_write_at));
                    Reshaped { company_id: standing.company_id, write_seq: standing.write_seq, shape, until }
                })
                .collect();
            self.store.reshape(&reshaped).await?;
        }
        Ok(self.store.census().await?.shapes)
    }
}

/// What a change is, as far as it is part of a plan: identifiers of new entries are drawn anew each time.
fn describe(text: &mut String, change: Option<&CatalogChange>) {
    // Writing to a text cannot fail.
    for event in change.iter().flat_map(|change| &change.events) {
        text.push_str(&serde_json::to_string(&super::catalog_view::planned_change(event)).unwrap_or_default());
        if let domain::Entry::Item(item) = &event.after {
            let _ = write!(text, "{:?}", item.newest().map(|newest| (newest.number, newest.reach)));
        }
    }
}

/// A plan is what it was based on and what it does.
fn hash(
    before: &Catalog,
    what: impl Fn(&mut String),
    impact: &Impact,
    shapes: &[(Shape, u64)],
    first: &[CompanyId],
) -> String {
    let mut text = format!("{}\n", before.generation);
    what(&mut text);
    let touched: BTreeSet<&str> = impact.shapes.iter().map(Shape::as_str).collect();
    let touched: BTreeMap<&str, u64> = shapes
        .iter()
        .map(|(shape, count)| (shape.as_str(), *count))
        .filter(|(shape, _)| touched.contains(shape))
        .collect();
    // Writing to a text cannot fail.
    let _ = write!(text, "{touched:?}{first:?}");
    // Companies that the change does not concern may come and go.
    let concerned = ImpactView { looked_at: 0, ..counted(impact) };
    text.push_str(&serde_json::to_string(&concerned).unwrap_or_default());
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut name = String::new();
    for byte in digest.as_ref().iter().take(16) {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

fn counted(impact: &Impact) -> ImpactView {
    let view = |moved: &Moved| MovedView { gained: moved.gained, lost: moved.lost, changed: moved.changed };
    ImpactView {
        companies: impact.companies,
        looked_at: impact.looked_at,
        modules: impact.modules.iter().map(|(key, moved)| (key.to_string(), view(moved))).collect(),
        permissions: impact.permissions.iter().map(|(key, moved)| (key.clone(), view(moved))).collect(),
        features: impact.features.iter().map(|(key, moved)| (key.to_string(), view(moved))).collect(),
        addons: impact.addons.iter().map(|(key, moved)| (key.to_string(), view(moved))).collect(),
        company_ids: Vec::new(),
        next_cursor: None,
    }
}

impl Weighed {
    /// On the wire.
    pub fn view(&self) -> ImpactView {
        ImpactView {
            company_ids: self.companies.iter().map(|company| company.uuid()).collect(),
            next_cursor: self.next.map(|company| company.to_string()),
            ..counted(&self.impact)
        }
    }
}
