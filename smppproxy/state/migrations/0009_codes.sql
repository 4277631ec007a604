-- Codes: whose they are beyond a name, through whom they come, since when they are registered, and a throttle.
-- Lists of what is sanctioned: accounts, owners, near-identical texts.

ALTER TABLE codes ADD COLUMN owner_id TEXT NOT NULL DEFAULT '';       -- business registration number, without hyphens
ALTER TABLE codes ADD COLUMN chain TEXT NOT NULL DEFAULT '[]';        -- JSON array: the resellers, the nearest first
ALTER TABLE codes ADD COLUMN registered_at INTEGER NOT NULL DEFAULT 0;  -- Unix seconds
ALTER TABLE codes ADD COLUMN rate REAL NOT NULL DEFAULT 0;            -- messages a second left by a throttle; 0: none
ALTER TABLE codes ADD COLUMN rate_until INTEGER;                      -- first second after the throttle; NULL: until lifted

UPDATE codes SET registered_at = created_at / 1000;

CREATE INDEX codes_by_owner_id ON codes (owner_id);

ALTER TABLE lists RENAME TO lists_before;

CREATE TABLE lists (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 40),
    kind       TEXT NOT NULL CHECK (kind IN (
        'host', 'url', 'recipient_optout', 'sender_blacklist', 'pattern',
        'account_sanction', 'owner_sanction', 'text_cluster'
    )),
    about      TEXT NOT NULL DEFAULT '',
    version    INTEGER NOT NULL DEFAULT 0,  -- the last change; 0: empty since it was made
    entries    INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

INSERT INTO lists (id, name, kind, about, version, entries, created_at)
SELECT id, name, kind, about, version, entries, created_at FROM lists_before;

DROP TABLE lists_before;
