//! The statements of the floors on PostgreSQL, on the program's own schema: the same work in as few words as SQL allows.

/// A company's whole state in one statement; `$1` is its identifier.
pub const READ: &str = "
    SELECT version.write_seq, version.version_base, version.updated_at, catalog.generation,
           held.kind, held.key, held.status, held.starts_at, held.ends_at
    FROM company_entitlement_versions AS version
    CROSS JOIN catalog_state AS catalog
    CROSS JOIN LATERAL (
        SELECT 'package' AS kind, packages.key, row.status, row.starts_at, row.ends_at
        FROM company_subscriptions AS row
        JOIN packages ON packages.id = row.package_id
        WHERE row.company_id = version.company_id
        UNION ALL
        SELECT 'addon', addons.key, row.status, row.starts_at, row.ends_at
        FROM company_addons AS row
        JOIN addons ON addons.id = row.addon_id
        WHERE row.company_id = version.company_id
    ) AS held
    WHERE version.company_id = $1";

/// A company write in one statement: the version by compare-and-swap, the row, the history, the feed. `$1` is the company, `$2` a text
/// that makes it a change, `$3` the history's payload.
pub const WRITE: &str = "
    WITH known AS (
        SELECT company_id, write_seq
        FROM company_entitlement_versions
        WHERE company_id = $1
    ), bumped AS (
        UPDATE company_entitlement_versions AS version
        SET entitlement_version = version.entitlement_version + 1,
            updated_at = now(),
            updated_by = 'bench',
            write_seq = version.write_seq + 1,
            version_base = version.version_base + 1
        FROM known
        WHERE version.company_id = known.company_id
          AND version.write_seq = known.write_seq
        RETURNING version.company_id, version.write_seq, version.entitlement_version
    ), held AS (
        INSERT INTO company_addons
            (company_id, addon_id, status, source, external_reference, created_by, updated_by, created_at, updated_at)
        SELECT bumped.company_id, addons.id, 'active', 'platform_admin', $2, 'bench', 'bench', now(), now()
        FROM bumped
        JOIN addons ON addons.key = 'finance'
        ON CONFLICT (company_id, addon_id) DO UPDATE
        SET external_reference = excluded.external_reference,
            updated_by = excluded.updated_by,
            updated_at = excluded.updated_at
    ), recorded AS (
        INSERT INTO entitlement_history
            (company_id, change_type, entity_type, entity_key, previous_status, new_status, payload_json, source, changed_by,
             created_at, write_seq, part, entitlement_version, assigned_revision, request_id)
        SELECT company_id, 'addon_updated', 'addon', 'finance', 'active', 'active', $3::jsonb, 'platform_admin', 'bench',
               now(), write_seq, 0, entitlement_version, 1, $2
        FROM bumped
    )
    INSERT INTO change_feed
        (at, company_id, entitlement_version, change_type, entity_type, entity_key, request_id)
    SELECT now(), company_id, entitlement_version, 'addon_updated', 'addon', 'finance', $2
    FROM bumped";

/// What a catalog change would be if every holder's version were stored: the floor of a fan-out.
pub const UPDATE_ALL_VERSIONS: &str = "
    UPDATE company_entitlement_versions
    SET entitlement_version = entitlement_version + 1";

/// pgbench's script for [`READ`] over so many companies.
pub fn read_script(companies: u64) -> String {
    script(companies, READ)
}

/// pgbench's script for [`WRITE`] over so many companies.
pub fn write_script(companies: u64) -> String {
    let number = "lpad(to_hex(:number::bigint), 16, '0')";
    // pgbench takes a colon before a word for a variable, also within quotes.
    let payload = format!("'{}'", super::sqlite_groups::PAYLOAD.replace("\":", "\": "));
    let write = WRITE.replace("$2", number).replace("$3", &payload);
    format!("\\set number random(0, 9223372036854775806)\n{}", script(companies, &write))
}

fn script(companies: u64, statement: &str) -> String {
    let statement = statement.replace("$1", "bench.company(:company)");
    format!("\\set company random(0, {})\n{};\n", companies.saturating_sub(1), statement.trim())
}
