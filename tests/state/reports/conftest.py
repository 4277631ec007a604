"""A trace and files of reports about it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from filters.text import near
from filters.text.normalise import prepare
from smppproxy.state.authority import Authority
from smppproxy.state.client import Client
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.reports.importing import Import, Outcome
from smppproxy.state.reports.record import SEOUL
from smppproxy.state.texts import KeptText, TextStore
from smppproxy.state.trace import TraceRow, fingerprint
from smppproxy.state.trace_days import open_trace
from smppproxy.state.trace_store import day_of

NOON = 1_800_014_400.0  # 2027-01-15T12:00:00Z, 21:00 in Seoul
BET = "신규 가입 첫충 30% 보너스 지금 바로 카지노 입장 코드 7788 http://abc.example/x"
VARIANT = "신규 가입 첫충 50% 보너스 지금 바로 카지노 입장 코드 9911 http://abc.example/y 어서"
LOAN = "무직자 당일 소액 대출 상담 신용 불문 비대면 진행 지금 바로 전화 주세요 한도 1000"


def print_of(text: str) -> bytes:
    return fingerprint(prepare(text).key)


def local(at: float) -> str:
    return datetime.fromtimestamp(at, SEOUL).strftime("%Y%m%d%H%M")


class House:
    """A state directory with its trace, and the way to import into it."""

    def __init__(self, state_dir: Path, database: str, clock: Callable[[], float]) -> None:
        self.state_dir, self.database, self.clock = state_dir, database, clock
        self.client = Client(state_dir, database=database, clock=clock)
        self.pseudonym = Pseudonymiser.load(state_dir)

    def sent(self, number: int, text: str = BET, **fields: Any) -> TraceRow:
        row: dict[str, Any] = {
            "at": NOON + number, "trace_id": f"t{number}", "account": f"acc{number % 3}", "upstream": "smsc",
            "operation": 4, "code": "301150232", "sender": "15881234", "action": "forward",
            "text": print_of(text) if text else b"",
            "recipient": self.pseudonym(f"0101234{number:04d}"), "reason": "", "observed": "", "label": "",
            "score": 0.0, "status": 0, "message_id": "", "duration": 0.1,
        }  # fmt: skip
        return TraceRow(**(row | fields))

    def trace(self, *rows: TraceRow) -> None:
        days: dict[str, list[TraceRow]] = {}
        for row in rows:
            days.setdefault(day_of(row.at), []).append(row)
        with closing(open_trace(self.state_dir, self.database)) as trace:
            for day, members in days.items():
                partition = trace.partition(day)
                partition.write(members, "file", 1)
                partition.close()

    def authority(self) -> closing[Authority]:
        return closing(Authority.take(self.state_dir, database=self.database, clock=self.clock))

    def keep(self, trace_id: str, text: str, at: float = NOON) -> None:
        key = prepare(text).key
        kept = KeptText(at, trace_id, fingerprint(key), near.signature(key), text)
        TextStore(self.state_dir).keep([kept])

    def import_(self, path: Path, **options: Any) -> Outcome:
        work = Import(
            self.client,
            self.state_dir,
            who="cli:anna",
            why="test",
            clock=self.clock,
            tell=lambda *_: None,
            database=self.database,
        )
        return work.run(path, **options)

    def dump(self, path: Path, *rows: tuple[float, str, str]) -> Path:
        """Write a dump of (received, label, text), each reported ten minutes later."""
        path.write_text(
            "".join(
                f"[(KISA:SOL)]{local(at)}[(KISA)]{local(at + 600)}[(KISA)]{label}[(KISA)]{text}[(KISA)]SMS/-"
                "[(KISA:EOL)]\n"
                for at, label, text in rows
            ),
            encoding="utf-8",
        )
        return path

    def sheet(self, path: Path, *rows: tuple[float, str, str, str], recipients: bool = False) -> Path:
        """Write a table of (received, label, sender, text) and maybe who got it, as `trace` has it."""
        lines = ["seq,스팸유형,회신번호,수신시간,신고시간,메시지" + (",수신번호" if recipients else "")]
        for number, (at, label, sender, text) in enumerate(rows):
            cells = [str(number), label, sender, local(at), local(at + 600), f'"{text}"']
            lines.append(",".join(cells + ([f"0101234{number:04d}"] if recipients else [])))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def ask(self, verb: str, **fields: Any) -> dict[str, Any]:
        return self.client.request(f"reports.{verb}", **fields)


@pytest.fixture
def house(tmp_path: Path, database: str) -> House:
    state_dir = tmp_path / "var"

    def clock() -> float:
        return NOON + 86_400

    made = House(state_dir, database, clock)
    with made.authority() as authority:
        authority.codes.add("301150232", who="t", owner="Acme")
    return made
