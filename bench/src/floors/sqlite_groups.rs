//! A bare loop over SQLite that commits the rows of a company write in groups, durably, on the program's own schema.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{CachedStatement, Connection};

use crate::Outcome;
use crate::dataset::company_bytes;
use crate::load::Order;
use crate::number::real;

/// Writes in one commit: as many as clients wait in the scenario that it is compared with.
const GROUP: usize = 32;

const UPSERT_ADDON: &str = "
    INSERT INTO company_addons
        (company_id, addon_id, id, status, starts_at, ends_at, quantity, assigned_revision, source, external_reference,
         created_by, updated_by, created_at, updated_at)
    SELECT ?1, id, randomblob(16), 'active', NULL, NULL, 1, 1, 'platform_admin', ?2, 'bench', 'bench', ?3, ?3
    FROM addons
    WHERE key = 'finance'
    ON CONFLICT (company_id, addon_id) DO UPDATE
    SET external_reference = excluded.external_reference,
        updated_by = excluded.updated_by,
        updated_at = excluded.updated_at";

const BUMP_VERSION: &str = "
    UPDATE company_entitlement_versions
    SET write_seq = write_seq + 1,
        version_base = version_base + 1,
        entitlement_version = entitlement_version + 1,
        updated_at = ?2,
        updated_by = 'bench'
    WHERE company_id = ?1
    RETURNING write_seq, entitlement_version";

const INSERT_HISTORY: &str = "
    INSERT INTO entitlement_history
        (id, company_id, write_seq, part, entitlement_version, change_type, entity_type, entity_key, previous_status, new_status,
         assigned_revision, payload_json, source, changed_by, request_id, created_at)
    VALUES (randomblob(16), ?1, ?2, 0, ?3, 'addon_updated', 'addon', 'finance', 'active', 'active', 1, ?4, 'platform_admin', 'bench', ?5, ?6)";

const INSERT_FEED: &str = "
    INSERT INTO change_feed (at, company_id, version, change_type, entity_type, entity_key, request_id)
    VALUES (?1, ?2, ?3, 'addon_updated', 'addon', 'finance', ?4)";

/// The row before and after, as the program keeps it in the history.
pub const PAYLOAD: &str = r#"{"v":1,"before":{"kind":"addon","key":"finance","status":"active","startsAt":1735689600000000,"endsAt":2051222400000000,"graceEndsAt":null,"quantity":1,"assignedRevision":1,"source":"platform_admin","externalReference":"sub_0000000000000000","createdBy":"bench","updatedBy":"bench","createdAt":1735689600000000,"updatedAt":1735689600000000},"after":{"kind":"addon","key":"finance","status":"active","startsAt":1735689600000000,"endsAt":2051222400000000,"graceEndsAt":null,"quantity":1,"assignedRevision":1,"source":"platform_admin","externalReference":"sub_0000000000000001","createdBy":"bench","updatedBy":"bench","createdAt":1735689600000000,"updatedAt":1790000000000000}}"#;

/// Writes for `duration`, in groups; gives writes a second.
///
/// # Errors
/// When the database is another one or somebody else writes it.
pub fn run(database: &Path, companies: u64, duration: Duration, seed: u64) -> Outcome<f64> {
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    let mut statements = Statements::prepare(&connection)?;
    let mut draw = Order::Random { among: 0..companies, seed }.single();
    let begun = Instant::now();
    let mut written = 0;
    while begun.elapsed() < duration {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for (company, number) in draw.by_ref().take(GROUP) {
            statements.write(company, number)?;
        }
        connection.execute_batch("COMMIT")?;
        written += GROUP as u64;
    }
    Ok(real(written) / begun.elapsed().as_secs_f64())
}

struct Statements<'c> {
    upsert: CachedStatement<'c>,
    bump: CachedStatement<'c>,
    history: CachedStatement<'c>,
    feed: CachedStatement<'c>,
}

impl<'c> Statements<'c> {
    fn prepare(connection: &'c Connection) -> Outcome<Self> {
        Ok(Self {
            upsert: connection.prepare_cached(UPSERT_ADDON)?,
            bump: connection.prepare_cached(BUMP_VERSION)?,
            history: connection.prepare_cached(INSERT_HISTORY)?,
            feed: connection.prepare_cached(INSERT_FEED)?,
        })
    }

    fn write(&mut self, company: u64, number: u64) -> Outcome<()> {
        let id = company_bytes(company);
        let reference = format!("{number:016x}");
        let request = format!("{number:032x}");
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
        self.upsert.execute((id, reference, now))?;
        let (write_seq, version): (i64, i64) = self.bump.query_row((id, now), |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.history.execute((id, write_seq, version, PAYLOAD, &request, now))?;
        self.feed.execute((now, id, version, &request))?;
        Ok(())
    }
}
