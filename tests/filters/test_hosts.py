"""Hosts: registered domains, kinds, and whom they try to look like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.hosts import MEMO_LIMIT, Hosts


@pytest.fixture(scope="module")
def hosts():
    return Hosts(["goldbank.com", "mytax.go.kr", "shop.kr"])


@pytest.mark.parametrize(
    ("name", "registered", "names"),
    [
        ("a.b.example.co.kr", "example.co.kr", ("a.b.example.co.kr", "b.example.co.kr", "example.co.kr")),
        ("example.top", "example.top", ("example.top",)),
        (
            "1.2.3.4.5.6.example.top",
            "example.top",
            ("1.2.3.4.5.6.example.top", "5.6.example.top", "6.example.top", "example.top"),
        ),
        ("co.kr", "", ("co.kr",)),
        ("127.0.0.1", "127.0.0.1", ("127.0.0.1",)),
        ("[::1]", "[::1]", ("[::1]",)),
    ],
)
def test_names(hosts, name, registered, names):
    host = hosts.host(name)
    assert (host.registered, host.names) == (registered, names)
    assert host.is_ip == (name[-1] in "1]")


def test_kinds(hosts):
    assert hosts.host("www.bit.ly").is_shortener
    assert hosts.host("open.kakao.com").is_chat
    assert hosts.host("xn--3e0b707e.com").is_punycode
    assert not hosts.host("example.com").is_shortener


@pytest.mark.parametrize(
    "name",
    [
        "goldbank.com.evil.top",  # as a subdomain
        "m.mytax.go.kr.evil.top",
        "goldbank.top",  # under another suffix
        "goldbank-login.com",  # as a word
        "event-g0ldbank.com",
        "g0ldbank.com",  # digits for letters
        "goidbank.com",
        "goldbnak.com",  # swapped
        "golbank.com",  # one left out
        "goldbankk.com",  # one added
        "goldbenk.com",  # one changed
    ],
)
def test_lookalikes(hosts, name):
    assert hosts.host(name).resembles in {"goldbank.com", "mytax.go.kr"}


@pytest.mark.parametrize(
    "name",
    [
        "goldbank.com",
        "m.goldbank.com",
        "mytax.go.kr",
        "golfbankers.com",
        "bank.com",
        "shops.kr",
        "workshop.com",
        "gold.com",
    ],
)
def test_what_looks_like_nobody(hosts, name):
    assert hosts.host(name).resembles == ""


def test_disguised_letters_of_other_scripts(hosts):
    cyrillic = "goldbаnk".encode("punycode").decode()
    assert hosts.host(f"xn--{cyrillic}.com").resembles == "goldbank.com"
    assert hosts.host("xn--\u00e9.com").resembles == ""  # no punycode at all


@pytest.mark.parametrize("brand", ["", "co.kr", "www.example.com", "not a host", "example"])
def test_a_brand_is_a_registered_domain(brand):
    with pytest.raises(ValueError, match="no registered domain"):
        Hosts([brand])


def test_memory_is_bounded(hosts):
    for number in range(MEMO_LIMIT + 5):
        hosts.host(f"h{number}.example.top")
    assert len(hosts._memo) <= MEMO_LIMIT


@given(st.text(st.sampled_from("gold-bank0.1xn:[]é한"), min_size=1, max_size=80))
def test_nothing_raises(name):
    host = Hosts(["goldbank.com"]).host(name)
    assert host.names[0] == name
