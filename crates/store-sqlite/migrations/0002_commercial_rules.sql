-- Version 2: what is sold is described whole, rules and revisions included; grants, credits, profiles, shapes, roll-outs and change
-- requests. What version 1 stored keeps its meaning.

-- The catalog -----------------------------------------------------------------------------------------------------------------

-- Lists are JSON. A module of version 1 has its key as the first segment of its permissions.
ALTER TABLE modules ADD COLUMN namespace TEXT NOT NULL DEFAULT '';
ALTER TABLE modules ADD COLUMN namespace_aliases TEXT NOT NULL DEFAULT '[]';
ALTER TABLE modules ADD COLUMN aliases TEXT NOT NULL DEFAULT '[]';
ALTER TABLE modules ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0);
ALTER TABLE modules ADD COLUMN epoch_grown_at INTEGER NOT NULL DEFAULT 0;
UPDATE modules
SET namespace = key,
    epoch_grown_at = created_at;

-- `is_active` is derived from the lifecycle. `visibility` and `commercial_type` are what the profile says, for whoever reads with SQL.
ALTER TABLE packages ADD COLUMN lifecycle_status TEXT NOT NULL DEFAULT 'active'
    CHECK (lifecycle_status IN ('draft', 'active', 'inactive', 'deprecated', 'archived'));
ALTER TABLE packages ADD COLUMN visibility TEXT NOT NULL DEFAULT 'public'
    CHECK (visibility IN ('public', 'admin_only', 'migration_only', 'internal_only'));
ALTER TABLE packages ADD COLUMN commercial_type TEXT
    CHECK (commercial_type IN ('base', 'vertical', 'premium', 'internal'));
ALTER TABLE packages ADD COLUMN profile_json TEXT NOT NULL DEFAULT '{"v":1}';
UPDATE packages
SET lifecycle_status = 'inactive'
WHERE is_active = 0;

ALTER TABLE addons ADD COLUMN lifecycle_status TEXT NOT NULL DEFAULT 'active'
    CHECK (lifecycle_status IN ('draft', 'active', 'inactive', 'deprecated', 'archived'));
ALTER TABLE addons ADD COLUMN visibility TEXT NOT NULL DEFAULT 'public'
    CHECK (visibility IN ('public', 'admin_only', 'migration_only', 'internal_only'));
ALTER TABLE addons ADD COLUMN profile_json TEXT NOT NULL DEFAULT '{"v":1}';
UPDATE addons
SET lifecycle_status = 'inactive'
WHERE is_active = 0;

CREATE TABLE permissions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    key TEXT NOT NULL UNIQUE,
    module_key TEXT NOT NULL,
    description TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE features (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('toggle', 'limit', 'credit')),
    unit TEXT,
    combine TEXT NOT NULL CHECK (combine IN ('sum', 'max')),
    attributes TEXT NOT NULL DEFAULT '{}',
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    epoch_grown_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE catalog_state ADD COLUMN completeness TEXT NOT NULL DEFAULT 'lenient'
    CHECK (completeness IN ('lenient', 'strict'));
ALTER TABLE catalog_state ADD COLUMN pricing_duplicates TEXT NOT NULL DEFAULT 'lenient'
    CHECK (pricing_duplicates IN ('lenient', 'strict'));

-- A change may tell of several entries: one row each, in order.
CREATE TABLE catalog_history_of_parts (
    generation INTEGER NOT NULL,
    part INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    change_type TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    entity_key TEXT NOT NULL,
    payload_json TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (generation, part)
) STRICT, WITHOUT ROWID;
INSERT INTO catalog_history_of_parts
    (generation, part, id, change_type, entity_type, entity_key, payload_json, changed_by, request_id, created_at)
SELECT generation, 0, id, change_type, entity_type, entity_key, payload_json, changed_by, request_id, created_at
FROM catalog_history;

-- A change also reaches those who have a grant of a module or feature whose meaning it changed; then the range is 1 to 1.
CREATE TABLE catalog_reach_of_all (
    entity_type TEXT NOT NULL CHECK (entity_type IN ('package', 'addon', 'module', 'feature')),
    entity_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    assigned_from INTEGER NOT NULL,
    assigned_to INTEGER NOT NULL,
    PRIMARY KEY (entity_type, entity_key, created_at, generation, assigned_from)
) STRICT, WITHOUT ROWID;
INSERT INTO catalog_reach_of_all
    (entity_type, entity_key, created_at, generation, assigned_from, assigned_to)
SELECT item_kind, item_key, created_at, generation, assigned_from, assigned_to
FROM catalog_reach;
DROP TABLE catalog_reach;
DROP TABLE catalog_history;
ALTER TABLE catalog_history_of_parts RENAME TO catalog_history;
ALTER TABLE catalog_reach_of_all RENAME TO catalog_reach;

-- Companies -------------------------------------------------------------------------------------------------------------------

-- When a row first went on trial, as what a paused one entitled before, and what a package that was changed to replaces, as JSON.
-- History knows of earlier trials; rows that are paused now are taken to have been paid for.
ALTER TABLE company_subscriptions ADD COLUMN trialed_at INTEGER;
ALTER TABLE company_subscriptions ADD COLUMN paused_from TEXT;
ALTER TABLE company_subscriptions ADD COLUMN replaces TEXT;
ALTER TABLE company_addons ADD COLUMN trialed_at INTEGER;
ALTER TABLE company_addons ADD COLUMN paused_from TEXT;
ALTER TABLE company_addons ADD COLUMN replaces TEXT;
UPDATE company_subscriptions
SET paused_from = 'active'
WHERE status = 'paused';
UPDATE company_addons
SET paused_from = 'active'
WHERE status = 'paused';
UPDATE company_subscriptions
SET trialed_at = first.at
FROM (
    SELECT past.company_id, package.id AS package_id, min(past.created_at) AS at
    FROM entitlement_history AS past
    JOIN packages AS package ON package.key = past.entity_key
    WHERE past.entity_type = 'package'
        AND past.new_status = 'trial'
    GROUP BY past.company_id, package.id) AS first
WHERE company_subscriptions.company_id = first.company_id
    AND company_subscriptions.package_id = first.package_id;
UPDATE company_addons
SET trialed_at = first.at
FROM (
    SELECT past.company_id, addon.id AS addon_id, min(past.created_at) AS at
    FROM entitlement_history AS past
    JOIN addons AS addon ON addon.key = past.entity_key
    WHERE past.entity_type = 'addon'
        AND past.new_status = 'trial'
    GROUP BY past.company_id, addon.id) AS first
WHERE company_addons.company_id = first.company_id
    AND company_addons.addon_id = first.addon_id;

-- What is in force, as a text, and the first instant at which it may be another; none is never. 0: not yet computed.
ALTER TABLE company_entitlement_versions ADD COLUMN shape TEXT NOT NULL DEFAULT '';
ALTER TABLE company_entitlement_versions ADD COLUMN shape_until INTEGER DEFAULT 0;

-- A grant that was taken away stays, with when: so history knows who had what. A feature's value is JSON.
CREATE TABLE company_grants (
    company_id BLOB NOT NULL CHECK (length(company_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    granted TEXT NOT NULL CHECK (granted IN ('module', 'feature')),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    starts_at INTEGER,
    ends_at INTEGER,
    reason TEXT NOT NULL,
    source TEXT,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    removed_at INTEGER,
    PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_company_grants_live ON company_grants (company_id, id) WHERE removed_at IS NULL;

-- A purchase gives its credits once, whatever is retried.
CREATE TABLE credit_lots (
    company_id BLOB NOT NULL CHECK (length(company_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    feature_key TEXT NOT NULL,
    granted INTEGER NOT NULL CHECK (granted >= 1),
    remaining INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND granted),
    expires_at INTEGER,
    purchase TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX idx_credit_lots_purchase ON credit_lots (company_id, feature_key, purchase) WHERE purchase IS NOT NULL;
CREATE INDEX idx_credit_lots_open ON credit_lots (company_id) WHERE remaining > 0;

CREATE TABLE credit_ledger (
    company_id BLOB NOT NULL CHECK (length(company_id) = 16),
    feature_key TEXT NOT NULL,
    write_seq INTEGER NOT NULL,
    part INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('grant', 'consume')),
    amount INTEGER NOT NULL CHECK (amount >= 1),
    balance INTEGER NOT NULL CHECK (balance >= 0),
    expires_at INTEGER,
    reason TEXT,
    external_reference TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (company_id, feature_key, write_seq, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE company_profiles (
    company_id BLOB NOT NULL PRIMARY KEY CHECK (length(company_id) = 16),
    name TEXT,
    external_references TEXT NOT NULL DEFAULT '{}',
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    -- The name in lower case, to be found by how it begins.
    name_folded TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_company_profiles_name_folded ON company_profiles (name_folded) WHERE name_folded IS NOT NULL;

-- Changes in the making -------------------------------------------------------------------------------------------------------

CREATE TABLE roll_outs (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    step INTEGER NOT NULL,
    item_kind TEXT NOT NULL CHECK (item_kind IN ('package', 'addon')),
    item_key TEXT NOT NULL,
    to_revision INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('running', 'paused', 'done', 'returning', 'returned')),
    only_companies TEXT,
    excluded_companies TEXT NOT NULL,
    percent INTEGER NOT NULL,
    batch_size INTEGER NOT NULL,
    cursor BLOB CHECK (length(cursor) = 16),
    moved INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    total INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where companies stood before a roll-out moved them.
CREATE TABLE roll_out_moves (
    roll_out_id BLOB NOT NULL CHECK (length(roll_out_id) = 16),
    company_id BLOB NOT NULL CHECK (length(company_id) = 16),
    assigned_revision INTEGER NOT NULL,
    PRIMARY KEY (roll_out_id, company_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_roll_out_moves_company_id ON roll_out_moves (company_id);

-- `change` and `impact` are JSON, kept to the byte.
CREATE TABLE change_requests (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    status TEXT NOT NULL CHECK (status IN ('pending', 'applied', 'rejected', 'stale')),
    item_kind TEXT NOT NULL CHECK (item_kind IN ('package', 'addon')),
    item_key TEXT NOT NULL,
    change TEXT NOT NULL,
    impact TEXT NOT NULL,
    based_on_revision INTEGER NOT NULL,
    based_on_updated_at INTEGER NOT NULL,
    requested_by TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER
) STRICT, WITHOUT ROWID;
