SELECT
    transaction_timestamp() AS "now!",
    (SELECT max(version) FROM schema_version) AS schema,
    catalog.generation AS "generation!",
    ring.generation AS "key_generation!",
    pg_current_snapshot()::text AS "snapshot!",
    feed.pruned_xid >= pg_snapshot_xmin($1::text::pg_snapshot) AS "is_pruned!",
    written.company_id AS "company_id?",
    written.changes AS "changes?",
    CASE WHEN written.company_id IS NOT NULL THEN (
        SELECT version.write_seq
        FROM company_entitlement_versions AS version
        WHERE version.company_id = written.company_id
    ) END AS "write_seq?"
FROM catalog_state AS catalog
CROSS JOIN api_key_ring AS ring
CROSS JOIN feed_state AS feed
LEFT JOIN LATERAL (
    SELECT recent.company_id, count(*) AS changes
    FROM (
        SELECT change.company_id
        FROM change_feed AS change
        WHERE change.feed_xid >= pg_snapshot_xmin($1::text::pg_snapshot)
            AND change.feed_xid < pg_snapshot_xmax(pg_current_snapshot())
            AND NOT pg_visible_in_snapshot(change.feed_xid, $1::text::pg_snapshot)
        ORDER BY change.feed_xid, change.seq
        LIMIT $2
    ) AS recent
    GROUP BY recent.company_id
) AS written ON true
