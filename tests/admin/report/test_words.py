"""Every word in both languages, every reason and class by name."""

from __future__ import annotations

import re

import pytest

from filters.contract import Action, Reason
from smppproxy.admin.report import words as module
from smppproxy.admin.report.words import Language, Words
from smppproxy.state.stats.counting import CLASSES
from smppproxy.state.stats.query import SANCTIONS

EN, KO = Words(Language.EN), Words(Language.KO)


def test_every_word_is_there_twice() -> None:
    for name, (english, korean) in module._BOTH.items():
        assert english, name
        assert korean, name
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", korean)), name


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_korean_name(reason: Reason) -> None:
    assert re.search(r"[가-힣]", KO.key("reason", reason)), f"{reason}: add it to _REASONS_KO"
    assert EN.key("reason", reason) == reason.value.replace("_", " ")


def test_keys_have_names() -> None:
    for table, keys in (
        ("class", CLASSES.values()), ("outcome", Action), ("route", ("domestic", "international")),
        ("sanctions", SANCTIONS), ("reported", (*CLASSES.values(), "ham", "")),
    ):  # fmt: skip
        for key in keys:
            assert re.search(r"[가-힣]", KO.key(table, key)), (table, key)
    assert (EN.key("code", "*"), EN.key("code", ""), EN.key("relay", "spam")) == (
        "(further codes)", "(no valid code)", "spam",
    )  # fmt: skip
    assert EN.key("reported", "something_new") == "something new"
