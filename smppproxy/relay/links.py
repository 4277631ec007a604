"""The two kinds of connection the relay holds, each with its session, its window and its tray of octets to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from struct import Struct
from typing import TYPE_CHECKING, Final

import msgspec

from smppproxy.relay.ticket import Route, Ticket, note_of
from smppproxy.smpp import constants as c
from smppproxy.smpp import kernel
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.session import Limits, Role, Session
from smppproxy.smpp.window import Window

if TYPE_CHECKING:
    from smppproxy.relay.account import Account
    from smppproxy.relay.upstream import Backoff, Upstream


_HEADER: Final = Struct(">IIII")

#: Requests per link whose late answer is still of interest; older ones are forgotten first.
LATE_LIMIT = 1000


def _nobody(status: int) -> None:
    """Takes the answer to a delivery whose carrier is known by its link."""


class Link:
    """What the two ends share. ``wire`` belongs to the owner of the socket; the relay never looks at it."""

    __slots__ = (
        "_frames",
        "_own",
        "_sequences",
        "_through",
        "gone",
        "keeps",
        "next_check",
        "parting",
        "session",
        "spends",
        "wire",
    )

    def __init__(self, role: Role, limits: Limits, now: float) -> None:
        # a reseller's unbind is answered after the last of its requests (SMPP 5.0 section 2.3.6)
        self.session = Session(role, limits, now, hold_unbind=role is Role.SMSC)
        self.session.link = self
        self.wire: object = None
        self.spends = False  # a frame that was written lets go of its octets
        self.keeps = False  # a frame that was written keeps its own octets, but not the read that brought it
        self.gone = False
        self.parting = False  # our unbind is sent or to be sent: no new request goes this way
        self.next_check = float("inf")
        self._frames: list[Frame] = []
        self._sequences: list[int] = []
        self._own: list[bytes] = []
        self._through: list[bytes] = []

    def send(self, frame: Frame, sequence: int) -> None:
        """Put a PDU on the tray as it was received, under another sequence_number."""
        self._frames.append(frame)
        self._sequences.append(sequence)

    def hand(self, octets: bytes) -> None:
        """Put whole PDUs on the tray as they are to be written."""
        if self._frames:
            self._join()
        self._through.append(octets)

    def say(self, octets: bytes) -> None:
        """Put a PDU of our own making on the tray."""
        self._own.append(octets)

    def answer(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        """Answer a request ourselves. A refusal is header-only (SMPP 3.4 section 4.4.2) unless a body is given."""
        self._own.append(_HEADER.pack(16 + len(body), command | c.RESPONSE_BIT, status, sequence) + body)

    @property
    def pair(self) -> Link | None:
        """The one link that what is read here is written to, None where links are shared."""
        return None

    @property
    def ending(self) -> bool:
        """Whether nothing new may be asked on this link: it is closing, or we unbind."""
        return self.parting or self.session.closing

    def take(self) -> bytes:
        """Empty the tray: everything to write now, in order.

        Our answers go first, so that a bind's answer precedes the first delivery, then what was handed through. The
        session's words come last: an unbind, or the answer to one, follows all that was answered before it.
        """
        if self._frames:
            self._join()
        session = self.session
        through = self._through
        if len(through) == 1 and not session.out and not self._own:
            return through.pop()
        words = [*self._own, *through, *session.out]
        self._own.clear()
        through.clear()
        session.out.clear()
        return b"".join(words)

    def _join(self) -> None:
        frames, sequences = self._frames, self._sequences
        self._frames, self._sequences = [], []
        self._through.append(kernel.gather(frames, sequences, self.spends))
        if self.keeps:
            kernel.keep(frames)


class Delivery(msgspec.Struct, gc=False):
    """A request of the carrier on its way to a reseller."""

    carrier: Carrier | None  # None: it came from another worker, and ``tell`` takes the answer there
    sequence: int
    command: int
    opened: float
    account: Account
    tell: Callable[[int], None] = _nobody


class Reseller(Link):
    """An ESME bound, or about to bind, to us."""

    __slots__ = (
        *(
            "account",
            "alias",
            "became",
            "bind",
            "carrier",
            "deliveries",
            "first",
            "held",
            "in_flight",
            "listener",
            "peak",
        ),
        *("knows_tlvs", "peer", "reading"),
    )

    def __init__(self, limits: Limits, peer: str, listener: int, deliveries: int, now: float) -> None:
        super().__init__(Role.SMSC, limits, now)
        self.peer = peer
        self.knows_tlvs = True  # its bind named an interface_version that has them
        self.listener = listener
        self.account: Account | None = None
        self.alias = ""  # of the message this stands for, see relay.release; "" for a client's session
        self.carrier: Carrier | None = None  # paired mode: the one upstream link of this session
        self.bind: Frame | None = None  # the bind being answered
        self.in_flight = 0  # unanswered requests of the reseller
        self.peak = 0  # most requests it ever had open: what it can do beyond window 1
        self.held = 0  # of those, segments that wait for the rest of their text
        self.reading = False  # a read of several kinds of request is being treated: an unbind waits for its end
        self.first: bytearray | None = bytearray()  # its first octets while they may be an outbind, then None
        self.became: Carrier | None = None  # what it turned out to be by an outbind
        self.deliveries: Window[Delivery] = Window(deliveries, attrgetter("opened"))

    @property
    def pair(self) -> Link | None:
        """The carrier's link that is this session's alone."""
        return self.carrier


class Carrier(Link):
    """A link to an SMSC: ours to dial and to bind."""

    __slots__ = (
        *("backoff", "bind_sequence", "bound", "by_outbind", "dialled", "late", "noted", "reseller", "upstream"),
        "window",
    )

    def __init__(self, upstream: Upstream, limits: Limits, window: int, now: float, reseller: Reseller | None) -> None:
        super().__init__(Role.ESME, limits, now)
        # Rows of the window live until they are answered: no read buffer may live as long. The trace reads them then.
        self.keeps = upstream.traced
        self.spends = not upstream.traced
        self.upstream = upstream
        self.reseller = reseller  # paired mode: whose link this is
        self.window: Window[Ticket] = Window(window, attrgetter("received"))
        self.noted = 0  # how many of the window's rows have a whole note: while none has, answers go the short way
        self.bound = False
        self.by_outbind = False  # the SMSC connected to us
        self.backoff: Backoff | None = None  # of a shared link: how long its successor waits
        self.bind_sequence = 0
        self.dialled = now
        self.late: dict[int, Route] = {}  # answered with a timeout; the carrier's answer may still name the message

    @property
    def pair(self) -> Link | None:
        """The reseller whose link this is alone."""
        return self.reseller

    def open(self, tickets: Sequence[Ticket], plain: bool) -> None:
        """Send requests on: each gets a sequence_number of this link and a row in its window.

        ``plain`` says that none of them has more than its code to say (see :mod:`~smppproxy.relay.ticket`).
        """
        if plain and isinstance(tickets, list):
            first = self.session.consecutive(len(tickets))
            if first:
                self.hand(self.window.send_on(first, tickets, self.spends))
                if self.keeps:
                    kernel.keep(tickets)
                return
        sequences = self.session.sequences(len(tickets))
        self.window.open_many(sequences, tickets)
        self._sequences += sequences
        if plain:
            self._frames += tickets
            return
        for ticket in tickets:
            note = note_of(ticket)
            if note.forward is not None:
                self._frames.append(note.forward)
                note.forward = None
                kernel.keep([ticket])
            else:
                self._frames.append(ticket)
        self.noted += len(tickets)

    def remember_late(self, sequence: int, route: Route) -> None:
        """Keep a request that was answered with a timeout: a late answer still says which message_id it got."""
        if len(self.late) >= LATE_LIMIT:
            del self.late[next(iter(self.late))]
        self.late[sequence] = route
