"""Rows of MessagePack out of Frames: what they hold, and twins that write the same octets."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.kernel import Cell
from smppproxy.smpp.pdu import Pdu

MAX_PDU = 70_000
ADDRESS = st.binary(max_size=20).map(lambda octets: octets.replace(b"\0", b"0"))


def decoded(octets: bytes, rows: int) -> Any:
    """The rows, read as any reader of MessagePack does."""
    return msgspec.msgpack.decode(b"\xdd" + rows.to_bytes(4, "big") + octets)


def head(values: int) -> bytes:
    """What a row of so many values begins with."""
    return b"\xdc" + values.to_bytes(2, "big")


def request(engine: ModuleType, received: float = 0.0, **fields: Any) -> Any:
    return engine.cut(codec.encode(Pdu(c.SUBMIT_SM, fields=fields)), MAX_PDU, None, received)[0][0]


def answer(engine: ModuleType, message_id: bytes = b"", status: int = 0) -> Any:
    raw = codec.encode(Pdu(c.SUBMIT_SM_RESP, status, fields={"message_id": message_id}))
    return engine.cut(raw, MAX_PDU)[0][0]


def test_each_kind_of_cell(engine: ModuleType) -> None:
    cells: list[Cell] = [
        head(13), b"\x07\xa1x", ("received", 100.0), ("lasted", 9.0), ("numbered", b"id-", 255),
        ("request", "source_addr"), ("answer", "message_id"), ("status",), ("known", {"k": b"\xa1v"}, ["k", "k"]),
        ("texts", ["é", "t" * 40]), ("floats", [0.5, -1.0]), ("binaries", [b"", b"abc"]), b"\xc0",
    ]  # fmt: skip
    requests = [request(engine, 1.0, source_addr=b"021"), request(engine, 2.5, source_addr=b"\xe9")]
    answers = [answer(engine, b"m1"), answer(engine, status=0x45)]
    octets = engine.rows(cells, requests, answers)
    assert decoded(octets, 2) == [
        [7, "x", 101.0, 8.0, "id-ff", "021", "m1", 0, "v", "é", 0.5, b"", None],
        [7, "x", 102.5, 6.5, "id-100", "é", "", 0x45, "v", "t" * 40, -1.0, b"abc", None],
    ]
    assert engine.rows(cells[:7], [], []) == engine.rows([], requests, answers) == b""


def test_what_is_not_known_is_made(engine: ModuleType) -> None:
    class Made(dict[bytes, bytes]):
        def __missing__(self, key: bytes) -> bytes:
            return msgspec.msgpack.encode(key.decode())

    known = Made({b"one": b"\x01"})
    frames, answers = [request(engine)] * 2, [answer(engine)] * 2
    cells: list[Cell] = [head(1), ("known", known, [b"one", b"two"])]
    assert decoded(engine.rows(cells, frames, answers), 2) == [[1], ["two"]]
    with pytest.raises(KeyError):
        engine.rows([head(1), ("known", {}, [b"one", b"two"])], frames, answers)


@pytest.mark.parametrize("size", [0, 31, 32, 255, 256, 65_535, 65_536])
def test_every_size_has_its_head(engine: ModuleType, size: int) -> None:
    cells: list[Cell] = [head(2), ("texts", ["t" * size]), ("binaries", [b"b" * size])]
    assert decoded(engine.rows(cells, [request(engine)], [answer(engine)]), 1) == [["t" * size, b"b" * size]]


@pytest.mark.parametrize("status", [0, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000, 0xFFFFFFFF])
def test_every_status_can_be_written(engine: ModuleType, status: int) -> None:
    octets = engine.rows([head(1), ("status",)], [request(engine)], [answer(engine, status=status)])
    assert decoded(octets, 1) == [[status]]


@given(
    sides=st.lists(st.tuples(ADDRESS, ADDRESS, st.integers(0, 0xFFFFFFFF), st.floats(allow_nan=False)), max_size=5),
    first=st.integers(0, 1 << 48),
    offset=st.floats(-1e9, 1e9),
    data=st.data(),
)
def test_the_twins_write_the_same_octets(
    twins: tuple[ModuleType, ModuleType], sides: list[Any], first: int, offset: float, data: st.DataObject
) -> None:
    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return data.draw(st.lists(values, min_size=len(sides), max_size=len(sides)))

    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
    cells: list[Cell] = [
        head(10), ("received", offset), ("lasted", offset), ("numbered", b"x-", first), ("request", "source_addr"),
        ("answer", "message_id"), ("status",), ("texts", column(texts)), ("floats", column(st.floats())),
        ("binaries", column(st.binary(max_size=300))), b"\xc0",
    ]  # fmt: skip
    written = []
    for twin in twins:
        requests = [request(twin, at, source_addr=source) for source, _, _, at in sides]
        answers = [answer(twin, name, status) for _, name, status, _ in sides]
        written.append(twin.rows(cells, requests, answers))
    assert written[0] == written[1]
    assert len(decoded(written[0], len(sides))) == len(sides)


def test_frames_that_let_go_of_their_octets_have_empty_fields(engine: ModuleType) -> None:
    kept, spent = request(engine, source_addr=b"021"), request(engine, source_addr=b"022")
    engine.keep([kept])
    engine.gather([spent], [1], spend=True)
    cells: list[Cell] = [head(1), ("request", "source_addr")]
    assert decoded(engine.rows(cells, [kept, spent], [answer(engine)] * 2), 2) == [["021"], [""]]


@pytest.mark.parametrize(
    "cell",
    [
        ("colour",), ("request", "data_coding"), ("answer", "colour"), ("numbered", "text", 1), ("texts", ["one"]),
        ("binaries", ()), ("known", [], ["one", "two"]), ("known", {"k": "v"}, ["k", "k"]), ("known", {}, []),
    ],
)  # fmt: skip
def test_a_cell_that_is_none_is_our_mistake(engine: ModuleType, cell: Cell) -> None:
    with pytest.raises(LocalMisuse, match="rows: "):
        engine.rows([head(1), cell], [request(engine)] * 2, [answer(engine)] * 2)


@pytest.mark.parametrize("cell", [("texts", [b"octets"]), ("floats", ["text"]), ("binaries", ["text"]), ("texts",)])
def test_a_value_of_another_kind_is_our_mistake(engine: ModuleType, cell: Cell) -> None:
    with pytest.raises((TypeError, LookupError, LocalMisuse)):
        engine.rows([head(1), cell], [request(engine)], [answer(engine)])


def test_half_a_character_is_told(engine: ModuleType) -> None:
    with pytest.raises(UnicodeEncodeError):
        engine.rows([head(1), ("texts", ["\udcff"])], [request(engine)], [answer(engine)])


def test_there_is_an_answer_for_each_request(engine: ModuleType) -> None:
    with pytest.raises(LocalMisuse, match="an answer for each"):
        engine.rows([head(0)], [request(engine)], [])
    with pytest.raises(LocalMisuse, match="32 cells"):
        engine.rows([b""] * 33, [], [])
