"""The rules of a configuration: which, in what order, and what a reload keeps."""

from __future__ import annotations

import pytest

from filters.contract import Message, Mode, Reason
from smppproxy.app.dry_run import NoBook
from smppproxy.app.rules import rules, sanctioned
from smppproxy.app.settings import Filters

EVERY = ("sender", "destination", "blocklist", "link", "advert", "volume")


def every(mode="enforce", **more):
    return Filters.model_validate({name: {"mode": mode, **more.get(name, {})} for name in EVERY})


def test_none_by_default():
    assert rules(Filters(), NoBook()) == ()


@pytest.mark.parametrize("mode", ["observe", "enforce"])
def test_all_in_order(mode):
    made = rules(every(mode), NoBook())
    assert [rule.name for rule in made] == list(EVERY)
    assert {rule.mode for rule in made} == {Mode(mode)}


def test_empty_books_find_an_unregistered_sender_and_nothing_else():
    message = Message(account="a", code="301150232", sender="01012345678", recipients=("01099998888",), texts=("안녕",))
    found = [rule.check(message) for rule in rules(every(), NoBook())]
    assert [finding.reason for finding in found if finding] == [Reason.SENDER_UNREGISTERED]


def test_senders_are_looked_up_once():
    with_sender = {rule.name: rule for rule in rules(every(), NoBook())}
    assert with_sender["blocklist"].settings.senders is False
    (alone,) = rules(Filters.model_validate({"blocklist": {"mode": "observe"}}), NoBook())
    assert alone.settings.senders is True


def test_a_reload_keeps_rules_whose_settings_are_the_same():
    books = NoBook()
    before = rules(every(), books)
    after = rules(every(volume={"rate": 5.0}), books, before)
    assert [new is old for new, old in zip(after, before, strict=True)] == [True, True, True, True, True, False]
    assert rules(Filters(), books, before) == ()


@pytest.mark.parametrize(
    ("blocklist", "looks"),
    [
        ({}, True),
        ({"mode": "observe"}, True),
        ({"mode": "enforce"}, True),
        ({"mode": "observe", "clusters": False}, False),
        ({"mode": "enforce", "clusters": False}, False),
    ],
)
def test_texts_under_sanction_are_looked_for_whatever_the_blocklist_does(blocklist, looks):
    class Books(NoBook):
        def clusters(self):
            return 1, [bytes(range(64))]

    filters = Filters.model_validate({"blocklist": blocklist})
    assert sanctioned(filters, Books()).follow() is looks
    for rule in rules(filters, Books()):
        assert rule.settings.clusters is False  # once is enough
