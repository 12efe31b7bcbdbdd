-- Schema version 4: boundaries that history tells of, the chain through history, and what the service may do. What earlier
-- versions stored keeps its meaning.
-- With ten million companies the two UPDATEs and the index lock company_entitlement_versions for some minutes: stop the nodes meanwhile.
-- Forward only: a migration that was released is never edited.

-- A row whose end has been written to the history is stored as expired; this is the status that it still counts with.
ALTER TABLE company_subscriptions
    ADD COLUMN swept_from text CHECK (swept_from IN ('active', 'trial'));

ALTER TABLE company_addons
    ADD COLUMN swept_from text CHECK (swept_from IN ('active', 'trial'));

-- The first boundary that the history does not tell of; the link of the newest row of the history, and the first write with links. What
-- was written before this version has none.
ALTER TABLE company_entitlement_versions
    ADD COLUMN next_boundary timestamptz,
    ADD COLUMN history_hash  bytea       CHECK (length(history_hash) = 32),
    ADD COLUMN chained_from  bigint      NOT NULL DEFAULT 1;

UPDATE company_entitlement_versions
SET chained_from = write_seq + 1;

-- Of what passed before a row was last written its write has told.
UPDATE company_entitlement_versions AS version
SET next_boundary = first.at
FROM (
    SELECT own.company_id, min(boundary.at) AS at
    FROM (
        SELECT company_id, starts_at, coalesce(grace_ends_at, ends_at) AS closes_at, updated_at AS written_at
        FROM company_subscriptions
        WHERE status IN ('active', 'trial')
        UNION ALL
        SELECT company_id, starts_at, coalesce(grace_ends_at, ends_at), updated_at
        FROM company_addons
        WHERE status IN ('active', 'trial')
        UNION ALL
        SELECT company_id, starts_at, ends_at, created_at
        FROM company_grants
        WHERE removed_at IS NULL
    ) AS own
    CROSS JOIN LATERAL unnest(ARRAY[own.starts_at, own.closes_at]) AS boundary (at)
    WHERE boundary.at > own.written_at
        AND (own.starts_at IS NULL OR own.closes_at IS NULL OR own.starts_at < own.closes_at)
    GROUP BY own.company_id
) AS first
WHERE version.company_id = first.company_id;

-- Companies without a boundary ahead are not in it, and a write that moves no boundary need not touch it.
CREATE INDEX idx_company_entitlement_versions_next_boundary ON company_entitlement_versions (next_boundary)
    WHERE next_boundary IS NOT NULL;

ALTER TABLE entitlement_history
    ADD COLUMN hash bytea CHECK (length(hash) = 32);

ALTER TABLE catalog_history
    ADD COLUMN hash bytea CHECK (length(hash) = 32);

ALTER TABLE catalog_state
    ADD COLUMN history_hash bytea  CHECK (length(history_hash) = 32),
    ADD COLUMN chained_from bigint NOT NULL DEFAULT 1;

UPDATE catalog_state
SET chained_from = generation + 1;

-- History is only added to, whoever asks. Once for each statement, so that adding to it pays nothing.
CREATE FUNCTION refuse_to_change_history() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'history is only added to: % of % is refused', TG_OP, TG_TABLE_NAME;
END
$$;

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON entitlement_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON catalog_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON catalog_reach
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();

-- Gives what the service connects as what it needs, and nothing else: of history and ledger to read and to add, of the schema's version to
-- read. Whoever could change history all the same (the tables' owner, a superuser) is refused.
CREATE FUNCTION grant_service(service name) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    own record;
    rights text;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), service);
    FOR own IN
        SELECT class.oid AS id, class.relname AS name, pg_get_userbyid(class.relowner) AS owner,
            class.relname IN ('entitlement_history', 'catalog_history', 'catalog_reach', 'credit_ledger') AS is_only_added_to
        FROM pg_class AS class
        WHERE class.relnamespace = current_schema()::regnamespace
            AND class.relkind IN ('r', 'p')
    LOOP
        IF own.owner = service THEN
            RAISE EXCEPTION '% owns %, and an owner may do everything: name another one of its own for the service', service, own.name;
        END IF;
        rights := CASE
            WHEN own.is_only_added_to THEN 'SELECT, INSERT'
            WHEN own.name = 'schema_version' THEN 'SELECT'
            ELSE 'SELECT, INSERT, UPDATE, DELETE'
        END;
        EXECUTE format('REVOKE ALL ON %I.%I FROM %I', current_schema(), own.name, service);
        EXECUTE format('GRANT %s ON %I.%I TO %I', rights, current_schema(), own.name, service);
        IF own.is_only_added_to AND has_table_privilege(service, own.id, 'UPDATE, DELETE, TRUNCATE') THEN
            RAISE EXCEPTION '% may change % all the same, as a superuser or by belonging to its owner: name another one for the service',
                service, own.name;
        END IF;
    END LOOP;
END
$$;
