-- How many messages went which way, by day and by month: the statistics outlive the trace they were counted from.

CREATE TABLE traffic_counts (
    period   TEXT NOT NULL,             -- a day such as 2026-11-21, or a month such as 2026-11, in the operator's time
    account  TEXT NOT NULL,
    upstream TEXT NOT NULL,             -- '' where none was reached
    code     TEXT NOT NULL,             -- '' where none was sent, or none that is known; '*': beyond those told apart
    route    TEXT NOT NULL,
    class    TEXT NOT NULL,             -- what the text was found to be; 'ham': nothing found; 'unjudged'
    outcome  TEXT NOT NULL,             -- forward, refuse, throttle, …
    reason   TEXT NOT NULL,             -- '' when forwarded and accepted
    messages INTEGER NOT NULL,          -- whole texts, each to one recipient
    segments INTEGER NOT NULL,          -- what travelled: the parts of long texts one by one
    PRIMARY KEY (period, account, upstream, code, route, class, outcome, reason)
) STRICT, WITHOUT ROWID;

-- The same by period and class only: the course of a month is asked for with every report.
CREATE TABLE traffic_course (
    period   TEXT NOT NULL,
    class    TEXT NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (period, class)
) STRICT, WITHOUT ROWID;

-- How far each spool file was counted, written with the counts: each row counts once, whenever the power fails.
CREATE TABLE traffic_counted (
    file     TEXT PRIMARY KEY,
    position INTEGER NOT NULL           -- octets
) STRICT, WITHOUT ROWID;

-- Sanctions of a period are counted from the ledger.
CREATE INDEX ledger_by_action ON ledger (action, at);
