-- The registry of first senders' codes and the ledger of every change to it.
-- Instants: valid_* are Unix seconds, all others Unix milliseconds.

CREATE TABLE codes (
    code        TEXT PRIMARY KEY CHECK (length(code) BETWEEN 1 AND 300),
    state       TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'struck')),
    owner       TEXT NOT NULL DEFAULT '',
    why         TEXT NOT NULL DEFAULT '',   -- reason of the last change of state
    who         TEXT NOT NULL,              -- who made the last change
    valid_from  INTEGER,                    -- first second of validity; NULL: since ever
    valid_until INTEGER,                    -- first second after it; NULL: for ever
    created_at  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    CHECK (valid_from IS NULL OR valid_until IS NULL OR valid_from < valid_until)
) STRICT, WITHOUT ROWID;

CREATE INDEX codes_by_owner ON codes (owner);

CREATE TABLE ledger (
    entry    INTEGER PRIMARY KEY,           -- 1, 2, 3, … without a gap
    at       INTEGER NOT NULL,
    who      TEXT NOT NULL,
    action   TEXT NOT NULL,                 -- 'code.add', 'code.suspend', …
    subject  TEXT NOT NULL,                 -- the code, sender, account … that changed
    why      TEXT NOT NULL,
    content  TEXT NOT NULL,                 -- JSON: before, after, evidence
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX ledger_by_subject ON ledger (subject, entry);

CREATE TRIGGER ledger_is_never_changed BEFORE UPDATE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER ledger_is_never_shortened BEFORE DELETE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
