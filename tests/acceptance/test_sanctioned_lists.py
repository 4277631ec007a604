"""What sanctions reach in running workers: a code, an account, a text, a host, an owner; each at the next PDU."""

from __future__ import annotations

from filters.text.near import signature
from filters.text.normalise import prepare
from smppproxy.state.client import Client

OFFER = "무료 상담 당일 한도 조회 가능합니다 지금 바로 연락 주시면 담당자가 친절히 안내해 드립니다"
HELLO = "내일 저녁 7시에 도서관 앞에서 보자"
UNREGISTERED = "registry = false"  # a sanction holds all the same
FILTERS = """
[filters.blocklist]
mode = "observe"
"""


def test_sanctions_reach_every_worker_at_the_next_pdu(make_proxy, make_smsc, octets, tmp_path):
    with make_smsc() as carrier:
        upstreams = [f'name = "up"\naddress = "{carrier.address}"']
        accounts = [f'system_id = "{name}"\nupstream = "up"\npassword = "pw"' for name in ("one", "two")]
        codes = [octets.CODE, octets.OTHER_CODE]
        with make_proxy(
            tmp_path, upstreams, accounts, codes, proxy="workers = 2", code=UNREGISTERED, more=FILTERS
        ) as proxy:
            one, two = proxy.bound("one"), proxy.bound("two")

            def submit(reseller, text=HELLO, code=octets.CODE):
                tlvs = octets.tlv(0x0424, text.encode("cp949")) + octets.code(code)
                return reseller.ask(octets.submit(b"", data_coding=0x84, tlvs=tlvs)).status

            control = Client(tmp_path / "var")  # what the commands speak through

            # a throttle is one for both workers: of four at once one passes
            control.request("codes.throttle", code=octets.CODE, rate=0.02)
            assert sorted(submit(each) for each in (one, two, one, two)) == [0, 0x58, 0x58, 0x58]
            assert submit(two, code=octets.OTHER_CODE) == 0
            control.request("codes.resume", code=octets.CODE)
            assert [submit(one), submit(two)] == [0, 0]

            control.request("lists.create", name="accounts", kind="account_sanction")
            control.request("lists.add", name="accounts", keys=["one"], reason="suspend")
            assert [submit(one), submit(one, code=octets.OTHER_CODE), submit(two)] == [0x45, 0x45, 0]
            control.request("lists.remove", name="accounts", keys=["one"])
            assert submit(one) == 0

            assert submit(one, OFFER) == 0
            control.request("lists.create", name="texts", kind="text_cluster")
            control.request("lists.add", name="texts", keys=[signature(prepare(OFFER).key).hex()], reason="strike")
            assert [submit(two, f"{OFFER} {tail}") for tail in ("4719", "뷁쀍똟", "")] == [0x45] * 3
            assert submit(two) == 0

            link = "지금 가입 https://join.slot.top/a"
            assert submit(two, link) == 0
            control.request("lists.create", name="struck", kind="host_sanction")
            control.request("lists.add", name="struck", keys=["slot.top"], reason="strike")
            assert [submit(each, link) for each in (one, two)] == [0x45, 0x45]
            assert [submit(each, "https://open.slot.kr/a") for each in (one, two)] == [0, 0]
            control.request("lists.remove", name="struck", keys=["slot.top"])
            assert submit(two, link) == 0

            control.request("senders.block", number="15880000", state="blacklisted")
            assert [submit(one), submit(two)] == [0x0A, 0x0A]
            control.request("senders.resume", number="15880000", lift_block=True)
            assert [submit(one), submit(two)] == [0, 0]
            control.request("codes.strike", code=octets.OTHER_CODE)
            assert [submit(each, code=octets.OTHER_CODE) for each in (one, two)] == [0x45, 0x45]

            control.request("lists.create", name="owners", kind="owner_sanction")
            control.request("lists.add", name="owners", keys=["123-45-67890"], reason="strike")
            added = proxy.command("codes", "add", "302190009", "--owner-id", "1234567890")
            assert "is registered and struck: the owner 1234567890 is struck" in added.stdout
            assert submit(two, code="302190009") == 0x45
            assert '"account_sanctioned"' in proxy.get("/metrics")[1]
