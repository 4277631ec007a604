"""The rules that look at whole messages, and their books changed while the proxy runs."""

from __future__ import annotations

import pytest

RULES = """
[filters.sender]
mode = "enforce"
[filters.destination]
mode = "enforce"
[filters.link]
mode = "enforce"
[filters.blocklist]
mode = "enforce"
[filters.advert]
mode = "enforce"
[filters.volume]
mode = "enforce"
repeats = 3
"""
SOURCE, OTHER = b"15880000", b"15881111"
BAD_SOURCE, BAD_DESTINATION, REFUSED, THROTTLED = 0x0A, 0x0B, 0x45, 0x58


@pytest.fixture
def house(launch, smsc, octets):
    house = launch(
        [f'name = "smsc"\naddress = "{smsc.address}"'],
        ['system_id = "reseller1"\nupstream = "smsc"'],
        [octets.CODE],
        more=RULES,
    ).ready()
    assert house.command("senders", "add", SOURCE.decode(), "--code", octets.CODE).returncode == 0
    return house


def test_each_rule_answers_with_its_status(house, octets):
    reseller = house.bound("reseller1")

    def status(text="Hello", source=SOURCE, destination=b"01050001234", **fields):
        octet = text.encode("utf-16-be")
        return reseller.ask(
            octets.submit(octet, source=source, destination=destination, data_coding=8, **fields)
        ).status

    assert status() == 0
    assert status(source=OTHER) == BAD_SOURCE
    assert status(destination=b"0602345678") == BAD_DESTINATION
    assert status("http://192.0.2.7/x") == REFUSED
    assert status("(광 고) 가나마트") == REFUSED
    assert [status(destination=b"01050004321") for _ in range(4)] == [0, 0, 0, THROTTLED]


def test_books_change_under_way(house, octets):
    reseller = house.bound("reseller1")
    people = iter(range(1_000, 9_999))

    def status():
        destination = f"0105000{next(people)}".encode()
        text = b"see evil.example.com/x or vip room"
        return reseller.ask(octets.submit(text, source=OTHER, destination=destination)).status

    assert status() == BAD_SOURCE
    assert house.command("senders", "add", OTHER.decode(), "--code", octets.CODE).returncode == 0
    assert status() == 0
    for kind, entry in (("host", "evil.example.com"), ("pattern", "VIP Room"), ("pattern", "re:VIP *R[o]+m")):
        assert house.command("lists", "create", "mine", "--kind", kind).returncode == 0
        assert house.command("lists", "add", "mine", entry).returncode == 0
        assert status() == REFUSED
        assert house.command("lists", "drop", "mine").returncode == 0
        assert status() == 0
