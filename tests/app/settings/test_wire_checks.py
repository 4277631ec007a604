"""What `check` says of addresses, names and passwords that cannot work together."""

from __future__ import annotations

import pytest

POOLED = 'mode = "pooled"\nsystem_id = "{}"\npassword = "{}"\nwindow = 1000\n'


def warned(loaded):
    return {warning.key: warning.message for warning in loaded.warnings}


def pooled(good, system_id="ours", password="pw"):
    return good.replace('2776"\n', '2776"\n' + POOLED.format(system_id, password), 1)


def test_what_fits_is_no_matter(read, good):
    assert warned(read(good)) == {}
    assert warned(read(pooled(good, "a" * 15, "b" * 8))) == {}


@pytest.mark.parametrize(
    ("before", "after", "key", "limit"),
    [
        ('"reseller1"', '"areseller-number"', "accounts[0].system_id", 15),
        ('"secret"', '"ninechars"', "accounts[0].password", 8),
    ],
)
def test_what_clients_cannot_send(read, good, before, after, key, limit):
    told = warned(read(good.replace(before, after)))
    assert told == {key: f"is longer than the {limit} octets of SMPP 3.4: some clients cannot send it"}


def test_what_an_smsc_may_refuse(read, good):
    told = warned(read(pooled(good, "a" * 16, "b" * 9)))
    assert told == {
        "upstreams[0].system_id": "is longer than the 15 octets of SMPP 3.4: some SMSCs refuse it",
        "upstreams[0].password": "is longer than the 8 octets of SMPP 3.4: some SMSCs refuse it",
    }
    assert not any("b" * 9 in str(warning) for warning in read(pooled(good, "ours", "b" * 9)).warnings)


@pytest.mark.parametrize(
    ("listener", "upstream", "circle"),
    [
        ("0.0.0.0:2775", "127.0.0.1:2775", True),
        ("[::]:2775", "localhost:2775", True),
        ("192.0.2.1:2775", "192.0.2.1:2775", True),
        ("0.0.0.0:2775", "192.0.2.9:2775", False),
        ("127.0.0.1:2775", "127.0.0.1:2776", False),
        ("127.0.0.1:0", "127.0.0.1:2775", False),
    ],
)
def test_an_upstream_that_is_ourselves(read, good, listener, upstream, circle):
    text = good.replace("127.0.0.1:0", listener).replace("127.0.0.1:2776", upstream)
    told = warned(read(text))
    assert ("upstreams[0].address" in told) is circle
    assert len(told) == circle


def test_numbers_are_of_pooled_mode_only(read, good):
    text = good.replace('password = "secret"\n', 'password = "secret"\nnumbers = ["8215"]\n')
    assert list(warned(read(text))) == ["accounts[0].numbers"]
    assert warned(read(pooled(text))) == {}


def test_a_port_alone_is_taken_for_one(faults, good):
    told = faults(good.replace('"127.0.0.1:0"', '"2775"'))
    assert 'write "0.0.0.0:2775"' in str(told["listeners[0].address"])
