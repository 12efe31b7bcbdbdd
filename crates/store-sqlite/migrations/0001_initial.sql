-- The embedded store, version 1. Tables that requirements 004 §7 names carry its names; what the model adds stands beside them.
--
-- Instants are microseconds since 1970-01-01T00:00:00Z. Identifiers are UUIDs in 16 bytes. Numbers of one kind never go back.
-- Tables read by one key are stored by that key (WITHOUT ROWID); tables that only grow are stored in the order of growth.

CREATE TABLE modules (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('base', 'addon')),
    description TEXT,
    is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE packages (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE addons (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What each numbered definition grants. Only the epoch of a stored revision ever changes.
CREATE TABLE package_revisions (
    package_id BLOB NOT NULL REFERENCES packages (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    reach TEXT NOT NULL CHECK (reach IN ('existing', 'future')),
    definition TEXT NOT NULL,
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    epoch_grown_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (package_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE addon_revisions (
    addon_id BLOB NOT NULL REFERENCES addons (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    reach TEXT NOT NULL CHECK (reach IN ('existing', 'future')),
    definition TEXT NOT NULL,
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    epoch_grown_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (addon_id, number)
) STRICT, WITHOUT ROWID;

-- The modules of each item's newest revision, for whoever reads the database with SQL. The program reads the revisions.
CREATE TABLE package_modules (
    package_id BLOB NOT NULL REFERENCES packages (id) ON DELETE CASCADE,
    module_id BLOB NOT NULL REFERENCES modules (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (package_id, module_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_package_modules_module_id ON package_modules (module_id);

CREATE TABLE addon_modules (
    addon_id BLOB NOT NULL REFERENCES addons (id) ON DELETE CASCADE,
    module_id BLOB NOT NULL REFERENCES modules (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (addon_id, module_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_addon_modules_module_id ON addon_modules (module_id);

-- One row: the catalog's generation. Every company write is guarded by it.
CREATE TABLE catalog_state (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
INSERT INTO catalog_state (id, generation, changed_at) VALUES (1, 0, 0);

CREATE TABLE catalog_history (
    generation INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL CHECK (length(id) = 16),
    change_type TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    entity_key TEXT NOT NULL,
    payload_json TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Whom a catalog change reached: rows of an item whose assigned revision lies in the range. One row, however many holders.
CREATE TABLE catalog_reach (
    item_kind TEXT NOT NULL CHECK (item_kind IN ('package', 'addon')),
    item_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    generation INTEGER NOT NULL REFERENCES catalog_history (generation),
    assigned_from INTEGER NOT NULL,
    assigned_to INTEGER NOT NULL,
    PRIMARY KEY (item_kind, item_key, created_at, generation, assigned_from)
) STRICT, WITHOUT ROWID;

-- One row per known company. `entitlement_version` is what its last write made; the version at an instant is computed from
-- `version_base`, the epochs of what it holds and the boundaries crossed.
CREATE TABLE company_entitlement_versions (
    company_id BLOB NOT NULL PRIMARY KEY CHECK (length(company_id) = 16),
    write_seq INTEGER NOT NULL CHECK (write_seq >= 1),
    version_base INTEGER NOT NULL,
    entitlement_version INTEGER NOT NULL DEFAULT 1 CHECK (entitlement_version >= 1),
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE company_subscriptions (
    company_id BLOB NOT NULL CHECK (length(company_id) = 16),
    package_id BLOB NOT NULL REFERENCES packages (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    status TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'cancelled', 'expired', 'trial', 'paused')),
    starts_at INTEGER,
    ends_at INTEGER,
    grace_ends_at INTEGER,
    quantity INTEGER NOT NULL CHECK (quantity >= 1),
    assigned_revision INTEGER NOT NULL CHECK (assigned_revision >= 1),
    source TEXT,
    external_reference TEXT,
    entitlement_version INTEGER NOT NULL DEFAULT 1,
    created_by TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, package_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE company_addons (
    company_id BLOB NOT NULL CHECK (length(company_id) = 16),
    addon_id BLOB NOT NULL REFERENCES addons (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    status TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'cancelled', 'expired', 'trial', 'paused')),
    starts_at INTEGER,
    ends_at INTEGER,
    grace_ends_at INTEGER,
    quantity INTEGER NOT NULL CHECK (quantity >= 1),
    assigned_revision INTEGER NOT NULL CHECK (assigned_revision >= 1),
    source TEXT,
    external_reference TEXT,
    entitlement_version INTEGER NOT NULL DEFAULT 1,
    created_by TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, addon_id)
) STRICT, WITHOUT ROWID;

-- Rows lie in the order in which they were committed, so that a write touches the end of the table and one page of the index.
-- The index answers alone which revision a company held of an item at an instant.
CREATE TABLE entitlement_history (
    position INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL CHECK (length(id) = 16),
    company_id BLOB NOT NULL CHECK (length(company_id) = 16),
    write_seq INTEGER NOT NULL,
    part INTEGER NOT NULL,
    entitlement_version INTEGER NOT NULL,
    change_type TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    entity_key TEXT,
    previous_status TEXT,
    new_status TEXT,
    assigned_revision INTEGER,
    payload_json TEXT NOT NULL DEFAULT '{}',
    source TEXT,
    changed_by TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX idx_entitlement_history_company_id ON entitlement_history
    (company_id, created_at, write_seq, part, entity_type, entity_key, new_status, assigned_revision);

CREATE TABLE billing_products (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    entity_type TEXT NOT NULL CHECK (entity_type IN ('package', 'addon')),
    entity_id BLOB NOT NULL CHECK (length(entity_id) = 16),
    provider TEXT NOT NULL,
    provider_product_id TEXT,
    provider_price_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- With one writer, the order of numbers is the order of commits. AUTOINCREMENT: a number is never given twice, also after pruning.
CREATE TABLE change_feed (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    company_id BLOB CHECK (length(company_id) = 16),
    version INTEGER NOT NULL,
    change_type TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    entity_key TEXT,
    request_id TEXT
) STRICT;

CREATE TABLE idempotency_replies (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_idempotency_replies_expires_at ON idempotency_replies (expires_at);

-- Hashes of the callers' keys, never a key. The generation grows with every key made or revoked.
CREATE TABLE api_keys (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    scopes TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE key_ring (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL
) STRICT;
INSERT INTO key_ring (id, generation) VALUES (1, 0);
