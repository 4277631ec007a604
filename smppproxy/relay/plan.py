"""What the relay is told: accounts, upstreams, limits. Frozen; a reload brings a new plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from ipaddress import IPv4Network, IPv6Network

from filters.code import CodeRule
from filters.contract import Mode
from smppproxy.relay.statuses import TABLES, Table

Network = IPv4Network | IPv6Network


class Forward(Enum):
    """What becomes of the code's TLV on its way to the carrier."""

    KEEP = "keep"
    STRIP = "strip"
    RENAME = "rename"


@dataclass(frozen=True, slots=True)
class ExtraTlv:
    """A further identity to read: the relay code, a DLT template."""

    name: str
    tag: int


@dataclass(frozen=True, slots=True)
class CodeTlv:
    """Where the first sender's code is read and how it goes on."""

    tag: int = 0x1400
    forward: Forward = Forward.KEEP
    rename_to: int = 0
    inject: bytes = b""  # inserted where the TLV is absent; empty: nothing is
    extras: tuple[ExtraTlv, ...] = ()

    @property
    def rewrites(self) -> bool:
        """Whether a forwarded PDU can differ from the one received by more than its sequence_number."""
        return self.forward is not Forward.KEEP or bool(self.inject)


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """What a system_id may do."""

    system_id: bytes
    upstream: str
    rule: CodeRule
    code: CodeTlv = field(default_factory=CodeTlv)
    verify: Callable[[bytes], bool] | None = None  # None: the SMSC decides (paired mode only)
    slow_verify: bool = False  # the check takes longer than a loop may be held: it is done elsewhere
    allowed: frozenset[str] | None = None  # codes this account may carry; None: any registered one
    networks: tuple[Network, ...] = ()  # empty: from anywhere
    max_binds: int = 10
    window: int = 1000  # unanswered requests per bind
    rate: float = 0.0  # requests per second over all binds, 0: no limit
    burst: int = 0  # requests at once after a pause, 0: as many as in a second
    statuses: Table = field(default_factory=lambda: TABLES["smpp34"])
    route: str = "domestic"
    numbers: tuple[str, ...] = ()  # prefixes of mobile-originated destinations that are this account's
    explain: bool = False  # additional_status_info_text in refusals


@dataclass(frozen=True, slots=True)
class UpstreamPlan:
    """A carrier's SMSC."""

    name: str
    paired: bool = True
    response_timeout: float = 30.0  # s; then 0x08, the window slot is freed, the link stays
    timeout_status: int = 0x08
    system_id: bytes = b""
    password: bytes = b""
    system_type: bytes = b""
    bind: str = "transceiver"
    binds: int = 0  # shared binds this worker keeps (pooled)
    window: int = 100  # unanswered requests per shared bind; carriers commonly grant 10 to 100
    outbind_system_id: bytes = b""  # what the SMSC calls itself in an outbind (pooled); empty: it may send none
    outbind_password: bytes = b""
    outbind_networks: tuple[Network, ...] = ()  # the addresses an outbind may come from; empty: none

    @property
    def takes_outbind(self) -> bool:
        """Whether the SMSC may connect to us and ask for a bind_receiver."""
        return not self.paired and bool(self.outbind_system_id) and bool(self.outbind_networks)


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """Bounds of the relay; each exists so that no peer can make it grow."""

    max_sessions: int = 10_000  # reseller connections of this worker; more are closed at once
    queue: int = 10_000  # requests waiting for upstream credit, per upstream; more are answered 0x58
    judge_queue: int = 20_000  # texts waiting for the judge; from half of it on accounts over their share get 0x58
    judge_deadline: float = 0.2  # s from arrival to a verdict on the text
    judge_late_forward: bool = True  # forward a late text and judge it afterwards, or refuse it with 0x58
    deliveries: int = 100  # unanswered deliver_sm per account: one slow reseller cannot fill the SMSC's window
    deliver_timeout: float = 10.0  # s until the SMSC is told 0x64 for a deliver_sm its reseller did not answer
    early_receipt: float = 5.0  # s a receipt waits for the submit_sm_resp it overtook
    receipt_retries: int = 50  # times the SMSC is asked to come back with a receipt whose owner is not bound
    unbind_wait: float = 5.0  # s until an unanswered unbind is closed
    segment_wait: float = 60.0  # s until an incomplete text is forgotten
    segments: int = 50_000  # unfinished texts remembered per worker
    segment_octets: int = 1 << 26  # octets of all those texts together; a part can be 64 KiB long
    segment_hold: float = 0.0  # s that segments are kept back until the whole text is judged; 0: never
    quarantine_wait: float = 10.0  # s that a message to be held waits for the disk; then 0x08, its fate is unknown
    recent: int = 20_000  # accepted messages a replace_sm can inherit its code and data_coding from
    close_grace: float = 0.5  # s for the last octets before a faulty connection is closed


class Subject(StrEnum):
    """What is asked about."""

    TEXT = "text"
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class InquiryPlan:
    """How to ask."""

    mode: Mode = Mode.OBSERVE
    subjects: tuple[Subject, ...] = (Subject.TEXT,)
    deadline: float = 0.5  # s that a request waits
    forward: bool = True  # a request whose question stays unanswered goes on; else 0x58
    remember: float = 3600.0  # s that an answer holds
    remembered: int = 50_000  # answers; some 300 octets each with their question
    waiting: int = 20_000  # requests; more are answered 0x58


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the relay needs to know of the configuration."""

    accounts: Mapping[bytes, AccountPlan]
    upstreams: Mapping[str, UpstreamPlan]
    limits: RelayLimits = field(default_factory=RelayLimits)
    inquiry: InquiryPlan | None = None  # None: no outside service is asked
