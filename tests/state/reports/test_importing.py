"""From a file to campaigns, matches and candidates: once, wholly, and whatever the file is like."""

from __future__ import annotations

import resource
import signal
from pathlib import Path
from typing import Any

import pytest

from filters.text import near
from filters.text.normalise import prepare
from smppproxy.state import ledger
from smppproxy.state.errors import InputError, NotFoundError, StoreError
from smppproxy.state.protocol import encode
from smppproxy.state.reports import importing, tables, work
from smppproxy.state.reports.files import Form
from smppproxy.state.reports.record import Report
from smppproxy.state.sanctions.verdict_store import VerdictStore
from smppproxy.state.trace import fingerprint
from smppproxy.state.verdicts import VerdictRow

NOON = 1_800_014_400.0
BET = "신규 가입 첫충 30% 보너스 지금 바로 카지노 입장 코드 7788 http://abc.example/x"
VARIANT = "신규 가입 첫충 50% 보너스 지금 바로 카지노 입장 코드 9911 http://abc.example/y 어서"
LOAN = "무직자 당일 소액 대출 상담 신용 불문 비대면 진행 지금 바로 전화 주세요 한도 1000"


def _campaigns(house: Any, **fields: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.ask("campaigns", **({"least": 1} | fields))["campaigns"]
    return found


def test_reports_become_campaigns_with_their_senders(house: Any, tmp_path: Path) -> None:
    house.trace(
        *(house.sent(number) for number in range(30)),
        house.sent(40, VARIANT, code="301210079", account="bad", sender="15990000", action="refuse", trace_id="v"),
        house.sent(50, "Good morning", code="399999999"),
    )
    house.keep("v", VARIANT)
    rows = [(NOON + n, "도박" if n else "비스팸", f"[Web발신]\n{BET}") for n in range(9)]
    outcome = house.import_(house.dump(tmp_path / "a.txt", *rows, (NOON, "대출", LOAN)))
    assert (outcome.reports, outcome.added, outcome.campaigns, outcome.matched) == (10, 10, 2, 9)
    assert outcome.categories == {"gambling": 8, "ham": 1, "loan": 1}
    first, loan = _campaigns(house)
    assert (first["category"], first["reports"], first["ham"], first["texts"]) == ("gambling", 9, 1, 1)
    assert first["codes"] == ["301150232", "301210079"]
    assert (loan["category"], loan["codes"]) == ("loan", [])
    shown = house.ask("show", campaign=first["campaign"])
    assert shown["labels"] == {"도박": 8, "비스팸": 1}
    *mine, other = shown["sources"]
    assert [(each["account"], each["messages"], each["recipients"], each["owner"]) for each in mine] == [
        ("acc0", 10, 10, "Acme"), ("acc1", 10, 10, "Acme"), ("acc2", 10, 10, "Acme")
    ]  # fmt: skip
    assert (other["code"], other["account"], other["refused"], other["traces"]) == ("301210079", "bad", 1, ["v"])
    assert {match["why"] for each in mine for match in each["matches"]} == {"text+time"}
    assert _campaigns(house, code="301210079") == [first]
    assert _campaigns(house, category="loan") == [loan]
    with pytest.raises(NotFoundError, match="no campaign 99"):
        house.ask("show", campaign=99)


def test_a_recipient_and_a_sender_make_a_match_surer(house: Any, tmp_path: Path) -> None:
    house.trace(
        *(house.sent(number) for number in range(9)),
        *(house.sent(100 + n, "", sender="16001600") for n in range(3)),
    )
    path = house.sheet(tmp_path / "a.csv", (NOON, "도박", "1588-1234", BET), (NOON + 60, "대출", "1588-1234", BET),
                       recipients=True)  # fmt: skip
    house.import_(path)
    (source, *_) = house.ask("show", campaign=1)["sources"]
    best = source["matches"][0]
    assert (best["trace_id"], best["why"], best["confidence"]) == ("t0", "recipient+text+sender+time", 0.99)
    alone = house.sheet(tmp_path / "b.csv", (NOON + 100, "도박", "16001600", "짧은 글"))
    assert house.import_(alone).matched == 1
    sources = house.ask("show", campaign=2)["sources"]
    assert {match["why"] for source in sources for match in source["matches"]} == {"sender+time"}


def test_the_same_file_and_the_same_report_count_once(house: Any, tmp_path: Path) -> None:
    rows = [(NOON, "도박", BET), (NOON, "도박", BET), (NOON + 60, "도박", BET)]
    path = house.dump(tmp_path / "a.txt", *rows)
    assert house.import_(path).added == 3  # two people may say the same
    again = house.import_(path)
    assert (again.repeated, again.added, again.duplicates) == (True, 0, 3)
    house.trace(house.sent(0))  # came late
    anew = house.import_(path, again=True)
    assert (anew.repeated, anew.added, anew.duplicates, anew.matched) == (False, 0, 3, 3)
    longer = house.import_(house.dump(tmp_path / "b.txt", *rows, (NOON, "도박", BET)))
    assert (longer.added, longer.duplicates) == (1, 3)
    assert _campaigns(house)[0]["reports"] == 4
    numbered = tmp_path / "c.csv"
    line = f"7,도박,,202701152100,202701152110,{LOAN}\n"
    numbered.write_text("seq,스팸유형,회신번호,수신시간,신고시간,메시지\n" + line + line, encoding="utf-8")
    twice = house.import_(numbered)
    assert (twice.added, twice.duplicates) == (1, 1)


def test_campaigns_grow_over_files(house: Any, tmp_path: Path) -> None:
    house.import_(house.dump(tmp_path / "a.txt", (NOON, "도박", BET)))
    house.trace(house.sent(5), house.sent(86_400 * 2, VARIANT, trace_id="late"))
    house.import_(house.dump(tmp_path / "b.txt", (NOON + 86_400 * 2, "성인", VARIANT), (NOON, "도박", "short")))
    first, short = _campaigns(house)
    assert (first["reports"], first["texts"], short["texts"]) == (2, 2, 1)
    shown = house.ask("show", campaign=first["campaign"])
    assert sum(each["messages"] for each in shown["sources"]) == 2
    assert shown["labels"] == {"도박": 1, "성인": 1}  # they contradict each other: both are told


def test_fifty_reports_of_a_day_make_a_candidate(house: Any, tmp_path: Path) -> None:
    day = [(NOON + n * 60, "도박", "15881234", BET) for n in range(50)]
    others = [
        *((NOON + n, "비스팸", "16001600", BET) for n in range(60)),
        *((NOON + n, "도박", "0000-0000", BET) for n in range(60)),
        *((NOON + n * 86_400 / 30, "도박", "15771577", BET) for n in range(60)),  # 30 a day
        *((NOON + n, "도박", "BANK", BET) for n in range(60)),
    ]
    assert house.import_(house.sheet(tmp_path / "a.csv", *day[:49], *others)).candidates == 0
    assert house.import_(house.sheet(tmp_path / "b.csv", *day)).candidates == 1
    with house.authority() as authority:
        (row,) = authority.store.query("SELECT * FROM blacklist_candidates")
        assert row[:8] == ("8215881234", "2027-01-15", 50, 50, 1, 0, 1, "gambling")
        assert row[10] == 1_807_801_200  # 2027-04-16 in Seoul, the first second after ninety days
        assert ledger.verify(authority.store).fault == ""
        entries = ledger.history(authority.store, "b.csv")
        assert [(each.action, each.who, each.why) for each in entries] == [("reports.import", "cli:anna", "test")]


def test_a_dry_run_changes_nothing(house: Any, tmp_path: Path) -> None:
    path = house.dump(tmp_path / "a.txt", (NOON, "도박", BET), (NOON, "아무도 모르는", BET))
    path.write_text(path.read_text(encoding="utf-8") + "[(KISA:SOL)]x[(KISA:EOL)]", encoding="utf-8")
    outcome = house.import_(path, dry_run=True)
    assert (outcome.added, outcome.rejected, outcome.dry_run, outcome.rejects) == (2, 1, True, "")
    assert outcome.unknown_labels == {"아무도 모르는": 1}
    assert house.ask("list")["files"] == []
    assert not list(tmp_path.glob("*.rejected.csv"))


def test_rows_that_are_wrong_are_kept_and_counted(house: Any, tmp_path: Path) -> None:
    path = house.dump(tmp_path / "a.txt", (NOON, "도박", BET))
    path.write_text(path.read_text(encoding="utf-8") + "[(KISA:SOL)]20270115", encoding="utf-8")
    outcome = house.import_(path)
    kept = Path(outcome.rejects)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "2,the file ends inside this record: it was cut off,20270115" in kept.read_text(encoding="utf-8")
    (file,) = house.ask("list")["files"]
    assert (file["state"], file["added"], file["rejected"]) == ("done", 1, 1)
    with pytest.raises(StoreError, match="name another --rejects"):
        house.import_(path, rejects=tmp_path / "none" / "a.csv")


@pytest.mark.parametrize("content", ["", "[(KISA:SOL)]x[(KISA:EOL)]", "one,two\n1,2\n"])
def test_a_file_without_a_report_imports_nothing(house: Any, tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        house.import_(path)
    assert house.ask("list")["files"] == []


def test_an_import_that_is_broken_off_counts_for_nothing_until_it_is_run_again(house: Any, tmp_path: Path) -> None:
    path = house.dump(tmp_path / "a.txt", *((NOON + n, "도박", BET) for n in range(3)))
    request = house.client.request

    def broken(do: str, **fields: Any) -> dict[str, Any]:
        if do == "reports.finish":
            raise StoreError("power cut")
        answer: dict[str, Any] = request(do, **fields)
        return answer

    house.client.request = broken
    with pytest.raises(StoreError, match="power cut"):
        house.import_(path)
    house.client.request = request
    assert _campaigns(house) == []
    assert house.ask("list")["files"][0]["state"] == "open"
    outcome = house.import_(path)
    assert (outcome.repeated, outcome.duplicates) == (False, 3)
    assert _campaigns(house)[0]["reports"] == 3
    assert house.ask("list")["files"][0]["added"] == 3


def test_a_full_disk_imports_nothing(house: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = house.dump(tmp_path / "a.txt", *((NOON + n, "도박", f"{BET} {n:x}" * 20) for n in range(400)))
    monkeypatch.setattr(work, "CACHE", 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StoreError, match="make room and run it again"):
            house.import_(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert house.ask("list")["files"] == []
    assert house.import_(path).added == 400


def test_clocks_that_jump_and_years_that_are_none(house: Any, tmp_path: Path) -> None:
    house.trace(house.sent(0))
    path = tmp_path / "a.txt"
    times = ("197001010000", "209912312359", "202701152100", "")
    path.write_text(
        "".join(f"[(KISA:SOL)]{at}[(KISA)]{at}[(KISA)]도박[(KISA)]{BET}[(KISA:EOL)]" for at in times), encoding="utf-8"
    )
    outcome = house.import_(path)
    assert (outcome.reports, outcome.rejected, outcome.matched) == (3, 1, 2)  # without a time, the text tells


def test_texts_for_the_model_are_those_reports_agree_on(house: Any, tmp_path: Path) -> None:
    rows = [(NOON, "도박", BET), (NOON, "도박", BET), (NOON, "성인", BET), (NOON, "대출", LOAN), (NOON, "성인", LOAN)]
    house.import_(house.dump(tmp_path / "a.txt", *rows))
    found = house.ask("labelled", who="cli:anna", why="training")
    assert found["texts"] == [{"category": "gambling", "reports": 3, "text": BET}]
    assert found["next"] is None
    with house.authority() as authority:
        assert [each.who for each in ledger.history(authority.store, "texts")] == ["cli:anna"]


def test_pieces_and_pages_of_any_size(house: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from smppproxy.state.reports import importing

    monkeypatch.setattr(importing, "PIECE", 7)
    monkeypatch.setattr(importing, "MARKS", 3)
    monkeypatch.setattr(tables, "BATCH", 2)
    words = ["봄날", "바다", "기차", "연필", "하늘", "호수", "가을", "노을"]
    texts = [" ".join(words[(n * k) % 8] for k in range(1, 14)) + str(n) for n in range(20)]
    outcome = house.import_(
        house.dump(tmp_path / "a.txt", *((NOON + n, "도박", texts[n % 20]) for n in range(60))), form=Form.DUMP
    )
    assert outcome.added == 60
    assert sum(each["reports"] for each in _campaigns(house)) == 60


def test_an_import_that_is_killed_leaves_no_text_behind(tmp_path: Path) -> None:
    with work.Work(tmp_path) as bench, bench.laying():
        report = Report(1, 1, 2, "도박", "SMS", "", "", "", "", BET * 100)
        for number in range(3000):  # more than the cache holds
            bench.lay(report._replace(place=number, received=number), b"x" * 16)
        assert not list(tmp_path.iterdir())  # even now: whatever ends this process, nothing of it has a name
        bench.connection.execute(f"PRAGMA cache_size = -{64}")
        assert len(bench.all("SELECT said FROM rows ORDER BY said")) == 3000


def test_a_variant_nobody_reported_is_found_by_its_verdict(house: Any, tmp_path: Path) -> None:
    """It was let pass, so that its words are nowhere; what it was like the verdict tells."""
    house.trace(house.sent(0), house.sent(9, VARIANT, code="301210079", account="bad", trace_id="passed"))
    key, first = prepare(VARIANT).key, prepare(BET).key
    row = VerdictRow(
        NOON + 9, "passed", "bad", "301210079", "15881234", bytes(16), fingerprint(key), near.signature(first), "",
        "text_gambling", "gambling", 0.9, "m", "", False, False, "domestic",
    )  # fmt: skip
    with house.authority() as authority, authority.store.transaction() as cursor:
        VerdictStore(authority.store).keep(cursor, [row], lambda at: at, lambda code: "")
    house.import_(house.dump(tmp_path / "a.txt", (NOON + 60, "도박", BET)))
    assert sorted(_campaigns(house)[0]["codes"]) == ["301150232", "301210079"]


def test_no_request_is_longer_than_the_control_socket_takes(house: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(importing, "SAID", 4000)
    rows = [(NOON + n, "도박", f"{chr(0xAC00 + 40 * n) * 900} {n}") for n in range(20)]
    sent: list[int] = []
    request = house.client.request

    def counted(do: str, **fields: Any) -> Any:
        if do == "reports.rows":
            sent.append(len(encode({"do": do, **fields})))
        return request(do, **fields)

    house.client.request = counted
    assert house.import_(house.dump(tmp_path / "long.txt", *rows)).added == 20
    assert len(sent) == 4  # five texts of some 900 characters in each
    assert max(sent) < 10 * 4000  # three octets a character, and the rest of a row
