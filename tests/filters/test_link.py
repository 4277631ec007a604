"""The link rule: found in whatever spelling, and asked about in one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.contract import Message, Mode, Reason
from filters.link import MEMO_CHARS, MEMO_LIMIT, SIGNAL, LinkRule, LinkSettings
from filters.ports import ListEntry
from filters.urls import MAX_CHARS, MAX_LINKS, might_link

NOW = 1_800_000_000.0


@pytest.fixture
def lists(new_lists):
    lists = new_lists()
    lists.put("host", "evil.top", ListEntry("the regulator", "smishing"))
    lists.put("url", "example.com/bad/page", ListEntry("a report"))
    lists.put("url", "bit.ly/AbC", ListEntry("a report"))
    lists.put("host", "bit.ly", ListEntry("somebody careless"))
    return lists


@pytest.fixture
def make(lists):
    def make(mode=Mode.ENFORCE, **settings):
        return LinkRule(LinkSettings(mode=mode, **settings), lists)

    return make


def message(*texts, **fields):
    return Message(**{"account": "reseller1", "texts": texts, "arrived": NOW, **fields})


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("보세요 example.com", "example.com"),
        ("example.com입니다", "example.com"),
        ("https://example.com/A/b?q=1#x 확인", "example.com/A/b"),
        ("HTTPS://EXAMPLE.COM:443/A/", "example.com/A"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ/AbC", "example.com/AbC"),
        ("ⓔⓧⓐⓜⓟⓛⓔ.com", "example.com"),
        ("exam\u200bple.com", "example.com"),
        ("example . com 접속", "example.com"),
        ("example점컴 접속", "example.com"),
        ("example[.]com", "example.com"),
        ("example dot com", "example.com"),
        ("hxxp://example.top/", "example.top"),
        ("http://good.com@example.top/a", "example.top/a"),
        ("http:\\\\example.top\\a", "example.top/a"),
        ("http://2130706433/x", "127.0.0.1/x"),
        ("http://0x7f.1", "127.0.0.1"),
        ("한국.com/a 확인", "xn--3e0b707e.com/a"),
        ("http://한국.com", "xn--3e0b707e.com"),
        ("www.example.com.", "www.example.com"),
    ],
)
def test_found_in_every_spelling(make, text, url):
    assert might_link(text)
    assert [link.url for link in make().links(text)] == [url]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "안녕하세요.내일 뵙겠습니다",
        "3.5점, 12,300원",
        "버전 1.2.3.4",
        "Hello. It is me",
        "user@example.com",
        "a/b/c",
        "http://",
        "http://.",
    ],
)
def test_what_is_no_link(make, text):
    assert make().links(text) == []
    assert make().check(message(text)) is None


def test_a_link_glued_to_another_is_found_and_so_is_an_escaped_one(make):
    assert "b.top" in [link.url for link in make().links("http://a.com,http://b.top")]
    assert "example.com/a" in [link.url for link in make().links("http://%65xample.com/a")]


def test_hosts_and_their_parents_are_looked_up(make):
    found = make().check(message("지금 확인 http://a.b.evil.top/x"))
    assert (found.reason, found.enforce, found.score) == (Reason.LINK_REFUSED, True, 1.0)
    assert found.evidence == "a.b.evil.top the host is listed by the regulator: smishing"
    assert make().check(message("http://notevil.top/")) is None


def test_single_addresses_are_looked_up(make):
    assert make().check(message("http://example.com/bad/page/?id=1")).enforce
    assert make().check(message("http://www.example.com/bad/page")).enforce
    assert make().check(message("http://example.com/bad/")) is None


def test_a_shortener_is_never_blocked_as_a_host(make):
    found = make().check(message("https://bit.ly/xyz"))
    assert (found.enforce, found.score, found.evidence) == (False, SIGNAL, "bit.ly is a shortener")
    assert make().check(message("https://bit.ly/AbC")).enforce
    assert not make().check(message("https://bit.ly/abc")).enforce  # its paths differ by case
    assert make(shorteners="refuse").check(message("https://bit.ly/xyz")).enforce
    assert make(shorteners="allow").check(message("https://bit.ly/xyz")) is None


@pytest.mark.parametrize(
    ("setting", "text", "what"),
    [
        ("ip_hosts", "http://192.0.2.1/a", "is an address"),
        ("punycode", "http://xn--3e0b707e.com/", "is written in punycode"),
        ("chats", "https://open.kakao.com/o/abc", "leads to a chat"),
        ("lookalikes", "goldbank-event.top", "looks like goldbank.com"),
    ],
)
def test_kinds(make, setting, text, what):
    for attitude, expected in (("refuse", True), ("signal", False), ("allow", None)):
        found = make(brands=("goldbank.com",), **{setting: attitude}).check(message(text))
        assert (found and found.enforce) is expected
        assert found is None or what in found.evidence


def test_the_worst_of_all_links_and_readings_counts(make):
    assert make().check(message("bit.ly/a then evil.top")).enforce
    assert make().check(message("bit.ly/a", "evil.top")).enforce
    assert make().check(message("evil.top", "nothing")).enforce


def test_an_entry_ends_when_it_says(make, lists):
    rule = make()
    lists.put("host", "late.top", ListEntry("a report", "", NOW + 5))
    rule.refresh(NOW)
    assert rule.check(message("late.top")).enforce
    assert rule.check(message("late.top", arrived=NOW + 6)) is None


def test_what_was_remembered_is_dropped_with_the_lists(make, lists):
    rule = make()
    assert rule.check(message("fresh.top")) is None
    lists.put("host", "fresh.top")
    assert rule.check(message("fresh.top")) is None
    rule.refresh(NOW)
    assert rule.check(message("fresh.top")).enforce


def test_bounds(make):
    rule = make()
    assert len(rule.links(" ".join(f"a{number}.top" for number in range(100)))) == MAX_LINKS
    assert rule.links("x" * MAX_CHARS + " evil.top") == []
    for number in range(MEMO_LIMIT + 5):
        rule.check(message(f"n{number}.top"))
    assert len(rule._memo) <= MEMO_LIMIT
    rule.check(message("n.top " + "x" * MEMO_CHARS))
    assert max(map(len, rule._memo)) <= MEMO_CHARS


def test_observing(make):
    assert make(Mode.OBSERVE).check(message("evil.top")).enforce is False


def test_brands_are_checked(make):
    with pytest.raises(ValueError, match="no registered domain"):
        make(brands=("co.kr",))


_PIECES = st.sampled_from(
    [
        "http",
        "s",
        "://",
        ".",
        "com",
        "top",
        "한국",
        "점",
        "컴",
        "/",
        "\\",
        "@",
        "xn--",
        "0x7f",
        "1",
        "[",
        "]",
        ":",
        " ",
        "\n",
        "%00",
        "a",
        "-",
        "ⓒ",
    ]
)


@given(st.one_of(st.text(max_size=120), st.lists(_PIECES, max_size=40).map("".join)))
def test_nothing_raises(text):
    class Nothing:
        version = 1

        def listed(self, kind, key):
            assert key == key.strip()

    LinkRule(LinkSettings(mode=Mode.ENFORCE), Nothing()).check(message(text))
