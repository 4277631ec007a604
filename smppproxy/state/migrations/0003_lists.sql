-- Lists of hosts, URLs, recipients who opted out, sender numbers and patterns of texts, with every version of them.
-- Instants: expires is Unix seconds, all others Unix milliseconds.

CREATE TABLE lists (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 40),
    kind       TEXT NOT NULL CHECK (kind IN ('host', 'url', 'recipient_optout', 'sender_blacklist', 'pattern')),
    about      TEXT NOT NULL DEFAULT '',
    version    INTEGER NOT NULL DEFAULT 0,  -- the last change; 0: empty since it was made
    entries    INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE list_versions (
    list     INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    who      TEXT NOT NULL,
    why      TEXT NOT NULL,
    action   TEXT NOT NULL CHECK (action IN ('import', 'add', 'remove', 'rollback')),
    restores INTEGER,                       -- the version a roll-back brought back
    added    INTEGER NOT NULL,
    changed  INTEGER NOT NULL,
    removed  INTEGER NOT NULL,
    entries  INTEGER NOT NULL,              -- after it
    digest   TEXT NOT NULL DEFAULT '',      -- SHA-256 of the file that was imported
    PRIMARY KEY (list, version)
) STRICT, WITHOUT ROWID;

-- An entry is in the versions since <= v < gone; gone NULL: it is in force.
CREATE TABLE list_entries (
    list    INTEGER NOT NULL,
    key     TEXT NOT NULL,                  -- of a recipient its keyed hash in hex, never the number
    since   INTEGER NOT NULL,
    gone    INTEGER,
    source  TEXT NOT NULL DEFAULT '',
    reason  TEXT NOT NULL DEFAULT '',
    expires INTEGER,                        -- first second after it; NULL: never
    PRIMARY KEY (list, key, since)
) STRICT, WITHOUT ROWID;
