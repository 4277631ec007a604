-- Accounts that do not stand in the configuration, and what nodes that share a database tell each other.
-- Instants are Unix milliseconds.

CREATE TABLE accounts (
    system_id     TEXT NOT NULL PRIMARY KEY CHECK (length(system_id) BETWEEN 1 AND 64),
    state         TEXT NOT NULL CHECK (state IN ('active', 'suspended')),
    settings      TEXT NOT NULL,              -- JSON: the keys of [[accounts]] that were given, without secrets
    password_hash TEXT NOT NULL DEFAULT '',   -- '': none, the SMSC decides
    why           TEXT NOT NULL DEFAULT '',   -- reason of the last change of state
    who           TEXT NOT NULL,              -- who made the last change
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each change: what it changed in the books. Only a store that several nodes share has any.
CREATE TABLE publications (
    revision INTEGER NOT NULL,                -- the ledger's last entry after the change …
    previous INTEGER NOT NULL,                -- … and before it
    hash     BLOB NOT NULL,                   -- of that last entry
    at       INTEGER NOT NULL,
    book     TEXT NOT NULL,                   -- name of the table of the books
    changes  BLOB,                            -- msgpack: [key, row or nil] …; NULL: too many, write the books anew
    PRIMARY KEY (revision)
) STRICT;

-- What all nodes have to agree on.
CREATE TABLE marks (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
