-- Sanctions: what was counted against whom, what was proposed, done and taken back. Instants are Unix milliseconds.

CREATE TABLE sanctions (
    id          INTEGER PRIMARY KEY,           -- 1, 2, 3, … never used twice
    subject     TEXT NOT NULL,                 -- 'code:301150232'
    action      TEXT NOT NULL CHECK (action IN ('observe', 'throttle', 'suspend', 'strike')),
    state       TEXT NOT NULL CHECK (state IN ('warned', 'proposed', 'standing', 'ended', 'rejected', 'withdrawn')),
    rule        TEXT NOT NULL DEFAULT '',      -- the rule that asked for it, '' for a person
    automatic   INTEGER NOT NULL DEFAULT 0,
    rate        REAL NOT NULL DEFAULT 0,       -- messages a second left by a throttle
    duration    INTEGER NOT NULL DEFAULT 0,    -- s; 0: until lifted
    why         TEXT NOT NULL DEFAULT '',
    made_by     TEXT NOT NULL,                 -- 'rule:NAME' or a person
    made_at     INTEGER NOT NULL,
    needed      INTEGER NOT NULL DEFAULT 1,    -- different persons who have to approve
    approvals   TEXT NOT NULL DEFAULT '[]',    -- JSON
    began_at    INTEGER,
    ends_at     INTEGER,                       -- when it ends by itself
    ended_at    INTEGER,
    ended_by    TEXT NOT NULL DEFAULT '',
    ended_how   TEXT NOT NULL DEFAULT '',      -- lifted, expired, superseded, overturned, appeal, resumed, rejected
    ended_why   TEXT NOT NULL DEFAULT '',
    effect      TEXT NOT NULL DEFAULT '',      -- 'due' until registry and books agree with the state
    appeal      TEXT NOT NULL DEFAULT '',      -- JSON
    evidence    TEXT NOT NULL DEFAULT '{}'     -- JSON
);

CREATE INDEX sanctions_by_subject ON sanctions (subject, state);
CREATE INDEX sanctions_by_state ON sanctions (state, id);
CREATE INDEX sanctions_due ON sanctions (id) WHERE effect = 'due';

-- Malignant verdicts, the newest of each code: what evidence names and a person can overturn.
CREATE TABLE sanction_verdicts (
    number     INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    counted_at REAL NOT NULL,                  -- on the time line of the counters, s
    trace_id   TEXT NOT NULL,
    account    TEXT NOT NULL,
    code       TEXT NOT NULL,
    owner      TEXT NOT NULL,
    sender     TEXT NOT NULL,
    recipient  BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    cluster    TEXT NOT NULL,
    host       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    label      TEXT NOT NULL,
    score      REAL NOT NULL,
    model      TEXT NOT NULL,
    rule       TEXT NOT NULL,
    enforced   INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    route      TEXT NOT NULL,
    overturned INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX sanction_verdicts_by_trace ON sanction_verdicts (trace_id);
CREATE INDEX sanction_verdicts_by_code ON sanction_verdicts (code, number);
CREATE INDEX sanction_verdicts_by_account ON sanction_verdicts (account, number);
CREATE INDEX sanction_verdicts_by_sender ON sanction_verdicts (sender, number);
CREATE INDEX sanction_verdicts_by_owner ON sanction_verdicts (owner, number);
CREATE INDEX sanction_verdicts_by_cluster ON sanction_verdicts (cluster, number);
CREATE INDEX sanction_verdicts_by_host ON sanction_verdicts (host, number);

-- The counters of one subject, as msgpack.
CREATE TABLE sanction_counters (
    subject    TEXT PRIMARY KEY,
    seen       INTEGER NOT NULL,               -- last change, s on the time line of the counters
    due        INTEGER NOT NULL DEFAULT 0,     -- 1: counted since the rules were last asked
    counts     BLOB NOT NULL,
    recipients BLOB NOT NULL
);

CREATE INDEX sanction_counters_by_seen ON sanction_counters (seen);
CREATE INDEX sanction_counters_due ON sanction_counters (subject) WHERE due = 1;

-- From when on verdicts count again for an action, after a person took one back.
CREATE TABLE sanction_pardons (
    subject TEXT NOT NULL,
    action  TEXT NOT NULL,
    since   REAL NOT NULL,                     -- s on the time line of the counters
    counted TEXT NOT NULL DEFAULT '[]',        -- JSON: what the bucket of that moment held already
    PRIMARY KEY (subject, action)
);

-- Spool files whose verdicts are counted: each is counted once, whenever control dies.
CREATE TABLE sanction_files (
    name TEXT PRIMARY KEY,
    at   INTEGER NOT NULL
);

-- The time line of the counters: it never goes back, though the machine's clock may. Seconds.
CREATE TABLE sanction_clock (
    id   INTEGER PRIMARY KEY,
    wall REAL NOT NULL,
    line REAL NOT NULL,
    pending BLOB NOT NULL                      -- msgpack: messages that are not in their counters yet
);
