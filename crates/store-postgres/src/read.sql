SELECT
    asked.place AS "place!",
    state.generation AS "generation!",
    transaction_timestamp() AS "now!",
    version.write_seq AS "write_seq?",
    version.version_base AS "version_base?",
    version.updated_at AS "last_write_at?",
    held.what AS "what?",
    held.key AS "key?",
    held.status AS "status?",
    held.starts_at AS "starts_at?",
    held.ends_at AS "ends_at?",
    held.grace_ends_at AS "grace_ends_at?",
    held.quantity AS "quantity?",
    held.assigned_revision AS "assigned_revision?",
    held.created_at AS "created_at?",
    held.grant_id AS "grant_id?",
    held.value AS "value?"
FROM catalog_state AS state
CROSS JOIN unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS asked (company_id, known, place)
LEFT JOIN company_entitlement_versions AS version
    ON version.company_id = asked.company_id
LEFT JOIN LATERAL (
    SELECT 'package' AS what, package.key, coalesce(own.swept_from, own.status) AS status, own.starts_at, own.ends_at, own.grace_ends_at,
        own.quantity, own.assigned_revision, own.created_at, NULL::uuid AS grant_id, NULL::text AS value
    FROM company_subscriptions AS own
    JOIN packages AS package ON package.id = own.package_id
    WHERE own.company_id = version.company_id
        AND version.write_seq IS DISTINCT FROM asked.known
    UNION ALL
    SELECT 'addon', addon.key, coalesce(own.swept_from, own.status), own.starts_at, own.ends_at, own.grace_ends_at,
        own.quantity, own.assigned_revision, own.created_at, NULL, NULL
    FROM company_addons AS own
    JOIN addons AS addon ON addon.id = own.addon_id
    WHERE own.company_id = version.company_id
        AND version.write_seq IS DISTINCT FROM asked.known
    UNION ALL
    SELECT own.granted, own.key, NULL, own.starts_at, own.ends_at, NULL, NULL, NULL, own.created_at, own.id, own.value::text
    FROM company_grants AS own
    WHERE own.company_id = version.company_id
        AND own.removed_at IS NULL
        AND version.write_seq IS DISTINCT FROM asked.known
) AS held ON true
