"""Rules of other packages: found, handed their options, and kept from doing harm."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest

from filters.contract import Finding, Message, Mode, Reason
from filters.gate import Gate
from filters.policy import Policy
from smppproxy.app import guests
from smppproxy.app.dry_run import NoBook
from smppproxy.app.guests import Guest, GuestError
from smppproxy.app.rules import rules
from smppproxy.app.settings import Filters, checks

MESSAGE = Message(account="reseller1", texts=("a forbidden word",))


class Words:
    """A rule as another package would write it."""

    def __init__(self, options, books):
        self.word = options["word"]
        self.books = books
        self.times = []

    def check(self, message):
        return Finding(Reason.TEXT_SPAM, "words", self.word) if self.word in message.texts[0] else None

    def refresh(self, now):
        self.times.append(now)


class Nonsense:
    def __init__(self, options, books):
        pass

    def check(self, message):
        return "spam"


class Nothing:
    def __init__(self, options, books):
        pass


@pytest.fixture(autouse=True)
def offered(monkeypatch):
    """Packages that offer these rules."""
    points = [
        EntryPoint(kind.__name__.lower(), f"{__name__}:{kind.__name__}", "smppproxy.rules")
        for kind in (Words, Nonsense, Nothing)
    ]
    points.append(EntryPoint("gone", "no_such_module:Rule", "smppproxy.rules"))
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or sys.modules[Words.__module__])
    monkeypatch.setattr(guests, "entry_points", lambda group: points)
    monkeypatch.setattr(checks, "entry_points", lambda group: points)


def filters(name="words", mode="enforce", **options):
    return Filters.model_validate({"rules": {name: {"mode": mode, "options": options}}})


def test_a_rule_of_another_package():
    books = NoBook()
    (guest,) = rules(filters(word="forbidden"), books)
    assert (guest.name, guest.mode, guest.on_error) == ("words", Mode.ENFORCE, "forward")
    assert guest.check(MESSAGE).evidence == "forbidden"
    assert guest._rule.books is books
    guest.refresh(7.0)
    assert guest._rule.times == [7.0]
    assert rules(filters(mode="off", word="x"), books) == ()


def test_a_reload_keeps_it_where_nothing_changed():
    (before,) = rules(filters(word="x"), NoBook())
    assert rules(filters(word="x"), NoBook(), [before]) == (before,)
    assert rules(filters(word="y"), NoBook(), [before]) != (before,)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("absent", "no installed package"),
        ("gone", "ModuleNotFoundError"),
        ("words", "KeyError"),
        ("nothing", "no check"),
    ],
)
def test_one_that_cannot_be_used_is_told(name, why):
    with pytest.raises(GuestError, match=rf"filters\.rules\.{name}.*{why}"):
        Guest(name, Mode.ENFORCE, "forward", {}, NoBook())


def test_what_is_no_finding_harms_nobody():
    gate = Gate(rules(filters("nonsense"), NoBook()), None, Policy())
    assert gate.check(MESSAGE) == []
    assert gate.errors == {"nonsense": 1}


def test_a_rule_without_refresh():
    (guest,) = rules(filters("nonsense"), NoBook())
    guest.refresh(1.0)
