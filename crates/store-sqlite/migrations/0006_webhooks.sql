-- Version 6: outgoing webhooks. Who is told of events, up to where the feed was turned into deliveries, deliveries, and their attempts.

-- The secrets are kept as they are: an event is signed with the secret itself. Step guards the next change.
CREATE TABLE webhook_endpoints (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    step INTEGER NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    description TEXT,
    secret BLOB NOT NULL CHECK (length(secret) = 32),
    previous_secret BLOB CHECK (length(previous_secret) = 32),
    previous_secret_ends_at INTEGER,
    failing_since INTEGER,
    disabled_reason TEXT CHECK (disabled_reason IN ('asked', 'failing', 'gone', 'backlog')),
    disabled_at INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK ((previous_secret IS NULL) = (previous_secret_ends_at IS NULL)),
    CHECK ((disabled_reason IS NULL) = (disabled_at IS NULL))
) STRICT, WITHOUT ROWID;

-- `transaction_number` is 0 here: the position is one of the feed of either store.
CREATE TABLE webhook_cursor (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    transaction_number INTEGER NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO webhook_cursor (id, epoch, transaction_number, seq)
SELECT 1, epoch, 0, coalesce((SELECT max(seq) FROM change_feed), pruned)
FROM feed_state;

-- No foreign key: what is left of an endpoint that was removed goes bit by bit. `next_attempt_at` is the end of the lease while a
-- delivery is attempted, and none once it is settled.
CREATE TABLE webhook_deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    endpoint_id BLOB NOT NULL CHECK (length(endpoint_id) = 16),
    event_type TEXT NOT NULL,
    event_at INTEGER NOT NULL,
    company_id BLOB CHECK (length(company_id) = 16),
    version INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_attempt_at INTEGER,
    lease BLOB CHECK (length(lease) = 16),
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL)),
    CHECK ((status = 'pending') = (settled_at IS NULL))
) STRICT;
CREATE INDEX idx_webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_attempt_at, number) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX idx_webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, number);
CREATE INDEX idx_webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE settled_at IS NOT NULL;

CREATE TABLE webhook_attempts (
    delivery_id BLOB NOT NULL CHECK (length(delivery_id) = 16),
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    took_ms INTEGER NOT NULL,
    status INTEGER,
    error TEXT,
    excerpt TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;
