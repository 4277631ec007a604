"""The clocks of one session. Pure: time comes in as an argument, in seconds, and never runs backwards.

SMPP 3.4 s. 7.2 names four timers and leaves their values to the implementer; two more keep a peer that
stalls from holding a connection for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import inf


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session waits and how much it takes. Times in seconds; 0 switches a timer off."""

    session_init: float = 10.0  # connection to bind request; a connection that never binds only costs
    enquire_link: float = 30.0  # silence until we ask whether the peer is there; what most peers use too
    inactivity: float = 0.0  # bound without any request or answer but those to our enquire_links; off: quiet is legal
    response: float = 30.0  # our bind, enquire_link, unbind to its answer; also an unbound connection left open
    pdu_read: float = 10.0  # first octet of a PDU to its last; an octet a second is not slow, it is an attack
    max_pdu: int = 70_000  # octets; a message_payload of 65,535 with its other fields fits


class Expiry(Enum):
    """What a timer calls for. All but ``ENQUIRE_LINK`` end the session; their value is the reason."""

    ENQUIRE_LINK = "silence: ask the peer"
    PDU_READ = "the rest of a PDU did not come in time"
    SESSION_INIT = "no bind request in time"
    BIND_UNANSWERED = "our bind was not answered in time"
    UNBIND_UNANSWERED = "our unbind was not answered in time"
    LEFT_OPEN = "the connection was left open after the unbind"
    ENQUIRE_LINK_UNANSWERED = "our enquire_link was not answered in time"
    INACTIVITY = "no request in time"


class Timers:
    """Deadlines of one session. The session moves them, :meth:`expired` reads them."""

    __slots__ = (
        "_bound",
        "_paused",
        "_phase",
        "_phase_by",
        "active",
        "answer_by",
        "asked",
        "heard",
        "limits",
        "pdu_by",
    )

    def __init__(self, limits: Limits, now: float) -> None:
        self.limits = limits
        self.heard = now  # when the last whole PDU came
        self.active = now  # the same, without the answers to our own enquire_links
        self.asked = now  # when our enquire_link went out, while answer_by is finite
        self.answer_by = inf
        self.pdu_by = inf
        self._bound = False
        self._paused = False
        self._phase = Expiry.SESSION_INIT
        self._phase_by = inf
        self.phase(Expiry.SESSION_INIT, now)

    def phase(self, expiry: Expiry, now: float, within: float | None = None) -> None:
        """Enter a phase that must end in time: what happens otherwise, and within how many seconds if not the usual."""
        if within is None:
            within = self.limits.session_init if expiry is Expiry.SESSION_INIT else self.limits.response
            within = within or inf
        self._phase = expiry
        self._phase_by = now + within

    def no_later_than(self, by: float) -> None:
        """Let the phase end at ``by``, where it would end later."""
        self._phase_by = min(self._phase_by, by)

    def settled(self, bound: bool) -> None:
        """No phase is pressing. While ``bound`` silence and inactivity are watched."""
        self._phase_by = inf
        self._bound = bound
        if not bound:
            self.answer_by = inf

    def unwatched(self) -> None:
        """The session ends: silence is no matter any more."""
        self._bound = False
        self.answer_by = inf

    def enquired(self, now: float) -> None:
        """Our enquire_link went out."""
        self.asked = now
        self.answer_by = now + (self.limits.response or inf)

    def pause(self) -> None:
        """The owner stopped reading: what the peer sends cannot be heard, so silence proves nothing."""
        self._paused = True

    def resume(self, now: float) -> None:
        """The owner reads again: clocks that measure the peer start anew."""
        if not self._paused:
            return
        self._paused = False
        self.heard = self.active = now
        if self.answer_by != inf:
            self.enquired(now)
        if self.pdu_by != inf:
            self.pdu_by = now + (self.limits.pdu_read or inf)

    def due(self) -> float:
        """When :meth:`expired` next has something to say; ``inf`` if never."""
        due = self._phase_by
        if self._paused:
            return due
        if self.pdu_by < due:
            due = self.pdu_by
        if self._bound:
            limits = self.limits
            if self.answer_by != inf:
                due = min(due, self.answer_by)
            elif limits.enquire_link:
                due = min(due, self.heard + limits.enquire_link)
            if limits.inactivity:
                due = min(due, self.active + limits.inactivity)
        return due

    def expired(self, now: float) -> Expiry | None:
        """The most pressing timer that has run out, or None."""
        if self._phase_by <= now:
            return self._phase
        if self._paused:
            return None
        if self.pdu_by <= now:
            return Expiry.PDU_READ
        if not self._bound:
            return None
        limits = self.limits
        if self.answer_by <= now:
            if self.heard <= self.asked:
                return Expiry.ENQUIRE_LINK_UNANSWERED
            # It sent something since: it is there. Dropping a link that carries messages helps nobody.
            self.answer_by = inf
        if limits.inactivity and self.active + limits.inactivity <= now:
            return Expiry.INACTIVITY
        if limits.enquire_link and self.answer_by == inf and self.heard + limits.enquire_link <= now:
            return Expiry.ENQUIRE_LINK
        return None
