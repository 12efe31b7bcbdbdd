//! The one statement that stores a batch of company writes.

use std::collections::HashSet;

use domain::{ChangeSet, CompanyId, Uuid};
use sqlx::{Connection, PgConnection};
use store::CompanyCommit;

use crate::{commit_columns::Columns, commit_parts, limits::CATALOG_GATE};

/// Whose write was stored.
pub(crate) struct Won {
    companies: HashSet<Uuid>,
    replies: bool,
}

impl Won {
    /// Nothing was stored.
    pub(crate) fn nobody() -> Self {
        Self { companies: HashSet::new(), replies: false }
    }

    /// Whether the company's write was stored.
    pub(crate) fn has(&self, company: CompanyId) -> bool {
        self.companies.contains(&company.uuid())
    }

    /// Whether replies without a write were stored.
    pub(crate) fn replies(&self) -> bool {
        self.replies
    }
}

/// Stores writes of distinct companies, in one statement that is a transaction of its own. Each company's write is stored whole, if the
/// company still has the write sequence and the catalog the generation that it was decided on, or not at all. A taken reply key fails
/// the whole statement.
///
/// `gated_generation` lets a catalog write through: it waits for those who hold the gate, and whoever comes later waits for it. Then it
/// reads the generation as it is now, not as it was when the statement began.
///
/// What few writes have (grants, credits, a profile) follows in the same transaction, so that the many that have none of it pay nothing.
pub(crate) async fn store_batch(connection: &mut PgConnection, commits: &[&CompanyCommit]) -> Result<Won, sqlx::Error> {
    if !commits.iter().filter_map(|commit| commit.changes.as_ref()).any(commit_parts::has_any) {
        return store_rows(connection, commits).await;
    }
    let mut transaction = connection.begin().await?;
    let won = store_rows(&mut transaction, commits).await?;
    let changes = commits.iter().filter_map(|commit| commit.changes.as_ref());
    let stored: Vec<&ChangeSet> = changes.filter(|changes| won.has(changes.company_id)).collect();
    commit_parts::store(&mut transaction, &stored).await?;
    transaction.commit().await?;
    Ok(won)
}

async fn store_rows(connection: &mut PgConnection, commits: &[&CompanyCommit]) -> Result<Won, sqlx::Error> {
    let Columns { items, rows, events, replies } = Columns::of(commits)?;
    let won = sqlx::query_file_scalar!(
        "src/commit_batch.sql",
        CATALOG_GATE,
        &items.companies,
        &items.seqs_before,
        &items.generations,
        &items.ats as _,
        &items.actors as _,
        &items.versions,
        &items.version_bases,
        &items.request_ids as _,
        &rows.companies,
        &rows.are_packages,
        &rows.keys as _,
        &rows.statuses as _,
        &rows.starts as _,
        &rows.ends as _,
        &rows.grace_ends as _,
        &rows.quantities,
        &rows.assigned_revisions,
        &rows.sources as _,
        &rows.external_references as _,
        &rows.created_by as _,
        &rows.updated_by as _,
        &rows.created_at as _,
        &rows.updated_at as _,
        &events.ids,
        &events.companies,
        &events.parts,
        &events.change_types as _,
        &events.entity_types as _,
        &events.entity_keys as _,
        &events.previous_statuses as _,
        &events.new_statuses as _,
        &events.payloads as _,
        &events.sources as _,
        &events.assigned_revisions as _,
        &replies.companies as _,
        &replies.callers as _,
        &replies.keys as _,
        &replies.request_hashes as _,
        &replies.statuses,
        &replies.headers as _,
        &replies.bodies as _,
        &replies.created_at as _,
        &replies.expires_at as _,
        &items.too_late_at as _,
        &items.shapes as _,
        &items.shapes_until as _,
        &items.last_write_ats as _,
        &rows.trialed_at as _,
        &rows.paused_from as _,
        &rows.replaces as _,
        &items.next_boundaries as _,
        &items.heads as _,
        &rows.swept_from as _,
        &events.hashes as _,
    );
    let companies = won.fetch_all(connection).await?.into_iter().collect();
    Ok(Won { companies, replies: true })
}
