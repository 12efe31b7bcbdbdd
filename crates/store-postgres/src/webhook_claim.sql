WITH due AS MATERIALIZED (
    SELECT own.number
    FROM unnest($1::uuid[], $2::bigint[]) AS wanted (endpoint_id, most)
    JOIN webhook_endpoints AS endpoint ON endpoint.id = wanted.endpoint_id
    CROSS JOIN LATERAL (
        SELECT delivery.number
        FROM webhook_deliveries AS delivery
        WHERE delivery.endpoint_id = wanted.endpoint_id
            AND delivery.next_attempt_at <= now()
        ORDER BY delivery.next_attempt_at, delivery.number
        LIMIT wanted.most
        FOR UPDATE SKIP LOCKED
    ) AS own
    WHERE endpoint.disabled_at IS NULL
)
UPDATE webhook_deliveries AS delivery
SET lease = gen_random_uuid(),
    next_attempt_at = now() + make_interval(secs => $3)
-- An array, so that the few are looked up one by one.
WHERE delivery.number = ANY (ARRAY(SELECT due.number FROM due))
RETURNING delivery.number, id, endpoint_id, event_type, event_at, company_id, version, status, attempts, tries,
    next_attempt_at, created_at, settled_at, lease AS "lease!", now() AS "now!"
