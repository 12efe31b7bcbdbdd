-- Version 4: boundaries that history tells of, and the chain through history. What earlier versions stored keeps its meaning.

-- A row whose end has been written to the history is stored as expired; this is the status that it still counts with.
ALTER TABLE company_subscriptions ADD COLUMN swept_from TEXT CHECK (swept_from IN ('active', 'trial'));
ALTER TABLE company_addons ADD COLUMN swept_from TEXT CHECK (swept_from IN ('active', 'trial'));

-- The first boundary that the history does not tell of; the link of the newest row of the history, and the first write with links. What
-- was written before this version has none.
ALTER TABLE company_entitlement_versions ADD COLUMN next_boundary INTEGER;
ALTER TABLE company_entitlement_versions ADD COLUMN history_hash BLOB CHECK (length(history_hash) = 32);
ALTER TABLE company_entitlement_versions ADD COLUMN chained_from INTEGER NOT NULL DEFAULT 1;
UPDATE company_entitlement_versions
SET chained_from = write_seq + 1;

-- Of what passed before a row was last written its write has told.
UPDATE company_entitlement_versions
SET next_boundary = first.at
FROM (
    SELECT company_id, min(at) AS at
    FROM (
        SELECT company_id, starts_at AS at, starts_at, coalesce(grace_ends_at, ends_at) AS closes_at, updated_at AS written_at
        FROM company_subscriptions
        WHERE status IN ('active', 'trial')
        UNION ALL
        SELECT company_id, coalesce(grace_ends_at, ends_at), starts_at, coalesce(grace_ends_at, ends_at), updated_at
        FROM company_subscriptions
        WHERE status IN ('active', 'trial')
        UNION ALL
        SELECT company_id, starts_at, starts_at, coalesce(grace_ends_at, ends_at), updated_at
        FROM company_addons
        WHERE status IN ('active', 'trial')
        UNION ALL
        SELECT company_id, coalesce(grace_ends_at, ends_at), starts_at, coalesce(grace_ends_at, ends_at), updated_at
        FROM company_addons
        WHERE status IN ('active', 'trial')
        UNION ALL
        SELECT company_id, starts_at, starts_at, ends_at, created_at
        FROM company_grants
        WHERE removed_at IS NULL
        UNION ALL
        SELECT company_id, ends_at, starts_at, ends_at, created_at
        FROM company_grants
        WHERE removed_at IS NULL)
    WHERE at > written_at
        AND (starts_at IS NULL OR closes_at IS NULL OR starts_at < closes_at)
    GROUP BY company_id) AS first
WHERE company_entitlement_versions.company_id = first.company_id;

-- Companies without a boundary ahead are not in it.
CREATE INDEX idx_company_entitlement_versions_next_boundary ON company_entitlement_versions (next_boundary)
    WHERE next_boundary IS NOT NULL;

ALTER TABLE entitlement_history ADD COLUMN hash BLOB CHECK (length(hash) = 32);
ALTER TABLE catalog_history ADD COLUMN hash BLOB CHECK (length(hash) = 32);
ALTER TABLE catalog_state ADD COLUMN history_hash BLOB CHECK (length(history_hash) = 32);
ALTER TABLE catalog_state ADD COLUMN chained_from INTEGER NOT NULL DEFAULT 1;
UPDATE catalog_state
SET chained_from = generation + 1;

CREATE TRIGGER entitlement_history_is_not_changed BEFORE UPDATE ON entitlement_history
BEGIN
    SELECT RAISE(ABORT, 'history is only added to');
END;
CREATE TRIGGER entitlement_history_is_not_deleted BEFORE DELETE ON entitlement_history
BEGIN
    SELECT RAISE(ABORT, 'history is only added to');
END;
CREATE TRIGGER catalog_history_is_not_changed BEFORE UPDATE ON catalog_history
BEGIN
    SELECT RAISE(ABORT, 'history is only added to');
END;
CREATE TRIGGER catalog_history_is_not_deleted BEFORE DELETE ON catalog_history
BEGIN
    SELECT RAISE(ABORT, 'history is only added to');
END;
