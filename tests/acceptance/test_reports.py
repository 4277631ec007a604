"""A text is refused and kept, somebody reports what others got, and both lead to the code, beside a proxy that runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

GAMBLING = "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 입장코드 777 http://slot777.example"


def test_a_refused_text_is_shown_and_a_report_finds_its_code(tmp_path, octets, make_proxy, make_smsc, judged, until):
    with make_smsc() as smsc:
        upstreams = [f'name = "up"\naddress = "{smsc.address}"']
        texts = '[trace]\ntexts = "refused"'  # rows wait in the spool for minutes: whoever imports does not
        accounts = ['system_id = "a"\nupstream = "up"']
        with make_proxy(tmp_path, upstreams, accounts, [octets.CODE], text=judged, more=texts) as proxy:
            reseller = proxy.bound("a")
            assert reseller.ask(octets.submit(GAMBLING.encode("cp949"), data_coding=0x84)).status == 0x45

            def shown() -> list[dict[str, str]]:
                done = proxy.command("trace", "--text", GAMBLING, "--show-text", "--why", "a test", "--json")
                assert done.returncode == 0, done.stderr
                return [each for each in json.loads(done.stdout)["messages"] if each["said"]]

            (message,) = until(shown)
            assert (message["said"], message["said_by"], message["code"]) == (GAMBLING, "message", octets.CODE)

            now = datetime.now(UTC).astimezone(timezone(timedelta(hours=9))).strftime("%Y%m%d%H%M")
            other = "안녕하세요, 주문하신 상품이 내일 도착합니다. 문의는 고객센터로 부탁드립니다."
            assert reseller.ask(octets.submit(other.encode("cp949"), data_coding=0x84)).status == 0
            path = tmp_path / "reports.txt"
            said = GAMBLING.replace("777 ", "123 ") + " 오늘만"  # nearly the same
            path.write_text(f"[(KISA:SOL)]{now}[(KISA)]{now}[(KISA)]도박[(KISA)]{said}[(KISA:EOL)]", encoding="utf-8")

            done = proxy.command("reports", "import", str(path), "--json")
            assert done.returncode == 0, done.stderr
            listed = json.loads(proxy.command("reports", "campaigns", "--least", "1", "--json").stdout)
            assert [code for each in listed["campaigns"] for code in each["codes"]] == [octets.CODE]

            done = proxy.command("stats", "--from", "2020-01-01", "--json")
            tables = {table["name"]: table for table in json.loads(done.stdout)["tables"]}
            assert tables["relay"]["total"]["now"]["messages"] == 2
