-- Version 5: credits may begin later than they are granted, and what has not begun may be taken back. What was granted before has begun.
-- Each statement locks its table for a moment only, whatever is in it: new columns without a default are not written into old rows, and old
-- lines of the ledger, which are within the narrower constraint, are not looked at again.
ALTER TABLE credit_lots
    ADD COLUMN starts_at timestamptz;

ALTER TABLE credit_ledger
    ADD COLUMN starts_at timestamptz,
    DROP CONSTRAINT credit_ledger_kind_check,
    ADD CONSTRAINT credit_ledger_kind_check CHECK (kind IN ('grant', 'consume', 'take_back')) NOT VALID;
