//! The companies in PostgreSQL: made by the server itself, in the order of the tables' keys.

use throwaway::Cluster;

use super::{FEW, SHAPE_OF_FEW, SHAPE_OF_MANY};
use crate::Outcome;

/// The name of the only database that is made.
pub const DATABASE: &str = "bench";

/// Gives a company's identifier by its number, for the load and for pgbench's scripts.
const COMPANY: &str = "
    CREATE SCHEMA bench;
    CREATE FUNCTION bench.company(number bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (lpad(to_hex((number * 2654435761) & 4294967295), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(number), 12, '0'))::uuid;";

/// Loading need not survive a power cut, and what it writes refers to what is there.
const SESSION: &str = "
    SET synchronous_commit = off;
    SET session_replication_role = replica;
    SET work_mem = '512MB';
    SET maintenance_work_mem = '1GB';";

/// `version_base` makes the version 1: four windows have opened, and the epochs of what is held count.
const VERSIONS: &str = "
    INSERT INTO company_entitlement_versions
        (company_id, entitlement_version, updated_at, updated_by, write_seq, version_base, shape, shape_until)
    SELECT bench.company(n), 1, '2025-01-01Z', 'bench', 1, 1 - 4
         - (SELECT sum(epoch) FROM package_revisions JOIN packages ON id = package_id WHERE key = 'basic')
         - (SELECT sum(epoch) FROM addon_revisions JOIN addons ON id = addon_id WHERE key IN ('finance', 'market'))
         - CASE WHEN n < {few} THEN (SELECT sum(epoch) FROM addon_revisions JOIN addons ON id = addon_id WHERE key = 'ai')
                ELSE (SELECT sum(epoch) FROM addon_revisions JOIN addons ON id = addon_id WHERE key = 'touring') END,
           CASE WHEN n < {few} THEN '{shape_of_few}' ELSE '{shape_of_many}' END, '2035-01-01Z'
    FROM generate_series(0, {last}) AS n
    ORDER BY 1;";

const PACKAGES: &str = "
    INSERT INTO company_subscriptions
        (company_id, package_id, status, starts_at, ends_at, source, external_reference, created_by, updated_by, created_at, updated_at)
    SELECT bench.company(n), packages.id, 'active', '2025-01-01Z', '2035-01-01Z', 'platform_admin', 'sub_0000000000000000',
           'bench', 'bench', '2025-01-01Z', '2025-01-01Z'
    FROM generate_series(0, {last}) AS n
    JOIN packages ON packages.key = 'basic'
    ORDER BY 1;";

const ADDONS: &str = "
    INSERT INTO company_addons
        (company_id, addon_id, status, starts_at, ends_at, source, external_reference, created_by, updated_by, created_at, updated_at)
    SELECT bench.company(n), addons.id, 'active', '2025-01-01Z', '2035-01-01Z', 'platform_admin', 'sub_0000000000000000',
           'bench', 'bench', '2025-01-01Z', '2025-01-01Z'
    FROM generate_series(0, {last}) AS n
    JOIN addons ON addons.key IN ('finance', 'market', CASE WHEN n < {few} THEN 'ai' ELSE 'touring' END)
    ORDER BY 1;";

/// Rows loaded: companies, packages, add-ons.
const COUNTS: &str = "
    SELECT (SELECT count(*) FROM company_entitlement_versions WHERE version_base IS NOT NULL),
           (SELECT count(*) FROM company_subscriptions), (SELECT count(*) FROM company_addons)";

/// Loads the companies into a migrated database that holds the bootstrap catalog.
///
/// # Errors
/// When the database is another one.
pub fn load(cluster: &Cluster, companies: u64) -> Outcome<()> {
    let last = companies.saturating_sub(1);
    let load = [COMPANY, SESSION, VERSIONS, PACKAGES, ADDONS].concat();
    let load = load.replace("{last}", &last.to_string()).replace("{few}", &FEW.to_string());
    let load = load.replace("{shape_of_few}", SHAPE_OF_FEW).replace("{shape_of_many}", SHAPE_OF_MANY);
    cluster.sql(DATABASE, &load)?;
    let counts = cluster.sql(DATABASE, COUNTS)?;
    if counts != format!("{companies}|{companies}|{}", companies * 3) {
        return Err(format!("the catalog lacks what the companies should hold: {counts} rows").into());
    }
    settle(cluster)
}

/// Brings the tables and the disk to rest, so that no round pays for what was done before it.
///
/// # Errors
/// When the server is away.
pub fn settle(cluster: &Cluster) -> Outcome<()> {
    cluster.sql(DATABASE, "VACUUM (ANALYZE)")?;
    cluster.sql(DATABASE, "CHECKPOINT")?;
    Ok(())
}
