WITH held AS (
    SELECT entity_type, entity_key, assigned_revision, created_at AS held_from,
        -- What the row counts as: one that is recorded as over shows as expired and counts as it did.
        coalesce(payload_json -> 'after' ->> 'status', new_status) AS status,
        lead(created_at) OVER (PARTITION BY entity_type, entity_key ORDER BY created_at, write_seq, part) AS held_until
    FROM entitlement_history
    WHERE company_id = $1
        AND assigned_revision IS NOT NULL
),
reached AS (
    SELECT DISTINCT reach.generation
    FROM held
    JOIN catalog_reach AS reach
        ON reach.entity_type = held.entity_type
        AND reach.entity_key = held.entity_key
        AND reach.created_at >= held.held_from
        AND (held.held_until IS NULL OR reach.created_at < held.held_until)
        AND held.assigned_revision BETWEEN reach.assigned_from AND reach.assigned_to
    WHERE held.status IN ('active', 'trial')
        AND reach.created_at <= $2
    UNION
    SELECT reach.generation
    FROM company_grants AS given
    JOIN catalog_reach AS reach
        ON reach.entity_type = given.granted
        AND reach.entity_key = given.key
        AND reach.created_at >= given.created_at
        AND (given.removed_at IS NULL OR reach.created_at < given.removed_at)
    WHERE given.company_id = $1
        AND reach.created_at <= $2
),
entry AS (
    (SELECT id, created_at, 1 AS source_rank, write_seq AS number, part, entitlement_version, change_type, entity_type,
        entity_key, previous_status, new_status, source, changed_by, request_id
    FROM entitlement_history
    WHERE company_id = $1
        AND created_at <= $2
        AND (created_at, 1, write_seq, part) < ($2, $3::integer, $4::bigint, $5::integer)
    ORDER BY created_at DESC, write_seq DESC, part DESC
    LIMIT $6)
    UNION ALL
    SELECT change.id, change.created_at, 0, change.generation, change.part, NULL, change.change_type, change.entity_type,
        change.entity_key, NULL, NULL, NULL, change.changed_by, change.request_id
    FROM reached
    JOIN catalog_history AS change ON change.generation = reached.generation
    WHERE (change.created_at, 0, change.generation, change.part) < ($2, $3::integer, $4::bigint, $5::integer)
)
SELECT
    entry.id AS "id?",
    entry.created_at AS "created_at?",
    entry.source_rank AS "source_rank?",
    entry.number AS "number?",
    entry.part AS "part?",
    entry.entitlement_version AS "entitlement_version?",
    entry.change_type AS "change_type?",
    entry.entity_type AS "entity_type?",
    entry.entity_key AS "entity_key?",
    entry.previous_status AS "previous_status?",
    entry.new_status AS "new_status?",
    entry.source AS "source?",
    entry.changed_by AS "changed_by?",
    entry.request_id AS "request_id?"
FROM company_entitlement_versions AS company
LEFT JOIN entry ON true
WHERE company.company_id = $1
ORDER BY entry.created_at DESC, entry.source_rank DESC, entry.number DESC, entry.part DESC
LIMIT $6
