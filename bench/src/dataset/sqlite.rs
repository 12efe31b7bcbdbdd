//! The companies in the embedded store: one transaction, in the order of the tables' keys, so that every page is written once.

use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::{ENDS_AT_US, STARTS_AT_US, addons_of, company_bytes, spread};
use crate::Outcome;

const INSERT_VERSION: &str = "
    INSERT INTO company_entitlement_versions
        (company_id, write_seq, version_base, entitlement_version, updated_at, updated_by, shape, shape_until)
    VALUES (?1, 1, ?2, 1, ?3, 'bench', ?4, ?5)";

const INSERT_PACKAGE: &str = "
    INSERT INTO company_subscriptions
        (company_id, package_id, id, status, starts_at, ends_at, quantity, assigned_revision, source, external_reference,
         created_by, updated_by, created_at, updated_at)
    SELECT ?1, id, randomblob(16), 'active', ?2, ?3, 1, 1, 'platform_admin', 'sub_0000000000000000', 'bench', 'bench', ?2, ?2
    FROM packages
    WHERE key = 'basic'";

const INSERT_ADDON: &str = "
    INSERT INTO company_addons
        (company_id, addon_id, id, status, starts_at, ends_at, quantity, assigned_revision, source, external_reference,
         created_by, updated_by, created_at, updated_at)
    VALUES (?1, ?2, randomblob(16), 'active', ?3, ?4, 1, 1, 'platform_admin', 'sub_0000000000000000', 'bench', 'bench', ?3, ?3)";

/// The epochs of what a company holds, which its version counts.
const EPOCHS: &str = "
    SELECT (SELECT COALESCE(SUM(epoch), 0) FROM package_revisions JOIN packages ON id = package_id WHERE key = 'basic')
         + (SELECT COALESCE(SUM(epoch), 0) FROM addon_revisions JOIN addons ON id = addon_id WHERE key IN (?1, ?2, ?3))";

/// Loads the companies into a migrated database that holds the bootstrap catalog.
///
/// # Errors
/// When the database is another one.
pub fn load(database: &Path, companies: u64) -> Outcome<()> {
    let mut connection = Connection::open(database)?;
    // The load itself need not survive a power cut. What is measured opens the file anew, with its own settings.
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "cache_size", -262_144)?;
    let transaction = connection.transaction()?;
    let mut order: Vec<u64> = (0..companies).collect();
    order.sort_unstable_by_key(|company| spread(*company));
    insert_versions(&transaction, &order)?;
    insert_packages(&transaction, &order)?;
    insert_addons(&transaction, &order)?;
    transaction.commit()?;
    connection.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

fn insert_versions(transaction: &Transaction<'_>, order: &[u64]) -> Outcome<()> {
    // Four windows have opened, and each counts; the version is then 1.
    let base = |company| -> Outcome<i64> {
        let epochs: i64 = transaction.query_row(EPOCHS, addons_of(company), |row| row.get(0))?;
        Ok(1 - 4 - epochs)
    };
    let (of_few, of_many) = (base(0)?, base(super::FEW)?);
    let mut insert = transaction.prepare(INSERT_VERSION)?;
    for company in order {
        let (base, shape) =
            if *company < super::FEW { (of_few, super::SHAPE_OF_FEW) } else { (of_many, super::SHAPE_OF_MANY) };
        insert.execute((company_bytes(*company), base, STARTS_AT_US, shape, ENDS_AT_US))?;
    }
    Ok(())
}

fn insert_packages(transaction: &Transaction<'_>, order: &[u64]) -> Outcome<()> {
    let mut insert = transaction.prepare(INSERT_PACKAGE)?;
    for company in order {
        if insert.execute((company_bytes(*company), STARTS_AT_US, ENDS_AT_US))? != 1 {
            return Err("the catalog has no package `basic`".into());
        }
    }
    Ok(())
}

fn insert_addons(transaction: &Transaction<'_>, order: &[u64]) -> Outcome<()> {
    let id_of = |key| {
        let id = transaction.query_row("SELECT id FROM addons WHERE key = ?1", [key], |row| row.get(0));
        id.map_err(|error| format!("add-on `{key}`: {error}"))
    };
    let sorted = |company| -> Outcome<Vec<Vec<u8>>> {
        let mut ids = addons_of(company).into_iter().map(id_of).collect::<Result<Vec<_>, _>>()?;
        ids.sort_unstable();
        Ok(ids)
    };
    let (of_few, of_many) = (sorted(0)?, sorted(super::FEW)?);
    let mut insert = transaction.prepare(INSERT_ADDON)?;
    for company in order {
        let addons = if *company < super::FEW { &of_few } else { &of_many };
        for addon in addons {
            insert.execute((company_bytes(*company), addon, STARTS_AT_US, ENDS_AT_US))?;
        }
    }
    Ok(())
}
