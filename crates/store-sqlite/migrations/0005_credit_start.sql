-- Version 5: credits may begin later than they are granted, and what has not begun may be taken back. What was granted before has begun.
ALTER TABLE credit_lots ADD COLUMN starts_at INTEGER;

-- A constraint is changed by making the table anew. The ledger is copied once: about a second for each million of its lines, while no
-- server runs on the file. Of ten million companies those have lines that were ever granted credits.
CREATE TABLE credit_ledger_with_start (
    company_id BLOB NOT NULL CHECK (length(company_id) = 16),
    feature_key TEXT NOT NULL,
    write_seq INTEGER NOT NULL,
    part INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('grant', 'consume', 'take_back')),
    amount INTEGER NOT NULL CHECK (amount >= 1),
    balance INTEGER NOT NULL CHECK (balance >= 0),
    expires_at INTEGER,
    reason TEXT,
    external_reference TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    starts_at INTEGER,
    PRIMARY KEY (company_id, feature_key, write_seq, part)
) STRICT, WITHOUT ROWID;
INSERT INTO credit_ledger_with_start
    (company_id, feature_key, write_seq, part, id, kind, amount, balance, expires_at, reason, external_reference, created_at,
    created_by)
SELECT company_id, feature_key, write_seq, part, id, kind, amount, balance, expires_at, reason, external_reference, created_at,
    created_by
FROM credit_ledger;
DROP TABLE credit_ledger;
ALTER TABLE credit_ledger_with_start RENAME TO credit_ledger;
