//! Storing a company write: rows, version, history, feed and kept reply, in the group's transaction.

use domain::{ChangeSet, CompanyEvent, Holding, ItemKind, Uuid};
use rusqlite::{Connection, params};
use store::{Committed, CompanyCommit, CompanyLine, chain::Hash, company_lines, record::ReplacedRecord};

use crate::{
    column::stored,
    commit_parts,
    failure::Failure,
    feed::{self, NewEntry},
    now::Now,
    replies,
    writer::Group,
};

pub(crate) const FIRST_WRITE: &str = "
    INSERT INTO company_entitlement_versions
        (company_id, write_seq, version_base, entitlement_version, updated_at, updated_by, shape, shape_until, next_boundary,
        history_hash)
    VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (company_id) DO NOTHING";

pub(crate) const NEXT_WRITE: &str = "
    UPDATE company_entitlement_versions
    SET write_seq = write_seq + 1,
        version_base = ?2,
        entitlement_version = ?3,
        updated_at = ?4,
        updated_by = ?5,
        shape = ?6,
        shape_until = ?7,
        next_boundary = ?8,
        history_hash = coalesce(?9, history_hash)
    WHERE company_id = ?1
        AND write_seq = ?10";

pub(crate) const PUT_SUBSCRIPTION: &str = "
    INSERT INTO company_subscriptions
        (company_id, package_id, id, status, starts_at, ends_at, grace_ends_at, quantity, assigned_revision,
        source, external_reference, entitlement_version, created_by, updated_by, created_at, updated_at,
        trialed_at, paused_from, replaces, swept_from)
    SELECT ?1, package.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20
    FROM packages AS package
    WHERE package.key = ?2
    ON CONFLICT (company_id, package_id) DO UPDATE
    SET status = excluded.status,
        starts_at = excluded.starts_at,
        ends_at = excluded.ends_at,
        grace_ends_at = excluded.grace_ends_at,
        quantity = excluded.quantity,
        assigned_revision = excluded.assigned_revision,
        source = excluded.source,
        external_reference = excluded.external_reference,
        entitlement_version = excluded.entitlement_version,
        created_by = excluded.created_by,
        updated_by = excluded.updated_by,
        created_at = excluded.created_at,
        updated_at = excluded.updated_at,
        trialed_at = excluded.trialed_at,
        paused_from = excluded.paused_from,
        replaces = excluded.replaces,
        swept_from = excluded.swept_from";

pub(crate) const PUT_ADDON: &str = "
    INSERT INTO company_addons
        (company_id, addon_id, id, status, starts_at, ends_at, grace_ends_at, quantity, assigned_revision,
        source, external_reference, entitlement_version, created_by, updated_by, created_at, updated_at,
        trialed_at, paused_from, replaces, swept_from)
    SELECT ?1, addon.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20
    FROM addons AS addon
    WHERE addon.key = ?2
    ON CONFLICT (company_id, addon_id) DO UPDATE
    SET status = excluded.status,
        starts_at = excluded.starts_at,
        ends_at = excluded.ends_at,
        grace_ends_at = excluded.grace_ends_at,
        quantity = excluded.quantity,
        assigned_revision = excluded.assigned_revision,
        source = excluded.source,
        external_reference = excluded.external_reference,
        entitlement_version = excluded.entitlement_version,
        created_by = excluded.created_by,
        updated_by = excluded.updated_by,
        created_at = excluded.created_at,
        updated_at = excluded.updated_at,
        trialed_at = excluded.trialed_at,
        paused_from = excluded.paused_from,
        replaces = excluded.replaces,
        swept_from = excluded.swept_from";

pub(crate) const RECORD: &str = "
    INSERT INTO entitlement_history
        (id, company_id, write_seq, part, entitlement_version, change_type, entity_type, entity_key,
        previous_status, new_status, assigned_revision, payload_json, source, changed_by, request_id, created_at, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";

/// A company write with everything that can be made ready before it has the writer's attention: all other writes wait meanwhile.
pub(crate) struct Prepared {
    commit: CompanyCommit,
    events: Vec<PreparedEvent>,
}

struct PreparedEvent {
    event: CompanyEvent,
    line: CompanyLine,
}

impl Prepared {
    pub(crate) fn of(commit: CompanyCommit) -> Self {
        let prepared = commit.changes.iter().flat_map(|changes| {
            let lines = company_lines(changes, &commit.request_id, commit.head, Uuid::new_v4);
            changes.events().into_iter().zip(lines).map(|(event, line)| PreparedEvent { event, line })
        });
        Self { events: prepared.collect(), commit }
    }

    /// The link of the newest row of the history afterwards.
    fn head(&self) -> Option<Hash> {
        self.events.last().and_then(|last| last.line.hash)
    }
}

/// Stores a company write, unless what it was decided on has moved. Every guard stands before the first change.
pub(crate) fn company(group: &Group<'_>, now: &Now, prepared: &Prepared) -> Result<Committed, Failure> {
    let connection = group.connection;
    let Prepared { commit, events } = prepared;
    if commit.changes.as_ref().is_some_and(|changes| changes.generation != group.generation) {
        return Ok(Committed::Raced);
    }
    if commit.changes.is_some() && commit.too_late_at.is_some_and(|too_late_at| now.get() >= too_late_at) {
        return Ok(Committed::Raced);
    }
    if !replies::is_free(connection, now, commit.reply.as_ref())? {
        return Ok(Committed::Raced);
    }
    if let Some(changes) = &commit.changes {
        if !moves_on(connection, changes, prepared.head())? {
            return Ok(Committed::Raced);
        }
        for change in &changes.holdings {
            put(connection, changes, &change.after)?;
        }
        commit_parts::put(connection, changes)?;
        for event in events {
            record(connection, event)?;
        }
    }
    replies::keep(connection, commit.reply.as_ref())?;
    Ok(Committed::Done)
}

/// Moves the company's write sequence on, if it still is the one decided on: compare and swap in one statement.
fn moves_on(connection: &Connection, changes: &ChangeSet, head: Option<Hash>) -> Result<bool, Failure> {
    let company = changes.company_id.uuid().into_bytes();
    let (version, at) = (stored(changes.version)?, changes.last_write_at.micros());
    let (base, actor) = (changes.version_base, changes.actor.as_str());
    let (shape, until) = (changes.shape.as_str(), changes.shape_until.map(domain::Timestamp::micros));
    let next = changes.next_boundary.map(domain::Timestamp::micros);
    let moved = if changes.write_seq_before == 0 {
        let row = (company, base, version, at, actor, shape, until, next, head);
        connection.prepare_cached(FIRST_WRITE)?.execute(row)?
    } else {
        let before = stored(changes.write_seq_before)?;
        let row = (company, base, version, at, actor, shape, until, next, head, before);
        connection.prepare_cached(NEXT_WRITE)?.execute(row)?
    };
    Ok(moved == 1)
}

fn put(connection: &Connection, changes: &ChangeSet, holding: &Holding) -> Result<(), Failure> {
    let Holding { terms, origin, trialed_at, paused_from, replaces, lapsed: _ } = holding;
    let shown = holding.shown_status();
    let sql = match terms.item.kind {
        ItemKind::Package => PUT_SUBSCRIPTION,
        ItemKind::Addon => PUT_ADDON,
    };
    let written = connection.prepare_cached(sql)?.execute(params![
        changes.company_id.uuid().into_bytes(),
        terms.item.key.as_str(),
        Uuid::new_v4().into_bytes(),
        shown.as_str(),
        terms.window.starts_at.map(domain::Timestamp::micros),
        terms.window.ends_at.map(domain::Timestamp::micros),
        terms.window.grace_ends_at.map(domain::Timestamp::micros),
        terms.quantity,
        terms.assigned_revision,
        origin.source.as_ref().map(domain::Text::as_str),
        origin.external_reference.as_ref().map(domain::Text::as_str),
        stored(changes.version)?,
        origin.created_by.as_str(),
        origin.updated_by.as_str(),
        terms.created_at.micros(),
        origin.updated_at.micros(),
        trialed_at.map(domain::Timestamp::micros),
        paused_from.map(domain::Status::as_str),
        replaces.as_ref().map(|replaced| ReplacedRecord::of(replaced).to_json()),
        (shown != terms.status).then(|| terms.status.as_str()),
    ])?;
    if written == 1 {
        return Ok(());
    }
    Err(Failure::nonsense(format!("{} `{}` is not in the stored catalog", terms.item.kind.as_str(), terms.item.key)))
}

fn record(connection: &Connection, prepared: &PreparedEvent) -> Result<(), Failure> {
    let PreparedEvent { event, line } = prepared;
    let version = stored(line.version)?;
    connection.prepare_cached(RECORD)?.execute(params![
        line.id.into_bytes(),
        line.company_id.uuid().into_bytes(),
        stored(line.write_seq)?,
        line.part,
        version,
        line.change_type,
        line.entity_type,
        line.entity_key,
        line.previous_status,
        line.new_status,
        line.assigned_revision,
        line.payload,
        line.source,
        line.changed_by,
        line.request_id,
        line.created_at.micros(),
        line.hash,
    ])?;
    feed::append(
        connection,
        &NewEntry {
            at: line.created_at,
            company: Some(line.company_id),
            version,
            change_type: event.change_type,
            entity_type: event.entity_type,
            entity_key: line.entity_key.as_deref(),
            request_id: line.request_id.as_deref().unwrap_or_default(),
        },
    )
}
