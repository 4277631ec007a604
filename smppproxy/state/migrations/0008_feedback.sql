-- Feedback: what people and authorities said of texts, for the next model. Instants: Unix milliseconds.

CREATE TABLE feedback (
    id          INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 16),  -- of the normalised text, as in the trace
    text        BLOB NOT NULL,              -- sealed, see texts.key
    label       TEXT NOT NULL,              -- ham, or a class of the model
    subclass    TEXT NOT NULL DEFAULT '',   -- such as parcel
    lang        TEXT NOT NULL DEFAULT '',
    authority   TEXT NOT NULL CHECK (authority IN ('reseller', 'person', 'regulator', 'appeal')),
    source      TEXT NOT NULL,              -- the file or the case it comes from
    who         TEXT NOT NULL,              -- who said so
    why         TEXT NOT NULL DEFAULT '',
    at          INTEGER NOT NULL,           -- when it was said
    imported_at INTEGER NOT NULL
);

CREATE INDEX feedback_by_fingerprint ON feedback (fingerprint);
