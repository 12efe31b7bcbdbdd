-- Schema version 1. The tables, columns, constraints and indexes of requirements 004 §7 and §8 stand here by their names; what the
-- model needs beyond them is marked "beyond 004". docs/decisions/0002-tables-of-requirements-004.md gives the reasons.
-- Forward only: a migration that was released is never edited.

CREATE TABLE schema_version (
    version    integer     PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- The catalog -----------------------------------------------------------------------------------------------------------------

-- Beyond 004: one row, the generation that guards every write.
CREATE TABLE catalog_state (
    only_row   boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    generation bigint      NOT NULL CHECK (generation >= 0),
    changed_at timestamptz NOT NULL
);

INSERT INTO catalog_state (generation, changed_at)
VALUES (0, '1970-01-01T00:00:00Z');

-- The generation once no catalog write is on its way. It is asked for in a statement of its own, inside a function that is volatile, and
-- so with a newer snapshot than that of the statement which calls: it holds what a catalog write committed while the caller waited for
-- the gate. A row lock would show the same, but two of them at once make a multixact, and thousands a second use those up.
CREATE FUNCTION gated_generation(gate bigint) RETURNS bigint
LANGUAGE plpgsql
VOLATILE
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(gate);
    RETURN (SELECT generation FROM catalog_state);
END
$$;

-- Requirements 004 §7.1.
CREATE TABLE modules (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    key         text        NOT NULL UNIQUE,
    name        text        NOT NULL,
    type        text        NOT NULL CHECK (type IN ('base', 'addon')),
    description text,
    is_active   boolean     NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- Requirements 004 §7.2.
CREATE TABLE packages (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    key         text        NOT NULL UNIQUE,
    name        text        NOT NULL,
    description text,
    is_active   boolean     NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- Requirements 004 §7.3.
CREATE TABLE addons (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    key         text        NOT NULL UNIQUE,
    name        text        NOT NULL,
    description text,
    is_active   boolean     NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- Requirements 004 §7.4: what the newest revision includes. RESTRICT instead of CASCADE: a module in use is not deleted, or the
-- revisions that name it would lose their meaning.
CREATE TABLE package_modules (
    package_id uuid        NOT NULL REFERENCES packages (id) ON DELETE RESTRICT,
    module_id  uuid        NOT NULL REFERENCES modules (id) ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (package_id, module_id)
);

-- Requirements 004 §7.5.
CREATE TABLE addon_modules (
    addon_id   uuid        NOT NULL REFERENCES addons (id) ON DELETE RESTRICT,
    module_id  uuid        NOT NULL REFERENCES modules (id) ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (addon_id, module_id)
);

-- Beyond 004: every numbered definition of a package, and how often what it means has changed.
CREATE TABLE package_revisions (
    package_id     uuid        NOT NULL REFERENCES packages (id) ON DELETE RESTRICT,
    number         integer     NOT NULL CHECK (number >= 1),
    reach          text        NOT NULL CHECK (reach IN ('existing', 'future')),
    definition     jsonb       NOT NULL,
    epoch          bigint      NOT NULL CHECK (epoch >= 0),
    epoch_grown_at timestamptz NOT NULL,
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (package_id, number)
);

-- Beyond 004: the same of an add-on.
CREATE TABLE addon_revisions (
    addon_id       uuid        NOT NULL REFERENCES addons (id) ON DELETE RESTRICT,
    number         integer     NOT NULL CHECK (number >= 1),
    reach          text        NOT NULL CHECK (reach IN ('existing', 'future')),
    definition     jsonb       NOT NULL,
    epoch          bigint      NOT NULL CHECK (epoch >= 0),
    epoch_grown_at timestamptz NOT NULL,
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (addon_id, number)
);

-- Beyond 004: every catalog change, append-only.
CREATE TABLE catalog_history (
    generation  bigint      PRIMARY KEY,
    id          uuid        NOT NULL UNIQUE,
    change_type text        NOT NULL,
    entity_type text        NOT NULL,
    entity_key  text        NOT NULL,
    payload     jsonb       NOT NULL,
    changed_by  text        NOT NULL,
    request_id  text        NOT NULL,
    created_at  timestamptz NOT NULL
);

-- Beyond 004: the holders that a catalog change reached, as ranges of assigned revisions, so that no row per holder is written.
CREATE TABLE catalog_reach (
    generation    bigint      NOT NULL REFERENCES catalog_history (generation) ON DELETE RESTRICT,
    entity_type   text        NOT NULL CHECK (entity_type IN ('package', 'addon')),
    entity_key    text        NOT NULL,
    assigned_from integer     NOT NULL,
    assigned_to   integer     NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (generation, entity_type, entity_key, assigned_from)
);

CREATE INDEX idx_catalog_reach_item ON catalog_reach (entity_type, entity_key, created_at);

-- Companies -------------------------------------------------------------------------------------------------------------------

-- Requirements 004 §7.8. entitlement_version and updated_at are as the last company write made them; write_seq and version_base
-- (beyond 004) are what guards the next write and what the version at any later instant is computed from.
CREATE TABLE company_entitlement_versions (
    company_id          uuid        PRIMARY KEY,
    entitlement_version bigint      NOT NULL DEFAULT 1,
    updated_at          timestamptz NOT NULL DEFAULT now(),
    updated_by          text,
    write_seq           bigint      NOT NULL CHECK (write_seq >= 1),
    version_base        bigint      NOT NULL
) WITH (fillfactor = 80);

-- Requirements 004 §7.6; grace_ends_at, quantity and assigned_revision are beyond 004.
CREATE TABLE company_subscriptions (
    id                  uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    company_id          uuid        NOT NULL,
    package_id          uuid        NOT NULL REFERENCES packages (id),
    status              text        NOT NULL
        CHECK (status IN ('active', 'inactive', 'cancelled', 'expired', 'trial', 'paused')),
    starts_at           timestamptz,
    ends_at             timestamptz,
    source              text,
    external_reference  text,
    entitlement_version bigint      NOT NULL DEFAULT 1,
    created_by          text,
    updated_by          text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    grace_ends_at       timestamptz,
    quantity            bigint      NOT NULL DEFAULT 1 CHECK (quantity >= 1),
    assigned_revision   integer     NOT NULL DEFAULT 1 CHECK (assigned_revision >= 1),
    UNIQUE (company_id, package_id)
) WITH (fillfactor = 90);

-- Requirements 004 §7.7; grace_ends_at, quantity and assigned_revision are beyond 004.
CREATE TABLE company_addons (
    id                 uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    company_id         uuid        NOT NULL,
    addon_id           uuid        NOT NULL REFERENCES addons (id),
    status             text        NOT NULL
        CHECK (status IN ('active', 'inactive', 'cancelled', 'expired', 'trial', 'paused')),
    starts_at          timestamptz,
    ends_at            timestamptz,
    source             text,
    external_reference text,
    created_by         text,
    updated_by         text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    grace_ends_at      timestamptz,
    quantity           bigint      NOT NULL DEFAULT 1 CHECK (quantity >= 1),
    assigned_revision  integer     NOT NULL DEFAULT 1 CHECK (assigned_revision >= 1),
    UNIQUE (company_id, addon_id)
) WITH (fillfactor = 90);

-- Requirements 004 §7.9; everything after created_at is beyond 004: the place of the entry in the company's history, the version
-- that the write made, the revision that the row then had, and the request.
CREATE TABLE entitlement_history (
    id                  uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    company_id          uuid        NOT NULL,
    change_type         text        NOT NULL,
    entity_type         text        NOT NULL,
    entity_key          text,
    previous_status     text,
    new_status          text,
    payload_json        jsonb       NOT NULL DEFAULT '{}'::jsonb,
    source              text,
    changed_by          text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    write_seq           bigint      NOT NULL,
    part                integer     NOT NULL,
    entitlement_version bigint      NOT NULL,
    assigned_revision   integer,
    request_id          text
);

-- Beyond 004: every committed change in commit order. An entry is shown once every transaction below its own has ended.
CREATE TABLE change_feed (
    feed_xid            xid8        NOT NULL DEFAULT pg_current_xact_id(),
    seq                 bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    at                  timestamptz NOT NULL,
    company_id          uuid,
    entitlement_version bigint      NOT NULL,
    change_type         text        NOT NULL,
    entity_type         text        NOT NULL,
    entity_key          text,
    request_id          text
);

CREATE INDEX idx_change_feed_position ON change_feed (feed_xid, seq);

-- Requirements 004 §7.10.
CREATE TABLE billing_products (
    id                  uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    entity_type         text        NOT NULL CHECK (entity_type IN ('package', 'addon')),
    entity_id           uuid        NOT NULL,
    provider            text        NOT NULL,
    provider_product_id text,
    provider_price_id   text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now()
);

-- Callers ---------------------------------------------------------------------------------------------------------------------

-- Beyond 004: what a write with an idempotency key answered.
CREATE TABLE idempotency_replies (
    caller       text        NOT NULL,
    key          text        NOT NULL,
    request_hash bytea       NOT NULL CHECK (length(request_hash) = 32),
    status       integer     NOT NULL,
    headers      jsonb       NOT NULL,
    body         bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);

CREATE INDEX idx_idempotency_replies_expires_at ON idempotency_replies (expires_at);

-- Beyond 004: keys of callers. Only hashes.
CREATE TABLE api_keys (
    id           uuid        PRIMARY KEY,
    name         text        NOT NULL,
    role         text        NOT NULL,
    scopes       text[]      NOT NULL,
    hash         bytea       NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);

CREATE TABLE api_key_ring (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    generation bigint  NOT NULL CHECK (generation >= 0)
);

INSERT INTO api_key_ring (generation)
VALUES (0);

-- Requirements 004 §8 ---------------------------------------------------------------------------------------------------------

CREATE INDEX idx_modules_key ON modules (key);
CREATE INDEX idx_packages_key ON packages (key);
CREATE INDEX idx_addons_key ON addons (key);

CREATE INDEX idx_package_modules_package_id ON package_modules (package_id);
CREATE INDEX idx_package_modules_module_id ON package_modules (module_id);

CREATE INDEX idx_addon_modules_addon_id ON addon_modules (addon_id);
CREATE INDEX idx_addon_modules_module_id ON addon_modules (module_id);

CREATE INDEX idx_company_subscriptions_company_id ON company_subscriptions (company_id);
CREATE INDEX idx_company_subscriptions_status ON company_subscriptions (status);

CREATE INDEX idx_company_addons_company_id ON company_addons (company_id);
CREATE INDEX idx_company_addons_status ON company_addons (status);

CREATE INDEX idx_entitlement_history_company_id ON entitlement_history (company_id);
CREATE INDEX idx_entitlement_history_created_at ON entitlement_history (created_at);

-- Beyond 004: a page of one company's history, in its order.
CREATE UNIQUE INDEX idx_entitlement_history_position ON entitlement_history (company_id, created_at, write_seq, part);
