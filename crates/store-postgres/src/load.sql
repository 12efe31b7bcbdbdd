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
    held.source AS "source?",
    held.external_reference AS "external_reference?",
    held.created_by AS "created_by?",
    held.updated_by AS "updated_by?",
    held.updated_at AS "updated_at?",
    held.trialed_at AS "trialed_at?",
    held.paused_from AS "paused_from?",
    held.id AS "id?",
    held.detail AS "detail?",
    held.reason AS "reason?",
    held.remaining AS "remaining?",
    held.lapsed AS "lapsed?",
    version.next_boundary AS "next_boundary?",
    version.history_hash AS "head?"
FROM catalog_state AS state
CROSS JOIN unnest($1::uuid[], $2::integer[]) WITH ORDINALITY AS asked (company_id, credits, place)
LEFT JOIN company_entitlement_versions AS version
    ON version.company_id = asked.company_id
LEFT JOIN LATERAL (
    SELECT 'package' AS what, package.key, coalesce(own.swept_from, own.status) AS status, own.starts_at, own.ends_at, own.grace_ends_at,
        own.quantity, own.assigned_revision, own.created_at,
        own.source, own.external_reference, own.created_by, own.updated_by, own.updated_at, own.trialed_at,
        own.paused_from, NULL::uuid AS id, own.replaces::text AS detail, NULL::text AS reason, NULL::bigint AS remaining,
        own.swept_from IS NOT NULL AS lapsed
    FROM company_subscriptions AS own
    JOIN packages AS package ON package.id = own.package_id
    WHERE own.company_id = version.company_id
    UNION ALL
    SELECT 'addon', addon.key, coalesce(own.swept_from, own.status), own.starts_at, own.ends_at, own.grace_ends_at,
        own.quantity, own.assigned_revision, own.created_at,
        own.source, own.external_reference, own.created_by, own.updated_by, own.updated_at, own.trialed_at,
        own.paused_from, NULL, own.replaces::text, NULL, NULL, own.swept_from IS NOT NULL
    FROM company_addons AS own
    JOIN addons AS addon ON addon.id = own.addon_id
    WHERE own.company_id = version.company_id
    UNION ALL
    SELECT own.granted, own.key, NULL, own.starts_at, own.ends_at, NULL,
        NULL, NULL, own.created_at,
        own.source, NULL, own.created_by, NULL, NULL, NULL,
        NULL, own.id, own.value::text, own.reason, NULL, NULL
    FROM company_grants AS own
    WHERE own.company_id = version.company_id
        AND own.removed_at IS NULL
    UNION ALL
    SELECT 'lot', own.feature_key, NULL, own.starts_at, own.expires_at, NULL,
        own.granted, NULL, own.created_at,
        NULL, own.purchase, NULL, NULL, NULL, NULL,
        NULL, own.id, NULL, NULL, own.remaining, NULL
    FROM credit_lots AS own
    WHERE own.company_id = version.company_id
        AND own.remaining > 0
        AND asked.credits > 0
    UNION ALL
    SELECT 'lot', own.feature_key, NULL, own.starts_at, own.expires_at, NULL,
        own.granted, NULL, own.created_at,
        NULL, own.purchase, NULL, NULL, NULL, NULL,
        NULL, own.id, NULL, NULL, own.remaining, NULL
    FROM credit_lots AS own
    WHERE own.company_id = version.company_id
        AND own.remaining = 0
        AND asked.credits > 1
    UNION ALL
    SELECT 'profile', own.name, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, own.external_references::text, NULL, NULL, NULL
    FROM company_profiles AS own
    WHERE own.company_id = version.company_id
) AS held ON true
