//! Company writes as columns: one array for each column of each table.

use domain::{ChangeSet, Holding, ItemKind, Status, Text, Timestamp, Uuid};
use store::{CompanyCommit, CompanyLine, StoredReply, chain::Hash, company_lines, record::ReplacedRecord};

use crate::{instant::Instant, replies::headers_json, shape::column};

/// A batch, column by column.
#[derive(Default)]
pub(crate) struct Columns<'a> {
    pub(crate) items: Items<'a>,
    pub(crate) rows: Rows<'a>,
    pub(crate) events: Events,
    pub(crate) replies: Replies<'a>,
}

/// One entry for each company.
#[derive(Default)]
pub(crate) struct Items<'a> {
    pub(crate) companies: Vec<Uuid>,
    pub(crate) seqs_before: Vec<i64>,
    pub(crate) generations: Vec<i64>,
    pub(crate) ats: Vec<Instant>,
    pub(crate) actors: Vec<&'a str>,
    pub(crate) versions: Vec<i64>,
    pub(crate) version_bases: Vec<i64>,
    pub(crate) request_ids: Vec<&'a str>,
    pub(crate) too_late_at: Vec<Option<Instant>>,
    pub(crate) shapes: Vec<&'a str>,
    pub(crate) shapes_until: Vec<Option<Instant>>,
    pub(crate) last_write_ats: Vec<Instant>,
    pub(crate) next_boundaries: Vec<Option<Instant>>,
    /// The links of the newest rows of history, afterwards.
    pub(crate) heads: Vec<Option<Vec<u8>>>,
}

/// One entry for each package or add-on row made or changed.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    pub(crate) companies: Vec<Uuid>,
    pub(crate) are_packages: Vec<bool>,
    pub(crate) keys: Vec<&'a str>,
    pub(crate) statuses: Vec<&'static str>,
    pub(crate) starts: Vec<Option<Instant>>,
    pub(crate) ends: Vec<Option<Instant>>,
    pub(crate) grace_ends: Vec<Option<Instant>>,
    pub(crate) quantities: Vec<i64>,
    pub(crate) assigned_revisions: Vec<i32>,
    pub(crate) sources: Vec<Option<&'a str>>,
    pub(crate) external_references: Vec<Option<&'a str>>,
    pub(crate) created_by: Vec<&'a str>,
    pub(crate) updated_by: Vec<&'a str>,
    pub(crate) created_at: Vec<Instant>,
    pub(crate) updated_at: Vec<Instant>,
    pub(crate) trialed_at: Vec<Option<Instant>>,
    pub(crate) paused_from: Vec<Option<&'static str>>,
    pub(crate) replaces: Vec<Option<String>>,
    pub(crate) swept_from: Vec<Option<&'static str>>,
}

/// One entry for each history and feed row.
#[derive(Default)]
pub(crate) struct Events {
    pub(crate) ids: Vec<Uuid>,
    pub(crate) companies: Vec<Uuid>,
    pub(crate) parts: Vec<i32>,
    pub(crate) change_types: Vec<String>,
    pub(crate) entity_types: Vec<String>,
    pub(crate) entity_keys: Vec<Option<String>>,
    pub(crate) previous_statuses: Vec<Option<String>>,
    pub(crate) new_statuses: Vec<Option<String>>,
    pub(crate) payloads: Vec<String>,
    pub(crate) sources: Vec<Option<String>>,
    pub(crate) assigned_revisions: Vec<Option<i32>>,
    pub(crate) hashes: Vec<Option<Vec<u8>>>,
}

/// One entry for each kept reply; without a company when it stands for no change.
#[derive(Default)]
pub(crate) struct Replies<'a> {
    pub(crate) companies: Vec<Option<Uuid>>,
    pub(crate) callers: Vec<&'a str>,
    pub(crate) keys: Vec<&'a str>,
    pub(crate) request_hashes: Vec<&'a [u8]>,
    pub(crate) statuses: Vec<i32>,
    pub(crate) headers: Vec<String>,
    pub(crate) bodies: Vec<&'a [u8]>,
    pub(crate) created_at: Vec<Instant>,
    pub(crate) expires_at: Vec<Instant>,
}

impl<'a> Columns<'a> {
    /// The columns of a batch, companies in the order of their ids: two batches that meet in several companies then lock them in one
    /// order.
    pub(crate) fn of(commits: &[&'a CompanyCommit]) -> Result<Self, sqlx::Error> {
        let mut columns = Self::default();
        let mut commits = commits.to_vec();
        commits.sort_by_key(|commit| commit.changes.as_ref().map(|changes| changes.company_id));
        for commit in commits {
            if let Some(changes) = &commit.changes {
                let lines = company_lines(changes, &commit.request_id, commit.head, Uuid::now_v7);
                columns.items.push(changes, commit, lines.last().and_then(|line| line.hash))?;
                for change in &changes.holdings {
                    columns.rows.push(changes, &change.after)?;
                }
                for line in lines {
                    columns.events.push(line)?;
                }
            }
            if let Some(reply) = &commit.reply {
                let company = commit.changes.as_ref().map(|changes| changes.company_id.uuid());
                columns.replies.push(company, reply);
            }
        }
        Ok(columns)
    }
}

impl<'a> Items<'a> {
    fn push(
        &mut self,
        changes: &'a ChangeSet,
        commit: &'a CompanyCommit,
        head: Option<Hash>,
    ) -> Result<(), sqlx::Error> {
        self.companies.push(changes.company_id.uuid());
        self.seqs_before.push(column(changes.write_seq_before)?);
        self.generations.push(column(changes.generation)?);
        self.ats.push(Instant(changes.at));
        self.actors.push(changes.actor.as_str());
        self.versions.push(column(changes.version)?);
        self.version_bases.push(changes.version_base);
        self.request_ids.push(&commit.request_id);
        self.too_late_at.push(commit.too_late_at.map(Instant));
        self.shapes.push(changes.shape.as_str());
        self.shapes_until.push(changes.shape_until.map(Instant));
        self.last_write_ats.push(Instant(changes.last_write_at));
        self.next_boundaries.push(changes.next_boundary.map(Instant));
        self.heads.push(head.map(|head| head.to_vec()));
        Ok(())
    }
}

impl<'a> Rows<'a> {
    fn push(&mut self, changes: &ChangeSet, holding: &'a Holding) -> Result<(), sqlx::Error> {
        let Holding { terms, origin, trialed_at, paused_from, replaces, lapsed: _ } = holding;
        let shown = holding.shown_status();
        let instant = |instant: Option<Timestamp>| instant.map(Instant);
        self.companies.push(changes.company_id.uuid());
        self.are_packages.push(terms.item.kind == ItemKind::Package);
        self.keys.push(terms.item.key.as_str());
        self.statuses.push(shown.as_str());
        self.swept_from.push((shown != terms.status).then(|| terms.status.as_str()));
        self.starts.push(instant(terms.window.starts_at));
        self.ends.push(instant(terms.window.ends_at));
        self.grace_ends.push(instant(terms.window.grace_ends_at));
        self.quantities.push(i64::from(terms.quantity));
        self.assigned_revisions.push(column(terms.assigned_revision)?);
        self.sources.push(origin.source.as_ref().map(Text::as_str));
        self.external_references.push(origin.external_reference.as_ref().map(Text::as_str));
        self.created_by.push(origin.created_by.as_str());
        self.updated_by.push(origin.updated_by.as_str());
        self.created_at.push(Instant(terms.created_at));
        self.updated_at.push(Instant(origin.updated_at));
        self.trialed_at.push(instant(*trialed_at));
        self.paused_from.push(paused_from.map(Status::as_str));
        self.replaces.push(replaces.as_ref().map(|replaced| ReplacedRecord::of(replaced).to_json()));
        Ok(())
    }
}

impl Events {
    fn push(&mut self, line: CompanyLine) -> Result<(), sqlx::Error> {
        self.ids.push(line.id);
        self.companies.push(line.company_id.uuid());
        self.parts.push(column(line.part)?);
        self.change_types.push(line.change_type);
        self.entity_types.push(line.entity_type);
        self.previous_statuses.push(line.previous_status);
        self.new_statuses.push(line.new_status);
        self.payloads.push(line.payload);
        self.sources.push(line.source);
        self.assigned_revisions.push(line.assigned_revision.map(column).transpose()?);
        self.entity_keys.push(line.entity_key);
        self.hashes.push(line.hash.map(|hash| hash.to_vec()));
        Ok(())
    }
}

impl<'a> Replies<'a> {
    fn push(&mut self, company: Option<Uuid>, reply: &'a StoredReply) {
        self.companies.push(company);
        self.callers.push(&reply.key.caller);
        self.keys.push(&reply.key.key);
        self.request_hashes.push(&reply.request_hash);
        self.statuses.push(i32::from(reply.status));
        self.headers.push(headers_json(&reply.headers));
        self.bodies.push(&reply.body);
        self.created_at.push(Instant(reply.created_at));
        self.expires_at.push(Instant(reply.expires_at()));
    }
}
