//! What a catalog change would do to the companies there are: counted by shape, so that a million of them take no longer than a look.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use api::response::{ImpactView, MovedView};
use domain::{Catalog, CatalogChange, CompanyId, Impact, Moved, Shape, Standing, Timestamp};
use store::{Census, Reshaped, RollOut, StoreError, mark};

use super::Core;

/// How many companies whose stored shape is over are brought up to date at a time.
const STALE_BATCH: u32 = 1_000;

/// Why a plan is not carried out.
pub(super) const PLAN_HAS_MOVED: &str = "what the plan was based on has moved; plan again and look again";

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
        let census = self.fresh_census().await?;
        let impact = Impact::of(before, after, &census.shapes);
        let mut what = String::new();
        describe(&mut what, change);
        let companies = self.touched(&impact, page).await?;
        Ok(Weighed::of(before, impact, &census, &what, companies, page))
    }

    /// Weighs a roll-out: what it does to those whom it names and takes, or else to all holders below the revision.
    pub(super) async fn weigh_roll_out(
        &self,
        catalog: &Catalog,
        roll_out: &RollOut,
        page: &Page,
    ) -> Result<Weighed, StoreError> {
        let RollOut { item, to_revision, only, exclude, percent, .. } = roll_out;
        let what = format!("{item:?}{to_revision}{only:?}{exclude:?}{percent}");
        let Some(named) = only else {
            let census = self.fresh_census().await?;
            let impact = Impact::of_roll_out(catalog, item, *to_revision, &census.shapes);
            let companies = self.touched(&impact, page).await?;
            return Ok(Weighed::of(catalog, impact, &census, &what, companies, page));
        };
        let taken: Vec<CompanyId> = named.iter().copied().filter(|one| roll_out.is_for(*one)).collect();
        let now = self.store.ready().await?;
        let shape_of = |standing: &Standing| Shape::of(standing, now.max(standing.last_write_at)).0;
        let holders = self.holders_among(item, &taken).await?;
        let shaped: Vec<(CompanyId, Shape)> =
            holders.iter().map(|(one, standing)| (*one, shape_of(standing))).collect();
        let census = counted_by_shape(&shaped, now, catalog.generation);
        let impact = Impact::of_roll_out(catalog, item, *to_revision, &census.shapes);
        let touched =
            shaped.into_iter().filter(|(one, shape)| Some(*one) > page.after && impact.shapes.contains(shape));
        let companies = touched.map(|(one, _)| one).take(asked_for(page)).collect();
        Ok(Weighed::of(catalog, impact, &census, &what, companies, page))
    }

    /// The companies that are to be named, and one more if there are more.
    async fn touched(&self, impact: &Impact, page: &Page) -> Result<Vec<CompanyId>, StoreError> {
        if impact.shapes.is_empty() {
            return Ok(Vec::new());
        }
        self.store.companies_of(&impact.shapes, page.after, page.limit + 1).await
    }

    /// Every shape with the number of its companies, all of them up to date.
    async fn fresh_census(&self) -> Result<Census, StoreError> {
        let census = self.store.census().await?;
        if census.stale == 0 {
            return Ok(census);
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
        self.store.census().await
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

/// The census of companies that are known one by one.
fn counted_by_shape(companies: &[(CompanyId, Shape)], now: Timestamp, generation: u64) -> Census {
    let mut counts: BTreeMap<&Shape, (u64, u64)> = BTreeMap::new();
    for (company, shape) in companies {
        let (count, digest) = counts.entry(shape).or_default();
        (*count, *digest) = (*count + 1, *digest ^ mark(*company));
    }
    let counted = counts.into_iter().map(|(shape, (count, digest))| (shape.clone(), count, digest)).collect();
    Census::of(now, generation, 0, counted)
}

/// How many companies are read to name those that are asked for and know whether there are more.
fn asked_for(page: &Page) -> usize {
    usize::try_from(page.limit).map_or(usize::MAX, |limit| limit.saturating_add(1))
}

/// A plan is what it was based on and what it does to whom.
fn hash(before: &Catalog, what: &str, impact: &Impact, census: &Census) -> String {
    let touched: BTreeSet<&Shape> = impact.shapes.iter().collect();
    let counts = census.shapes.iter().zip(&census.digests).filter(|((shape, _), _)| touched.contains(shape));
    // Companies that the change does not concern may come and go; of those that it does each counts.
    let whom: Vec<(&str, u64, u64)> =
        counts.map(|((shape, count), digest)| (shape.as_str(), *count, *digest)).collect();
    let concerned = ImpactView { looked_at: 0, ..counted(impact) };
    let concerned = serde_json::to_string(&concerned).unwrap_or_default();
    let text = format!("{}\n{what}{whom:?}{concerned}", before.generation);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut name = String::new();
    for byte in digest.as_ref().iter().take(16) {
        // Writing to a text cannot fail.
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
    /// What a change does, with the companies that are to be named and one more if there are more.
    fn of(
        before: &Catalog,
        impact: Impact,
        census: &Census,
        what: &str,
        mut companies: Vec<CompanyId>,
        page: &Page,
    ) -> Self {
        let more = companies.len() >= asked_for(page);
        companies.truncate(asked_for(page) - 1);
        let next = companies.last().copied().filter(|_| more);
        let hash = hash(before, what, &impact, census);
        Self { impact, companies, next, hash }
    }

    /// On the wire.
    pub fn view(&self) -> ImpactView {
        ImpactView {
            company_ids: self.companies.iter().map(|company| company.uuid()).collect(),
            next_cursor: self.next.map(|company| company.to_string()),
            ..counted(&self.impact)
        }
    }
}
