SELECT
    state.epoch AS "epoch!",
    transaction_timestamp() AS "now!",
    state.pruned_xid::text AS "pruned_transaction!",
    state.pruned_seq AS "pruned_seq!",
    $1::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) AS "is_ahead!",
    unsettled.since AS "unsettled_since?",
    entry.feed_xid::text AS "transaction?",
    entry.seq AS "seq?",
    entry.at AS "at?",
    entry.company_id AS "company_id?",
    entry.entitlement_version AS "entitlement_version?",
    entry.change_type AS "change_type?",
    entry.entity_type AS "entity_type?",
    entry.entity_key AS "entity_key?",
    entry.request_id AS "request_id?"
FROM (
    -- Once, not for each entry: it asks the server who it is, which is dearer than an entry.
    SELECT feed_epoch(kept.epoch) AS epoch, kept.pruned_xid, kept.pruned_seq
    FROM feed_state AS kept
    LIMIT 1
) AS state
CROSS JOIN LATERAL (
    SELECT min(change.at) AS since
    FROM change_feed AS change
    WHERE change.feed_xid >= pg_snapshot_xmin(pg_current_snapshot())
        AND change.feed_xid < pg_snapshot_xmax(pg_current_snapshot())
) AS unsettled
LEFT JOIN LATERAL (
    SELECT change.*
    FROM change_feed AS change
    WHERE (change.feed_xid, change.seq) > ($1::text::xid8, $2)
        AND change.feed_xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY change.feed_xid, change.seq
    LIMIT $3
) AS entry ON true
ORDER BY entry.feed_xid, entry.seq
