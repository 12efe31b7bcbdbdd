//! Storing a company write: rows, version, history, feed and kept reply, in the group's transaction.

use domain::{ChangeSet, CompanyEvent, Holding, ItemKind, Uuid};
use rusqlite::{Connection, params};
use store::{
    Committed, CompanyCommit,
    record::{CompanyPayload, ReplacedRecord},
};

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
        (company_id, write_seq, version_base, entitlement_version, updated_at, updated_by, shape, shape_until)
    VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (company_id) DO NOTHING";

pub(crate) const NEXT_WRITE: &str = "
    UPDATE company_entitlement_versions
    SET write_seq = write_seq + 1,
        version_base = ?2,
        entitlement_version = ?3,
        updated_at = ?4,
        updated_by = ?5,
        shape = ?6,
        shape_until = ?7
    WHERE company_id = ?1
        AND write_seq = ?8";

pub(crate) const PUT_SUBSCRIPTION: &str = "
    INSERT INTO company_subscriptions
        (company_id, package_id, id, status, starts_at, ends_at, grace_ends_at, quantity, assigned_revision,
        source, external_reference, entitlement_version, created_by, updated_by, created_at, updated_at,
        trialed_at, paused_from, replaces)
    SELECT ?1, package.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19
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
        replaces = excluded.replaces";

pub(crate) const PUT_ADDON: &str = "
    INSERT INTO company_addons
        (company_id, addon_id, id, status, starts_at, ends_at, grace_ends_at, quantity, assigned_revision,
        source, external_reference, entitlement_version, created_by, updated_by, created_at, updated_at,
        trialed_at, paused_from, replaces)
    SELECT ?1, addon.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19
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
        replaces = excluded.replaces";

pub(crate) const RECORD: &str = "
    INSERT INTO entitlement_history
        (id, company_id, write_seq, part, entitlement_version, change_type, entity_type, entity_key,
        previous_status, new_status, assigned_revision, payload_json, source, changed_by, request_id, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

/// A company write with everything that can be made ready before it has the writer's attention: all other writes wait meanwhile.
pub(crate) struct Prepared {
    commit: CompanyCommit,
    events: Vec<PreparedEvent>,
}

struct PreparedEvent {
    id: Uuid,
    event: CompanyEvent,
    payload: String,
}

impl Prepared {
    pub(crate) fn of(commit: CompanyCommit) -> Self {
        let events = commit.changes.as_ref().map(ChangeSet::events).unwrap_or_default();
        let prepared = events.into_iter().map(|event| {
            let payload = CompanyPayload::of(&event).to_json();
            PreparedEvent { id: Uuid::new_v4(), event, payload }
        });
        Self { events: prepared.collect(), commit }
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
        if !moves_on(connection, changes)? {
            return Ok(Committed::Raced);
        }
        for change in &changes.holdings {
            put(connection, changes, &change.after)?;
        }
        commit_parts::put(connection, changes)?;
        for (part, event) in (0_u32..).zip(events) {
            record(connection, changes, &commit.request_id, part, event)?;
        }
    }
    replies::keep(connection, commit.reply.as_ref())?;
    Ok(Committed::Done)
}

/// Moves the company's write sequence on, if it still is the one decided on: compare and swap in one statement.
fn moves_on(connection: &Connection, changes: &ChangeSet) -> Result<bool, Failure> {
    let company = changes.company_id.uuid().into_bytes();
    let (version, at) = (stored(changes.version)?, changes.last_write_at.micros());
    let (base, actor) = (changes.version_base, changes.actor.as_str());
    let (shape, until) = (changes.shape.as_str(), changes.shape_until.map(domain::Timestamp::micros));
    let moved = if changes.write_seq_before == 0 {
        connection.prepare_cached(FIRST_WRITE)?.execute((company, base, version, at, actor, shape, until))?
    } else {
        let before = stored(changes.write_seq_before)?;
        connection.prepare_cached(NEXT_WRITE)?.execute((company, base, version, at, actor, shape, until, before))?
    };
    Ok(moved == 1)
}

fn put(connection: &Connection, changes: &ChangeSet, holding: &Holding) -> Result<(), Failure> {
    let Holding { terms, origin, trialed_at, paused_from, replaces } = holding;
    let sql = match terms.item.kind {
        ItemKind::Package => PUT_SUBSCRIPTION,
        ItemKind::Addon => PUT_ADDON,
    };
    let written = connection.prepare_cached(sql)?.execute(params![
        changes.company_id.uuid().into_bytes(),
        terms.item.key.as_str(),
        Uuid::new_v4().into_bytes(),
        terms.status.as_str(),
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
    ])?;
    if written == 1 {
        return Ok(());
    }
    Err(Failure::nonsense(format!("{} `{}` is not in the stored catalog", terms.item.kind.as_str(), terms.item.key)))
}

fn record(
    connection: &Connection,
    changes: &ChangeSet,
    request_id: &str,
    part: u32,
    prepared: &PreparedEvent,
) -> Result<(), Failure> {
    let PreparedEvent { id, event, payload } = prepared;
    let version = stored(changes.version)?;
    connection.prepare_cached(RECORD)?.execute((
        id.into_bytes(),
        changes.company_id.uuid().into_bytes(),
        stored(changes.write_seq_before)? + 1,
        part,
        version,
        event.change_type.as_str(),
        event.entity_type.as_str(),
        event.entity_key.as_deref(),
        event.previous_status().map(domain::Status::as_str),
        event.new_status().map(domain::Status::as_str),
        event.after.as_ref().and_then(domain::Record::assigned_revision),
        payload,
        event.source(),
        changes.actor.as_str(),
        request_id,
        changes.at.micros(),
    ))?;
    feed::append(
        connection,
        &NewEntry {
            at: changes.at,
            company: Some(changes.company_id),
            version,
            change_type: event.change_type,
            entity_type: event.entity_type,
            entity_key: event.entity_key.as_deref(),
            request_id,
        },
    )
}
