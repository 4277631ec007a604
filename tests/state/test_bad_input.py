"""What people, clocks and servers do wrong: a clear word for it, and nothing half applied, on both engines."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from smppproxy.state import ledger
from smppproxy.state.authority import Authority
from smppproxy.state.errors import InputError
from smppproxy.state.table_csv import decode

A, B = "301150232", "301210079"
MANY = [f"{n:09d}" for n in range(3000)]  # several batches

Take = Callable[[], Authority]


def _ask(authority: Authority, do: str, **fields: Any) -> dict[str, Any]:
    return authority.service.dispatch({"do": do, **fields})


def _state_of(authority: Authority) -> tuple[object, ...]:
    counts = [authority.store.query(f"SELECT count(*) FROM {name}") for name in ("codes", "senders", "accounts")]
    return ledger.head(authority.store), authority.books.head(), *(rows[0][0] for rows in counts)


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        ("code,owner\n1,한국".encode("utf-16")[:-1], "neither UTF-8 nor CP949|no text file|UTF-16"),
        (b"code\n\x00\x01\x02", "no text file"),
        (b"code\n30115\xff\xff\xfe\n", "line 2: neither UTF-8 nor CP949"),
        ("code,owner\n1,한국".encode()[:-1], "line 2"),
    ],
)
def test_files_in_no_encoding_are_named_by_line(octets: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        decode(octets)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_files_in_the_usual_encodings_are_read(encoding: str) -> None:
    assert decode("code,owner\n1,한국\n".encode(encoding)) == "code,owner\n1,한국\n"


@pytest.mark.parametrize(
    ("verb", "text", "row"),
    [
        ("codes.import", f'code,owner\n{A},fine\n{B},"cut off in the middle of a', 3),
        ("codes.import", f"code,state\n{A},active\n{A},suspended\n", 3),
        ("codes.import", f"code,owner\n{A},one\n{A},another\n", 3),
        ("codes.import", "\n".join(["code", *MANY, "no code at all \x07"]), 3002),
        ("senders.import", "number,state\n1588-1234,active\n15881234,blacklisted\n", 3),
        ("senders.import", "number\n" + "".join(f"010{n:08d}\n" for n in range(2000)) + "7777\n", 2002),
        ("accounts.import", "system_id,upstream\n" + "".join(f"a{n},x\n" for n in range(2000)) + "b,x,y\n", 2002),
    ],
)
def test_one_wrong_row_at_the_end_changes_nothing(authority: Authority, verb: str, text: str, row: int) -> None:
    _ask(authority, "codes.add", code="999999999")
    before = _state_of(authority)
    answer = _ask(authority, verb, text=text)
    assert answer["error"]["kind"] == "bad_input"
    assert answer["error"]["faults"][-1]["row"] == row
    assert _state_of(authority) == before


def test_rows_that_repeat_count_once(authority: Authority) -> None:
    assert _ask(authority, "codes.import", text=f"code\n{A}\n{A}\n{B}\n")["added"] == 2
    assert _ask(authority, "codes.import", text=f"code\n{A}\n{A}\n{B}\n")["unchanged"] == 2


def test_a_clock_that_jumps_back_breaks_neither_ledger_nor_books(take: Take, clock: Any) -> None:
    authority = take()
    _ask(authority, "codes.add", code=A)
    clock.now -= 400 * 86_400
    _ask(authority, "codes.suspend", code=A)
    clock.now += 800 * 86_400
    _ask(authority, "codes.resume", code=A)
    assert ledger.verify(authority.store).fault == ""
    assert [entry.action for entry in authority.codes.history(A)] == ["code.resume", "code.suspend", "code.add"]
    authority.close()
    again = take()
    assert again.books.head() == ledger.head(again.store)
    assert str(again.books.view().code(A).state) == "active"


def test_dates_hold_when_the_clock_jumps_over_them(authority: Authority, clock: Any) -> None:
    _ask(authority, "codes.add", code=A, valid_from=int(clock.now) - 10, valid_until=int(clock.now) + 10)
    view = authority.books.view()

    def state() -> str:
        return _ask(authority, "codes.show", code=A)["code"]["state"]

    assert state() == "active"
    for jump, expected in ((1_000_000, "inactive"), (-1_000_000, "active"), (-1_000_000, "inactive")):
        clock.now += jump
        assert state() == expected
    view.close()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_ends_in_mid_import_leaves_nothing_half_applied(
    authority: Authority, postgres_server: Any, stop: signal.Signals
) -> None:
    _ask(authority, "codes.add", code=A)
    before = _state_of(authority)
    stopped: list[int] = []

    def progress(done: int, total: int) -> None:
        if done >= total // 2 and not stopped:
            stopped.append(done)
            postgres_server.stop(stop)

    text = "\n".join(["code", *MANY])
    answer = authority.service.dispatch({"do": "codes.import", "text": text}, progress)
    assert stopped
    assert answer["error"]["kind"] == "store"
    assert "postgresql://" in answer["error"]["message"]
    assert str(authority.books.view().code(A).state) == "active"  # what was known serves on
    postgres_server.start()
    assert _state_of(authority) == before
    assert _ask(authority, "codes.import", text=text)["added"] == len(MANY)
    assert ledger.verify(authority.store).fault == ""
    assert authority.books.head() == ledger.head(authority.store)
