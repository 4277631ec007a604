-- The exchange of signed lists with the regulator, and the tokens resellers look their own messages up with.
-- Instants: expires is Unix seconds, all others Unix milliseconds.

-- Public keys (Ed25519) whose lists we take. A revoked one stays, so that it is never trusted again.
CREATE TABLE exchange_keys (
    id         TEXT PRIMARY KEY,           -- first 16 hex digits of the key's SHA-256
    name       TEXT NOT NULL UNIQUE,
    public     BLOB NOT NULL CHECK (length(public) = 32),
    lists      TEXT NOT NULL DEFAULT '[]', -- JSON: the lists it may sign; []: any
    added_at   INTEGER NOT NULL,
    who        TEXT NOT NULL,
    revoked_at INTEGER,
    why        TEXT NOT NULL DEFAULT ''    -- why it was trusted or revoked
) STRICT;

-- The newest serial of each list that came in or went out. It outlives the list: an old file must not come back.
CREATE TABLE exchange_serials (
    list      TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    serial    INTEGER NOT NULL,
    digest    TEXT NOT NULL,               -- SHA-256 of the whole file, hex
    key       TEXT NOT NULL,               -- id of the key that signed it
    entries   INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    who       TEXT NOT NULL,
    PRIMARY KEY (list, direction)
) STRICT;

CREATE TABLE tokens (
    id         TEXT PRIMARY KEY,           -- the part of the token that is no secret
    account    TEXT NOT NULL,
    hash       BLOB NOT NULL CHECK (length(hash) = 32),  -- SHA-256 of the secret, which nobody keeps
    about      TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    who        TEXT NOT NULL,
    expires    INTEGER NOT NULL
) STRICT;

CREATE INDEX tokens_by_account ON tokens (account);

-- Reports of people are counted by day and category.
CREATE INDEX reports_by_time ON reports (reported, category);
