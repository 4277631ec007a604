-- Senders: numbers (E.164 digits) and names, whose they are and what is known against them.
-- Instants: valid_* and state_until are Unix seconds, all others Unix milliseconds.

CREATE TABLE senders (
    number      TEXT PRIMARY KEY CHECK (length(number) BETWEEN 1 AND 32),
    state       TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'blacklisted', 'protected', 'theft_blocked')),
    registered  INTEGER NOT NULL CHECK (registered IN (0, 1)),  -- 0: only known for its state
    codes       TEXT NOT NULL DEFAULT '[]',  -- JSON array, sorted; [] in both: anybody's
    accounts    TEXT NOT NULL DEFAULT '[]',
    evidence    TEXT NOT NULL DEFAULT '',    -- what shows whose the number is
    why         TEXT NOT NULL DEFAULT '',    -- reason of the last change of state
    who         TEXT NOT NULL,               -- who made the last change
    valid_from  INTEGER,                     -- first second of the registration; NULL: since ever
    valid_until INTEGER,                     -- first second after it; NULL: for ever
    state_until INTEGER,                     -- first second after a suspension or a block; NULL: for ever
    created_at  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    CHECK (valid_from IS NULL OR valid_until IS NULL OR valid_from < valid_until)
) STRICT, WITHOUT ROWID;
