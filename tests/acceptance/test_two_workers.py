"""The core of the contract again with two workers: connections are handed on, an account lives in one of them."""

from __future__ import annotations

import json
import os
import signal

import pytest

ACCOUNTS = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def _pair_carrier(make_smsc):
    with make_smsc() as smsc:
        yield smsc


@pytest.fixture(scope="module")
def _two(tmp_path_factory, make_proxy, _pair_carrier, octets):
    address = _pair_carrier.address
    upstreams = [
        f'name = "up"\naddress = "{address}"',
        f'name = "pool"\naddress = "{address}"\nmode = "pooled"\nsystem_id = "proxy"\npassword = "pw"\nbinds = 2',
    ]
    accounts = [f'system_id = "{name}"\nupstream = "up"' for name in ACCOUNTS]
    accounts += ['system_id = "few"\nupstream = "up"\nmax_binds = 2']
    accounts += [f'system_id = "pool{n}"\npassword = "pw"\nupstream = "pool"' for n in range(4)]
    folder = tmp_path_factory.mktemp("two")
    codes = [octets.CODE, octets.SUSPENDED]
    with make_proxy(folder, upstreams, accounts, codes, proxy="workers = 2") as running:
        assert running.command("codes", "suspend", octets.SUSPENDED).returncode == 0
        yield running


@pytest.fixture
def smsc(_pair_carrier):
    _pair_carrier.reset()
    return _pair_carrier


@pytest.fixture
def proxy(_two, smsc):
    yield _two
    _two.leave()
    _two.clean()


def test_it_says_so(proxy):
    assert proxy.event["workers"] == 2
    assert proxy.get("/readyz")[0] == 200


def test_resellers_beside_each_other(proxy, smsc, octets):
    sessions = {name: proxy.bound(name) for name in (*ACCOUNTS, *(f"pool{n}" for n in range(4)))}
    body = octets.message() + octets.tlv(0x3000, b"1") + octets.code() + octets.tlv(0x3000, b"2")
    for session in sessions.values():
        assert session.ask(octets.pdu(4, body, 5)).header[1:] == (0x80000004, 0, 5)
        assert session.ask(octets.submit(sequence=6, tlvs=b"")).raw == octets.pdu(0x80000004, b"", 6, 0xC3)
        assert session.ask(octets.submit(tlvs=octets.code(octets.SUSPENDED))).status == 0x45
        session.works()
    assert [got.body for got in smsc.of(4)] == [body] * 8


def test_the_bind_passes_through(proxy, smsc, octets):
    sent = octets.bind("a", "whatever", sequence=77)
    answer = proxy.connect().ask(sent)
    assert smsc.first(9).body == sent[16:]
    assert answer.raw == octets.pdu(0x80000009, b"carrier\0" + octets.tlv(0x0210, b"\x34"), 77)


@pytest.mark.parametrize("size", [1, 7, 10_000], ids=["octet by octet", "in sevens", "in one write"])
def test_a_bind_and_what_follows(proxy, smsc, octets, size):
    whole = octets.bind("pool0") + octets.submit(sequence=2) + octets.pdu(0x15, sequence=3)
    session = proxy.connect()
    for start in range(0, len(whole), size):
        session.send(whole[start : start + size])
    answers = {got.sequence: got.header[1:3] for got in (session.receive() for _ in range(3))}
    assert answers[1] == (0x80000009, 0)
    assert answers[2] in ((0x80000004, 0), (0x80000004, 0x04))  # it did not wait for the answer to its bind
    assert answers[3] == (0x80000015, 0)
    session.hears_nothing()


def test_limits_of_an_account_hold_over_both(proxy, smsc, octets):
    binds = [proxy.connect() for _ in range(5)]
    assert sorted(each.bind("few").status for each in binds) == [0, 0, 0x0D, 0x0D, 0x0D]


def test_refusals_before_and_at_the_bind(proxy, smsc, octets):
    session = proxy.connect()
    session.works()
    assert session.ask(octets.pdu(0x7777, b"", 5)).raw == octets.pdu(0x80000000, b"", 5, 0x03)
    assert session.ask(octets.submit(sequence=6)).raw == octets.pdu(0x80000004, b"", 6, 0x04)
    assert session.bind("stranger").status == 0x0D
    assert session.bind("a").status == 0
    assert session.bind("a").status == 0x05
    broken = proxy.connect()
    broken.send(b"\xff\xff\xff\xff\0\0\0\x09\0\0\0\0\0\0\0\1")
    assert [got.header[1:3] for got in broken.rest()] == [(0x80000000, 0x02)]


def test_receipts_reach_accounts_of_either_worker(proxy, smsc, octets):
    """Whichever worker's bind the receipt comes on."""
    sessions = {name: proxy.bound(name) for name in ("pool0", "pool1", "pool2", "pool3")}
    ids = {name: session.ask(octets.submit()).message_id for name, session in sessions.items()}

    def shared():
        return [each for each in smsc.links if each.open and each.bind and each.bind.body.startswith(b"proxy\0")]

    smsc.wait(lambda: len(shared()) == 2)
    links = shared()
    for name, session in sessions.items():
        for number, link in enumerate(links):
            with smsc.changed:
                smsc.seen.clear()
            text = b"id:%s sub:001 dlvrd:001 stat:DELIVRD err:000 text:" % ids[name]
            receipt = octets.pdu(5, octets.message(text, esm_class=4), 100 + number)
            link.send(receipt)
            got = session.receive()
            assert (got.command, got.body) == (5, receipt[16:])
            session.send(octets.pdu(0x80000005, b"\0", got.sequence))
            assert smsc.first(0x80000005).header[2:] == (0, 100 + number)


def test_codes_change_everywhere(proxy, smsc, octets, until):
    sessions = [proxy.bound(name) for name in ACCOUNTS]
    assert proxy.command("codes", "suspend", octets.CODE).returncode == 0
    try:
        for session in sessions:
            assert until(lambda s=session: s.ask(octets.submit()).status == 0x45)
    finally:
        assert proxy.command("codes", "resume", octets.CODE).returncode == 0
    for session in sessions:
        assert until(lambda s=session: s.ask(octets.submit()).status == 0)


def test_reload_reaches_both(proxy, smsc, octets, until):
    sessions = [proxy.bound(name) for name in ACCOUNTS]
    good = proxy.path.read_text()
    try:
        proxy.configure(good.replace("[filters.code]", "[filters.code]\ntag = 0x1600"))
        for session in sessions:
            assert until(lambda s=session: s.ask(octets.submit()).status == 0xC3)
    finally:
        proxy.configure(good)
    for session in sessions:
        assert until(lambda s=session: s.ask(octets.submit()).status == 0)


def test_a_worker_that_dies_is_replaced_and_the_other_is_not_touched(proxy, smsc, octets, until):
    sessions = {name: proxy.bound(name) for name in ACCOUNTS}
    line = next(each for each in reversed(proxy.log) if '"child_started"' in each and '"worker-1"' in each)
    os.kill(json.loads(line)["child_pid"], signal.SIGKILL)
    proxy.logged('"child_ready"', '"worker-1"', times=2)
    alive = []
    for name, session in sessions.items():
        try:
            alive.append(session.ask(octets.submit()).status == 0)
        except (EOFError, OSError):
            assert until(lambda n=name: proxy.connect().bind(n).status == 0)
            assert proxy.bound(name).ask(octets.submit()).status == 0
    assert alive
    assert all(alive)
    proxy.log[:] = [each for each in proxy.log if '"worker-1"' not in each]  # its death is an error, and was told
