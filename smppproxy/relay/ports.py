"""What the relay asks of the outside; ``smppproxy.state`` and the worker provide it. Nothing here may wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from filters.contract import Reason
from smppproxy.relay.links import Reseller
from smppproxy.relay.ticket import Cause, Judgement, Late, Route, Ticket
from smppproxy.smpp.kernel import Frame


class Routes(Protocol):
    """Who sent the message an upstream calls ``message_id`` (pooled mode)."""

    def remember(self, upstream: str, message_id: str, route: Route, now: float) -> None:
        """Note the owner of a message_id. ``now`` is Unix time in seconds."""
        ...

    def find(self, upstream: str, spellings: Sequence[str]) -> Route | None:
        """Return the owner of a message that any of the spellings of a message_id names, or None."""
        ...


class Verdict(Protocol):
    """What a judge says of one text."""

    @property
    def key(self) -> bytes:
        """The text as the judge saw it; equal keys have equal verdicts."""
        ...

    @property
    def top(self) -> str:
        """The class it held most likely."""
        ...

    @property
    def score(self) -> float:
        """That class's probability."""
        ...

    @property
    def over(self) -> str:
        """The class whose threshold is reached; "" for none: then there is no finding."""
        ...


class Judge(Protocol):
    """The text filter, as far as the relay drives it."""

    @property
    def chunk(self) -> int:
        """How many texts one call of ``said`` may take without holding the loop too long. It follows the traffic."""
        ...

    @property
    def chunk_octets(self) -> int:
        """How many octets of ASCII those texts may have together; other characters count as two."""
        ...

    @property
    def hold(self) -> float:
        """How long one run may hold the loop, with what is done about its texts, seconds."""
        ...

    def said(self, texts: list[str], spent: float = 0.0) -> tuple[Sequence[Verdict], int]:
        """Return verdicts on the first texts, and how many had to be judged: they were not remembered.

        It ends before the text that would be one too many for a run of the model, or for the time that is left of a
        run that has held the loop for ``spent`` s by now. None are returned where the first is a long one that was
        only read: it is judged when it comes again, in the next run.
        """
        ...


class Feed(Protocol):
    """Tells the sanctions what is sent and what is found. Called on the data path: it may not wait."""

    def answered(self, reseller: Reseller, notes: list[Any]) -> None:
        """Count requests of one reseller that have nothing to say but their code, which is in their notes."""
        ...

    def closed(self, ticket: Ticket, cause: Cause) -> None:
        """Count a request, and take notice of what was found against its text. Before the recorder's turn."""
        ...

    def late(self, late: Late, judgement: Judgement) -> None:
        """Take notice of what was found against a text when its request was answered already."""
        ...


class Recorder(Protocol):
    """Keeps a row for every closed request. Called on the data path: it may not wait.

    A ticket's own octets can be read here, and no later.
    """

    def name(self) -> str:
        """Return a new trace id."""
        ...

    def answered(self, reseller: Reseller, tickets: list[Ticket], frames: list[Frame]) -> None:
        """Keep the rows of requests of one reseller that have nothing to say but their code, with their answers."""
        ...

    def closed(self, ticket: Ticket, cause: Cause, reason: Reason | None, status: int, frame: Frame | None) -> None:
        """Keep a row. ``frame`` is the carrier's answer, None where the answer is ours."""
        ...
