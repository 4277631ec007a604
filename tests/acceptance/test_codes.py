"""The code every message must carry: each way it can be wrong, and the registry changed while the proxy runs."""

from __future__ import annotations

import json

import pytest

BUILDERS = ["submit", "data_sm", "submit_multi", "broadcast_sm"]

WRONG = {
    "absent": (lambda o: b"", 0xC3),
    "under another tag": (lambda o: o.code(tag=0x1401), 0xC3),
    "too short": (lambda o: o.code("30115"), 0xC2),
    "too long": (lambda o: o.code("3011502320"), 0xC2),
    "empty": (lambda o: o.code(""), 0xC2),
    "no digits": (lambda o: o.code("30115023X"), 0xC4),
    "digits of another script": (lambda o: o.code("３０１".encode()), 0xC4),
    "not registered": (lambda o: o.code("999999999"), 0xC4),
    "two that differ": (lambda o: o.code() + o.code(o.OTHER_CODE), 0xC4),
    "two that differ, the second unknown": (lambda o: o.code() + o.code("999999999"), 0xC4),
    "suspended": (lambda o: o.code(o.SUSPENDED), 0x45),
}


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_code_is_refused_with_a_bare_header(proxy, smsc, octets, builder, wrong):
    tlvs, status = WRONG[wrong]
    reseller = proxy.bound("reseller1")
    pdu = getattr(octets, builder)(sequence=7, tlvs=tlvs(octets))
    command = int.from_bytes(pdu[4:8])
    assert reseller.ask(pdu).raw == octets.pdu(command | 0x80000000, b"", 7, status)
    reseller.hears_nothing()
    assert not smsc.of(command)


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_right_code_is_forwarded(proxy, smsc, octets, builder):
    reseller = proxy.bound("reseller1")
    pdu = getattr(octets, builder)(sequence=7)
    command = int.from_bytes(pdu[4:8])
    answer = reseller.ask(pdu)
    assert answer.header[1:] == (command | 0x80000000, 0, 7)
    assert smsc.first(command).body == pdu[16:]


@pytest.mark.parametrize(
    "tlvs",
    [
        lambda o: o.code(o.CODE + "\0"),
        lambda o: o.code(o.CODE + "  "),
        lambda o: o.code() + o.code(),
        lambda o: o.tlv(0x1401, b"x") + o.code() + o.tlv(0x3FFF, b""),
    ],
    ids=["NUL at the end", "spaces at the end", "twice the same", "between others"],
)
def test_spellings_of_a_right_code(proxy, smsc, octets, tlvs):
    pdu = octets.submit(tlvs=tlvs(octets))
    assert proxy.bound("reseller1").ask(pdu).status == 0
    assert smsc.first(4).body == pdu[16:]


@pytest.mark.parametrize(("account", "status"), [("reseller1", 0x45), ("new", 0x101), ("vendor", 0x401)])
def test_the_status_of_a_suspended_code_follows_the_account(proxy, smsc, octets, account, status):
    assert proxy.bound(account).ask(octets.submit(tlvs=octets.code(octets.SUSPENDED))).status == status


def test_a_code_of_another_account(proxy, smsc, octets):
    reseller = proxy.bound("own")
    assert reseller.ask(octets.submit()).status == 0xC4
    assert reseller.ask(octets.submit(tlvs=octets.code(octets.OTHER_CODE))).status == 0


def test_the_tag_of_an_account(proxy, smsc, octets):
    reseller = proxy.bound("tagged")
    assert reseller.ask(octets.submit()).status == 0xC3
    assert reseller.ask(octets.submit(tlvs=octets.code(tag=0x1600))).status == 0


@pytest.mark.parametrize("account", ["free", "watched"])
@pytest.mark.parametrize("wrong", WRONG)
def test_without_enforcement_all_are_forwarded_untouched(proxy, smsc, octets, account, wrong):
    pdu = octets.submit(tlvs=WRONG[wrong][0](octets))
    assert proxy.bound(account).ask(pdu).status == 0
    assert smsc.first(4).body == pdu[16:]


def test_a_refusal_explains_itself_to_who_asked(proxy, smsc, octets):
    answer = proxy.bound("explain").ask(octets.submit(tlvs=octets.code("999999999"), sequence=3))
    assert answer.header[1:] == (0x80000004, 0xC4, 3)
    empty_message_id, tag, length, info = answer.body[:1], answer.body[1:3], answer.body[3:5], answer.body[5:]
    assert (empty_message_id, tag, int.from_bytes(length)) == (b"\0", b"\x00\x1d", len(info))
    assert info.endswith(b"\0")
    assert b"code_unregistered" in info


def test_strip(proxy, smsc, octets):
    before, after = octets.tlv(0x0204, b"\0\x01"), octets.tlv(0x3000, b"x") + octets.tlv(0x3000, b"y")
    reseller = proxy.bound("strip")
    assert reseller.ask(octets.submit(tlvs=before + octets.code() + after)).status == 0
    seen = smsc.first(4)
    assert seen.body == octets.message() + before + after
    assert seen.header[0] == len(seen.raw)


def test_rename(proxy, smsc, octets):
    before, after = octets.tlv(0x0204, b"\0\x01"), octets.tlv(0x3000, b"x")
    assert proxy.bound("rename").ask(octets.submit(tlvs=before + octets.code() + after)).status == 0
    assert smsc.first(4).body == octets.message() + before + octets.code(tag=0x1500) + after


def test_inject(proxy, smsc, octets):
    reseller = proxy.bound("inject")
    other = octets.tlv(0x3000, b"x")
    assert reseller.ask(octets.submit(tlvs=other)).status == 0
    seen = smsc.first(4)
    assert seen.body.startswith(octets.message())
    assert octets.code() in seen.body
    assert other in seen.body
    assert len(seen.body) == len(octets.message()) + len(other) + len(octets.code())
    smsc.reset()
    assert reseller.ask(octets.submit(tlvs=octets.code(octets.OTHER_CODE))).status == 0
    assert smsc.first(4).body == octets.message() + octets.code(octets.OTHER_CODE)


def test_codes_change_while_the_proxy_runs(proxy, smsc, octets, until):
    code = "400000001"
    reseller = proxy.bound("reseller1")

    def becomes(status: int) -> bool:
        return bool(until(lambda: reseller.ask(octets.submit(tlvs=octets.code(code))).status == status))

    assert becomes(0xC4)
    for command, status in (("add", 0), ("suspend", 0x45), ("resume", 0), ("remove", 0xC4)):
        done = proxy.command("codes", command, code)
        assert done.returncode == 0, done.stderr
        assert becomes(status), command


def test_a_code_out_of_its_dates_is_inactive(proxy, smsc, octets):
    rows = "code,valid_from,valid_until\n400000002,2001-01-01,2002-01-01\n400000003,2090-01-01,\n"
    done = proxy.command("codes", "import", "-", stdin=rows)
    assert done.returncode == 0, done.stderr
    reseller = proxy.bound("reseller1")
    for code in ("400000002", "400000003"):
        assert reseller.ask(octets.submit(tlvs=octets.code(code))).status == 0xC4
    shown = proxy.command("codes", "show", "400000002", "--json")
    assert "inactive" in json.dumps(json.loads(shown.stdout))


def test_codes_in_and_out(proxy):
    done = proxy.command("codes", "import", "-", "--dry-run", stdin="410000001\n")
    assert done.returncode == 0, done.stderr
    assert "410000001" in done.stdout
    assert proxy.command("codes", "show", "410000001").returncode == 1
    assert proxy.command("codes", "import", "-", stdin="410000001\n").returncode == 0
    exported = proxy.command("codes", "export")
    assert "410000001" in exported.stdout
    again = proxy.command("codes", "import", "-", "--json", stdin=exported.stdout)
    assert again.returncode == 0, again.stderr
    listed = json.loads(proxy.command("codes", "list", "--json").stdout)
    assert "410000001" in json.dumps(listed)


def test_commands_about_codes_say_what_is_wrong(proxy):
    for arguments in (("show", "777777777"), ("suspend", "777777777"), ("remove", "777777777")):
        done = proxy.command("codes", *arguments)
        assert done.returncode == 1
        assert "777777777" in done.stderr
        assert "Traceback" not in done.stderr
    done = proxy.command("codes", "add", "12")
    assert done.returncode in (1, 2)
    assert "12" in done.stderr
