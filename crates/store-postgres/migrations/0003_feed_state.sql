-- Version 3: which life of the database the feed's positions belong to, and up to where the feed was pruned. After a restore to an
-- earlier point draw another epoch, so that whoever followed the feed before it learns that it must load everything again.
CREATE TABLE feed_state (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch      uuid    NOT NULL DEFAULT gen_random_uuid(),
    pruned_xid xid8    NOT NULL DEFAULT '0',
    pruned_seq bigint  NOT NULL DEFAULT 0
);

INSERT INTO feed_state DEFAULT VALUES;

-- The epoch of this row, in this database, of this cluster: a copy elsewhere has another.
CREATE FUNCTION feed_epoch(epoch uuid) RETURNS bigint
LANGUAGE sql
STABLE
AS $$
    SELECT hashtextextended(concat_ws(' ', epoch, cluster.system_identifier, own.oid), 0)
    FROM pg_control_system() AS cluster
    CROSS JOIN pg_database AS own
    WHERE own.datname = current_database()
$$;
