"""Reads that are treated ahead of their turn, and those that are left to it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from smppproxy.app.prompt import Prompt


class Scene:
    """A house, a writer and a pump that write down what is done with them."""

    def __init__(self) -> None:
        self.begun: list[bool] = []
        self.sent: list[bytes] = []
        self.ran: list[float] = []
        self.trouble: list[tuple[str, str, Any]] = []
        self.said: bytes | Exception | None = b"on"
        self.pump = SimpleNamespace(asked=False)
        self.peer = SimpleNamespace()
        self.link = SimpleNamespace(pair=self.peer, session=SimpleNamespace(closing=False))
        self.wire: Any = SimpleNamespace(owner=self.link)
        house: Any = SimpleNamespace(sent=self._sent)
        writer: Any = SimpleNamespace(send=lambda link, octets, now: self.sent.append(octets), run=self.ran.append)
        pump: Any = self.pump
        self.prompt = Prompt(
            house,
            pump,
            writer,
            lambda now, unix, asked: self.begun.append(asked),
            lambda where, error, link, now: self.trouble.append((where, str(error), link)),
        )

    def _sent(self, link: Any, data: bytes, now: float) -> bytes | None:
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


def test_the_books_are_looked_at_once_and_the_turn_knows_since_when() -> None:
    at = Scene()
    assert at.prompt(at.wire, b"a")
    assert at.prompt(at.wire, b"b")
    assert (at.begun, at.sent, at.ran, at.pump.asked) == ([False], [b"on", b"on"], [], False)
    assert at.prompt.end() > 0.0
    assert at.prompt.end() == 0.0
    assert at.prompt(at.wire, b"c")
    assert at.begun == [False, False]


def test_what_leaves_work_on_the_trays_asks_for_a_turn() -> None:
    at = Scene()
    at.said = None
    assert at.prompt(at.wire, b"a")
    assert (at.sent, len(at.ran), at.pump.asked) == ([], 1, True)


def test_a_bug_is_told_and_harms_no_other_link() -> None:
    at = Scene()
    at.said = ValueError("no")
    assert at.prompt(at.wire, b"a")
    assert at.trouble == [("read", "no", at.link)]
    assert at.pump.asked


def test_shared_links_ended_ones_and_strangers_wait_for_the_turn() -> None:
    at = Scene()
    at.link.session.closing = True
    assert not at.prompt(at.wire, b"a")
    at.link.session.closing = False
    at.link.pair = None
    assert not at.prompt(at.wire, b"a")
    at.wire.owner = None
    assert not at.prompt(at.wire, b"a")
    assert (at.begun, at.prompt.end()) == ([], 0.0)
