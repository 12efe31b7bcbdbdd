WITH catalog AS MATERIALIZED (
    SELECT gated_generation($1) AS generation
),
item AS MATERIALIZED (
    SELECT given.*
    FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::text[], $7::bigint[], $8::bigint[], $9::text[],
            $45::timestamptz[], $46::text[], $47::timestamptz[], $48::timestamptz[], $52::timestamptz[], $53::bytea[])
        AS given (company_id, seq_before, generation, at, actor, version, version_base, request_id, too_late_at, shape,
            shape_until, last_write_at, next_boundary, head)
    JOIN catalog ON catalog.generation = given.generation
),
made AS (
    INSERT INTO company_entitlement_versions
        (company_id, entitlement_version, updated_at, updated_by, write_seq, version_base, shape, shape_until,
            next_boundary, history_hash)
    SELECT item.company_id, item.version, item.last_write_at, item.actor, 1, item.version_base, item.shape, item.shape_until,
        item.next_boundary, item.head
    FROM item
    WHERE item.seq_before = 0
        AND (item.too_late_at IS NULL OR clock_timestamp() < item.too_late_at)
    ON CONFLICT (company_id) DO NOTHING
    RETURNING company_id
),
moved AS (
    UPDATE company_entitlement_versions AS version
    SET entitlement_version = item.version,
        updated_at = item.last_write_at,
        updated_by = item.actor,
        write_seq = item.seq_before + 1,
        version_base = item.version_base,
        shape = item.shape,
        shape_until = item.shape_until,
        next_boundary = item.next_boundary,
        history_hash = coalesce(item.head, version.history_hash)
    FROM item
    WHERE version.company_id = item.company_id
        AND version.write_seq = item.seq_before
        AND item.seq_before > 0
        AND (item.too_late_at IS NULL OR clock_timestamp() < item.too_late_at)
    RETURNING version.company_id
),
won AS MATERIALIZED (
    SELECT item.*
    FROM item
    JOIN (SELECT company_id FROM made UNION ALL SELECT company_id FROM moved) AS winner USING (company_id)
),
held AS MATERIALIZED (
    SELECT given.*, won.version
    FROM unnest($10::uuid[], $11::boolean[], $12::text[], $13::text[], $14::timestamptz[], $15::timestamptz[],
            $16::timestamptz[], $17::bigint[], $18::integer[], $19::text[], $20::text[], $21::text[], $22::text[],
            $23::timestamptz[], $24::timestamptz[], $49::timestamptz[], $50::text[], $51::text[], $54::text[])
        AS given (company_id, is_package, key, status, starts_at, ends_at, grace_ends_at, quantity, assigned_revision,
            source, external_reference, created_by, updated_by, created_at, updated_at, trialed_at, paused_from,
            replaces, swept_from)
    JOIN won USING (company_id)
),
subscribed AS (
    INSERT INTO company_subscriptions AS own
        (company_id, package_id, status, starts_at, ends_at, grace_ends_at, quantity, assigned_revision, source,
            external_reference, entitlement_version, created_by, updated_by, created_at, updated_at, trialed_at, paused_from,
            replaces, swept_from)
    SELECT held.company_id, package.id, held.status, held.starts_at, held.ends_at, held.grace_ends_at, held.quantity,
        held.assigned_revision, held.source, held.external_reference, held.version, held.created_by,
        held.updated_by, held.created_at, held.updated_at, held.trialed_at, held.paused_from, held.replaces::jsonb,
        held.swept_from
    FROM held
    JOIN packages AS package ON package.key = held.key
    WHERE held.is_package
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
        created_at = excluded.created_at,
        updated_by = excluded.updated_by,
        updated_at = excluded.updated_at,
        trialed_at = excluded.trialed_at,
        paused_from = excluded.paused_from,
        replaces = excluded.replaces,
        swept_from = excluded.swept_from
),
extended AS (
    INSERT INTO company_addons AS own
        (company_id, addon_id, status, starts_at, ends_at, grace_ends_at, quantity, assigned_revision, source,
            external_reference, created_by, updated_by, created_at, updated_at, trialed_at, paused_from,
            replaces, swept_from)
    SELECT held.company_id, addon.id, held.status, held.starts_at, held.ends_at, held.grace_ends_at, held.quantity,
        held.assigned_revision, held.source, held.external_reference, held.created_by, held.updated_by,
        held.created_at, held.updated_at, held.trialed_at, held.paused_from, held.replaces::jsonb, held.swept_from
    FROM held
    JOIN addons AS addon ON addon.key = held.key
    WHERE NOT held.is_package
    ON CONFLICT (company_id, addon_id) DO UPDATE
    SET status = excluded.status,
        starts_at = excluded.starts_at,
        ends_at = excluded.ends_at,
        grace_ends_at = excluded.grace_ends_at,
        quantity = excluded.quantity,
        assigned_revision = excluded.assigned_revision,
        source = excluded.source,
        external_reference = excluded.external_reference,
        created_by = excluded.created_by,
        created_at = excluded.created_at,
        updated_by = excluded.updated_by,
        updated_at = excluded.updated_at,
        trialed_at = excluded.trialed_at,
        paused_from = excluded.paused_from,
        replaces = excluded.replaces,
        swept_from = excluded.swept_from
),
event AS MATERIALIZED (
    SELECT given.*, won.seq_before + 1 AS write_seq, won.version, won.at, won.actor, won.request_id
    FROM unnest($25::uuid[], $26::uuid[], $27::integer[], $28::text[], $29::text[], $30::text[], $31::text[], $32::text[],
            $33::text[], $34::text[], $35::integer[], $55::bytea[])
        AS given (id, company_id, part, change_type, entity_type, entity_key, previous_status, new_status, payload, source,
            assigned_revision, hash)
    JOIN won USING (company_id)
),
recorded AS (
    INSERT INTO entitlement_history
        (id, company_id, change_type, entity_type, entity_key, previous_status, new_status, payload_json, source,
            changed_by, created_at, write_seq, part, entitlement_version, assigned_revision, request_id, hash)
    SELECT event.id, event.company_id, event.change_type, event.entity_type, event.entity_key, event.previous_status,
        event.new_status, event.payload::jsonb, event.source, event.actor, event.at, event.write_seq, event.part,
        event.version, event.assigned_revision, event.request_id, event.hash
    FROM event
),
told AS (
    INSERT INTO change_feed
        (at, company_id, entitlement_version, change_type, entity_type, entity_key, request_id)
    SELECT event.at, event.company_id, event.version, event.change_type, event.entity_type, event.entity_key,
        event.request_id
    FROM event
    ORDER BY event.company_id, event.part
),
kept AS (
    INSERT INTO idempotency_replies
        (caller, key, request_hash, status, headers, body, created_at, expires_at)
    SELECT given.caller, given.key, given.request_hash, given.status, given.headers::jsonb, given.body, given.created_at,
        given.expires_at
    FROM unnest($36::uuid[], $37::text[], $38::text[], $39::bytea[], $40::integer[], $41::text[], $42::bytea[],
            $43::timestamptz[], $44::timestamptz[])
        AS given (company_id, caller, key, request_hash, status, headers, body, created_at, expires_at)
    LEFT JOIN won ON won.company_id = given.company_id
    WHERE given.company_id IS NULL
        OR won.company_id IS NOT NULL
)
SELECT won.company_id AS "company_id!"
FROM won
