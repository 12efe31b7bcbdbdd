-- Version 6: outgoing webhooks. Who is told of events, up to where the feed was turned into deliveries, deliveries, and their attempts.
-- New tables only: it locks nothing that is there.

-- The secrets are kept as they are: an event is signed with the secret itself. Step guards the next change.
CREATE TABLE webhook_endpoints (
    id                      uuid        PRIMARY KEY,
    step                    bigint      NOT NULL,
    url                     text        NOT NULL,
    events                  text[]      NOT NULL,
    description             text,
    secret                  bytea       NOT NULL CHECK (octet_length(secret) = 32),
    previous_secret         bytea       CHECK (octet_length(previous_secret) = 32),
    previous_secret_ends_at timestamptz,
    failing_since           timestamptz,
    disabled_reason         text        CHECK (disabled_reason IN ('asked', 'failing', 'gone', 'backlog')),
    disabled_at             timestamptz,
    created_by              text        NOT NULL,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    CHECK ((previous_secret IS NULL) = (previous_secret_ends_at IS NULL)),
    CHECK ((disabled_reason IS NULL) = (disabled_at IS NULL))
);

CREATE TABLE webhook_cursor (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch    bigint  NOT NULL,
    feed_xid xid8    NOT NULL,
    seq      bigint  NOT NULL
);
INSERT INTO webhook_cursor (epoch, feed_xid, seq)
SELECT feed_epoch(state.epoch), coalesce(last.feed_xid, state.pruned_xid), coalesce(last.seq, state.pruned_seq)
FROM feed_state AS state
LEFT JOIN LATERAL (
    SELECT feed_xid, seq
    FROM change_feed
    WHERE feed_xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY feed_xid DESC, seq DESC
    LIMIT 1
) AS last ON true;

-- No foreign key: what is left of an endpoint that was removed goes bit by bit. `next_attempt_at` is the end of the lease while a
-- delivery is attempted, and none once it is settled.
CREATE TABLE webhook_deliveries (
    number          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              uuid        NOT NULL UNIQUE,
    endpoint_id     uuid        NOT NULL,
    event_type      text        NOT NULL,
    event_at        timestamptz NOT NULL,
    company_id      uuid,
    version         bigint      NOT NULL,
    status          text        NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts        integer     NOT NULL,
    tries           integer     NOT NULL,
    next_attempt_at timestamptz,
    lease           uuid,
    created_at      timestamptz NOT NULL,
    settled_at      timestamptz,
    CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL)),
    CHECK ((status = 'pending') = (settled_at IS NULL))
);
CREATE INDEX idx_webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_attempt_at, number) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX idx_webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, number);
CREATE INDEX idx_webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE settled_at IS NOT NULL;

CREATE TABLE webhook_attempts (
    delivery_id uuid        NOT NULL,
    number      integer     NOT NULL,
    at          timestamptz NOT NULL,
    took_ms     bigint      NOT NULL,
    status      integer,
    error       text,
    excerpt     text,
    version     bigint      NOT NULL,
    PRIMARY KEY (delivery_id, number)
);
