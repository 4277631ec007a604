-- Messages held for a person to look at, and what became of them. Instants are Unix milliseconds.

CREATE TABLE quarantine (
    message_id TEXT PRIMARY KEY CHECK (length(message_id) BETWEEN 1 AND 64),  -- ours, which the client was told
    text_id    TEXT NOT NULL,              -- the same for all segments of one text
    state      TEXT NOT NULL CHECK (state IN
        ('held', 'releasing', 'sending', 'released', 'refused', 'unknown', 'dropped', 'expired')),
    at         INTEGER NOT NULL,           -- when it came in
    expires_at INTEGER NOT NULL,
    account    TEXT NOT NULL,
    code       TEXT NOT NULL,
    sender     TEXT NOT NULL,
    recipients INTEGER NOT NULL,
    operation  INTEGER NOT NULL,           -- command_id
    segment    TEXT NOT NULL,              -- '2/3' for a part of a long text
    reason     TEXT NOT NULL,
    rule       TEXT NOT NULL,
    evidence   TEXT NOT NULL,
    score      REAL NOT NULL,
    trace_id   TEXT NOT NULL,
    registered INTEGER NOT NULL,           -- registered_delivery
    size       INTEGER NOT NULL,           -- octets of the PDU
    pdu        BLOB,                       -- the whole PDU, sealed; NULL when it is no longer needed
    changed_at INTEGER NOT NULL,
    who        TEXT NOT NULL DEFAULT '',   -- who released or dropped it
    why        TEXT NOT NULL DEFAULT '',
    due_at     INTEGER NOT NULL DEFAULT 0, -- when it is tried again: to be sent, or its receipt
    attempts   INTEGER NOT NULL DEFAULT 0,
    told       TEXT NOT NULL DEFAULT '',   -- what came of the last attempt, in words
    status     INTEGER NOT NULL DEFAULT 0, -- the carrier's command_status
    carrier_id TEXT NOT NULL DEFAULT '',   -- the carrier's message_id
    receipt    TEXT NOT NULL DEFAULT '' CHECK (receipt IN ('', 'due', 'sent', 'given_up'))
) STRICT, WITHOUT ROWID;

CREATE INDEX quarantine_by_state ON quarantine (state, due_at);
CREATE INDEX quarantine_by_text ON quarantine (text_id);
