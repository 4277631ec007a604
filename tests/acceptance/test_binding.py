"""Who may bind, what the SMSC sees of it, and how a session ends from either side (DESIGN 4.1, 4.3, 4.4)."""

from __future__ import annotations

import pytest


def test_the_bind_passes_through_and_so_does_its_answer(proxy, smsc, octets):
    reseller = proxy.connect()
    sent = octets.bind("reseller1", "whatever", sequence=77)
    answer = reseller.ask(sent)
    seen = smsc.first(0x09)
    assert seen.raw[:12] == sent[:12]
    assert seen.body == sent[16:]
    assert answer.raw == octets.pdu(0x80000009, b"carrier\0" + octets.tlv(0x0210, b"\x34"), 77)


@pytest.mark.parametrize("command", [0x01, 0x02, 0x09])
def test_each_kind_of_bind(proxy, smsc, command):
    reseller = proxy.connect()
    answer = reseller.bind("reseller1", command=command)
    assert (answer.command, answer.status) == (command | 0x80000000, 0)
    assert smsc.of(command)
    reseller.works()


def test_the_smsc_decides_about_an_account_without_a_password(proxy, smsc, octets):
    def refuse(link, got):
        if got.command == 0x09:
            link.send(octets.pdu(0x80000009, b"", got.sequence, status=0x0E))
        else:
            smsc.accept(link, got)

    smsc.answer = refuse
    reseller = proxy.connect()
    answer = reseller.ask(octets.bind("reseller1", sequence=5))
    assert answer.raw == octets.pdu(0x80000009, b"", 5, status=0x0E)
    smsc.answer = smsc.accept
    assert reseller.bind("reseller1").status == 0


@pytest.mark.parametrize(
    ("name", "password"),
    [("stranger", "pw"), ("secret", "wrong"), ("elsewhere", "pw"), ("pool1", "wrong"), ("", "")],
)
def test_all_refused_binds_look_alike(proxy, smsc, octets, name, password):
    reseller = proxy.connect()
    answer = reseller.ask(octets.bind(name, password, sequence=9))
    assert answer.raw == octets.pdu(0x80000009, b"", 9, status=0x0D)
    assert not smsc.of(0x09)


def test_a_right_password_binds(proxy, smsc):
    proxy.bound("secret", "s3cret").works()


def test_too_many_binds(proxy, smsc, until):
    first = proxy.bound("single")
    second = proxy.connect()
    assert second.bind("single").status == 0x0D
    first.close()
    assert until(lambda: second.bind("single").status == 0 if _still_open(second) else _retry(proxy))


def _still_open(reseller):
    try:
        reseller.works()
    except (EOFError, OSError):
        return False
    return True


def _retry(proxy):
    return proxy.connect().bind("single").status == 0


def test_a_second_bind_on_a_bound_session(proxy, smsc, octets):
    reseller = proxy.bound("reseller1")
    for command in (0x01, 0x02, 0x09):
        answer = reseller.ask(octets.bind("reseller1", command=command, sequence=8))
        assert answer.raw == octets.pdu(command | 0x80000000, b"", 8, status=0x05)
    reseller.works()


def test_a_second_bind_before_the_first_is_answered(proxy, smsc, octets):
    waiting = []
    smsc.answer = lambda link, got: waiting.append((link, got))
    reseller = proxy.connect()
    reseller.send(octets.bind("reseller1", sequence=1))
    smsc.first(0x09)
    assert reseller.ask(octets.bind("reseller1", sequence=2)).header[2:] == (0x05, 2)
    assert reseller.ask(octets.submit(sequence=3)).header[1:] == (0x80000004, 0x04, 3)
    smsc.answer = smsc.accept
    smsc.wait(lambda: waiting)
    smsc.accept(*waiting[0])
    assert reseller.receive().header[1:] == (0x80000009, 0, 1)
    reseller.works()


def test_no_upstream_at_bind_in_paired_mode(proxy, octets):
    reseller = proxy.connect()
    assert reseller.ask(octets.bind("nobody", sequence=4)).raw == octets.pdu(0x80000009, b"", 4, status=0x08)


def test_an_unbind_of_the_reseller_reaches_the_smsc(proxy, smsc, octets):
    reseller = proxy.bound("reseller1")
    assert reseller.ask(octets.pdu(0x06, sequence=11)).raw == octets.pdu(0x80000006, sequence=11)
    smsc.first(0x06)
    assert reseller.rest() == []


def test_answers_outstanding_at_unbind_come_before_its_answer(proxy, smsc, octets):
    held = []
    smsc.answer = lambda link, got: held.append((link, got)) if got.command == 4 else smsc.accept(link, got)
    reseller = proxy.bound("reseller1")
    reseller.send(octets.submit(sequence=2), octets.pdu(0x06, sequence=3))
    smsc.wait(lambda: held)
    smsc.accept(*held[0])
    assert [got.header[1:] for got in reseller.rest()] == [(0x80000004, 0, 2), (0x80000006, 0, 3)]


def test_an_unbind_of_the_smsc_reaches_the_reseller(proxy, smsc, octets):
    reseller = proxy.bound("reseller1")
    link = smsc.link("reseller1")
    link.send(octets.pdu(0x06, sequence=21))
    assert smsc.first(0x80000006).sequence == 21
    unbind = reseller.receive()
    assert unbind.command == 0x06
    reseller.send(octets.pdu(0x80000006, sequence=unbind.sequence))
    assert reseller.rest() == []


def test_a_vanished_reseller_takes_its_link_along(proxy, smsc):
    reseller = proxy.bound("second")
    link = smsc.link("second")
    reseller.close()
    smsc.wait(lambda: not link.open)
    assert smsc.of(0x06)


def test_enquire_link_is_answered_by_the_proxy_in_every_state(proxy, smsc, octets):
    reseller = proxy.connect()
    reseller.works()
    reseller.bind("reseller1")
    reseller.works()
    assert not smsc.of(0x15)


def test_enquire_link_of_the_smsc_is_answered(proxy, smsc, octets):
    proxy.bound("reseller1")
    smsc.link("reseller1").send(octets.pdu(0x15, sequence=99))
    assert smsc.first(0x80000015).sequence == 99


def test_outbind_from_a_reseller_is_no_bind(proxy, octets):
    reseller = proxy.connect()
    answer = reseller.ask(octets.pdu(0x0B, b"smsc\0pw\0", 3))
    assert (answer.command, answer.sequence) == (0x80000000, 3)
    reseller.works()
