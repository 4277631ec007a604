"""Connections on their way to two workers: through the lobby, with and without PROXY headers and TLS."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]
NAMES = ("reseller1", "reseller2", "reseller3")
PLAIN, TLS, HEADED, HEADED_TLS = range(4)  # the listeners of `shared`
TRUSTED = 'workers = 2\ntrusted_proxies = ["127.0.0.0/8"]'


def pdu(command: int, body: bytes = b"", sequence: int = 1) -> bytes:
    return struct.pack("!IIII", 16 + len(body), command, 0, sequence) + body


def bind(name: str) -> bytes:
    return pdu(9, name.encode() + b"\0secret\0\0\x34\0\0\0")


def proxy_v2(source: str, port: int) -> bytes:
    addresses = socket.inet_aton(source) + socket.inet_aton("192.0.2.1") + struct.pack("!HH", port, 2775)
    return b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", len(addresses)) + addresses


@pytest.fixture
def context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


def tls_listener(certificate: tuple[Path, Path], more: str = "") -> str:
    return f'address = "127.0.0.1:0"\ntls = {{ certificate = "{certificate[0]}", key = "{certificate[1]}" }}\n{more}'


def test_all_binds_of_an_account_meet_in_one_worker_and_accounts_spread(shared: Any) -> None:
    seen = {name: {shared.reseller().bind(name)["worker"] for _ in range(5)} for name in NAMES}
    assert all(len(workers) == 1 for workers in seen.values())
    assert set.union(*seen.values()) == {0, 1}


def test_what_was_read_goes_along_and_the_peer_stays_known(shared: Any) -> None:
    reseller = shared.reseller(first=bind("reseller1") + pdu(0x15, sequence=2) + pdu(4, b"he"))
    command, seen = reseller.answer()
    assert command == 0x80000009
    assert bytes.fromhex(seen["first"]).startswith(bind("reseller1"))
    assert seen["peer"] == list(reseller.sock.getsockname())
    assert reseller.answer()[0] == 0x80000015
    assert reseller.answer()[0] == 0x80000004


def test_a_bind_that_drips_in_and_an_enquire_link_before_it(shared: Any) -> None:
    reseller = shared.reseller()
    reseller.send(pdu(0x15, sequence=9))
    assert reseller.answer() == (0x80000015, {})
    for octet in bind("reseller1"):
        reseller.send(bytes([octet]))
    assert reseller.answer()[0] == 0x80000009


@pytest.mark.parametrize(
    "octets", [pdu(0xDEAD), struct.pack("!IIII", 3, 9, 0, 1), b"GET / HTTP/1.1\r\n\r\n", bind("nobody")]
)
def test_garbage_and_strangers_are_answered_by_some_worker(shared: Any, octets: bytes) -> None:
    reseller = shared.reseller()
    reseller.send(octets)
    assert reseller.answer()[1]["worker"] in (0, 1)


def test_who_says_nothing_is_closed_after_session_init(run: Start) -> None:
    proxy = run(proxy="workers = 2", more="[proxy.timers]\nsession_init = 0.1")
    assert proxy.reseller().is_closed()


@pytest.mark.parametrize("header", [b"PROXY TCP4 203.0.113.5 192.0.2.1 40000 2775\r\n", proxy_v2("203.0.113.5", 40000)])
def test_the_proxy_header_names_the_peer(shared: Any, header: bytes) -> None:
    _, seen = shared.reseller(HEADED, first=header + bind("reseller1")).answer()
    assert seen["peer"] == ["203.0.113.5", 40000]
    assert bytes.fromhex(seen["first"]) == bind("reseller1")


def test_without_its_header_or_from_elsewhere_a_connection_is_closed(run: Start) -> None:
    listeners = ['address = "127.0.0.1:0"\nproxy_protocol = true']
    assert run(proxy=TRUSTED, listeners=listeners).reseller(first=bind("reseller1")).is_closed()
    elsewhere = 'workers = 2\nstate_dir = "other"\ntrusted_proxies = ["192.0.2.0/24"]'
    proxy = run(proxy=elsewhere, listeners=listeners)
    assert proxy.reseller(first=proxy_v2("203.0.113.5", 1) + bind("reseller1")).is_closed()


def test_inside_tls_an_accounts_binds_meet_too(shared: Any, context: ssl.SSLContext) -> None:
    for name in NAMES:
        plain = shared.reseller(PLAIN).bind(name)["worker"]
        # Several, so that each worker ends TLS for an account that lives here and for one that lives in the other.
        for _ in range(3):
            reseller = shared.reseller(TLS, tls=context)
            seen = reseller.bind(name)
            assert (seen["worker"], seen["listener"]) == (plain, TLS)
            assert seen["peer"] == list(reseller.sock.getsockname())


def test_large_answers_and_requests_pass_tls_whole(shared: Any, context: ssl.SSLContext) -> None:
    resellers = [shared.reseller(TLS, tls=context) for _ in range(2)]
    for number, reseller in enumerate(resellers):
        reseller.send(bind("reseller1") + b"".join(pdu(0x15, bytes(60000), n) for n in range(50)))
        assert [reseller.answer()[0] for _ in range(51)] == [0x80000009] + [0x80000015] * 50, number


def test_the_end_of_either_side_ends_the_relayed_one(
    run: Start, certificate: tuple[Path, Path], context: ssl.SSLContext
) -> None:
    proxy = run(proxy="workers = 2", listeners=[tls_listener(certificate)])
    for _ in range(2):
        reseller = proxy.reseller(tls=context)
        reseller.bind("reseller1")
        reseller.send(pdu(6))
        assert reseller.answer()[0] == 0x80000006
        assert reseller.is_closed()
    for _ in range(2):
        reseller = proxy.reseller(tls=context)
        reseller.bind("reseller1")
        reseller.sock.close()
    answer = proxy.get_until(
        "/status", lambda _, body: body.count('"sessions":0') == body.count('"tls_relayed":0') == 2
    )
    assert answer[1].count('"tls_relayed":0') == 2


def test_draining_lets_relayed_requests_finish(
    run: Start, certificate: tuple[Path, Path], context: ssl.SSLContext
) -> None:
    proxy = run(proxy="workers = 2", listeners=[tls_listener(certificate)])
    resellers = [proxy.reseller(tls=context) for _ in range(2)]  # one of them is relayed to the other worker
    for reseller in resellers:
        reseller.bind("reseller1")
        reseller.hold()
    proxy.signal(15)
    proxy.logged("draining")
    for reseller in resellers:
        assert reseller.let_go() == 0x80000004
    assert proxy.ends() == 0


def test_a_proxy_header_before_tls(shared: Any, context: ssl.SSLContext) -> None:
    header = proxy_v2("203.0.113.5", 40000)
    assert shared.reseller(HEADED_TLS, first=header, tls=context).bind("reseller1")["peer"] == ["203.0.113.5", 40000]


def test_a_proxy_header_before_tls_with_one_worker(
    run: Start, certificate: tuple[Path, Path], context: ssl.SSLContext
) -> None:
    trusted = TRUSTED.replace("workers = 2", "workers = 1")
    proxy = run(proxy=trusted, listeners=[tls_listener(certificate, "proxy_protocol = true")])
    header = proxy_v2("203.0.113.5", 40000)
    assert proxy.reseller(first=header, tls=context).bind("reseller1")["peer"] == ["203.0.113.5", 40000]


def test_no_tls_where_tls_is_due_harms_nobody(shared: Any, context: ssl.SSLContext) -> None:
    stranger = shared.reseller(TLS)
    stranger.send(bind("reseller1"))
    assert stranger.is_closed()
    silent = shared.reseller(TLS, tls=context)
    silent.sock.close()
    assert shared.reseller(TLS, tls=context).bind("reseller1")["listener"] == TLS
