"""``[proxy]`` with its timers and limits, ``[admin]``, ``[logs]`` and ``[trace]``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from smppproxy.app.settings.values import (
    Address,
    AddressValue,
    Count,
    CountOrNone,
    DatabaseUrl,
    Duration,
    FilePath,
    Flag,
    Hours,
    Networks,
    Octets,
    Seconds,
    Section,
    Whole,
    option,
)


class Timers(Section):
    """``[proxy.timers]``: how long anything may take. A value of 0 is only allowed where it says so."""

    session_init: Duration = option(10.0, "a peer's time from connecting to its bind; peers grant 10 to 30", unit="s")
    enquire_link: Duration = option(30.0, "silence after which we send enquire_link; 30 is common practice", unit="s")
    inactivity: Seconds = option(
        0.0, "silence after which we unbind; enquire_link counts as activity; 0 = off", unit="s"
    )
    response: Duration = option(
        30.0, "a peer's time to answer our enquire_link before the link counts as dead", unit="s"
    )
    pdu_read: Duration = option(
        10.0, "from the first to the last octet of a PDU; bounds peers that drip octets", unit="s"
    )
    unbind: Duration = option(5.0, "a peer's time to answer our unbind before the socket is closed", unit="s")
    deliver: Duration = option(10.0, "a reseller's time to answer deliver_sm; then the SMSC gets 0x64", unit="s")
    receipt: Duration = option(5.0, "how long a receipt that beats its submit_sm_resp waits for it (pooled)", unit="s")
    segments: Duration = option(60.0, "after which an incomplete text of several segments is forgotten", unit="s")
    connect: Duration = option(5.0, "for TCP and TLS to an upstream address before the next one is tried", unit="s")


class Limits(Section):
    """``[proxy.limits]``: bounds on memory. All are per worker unless the line says otherwise."""

    sessions: Count = option(10_000, "reseller sessions; more are closed at once", unit="sessions")
    upstream_queue: Count = option(
        10_000, "submits per upstream that wait for window credit; beyond it 0x58", unit="requests"
    )
    judge_queue: Count = option(
        20_000, "texts waiting for the judge; from half of it on accounts over their share get 0x58", unit="texts"
    )
    judge_chunk: CountOrNone = option(
        0, "texts per run of the judge; 0 = as many as hold the loop 0.5 ms, which follows the traffic", unit="texts"
    )
    memo: Count = option(20_000, "judged texts remembered, some 600 octets each", unit="texts")
    segmented: Count = option(10_000, "incomplete texts of several segments", unit="texts")
    deliver_window: Count = option(
        100,
        "deliver_sm unanswered per account, so that one slow reseller cannot fill the SMSC's window",
        unit="requests",
    )
    write_buffer: Octets = option(
        1 << 18, "unsent octets per connection at which reading its peer pauses", unit="octets"
    )


class Proxy(Section):
    """``[proxy]``: the process as a whole."""

    workers: Annotated[Whole, Field(ge=0, le=256)] = option(1, "worker processes; 0 = one per core", restart=True)
    state_dir: FilePath = option(
        "var",
        "folder of store, books, spool and sockets; relative to the folder of the configuration file",
        restart=True,
    )
    database: DatabaseUrl = option(
        "",
        '"" = SQLite in state_dir; `postgresql://user:password@host/name` = a store several nodes may share, '
        "best as `env:` or `file:`",
        restart=True,
    )
    cluster: Literal[""] = option("", '"" = one machine, the only way of this version', restart=True)
    drain_timeout: Seconds = option(30.0, "for the requests in flight when the proxy stops", unit="s")
    max_pdu: Annotated[Whole, Field(ge=1024, le=16 << 20)] = option(
        70_000, "longest PDU; message_payload alone may hold 65,535", unit="octets"
    )
    trusted_proxies: Networks = option((), "networks whose PROXY protocol header and X-Forwarded-For are believed")
    timers: Timers = option(Timers(), "see `[proxy.timers]`")
    limits: Limits = option(Limits(), "see `[proxy.limits]`")

    @property
    def worker_count(self) -> int:
        """How many workers run: as asked, or one per core this process may use."""
        return self.workers or len(os.sched_getaffinity(0))

    @property
    def state_path(self) -> Path:
        """``state_dir`` with relative paths already taken from the folder of the configuration file."""
        return self.state_dir


class Admin(Section):
    """``[admin]``: HTTP for metrics, health, resellers' look-ups and the abuse desk's page."""

    address: AddressValue = option(Address("127.0.0.1", 8775), "port 0 picks a free one", restart=True)


class Logs(Section):
    """``[logs]``: events for operators, on stderr. No message content, no recipient, no secret."""

    format: Literal["auto", "json", "console"] = option(
        "auto", "auto: console on a terminal, JSON elsewhere", restart=True
    )
    level: Literal["debug", "info", "warning", "error"] = option("info", "least severe event that is written")


class Trace(Section):
    """``[trace]``: one row per message, appended to a spool on disk. Recipients are stored as keyed hashes."""

    enabled: Flag = option(True, "write the trace", restart=True)
    durability: Literal["flush", "commit"] = option(
        "flush",
        "flush: a row reaches the disk's cache within 0.1 s; commit: an answer leaves only when its row is durable",
        restart=True,
    )
    part_size: Octets = option(64 << 20, "size at which a new spool file is begun", unit="octets")
    part_age: Duration = option(300.0, "age at which a new spool file is begun", unit="s")
    spool_limit: Octets = option(
        4 << 30, "most the spool may take on disk per worker; beyond it the oldest go, and are counted", unit="octets"
    )
    retention: Count = option(
        90, "how long rows are kept, by whole days (UTC), today being the first; older days are deleted", unit="days"
    )
    texts: Literal["none", "refused"] = option(
        "none",
        "which texts are kept, encrypted, for `trace --show-text`: none, or those of messages that were refused for "
        "good; texts that somebody reported are kept by `reports import`",
        restart=True,
    )
    text_retention: Count = option(30, "how long texts are kept, refused or reported, by whole days (UTC)", unit="days")
    report_retention: Count = option(
        400, "how long reports, their matches and campaigns are kept after their file was imported", unit="days"
    )


class Stats(Section):
    """``[stats]``: the distribution statistics, counted from the trace by days and months and kept when it is gone."""

    utc_offset: Hours = option(
        9.0, "when the days of the statistics begin: hours before midnight UTC; Korea 9", unit="h", restart=True
    )
