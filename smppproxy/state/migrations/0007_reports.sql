-- Spam reports of the regulator, what they were matched to, the campaigns they make, and the senders they accuse.
-- Instants are Unix seconds where they come from a report or the trace, Unix milliseconds where we made the row.

CREATE TABLE report_files (
    id         INTEGER PRIMARY KEY,
    digest     TEXT NOT NULL UNIQUE,        -- SHA-256 of the file: the same file counts once
    name       TEXT NOT NULL,
    form       TEXT NOT NULL,               -- 'dump', 'csv', 'xlsx'
    state      TEXT NOT NULL CHECK (state IN ('open', 'done')),  -- open: broken off; its reports count for nothing yet
    at         INTEGER NOT NULL,
    who        TEXT NOT NULL,
    why        TEXT NOT NULL DEFAULT '',
    added      INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    rejected   INTEGER NOT NULL
) STRICT;

CREATE TABLE reports (
    id         INTEGER PRIMARY KEY,
    mark       BLOB NOT NULL UNIQUE,        -- hash of all a report says: the same report counts once
    file       INTEGER NOT NULL,
    place      INTEGER NOT NULL,            -- the line or row of the file it begins at
    received   INTEGER NOT NULL,            -- when the message came in; 0: not said
    reported   INTEGER NOT NULL,
    label      TEXT NOT NULL,               -- as the file has it
    category   TEXT NOT NULL,               -- what we make of it: 'gambling', …, 'ham'; '' unknown
    channel    TEXT NOT NULL,               -- 'SMS', 'voice', …
    sender     TEXT NOT NULL,               -- E.164 digits or a name; '' masked or absent
    origin     TEXT NOT NULL,               -- the number behind it, the same way
    relay      TEXT NOT NULL,               -- the relay operator named
    recipient  BLOB NOT NULL,               -- keyed hash, x'' where the file names none
    text       BLOB NOT NULL,               -- fingerprint of the normalised text, x'' for none
    text_day   TEXT NOT NULL,               -- the day whose file of texts keeps the text, '' for none
    campaign   INTEGER,
    confidence REAL NOT NULL DEFAULT 0,     -- of the best match; 0: none
    CHECK (confidence BETWEEN 0 AND 1)
) STRICT;
CREATE INDEX reports_by_campaign ON reports (campaign);
CREATE INDEX reports_by_sender ON reports (sender, reported);
CREATE INDEX reports_by_text ON reports (text);
CREATE INDEX reports_by_file ON reports (file);

-- Which message a report is about, as well as can be told.
CREATE TABLE report_matches (
    report     INTEGER NOT NULL,
    trace_id   TEXT NOT NULL,
    at         REAL NOT NULL,
    account    TEXT NOT NULL,
    code       TEXT NOT NULL,
    confidence REAL NOT NULL,
    why        TEXT NOT NULL,               -- 'recipient+text+time', 'text+sender', …
    PRIMARY KEY (report, trace_id)
) STRICT;
CREATE INDEX report_matches_by_code ON report_matches (code);

CREATE TABLE campaigns (
    id         INTEGER PRIMARY KEY,
    text       BLOB NOT NULL UNIQUE,        -- fingerprint of the text it began with
    signature  BLOB NOT NULL,               -- MinHash of that text, x'' where it is too short
    category   TEXT NOT NULL DEFAULT '',    -- the commonest of its reports
    reports    INTEGER NOT NULL DEFAULT 0,
    ham        INTEGER NOT NULL DEFAULT 0,  -- reports among them that say "not spam"
    texts      INTEGER NOT NULL DEFAULT 0,
    senders    INTEGER NOT NULL DEFAULT 0,
    first_at   INTEGER NOT NULL DEFAULT 0,
    last_at    INTEGER NOT NULL DEFAULT 0,
    changed_at INTEGER NOT NULL
) STRICT;

-- The texts of a campaign.
CREATE TABLE campaign_texts (
    text       BLOB NOT NULL PRIMARY KEY,
    campaign   INTEGER NOT NULL,
    similarity REAL NOT NULL                -- to the text it began with, 0 to 1
) STRICT;
CREATE INDEX campaign_texts_by_campaign ON campaign_texts (campaign);

-- Who sent a campaign, by the trace. Written anew when it is matched again.
CREATE TABLE campaign_sources (
    campaign   INTEGER NOT NULL,
    account    TEXT NOT NULL,
    code       TEXT NOT NULL,
    route      TEXT NOT NULL,
    messages   INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    first_at   REAL NOT NULL,
    last_at    REAL NOT NULL,
    traces     TEXT NOT NULL,               -- JSON array: some trace ids as evidence
    PRIMARY KEY (campaign, account, code, route)
) STRICT;

-- Senders that reached the day's number of reports: what is offered to the regulator as a blacklist. One row a sender,
-- of its worst day; reports that say "not spam", and masked senders, are not in it.
CREATE TABLE blacklist_candidates (
    sender     TEXT NOT NULL PRIMARY KEY,   -- E.164 digits
    day        TEXT NOT NULL,               -- YYYY-MM-DD (Asia/Seoul) with the most reports
    reports    INTEGER NOT NULL,            -- on that day
    total      INTEGER NOT NULL,            -- on all days
    days       INTEGER NOT NULL,            -- days with a report
    reporters  INTEGER NOT NULL,            -- distinct recipients, where the files name them; else 0
    texts      INTEGER NOT NULL,            -- distinct texts
    category   TEXT NOT NULL,               -- the commonest
    first_at   INTEGER NOT NULL,            -- first and last report
    last_at    INTEGER NOT NULL,
    expires    INTEGER NOT NULL,            -- first second after the block asked for
    changed_at INTEGER NOT NULL
) STRICT;
