"""Peers that stall, flood and do not read: bounded in time and memory, and nobody beside them notices."""

from __future__ import annotations

import random
import select
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest

UP = 'name = "up"\naddress = "{}"'
ACCOUNTS = [f'system_id = "{name}"\nupstream = "up"' for name in ("one", "two")]
TIMERS = "timers = { session_init = 1.5, enquire_link = 0.5, response = 3.0, pdu_read = 1.0 }\n"
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def _hasty_carrier(make_smsc):
    with make_smsc() as smsc:
        yield smsc


@pytest.fixture(scope="module")
def _hasty(tmp_path_factory, make_proxy, _hasty_carrier, octets):
    """A proxy without patience."""
    proxy = TIMERS + "limits = { sessions = 20, write_buffer = 65536 }"
    folder = tmp_path_factory.mktemp("hasty")
    with make_proxy(folder, [UP.format(_hasty_carrier.address)], ACCOUNTS, [octets.CODE], proxy=proxy) as running:
        yield running


@pytest.fixture
def smsc(_hasty_carrier):
    _hasty_carrier.reset()
    return _hasty_carrier


@pytest.fixture
def proxy(_hasty, smsc):
    yield _hasty
    _hasty.leave()
    smsc.answer = smsc.accept
    smsc.wait(lambda: not any(link.open for link in smsc.links))
    _hasty.clean()


class Beside:
    """A session that works all the while, in a thread: each of its requests must be answered, and soon."""

    def __init__(self, proxy, octets):
        self.session = proxy.bound("two")
        self.octets = octets
        self.slowest = 0.0
        self.count = 0
        self.error = None
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def _work(self):
        try:
            while not self._enough.is_set() or self.count < 20:
                began = time.monotonic()
                answer = self.session.ask(self.octets.submit(sequence=self.count + 1))
                assert answer.header[1:] == (0x80000004, 0, self.count + 1)
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.count += 1
        except Exception as error:
            self.error = error

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._enough.set()
        self._thread.join(60)
        assert self.error is None
        assert self.count >= 20
        assert self.slowest < 20, "a neighbour was held up"


def ends(session, within=60.0):
    """Reads without a word until the proxy closes; the command_ids that came."""
    session.sock.settimeout(within)
    seen = b""
    try:
        while more := session.sock.recv(65536):
            seen += more
    except ConnectionError:
        pass
    return [int.from_bytes(seen[n + 4 : n + 8]) for n in range(0, len(seen), 16)]


def test_a_connection_that_never_binds(proxy):
    began = time.monotonic()
    assert ends(proxy.connect()) == []
    assert time.monotonic() - began >= 1.4


def test_words_without_a_bind_do_not_buy_time(proxy, octets):
    session = proxy.connect()

    def talk() -> None:
        began = time.monotonic()
        while time.monotonic() - began < 20:
            session.works()

    with pytest.raises((EOFError, OSError)):
        talk()


def test_a_client_that_tries_passwords(proxy, octets):
    """A few attempts on one connection, then it is closed."""
    session = proxy.connect()
    statuses = [session.bind("stranger").status for _ in range(3)]
    assert statuses == [0x0D] * 3
    assert session.rest() == []


def test_one_octet_at_a_time(proxy, octets):
    """It is not the silence between octets that counts, but the time of the whole PDU."""
    with Beside(proxy, octets):
        session = proxy.bound("one")
        slow = octets.submit() * 3  # ten seconds of it
        sent = 0
        try:
            while sent < len(slow) and not select.select([session.sock], [], [], 0.05)[0]:
                session.send(slow[sent : sent + 1])
                sent += 1
            ends(session)
        except ConnectionError:
            pass
        assert sent < len(slow)


def test_a_peer_that_does_not_answer_enquire_links(proxy, smsc, octets):
    session = proxy.bound("one")
    link = smsc.link("one")
    commands = ends(session)
    assert commands[:1] == [0x15]
    smsc.wait(lambda: not link.open)


def test_a_smsc_that_does_not_answer_enquire_links(proxy, smsc, octets):
    smsc.answer = lambda link, got: smsc.accept(link, got) if got.command not in (4, 0x15) else None
    session = proxy.bound("one")
    session.send(octets.submit(sequence=5))
    smsc.first(0x15)
    got = session.receive()
    assert got.raw == octets.pdu(0x80000004, b"", 5, 0x08)
    assert session.receive().command == 6


def test_a_smsc_that_does_not_answer_the_bind(proxy, smsc, octets):
    smsc.answer = lambda link, got: None
    assert proxy.connect().bind("one").status == 0x08


def test_an_answered_enquire_link_keeps_a_quiet_session(proxy, smsc, octets):
    session = proxy.bound("one")
    session.sock.settimeout(60)
    answered = 0
    while answered < 3:
        got = session._stream.next()
        assert got is not None
        assert got.command == 0x15
        session.send(octets.pdu(0x80000015, sequence=got.sequence))
        answered += 1
    session.works()


def test_more_connections_than_there_is_room_for(proxy, octets):
    with Beside(proxy, octets):
        crowd = [proxy.connect() for _ in range(100)]
        for each in crowd:
            ends(each)
    assert proxy.bound("one").ask(octets.submit()).status == 0


def test_connections_that_come_and_go(proxy, octets):
    before = proxy.memory()
    with Beside(proxy, octets):
        for n in range(400):
            with socket.create_connection(proxy.address) as sock:
                if n % 2:
                    sock.sendall(octets.bind("stranger")[: n % 40])
                if n % 3 == 0:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert proxy.memory() - before < 20 * MEGABYTE


def pour(session, octets, most):
    """Writes without reading until the peer stops reading, or ``most`` octets are gone; how many went."""
    session.sock.setblocking(False)
    sent, patience = 0, time.monotonic() + 1.0
    view = memoryview(octets * (1 + 65536 // len(octets)))
    offset = 0
    while sent < most and time.monotonic() < patience:
        try:
            done = session.sock.send(view[offset : offset + 65536])
        except BlockingIOError:
            select.select([], [session.sock], [], 0.1)
        except ConnectionError:
            break
        else:
            sent += done
            offset = (offset + done) % len(octets)
            patience = time.monotonic() + 1.0
    return sent


@pytest.mark.parametrize("kind", ["enquire_link", "refused", "forwarded", "unknown"])
def test_a_reseller_that_never_reads(proxy, smsc, octets, kind):
    """Its answers fill a buffer, then it is not read any more, then it is closed; memory stays."""
    pdu = {
        "enquire_link": octets.pdu(0x15),
        "refused": octets.submit(tlvs=b""),
        "forwarded": octets.submit(),
        "unknown": octets.pdu(0x7777),
    }[kind]
    before = proxy.memory()
    with Beside(proxy, octets):
        session = proxy.bound("one")
        assert pour(session, pdu, 30 * MEGABYTE) < 25 * MEGABYTE  # what the kernels' buffers hold, and no more
        assert proxy.memory() - before < 40 * MEGABYTE
        session.sock.setblocking(True)
        ends(session)


def test_a_smsc_that_never_reads(proxy, smsc, octets):
    """The reseller who feeds it is stopped, others and the memory are not touched."""
    before = proxy.memory()
    blocked = threading.Event()

    def answer(link, got):
        if got.command == 4 and link.bind.body.startswith(b"one\0"):
            blocked.wait(60)
        smsc.accept(link, got)

    smsc.answer = answer
    with Beside(proxy, octets):
        session = proxy.bound("one")
        pour(session, octets.submit(b"", tlvs=octets.code() + octets.tlv(0x0424, bytes(60000))), 60 * MEGABYTE)
        assert proxy.memory() - before < 40 * MEGABYTE
        blocked.set()
        session.sock.setblocking(True)
        session.close()


POUR = """
import socket, struct, sys, time
host, port, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
pdus = struct.pack("!IIII", 16, int(sys.argv[4]), 0, 1) * 4096
peers = [socket.create_connection((host, port)) for _ in range(number)]
for peer in peers:
    peer.setblocking(False)
until = time.monotonic() + 0.4
while time.monotonic() < until:
    for peer in peers:
        try:
            peer.send(pdus)
        except OSError:
            pass
"""


@pytest.mark.parametrize("command", [0x15, 0x7777], ids=["enquire_link", "unknown"])
def test_many_floods_at_once(proxy, smsc, octets, command):
    """Unbound connections that pour the cheapest PDUs there are, and read nothing."""
    before = proxy.memory()
    session = proxy.bound("two")
    arguments = [*map(str, proxy.address), "10", str(command)]
    with subprocess.Popen([sys.executable, "-c", POUR, *arguments]) as flood:
        slowest, answered = 0.0, 0
        while flood.poll() is None or answered < 20:
            began = time.monotonic()
            assert session.ask(octets.submit(sequence=answered + 1)).status == 0
            slowest = max(slowest, time.monotonic() - began)
            answered += 1
    assert slowest < 20, "a bound session waited for unbound ones"
    assert proxy.memory() - before < 80 * MEGABYTE


def test_huge_lengths_reserve_nothing(proxy, smsc, octets):
    before = proxy.memory()
    with Beside(proxy, octets):
        sessions = [proxy.connect() for _ in range(10)]
        for each in sessions:
            each.send(struct.pack("!IIII", 70000, 4, 0, 1) + bytes(60000))
        for each in sessions:
            ends(each)
    assert proxy.memory() - before < 20 * MEGABYTE


def test_garbage_from_many_at_once(proxy, smsc, octets):
    chance = random.Random(7)
    before = proxy.memory()
    with Beside(proxy, octets):
        for _ in range(60):
            session = proxy.connect()
            try:
                session.send(chance.randbytes(20000))
                if chance.random() < 0.5:
                    ends(session)
            except OSError:
                pass
            session.close()
    assert proxy.memory() - before < 20 * MEGABYTE


def test_a_flood_over_the_window(proxy, smsc, octets):
    """Thousands of requests in one breath: each answered once, in bounded memory."""
    smsc.answer = smsc.silent
    session = proxy.bound("one")
    count = 5000
    before = proxy.memory()
    sender = threading.Thread(
        target=session.send, args=[octets.submit(sequence=n) for n in range(1, count + 1)], daemon=True
    )
    sender.start()
    refused = [session.receive() for _ in range(count - 1000)]
    sender.join()
    assert {got.status for got in refused} == {0x58}
    assert len({got.sequence for got in refused}) == count - 1000
    assert proxy.memory() - before < 40 * MEGABYTE
    session.hears_nothing()
    session.close()
