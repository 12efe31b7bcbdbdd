-- Schema version 2: what is sold is described whole, rules and revisions included; grants, credits, profiles, shapes, roll-outs and
-- change requests. All of it is beyond 004. What version 1 stored keeps its meaning.
-- Forward only: a migration that was released is never edited.

-- The catalog -----------------------------------------------------------------------------------------------------------------

-- A module of version 1 has its key as the first segment of its permissions.
ALTER TABLE modules
    ADD COLUMN namespace         text,
    ADD COLUMN namespace_aliases text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN aliases           text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN epoch             bigint      NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    ADD COLUMN epoch_grown_at    timestamptz NOT NULL DEFAULT now();

UPDATE modules
SET namespace = key,
    epoch_grown_at = created_at;

ALTER TABLE modules
    ALTER COLUMN namespace SET NOT NULL;

-- `is_active` is derived from the lifecycle. `visibility` and `commercial_type` are what the profile says, for whoever reads with SQL.
ALTER TABLE packages
    ADD COLUMN lifecycle_status text  NOT NULL DEFAULT 'active'
        CHECK (lifecycle_status IN ('draft', 'active', 'inactive', 'deprecated', 'archived')),
    ADD COLUMN visibility       text  NOT NULL DEFAULT 'public'
        CHECK (visibility IN ('public', 'admin_only', 'migration_only', 'internal_only')),
    ADD COLUMN commercial_type  text  CHECK (commercial_type IN ('base', 'vertical', 'premium', 'internal')),
    ADD COLUMN profile_json     jsonb NOT NULL DEFAULT '{"v": 1}';

UPDATE packages
SET lifecycle_status = 'inactive'
WHERE NOT is_active;

ALTER TABLE addons
    ADD COLUMN lifecycle_status text  NOT NULL DEFAULT 'active'
        CHECK (lifecycle_status IN ('draft', 'active', 'inactive', 'deprecated', 'archived')),
    ADD COLUMN visibility       text  NOT NULL DEFAULT 'public'
        CHECK (visibility IN ('public', 'admin_only', 'migration_only', 'internal_only')),
    ADD COLUMN profile_json     jsonb NOT NULL DEFAULT '{"v": 1}';

UPDATE addons
SET lifecycle_status = 'inactive'
WHERE NOT is_active;

CREATE TABLE permissions (
    id          uuid        PRIMARY KEY,
    key         text        NOT NULL UNIQUE,
    module_key  text        NOT NULL,
    description text,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE features (
    id             uuid        PRIMARY KEY,
    key            text        NOT NULL UNIQUE,
    name           text        NOT NULL,
    description    text,
    kind           text        NOT NULL CHECK (kind IN ('toggle', 'limit', 'credit')),
    unit           text,
    combine        text        NOT NULL CHECK (combine IN ('sum', 'max')),
    attributes     jsonb       NOT NULL DEFAULT '{}',
    epoch          bigint      NOT NULL CHECK (epoch >= 0),
    epoch_grown_at timestamptz NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);

ALTER TABLE catalog_state
    ADD COLUMN completeness       text NOT NULL DEFAULT 'lenient' CHECK (completeness IN ('lenient', 'strict')),
    ADD COLUMN pricing_duplicates text NOT NULL DEFAULT 'lenient' CHECK (pricing_duplicates IN ('lenient', 'strict'));

-- A change may tell of several entries, one row each; and it also reaches those who have a grant of a module or feature whose meaning
-- it changed: then the range is 1 to 1.
ALTER TABLE catalog_reach
    DROP CONSTRAINT catalog_reach_generation_fkey,
    DROP CONSTRAINT catalog_reach_entity_type_check,
    ADD CONSTRAINT catalog_reach_entity_type_check CHECK (entity_type IN ('package', 'addon', 'module', 'feature'));

ALTER TABLE catalog_history
    DROP CONSTRAINT catalog_history_pkey,
    ADD COLUMN part integer NOT NULL DEFAULT 0,
    ADD PRIMARY KEY (generation, part);

-- Companies -------------------------------------------------------------------------------------------------------------------

-- When a row first went on trial, as what a paused one entitled before, and what a package that was changed to replaces. History knows
-- of earlier trials; rows that are paused now are taken to have been paid for.
ALTER TABLE company_subscriptions
    ADD COLUMN trialed_at  timestamptz,
    ADD COLUMN paused_from text,
    ADD COLUMN replaces    jsonb;

ALTER TABLE company_addons
    ADD COLUMN trialed_at  timestamptz,
    ADD COLUMN paused_from text,
    ADD COLUMN replaces    jsonb;

UPDATE company_subscriptions
SET paused_from = 'active'
WHERE status = 'paused';

UPDATE company_addons
SET paused_from = 'active'
WHERE status = 'paused';

UPDATE company_subscriptions AS own
SET trialed_at = first.at
FROM (
    SELECT past.company_id, package.id AS package_id, min(past.created_at) AS at
    FROM entitlement_history AS past
    JOIN packages AS package ON package.key = past.entity_key
    WHERE past.entity_type = 'package'
        AND past.new_status = 'trial'
    GROUP BY past.company_id, package.id
) AS first
WHERE own.company_id = first.company_id
    AND own.package_id = first.package_id;

UPDATE company_addons AS own
SET trialed_at = first.at
FROM (
    SELECT past.company_id, addon.id AS addon_id, min(past.created_at) AS at
    FROM entitlement_history AS past
    JOIN addons AS addon ON addon.key = past.entity_key
    WHERE past.entity_type = 'addon'
        AND past.new_status = 'trial'
    GROUP BY past.company_id, addon.id
) AS first
WHERE own.company_id = first.company_id
    AND own.addon_id = first.addon_id;

-- What is in force, as a text, and the first instant at which it may be another; none is never. 1970: not yet computed. Neither has an
-- index: most writes change them, and would then have to write every index of the table.
ALTER TABLE company_entitlement_versions
    ADD COLUMN shape       text        NOT NULL DEFAULT '',
    ADD COLUMN shape_until timestamptz DEFAULT '1970-01-01T00:00:00Z';

-- A grant that was taken away stays, with when: so history knows who had what.
CREATE TABLE company_grants (
    company_id uuid        NOT NULL,
    id         uuid        NOT NULL,
    granted    text        NOT NULL CHECK (granted IN ('module', 'feature')),
    key        text        NOT NULL,
    value      jsonb       NOT NULL,
    starts_at  timestamptz,
    ends_at    timestamptz,
    reason     text        NOT NULL,
    source     text,
    created_by text        NOT NULL,
    created_at timestamptz NOT NULL,
    removed_at timestamptz,
    PRIMARY KEY (company_id, id)
);

CREATE INDEX idx_company_grants_live ON company_grants (company_id) WHERE removed_at IS NULL;

-- A purchase gives its credits once, whatever is retried.
CREATE TABLE credit_lots (
    company_id  uuid        NOT NULL,
    id          uuid        NOT NULL,
    feature_key text        NOT NULL,
    granted     bigint      NOT NULL CHECK (granted >= 1),
    remaining   bigint      NOT NULL CHECK (remaining BETWEEN 0 AND granted),
    expires_at  timestamptz,
    purchase    text,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (company_id, id)
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX idx_credit_lots_purchase ON credit_lots (company_id, feature_key, purchase) WHERE purchase IS NOT NULL;
CREATE INDEX idx_credit_lots_open ON credit_lots (company_id) WHERE remaining > 0;

CREATE TABLE credit_ledger (
    company_id         uuid        NOT NULL,
    feature_key        text        NOT NULL,
    write_seq          bigint      NOT NULL,
    part               integer     NOT NULL,
    id                 uuid        NOT NULL,
    kind               text        NOT NULL CHECK (kind IN ('grant', 'consume')),
    amount             bigint      NOT NULL CHECK (amount >= 1),
    balance            bigint      NOT NULL CHECK (balance >= 0),
    expires_at         timestamptz,
    reason             text,
    external_reference text,
    created_at         timestamptz NOT NULL,
    created_by         text        NOT NULL,
    PRIMARY KEY (company_id, feature_key, write_seq, part)
);

CREATE TABLE company_profiles (
    company_id          uuid        PRIMARY KEY,
    name                text,
    external_references jsonb       NOT NULL DEFAULT '{}',
    updated_at          timestamptz NOT NULL,
    updated_by          text        NOT NULL,
    -- The name in lower case, to be found by how it begins, byte by byte.
    name_folded         text        COLLATE "C"
);
CREATE INDEX idx_company_profiles_name_folded ON company_profiles (name_folded) WHERE name_folded IS NOT NULL;

-- Changes in the making -------------------------------------------------------------------------------------------------------

CREATE TABLE roll_outs (
    id                 uuid        PRIMARY KEY,
    step               bigint      NOT NULL,
    item_kind          text        NOT NULL CHECK (item_kind IN ('package', 'addon')),
    item_key           text        NOT NULL,
    to_revision        integer     NOT NULL,
    status             text        NOT NULL CHECK (status IN ('running', 'paused', 'done', 'returning', 'returned')),
    only_companies     uuid[],
    excluded_companies uuid[]      NOT NULL,
    percent            integer     NOT NULL,
    batch_size         bigint      NOT NULL,
    cursor             uuid,
    moved              bigint      NOT NULL,
    unchanged          bigint      NOT NULL,
    refused            bigint      NOT NULL,
    reasons            text[]      NOT NULL,
    total              bigint      NOT NULL,
    created_by         text        NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL
);

-- Where companies stood before a roll-out moved them.
CREATE TABLE roll_out_moves (
    roll_out_id       uuid    NOT NULL,
    company_id        uuid    NOT NULL,
    assigned_revision integer NOT NULL,
    PRIMARY KEY (roll_out_id, company_id)
);

CREATE INDEX idx_roll_out_moves_company_id ON roll_out_moves (company_id);

-- `change` and `impact` are JSON, kept to the byte.
CREATE TABLE change_requests (
    id                  uuid        PRIMARY KEY,
    status              text        NOT NULL CHECK (status IN ('pending', 'applied', 'rejected', 'stale')),
    item_kind           text        NOT NULL CHECK (item_kind IN ('package', 'addon')),
    item_key            text        NOT NULL,
    change              text        NOT NULL,
    impact              text        NOT NULL,
    based_on_revision   integer     NOT NULL,
    based_on_updated_at timestamptz NOT NULL,
    requested_by        text        NOT NULL,
    requested_at        timestamptz NOT NULL,
    decided_by          text,
    decided_at          timestamptz
);
