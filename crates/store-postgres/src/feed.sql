SELECT
    feed_xid::text AS "transaction!",
    seq,
    at,
    company_id,
    entitlement_version,
    change_type,
    entity_type,
    entity_key,
    request_id
FROM change_feed
WHERE (feed_xid, seq) > ($1::text::xid8, $2)
    AND feed_xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY feed_xid, seq
LIMIT $3
