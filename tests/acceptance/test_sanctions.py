"""A code goes bad over three accounts: throttled, suspended, struck out; refused on every bind; proved afterwards."""

from __future__ import annotations

import json
import sqlite3
import time

import pytest

GAMBLING = "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 입장코드 777 http://slot777.example"
HONEST = "[가람택배] 고객님의 상품 48213907이 오늘 14~16시 사이에 배송될 예정입니다. 문 앞에 놓아 드리겠습니다."

SUSPENDED = 5  # s, of the rule below
RULES = f"""
[sanctions]
four_eyes = true
[[sanctions.rules]]
name = "slow"
window = "10min"
count = 3
share = 0.1
min_score = 0.5
action = "throttle"
automatic = true
duration = "1h"
rate = 1000
[[sanctions.rules]]
name = "stop"
window = "24h"
count = 6
share = 0.1
min_score = 0.5
action = "suspend"
automatic = true
duration = {SUSPENDED}
warn_at = 0
[[sanctions.rules]]
name = "out"
window = "30d"
suspensions = 2
action = "strike"
automatic = true
"""
ACCOUNTS = ("one", "two", "three")


@pytest.fixture(scope="module")
def carrier(make_smsc):
    with make_smsc() as smsc:
        yield smsc


@pytest.fixture
def proxy(tmp_path, octets, make_proxy, carrier, judged):
    upstreams = [f'name = "up"\naddress = "{carrier.address}"']
    accounts = [f'system_id = "{name}"\nupstream = "up"' for name in ACCOUNTS]
    codes = [octets.CODE, octets.OTHER_CODE]
    with make_proxy(tmp_path, upstreams, accounts, codes, text=judged, more=RULES) as proxy:
        yield proxy


def test_one_strike_out(proxy, octets, tmp_path):
    binds = [proxy.bound(name) for name in ACCOUNTS for _ in range(2)]

    def submit(reseller, text, code=octets.CODE):
        tlvs = octets.tlv(0x0424, text.encode("cp949")) + octets.code(code)
        return reseller.ask(octets.submit(b"", data_coding=0x84, tlvs=tlvs)).status

    def sanctions(*words):
        done = proxy.command("sanctions", *words)
        return done.returncode, done.stdout + done.stderr

    # six bad texts over three accounts, among honest ones: the last of those before the last bad one
    began = time.monotonic()
    for reseller in binds:
        assert submit(reseller, HONEST) in (0, 0x58)
        assert submit(reseller, GAMBLING) == 0x45
    proxy.logged("sanction_applied", "suspend")
    refused = [submit(reseller, HONEST) == 0x45 for reseller in binds]  # whatever it says now
    assert all(refused) or time.monotonic() - began > SUSPENDED  # we were slower than that: it has ended by itself
    assert submit(binds[0], HONEST, octets.OTHER_CODE) == 0  # the accounts' other code goes on

    proxy.logged("sanction_ended", '"how":"expired"')
    for reseller in binds:
        submit(reseller, GAMBLING)
    proxy.logged("sanction_applied", "strike")
    assert [submit(reseller, HONEST) for reseller in binds] == [0x45] * len(binds)
    proxy.leave()
    assert submit(proxy.bound("three"), HONEST) == 0x45  # nor on a new bind

    _, listed = sanctions("list", "--all", "--json")
    found = {(each["action"], each["state"]): each for each in json.loads(listed)["sanctions"]}
    assert ("strike", "standing") in found
    strike = found["strike", "standing"]
    _, shown = sanctions("show", str(next(each["id"] for key, each in found.items() if key[0] == "suspend")), "--json")
    evidence = json.loads(shown)["sanction"]["evidence"]
    assert set(evidence["accounts"]) == set(ACCOUNTS)
    assert set(evidence["reasons"]) == {"text_gambling"}
    assert all(each["trace_id"] and each["model"] for each in evidence["verdicts"])

    # the ledger proves itself while the proxy runs; an appeal brings the code back
    assert sanctions("verify")[0] == 0
    number = str(strike["id"])
    assert sanctions("appeal", number, "--text", "We were broken into", "--by", "Example Shop")[0] == 0
    assert "appeal" in sanctions("appeal", number, "--uphold", "--why", "shown")[1]
    assert submit(proxy.bound("one"), HONEST) in (0, 0x58)
    status, text = proxy.get("/metrics")
    assert status == 200
    assert "smppproxy_sanction_verdicts_total" in text
    proxy.clean()
    assert proxy.stop() == 0

    # and while it does not run; who alters it is found out
    assert sanctions("verify")[0] == 0
    assert sanctions("evidence", number, "--out", str(tmp_path / "evidence.html"))[0] == 0
    assert "We were broken into" in (tmp_path / "evidence.html").read_text()
    (database,) = tmp_path.rglob("smppproxy.db")
    with sqlite3.connect(database) as store:
        store.execute("DROP TRIGGER ledger_is_never_changed")
        store.execute("UPDATE ledger SET why = 'nothing' WHERE action = 'sanction.begin'")
    store.close()
    code, text = sanctions("verify")
    assert code == 1
    assert "was altered" in text
