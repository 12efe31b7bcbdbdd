WITH settled AS (
    UPDATE webhook_deliveries
    SET status = $4,
        attempts = attempts + 1,
        tries = tries + 1,
        next_attempt_at = now() + make_interval(secs => $5),
        settled_at = CASE WHEN $5::double precision IS NULL THEN now() END,
        lease = NULL
    WHERE id = $1
        AND endpoint_id = $2
        AND lease = $3
    RETURNING attempts
),
logged AS (
    INSERT INTO webhook_attempts (delivery_id, number, at, took_ms, status, error, excerpt, version)
    SELECT $1, attempts, $6, $7, $8, $9, $10, $11
    FROM settled
),
before AS MATERIALIZED (
    SELECT failing_since, disabled_at
    FROM webhook_endpoints
    WHERE id = $2
        AND EXISTS (SELECT FROM settled)
    FOR UPDATE
),
judged AS MATERIALIZED (
    SELECT failing_since,
        CASE
            WHEN $12 = 'delivered' AND failing_since IS NOT NULL THEN 'recovered'
            WHEN $12 = 'delivered' OR disabled_at IS NOT NULL THEN NULL
            WHEN $12 = 'gone' THEN 'gone'
            WHEN coalesce(failing_since, now()) <= now() - make_interval(secs => $13) THEN 'failing'
            WHEN failing_since IS NULL THEN 'began'
        END AS turn
    FROM before
),
turned AS (
    UPDATE webhook_endpoints AS endpoint
    SET failing_since = CASE WHEN judged.turn <> 'recovered' THEN coalesce(judged.failing_since, now()) END,
        disabled_reason = CASE WHEN judged.turn IN ('gone', 'failing') THEN judged.turn ELSE disabled_reason END,
        disabled_at = CASE WHEN judged.turn IN ('gone', 'failing') THEN now() ELSE disabled_at END,
        step = step + 1
    FROM judged
    WHERE endpoint.id = $2
        AND judged.turn IS NOT NULL
)
SELECT
    EXISTS (SELECT FROM settled) AS "is_settled!",
    (SELECT turn FROM judged) AS turn
