-- Hosts under sanction stand on lists of a kind of their own, so that they are refused whatever filters are on.

ALTER TABLE lists RENAME TO lists_before;

CREATE TABLE lists (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 40),
    kind       TEXT NOT NULL CHECK (kind IN (
        'host', 'url', 'recipient_optout', 'sender_blacklist', 'pattern',
        'account_sanction', 'owner_sanction', 'text_cluster', 'host_sanction'
    )),
    about      TEXT NOT NULL DEFAULT '',
    version    INTEGER NOT NULL DEFAULT 0,  -- the last change; 0: empty since it was made
    entries    INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

INSERT INTO lists (id, name, kind, about, version, entries, created_at)
SELECT id, name, kind, about, version, entries, created_at FROM lists_before;

DROP TABLE lists_before;

UPDATE lists SET kind = 'host_sanction' WHERE name = 'sanctioned-hosts' AND kind = 'host';
