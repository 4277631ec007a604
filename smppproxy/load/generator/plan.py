"""What a load run is to do: the options of ``smppproxy load`` as one checked, frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import ssl

Engine = Literal["native", "aiosmpplib", "smpplib"]
Encoding = Literal["auto", "gsm7", "ucs2", "cp949"]
Bind = Literal["transceiver", "transmitter"]
Expected = frozenset[int] | None
"""The command_status values a kind of message may be answered with; None allows any."""

NO_CODE: Final = "plain"
"""The kind of a message when codes play no part in a run."""

KINDS: Final[dict[str, frozenset[int]]] = {
    NO_CODE: frozenset({0x00}),
    "valid": frozenset({0x00}),  # one of the codes, at random
    "list": frozenset({0x00}),  # the codes one after the other
    "missing": frozenset({0xC3}),  # no code TLV
    "wrong": frozenset({0xC4}),  # right length, wrong format
    "short": frozenset({0xC2}),  # one octet too few
    "unknown": frozenset({0xC4}),  # right format, none of the codes
}
"""Kinds of messages by what their code is, with the answers expected unless ``--expect`` says otherwise."""


class PlanError(ValueError):
    """An option cannot be carried out; the message says which, what was expected and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The code TLV of a run: ``shares`` maps kinds to their weight."""

    tag: int = 0x1400
    values: tuple[bytes, ...] = ()
    shares: dict[str, float] = field(default_factory=lambda: {"valid": 1.0})

    def __post_init__(self) -> None:
        for kind, share in self.shares.items():
            if kind not in KINDS or kind == NO_CODE:
                known = ", ".join(name for name in KINDS if name != NO_CODE)
                raise PlanError(f"--code-mix: {kind!r} is no kind of code; the kinds are {known}")
            if share < 0:
                raise PlanError(f"--code-mix: the share of {kind!r} is {share}; give a number from 0 up")
        if not sum(self.shares.values()) > 0:
            raise PlanError("--code-mix: all shares are 0; give at least one kind a share, as valid=1")
        if not self.values and any(self.shares.get(kind) for kind in ("valid", "list", "wrong", "short")):
            raise PlanError("--code-mix: no code is known; give --code CODE or --codes FILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run. Times are seconds; ``messages`` 0 means as many as ``seconds`` hold.

    ``rate`` 0 is a closed loop (every window always full); above, an open loop of that many messages per second
    over all sessions, whose latency counts from the moment a message *should* have left.
    """

    host: str
    port: int
    engine: Engine = "native"
    sessions: int = 1
    window: int = 10  # unanswered messages per session; 3.4 s. 2.6 suggests 10
    messages: int = 0
    seconds: float = 0.0
    rate: float = 0.0
    poisson: bool = False
    spin: bool = False  # poll without sleeping in the open loop: exact send times for one busy core
    warm_up: float = 0.0  # not counted in rates and latencies
    response_timeout: float = 30.0  # then the window slot is freed and the message counts as unanswered
    connect_timeout: float = 10.0
    bind: Bind = "transceiver"
    system_id: str = "load"  # %d is the session's number from 0
    password: str = "secret"
    source: str = "15880000"  # each # becomes a random digit
    destination: str = "0105000####"
    texts: tuple[str, ...] = ()
    encoding: Encoding = "auto"
    data_coding: int | None = None  # None: what the encoding says
    varied_digits: bool = False
    registered_delivery: int = 0
    codes: Codes | None = None
    expect: dict[str, Expected] = field(default_factory=dict)
    linger: float = 0.0  # wait so long for receipts after the last answer
    seed: int = 0
    tls: ssl.SSLContext | None = None
    server_name: str = ""

    def __post_init__(self) -> None:
        if self.messages <= 0 and self.seconds <= 0:
            raise PlanError("nothing says when to stop; give --messages N or --seconds S")
        if self.sessions < 1 or self.window < 1:
            raise PlanError(f"--sessions {self.sessions} --window {self.window}: both must be at least 1")
        if self.poisson and not self.rate:
            raise PlanError("--poisson spaces an open loop; give --rate R with it")
        if self.tls is not None and self.engine == "aiosmpplib":
            raise PlanError("aiosmpplib knows no TLS; take --engine native or smpplib")

    def expected(self, kind: str) -> Expected:
        """The statuses a message of this kind may be answered with."""
        return self.expect[kind] if kind in self.expect else KINDS[kind]


def parse_shares(text: str) -> dict[str, float]:
    """``valid=0.9,missing=0.1`` as a mapping."""
    shares = {}
    for part in text.split(","):
        kind, _, share = part.strip().partition("=")
        try:
            shares[kind] = float(share)
        except ValueError:
            raise PlanError(f"--code-mix: {part.strip()!r} is no KIND=SHARE, as missing=0.05") from None
    return shares


def parse_expect(text: str) -> dict[str, Expected]:
    """``0``, ``any`` or ``0x00/0x58`` for every kind; ``valid=0/0x58,missing=0xc3`` for single ones."""
    expect: dict[str, Expected] = {}
    for part in text.split(","):
        kind, equals, statuses = part.strip().rpartition("=")
        if equals and kind not in KINDS:
            raise PlanError(f"--expect: {kind!r} is no kind; the kinds are {', '.join(KINDS)}")
        try:
            allowed = None if statuses == "any" else frozenset(int(status, 0) for status in statuses.split("/"))
        except ValueError:
            raise PlanError(f"--expect: {statuses!r} is no status; give 0, 0x58, 0/0x58 or any") from None
        for name in [kind] if equals else list(KINDS):
            expect[name] = allowed
    return expect
