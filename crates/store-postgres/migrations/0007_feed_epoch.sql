-- Version 7: a dump that is put back where it was taken begins another life of the feed, as one that is put elsewhere does: its table is another.
CREATE OR REPLACE FUNCTION feed_epoch(epoch uuid) RETURNS bigint
LANGUAGE sql
STABLE
AS $$
    SELECT hashtextextended(concat_ws(' ', epoch, cluster.system_identifier, own.oid, 'change_feed'::regclass::oid), 0)
    FROM pg_control_system() AS cluster
    CROSS JOIN pg_database AS own
    WHERE own.datname = current_database()
$$;

-- For those who follow the feed themselves it is another life once, now. For webhooks what was told stays told.
UPDATE webhook_cursor
SET epoch = feed_epoch(feed_state.epoch)
FROM feed_state;
