"""A model's file: what is cut out of it, what stays, and what is no such file."""

from __future__ import annotations

import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.text import manifest as manifests
from filters.text.judge import KINDS, TABLE
from filters.text.modelfile import UINT64, take_apart, tensor


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def counted(field: int, body: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(body)) + body


def named(name: str, value: bytes) -> bytes:
    return counted(14, counted(1, name.encode()) + counted(2, value))


NUMBER = varint(1 << 3) + varint(1 << 40)
DOUBLE, FLOAT = varint(3 << 3 | 1) + bytes(8), varint(4 << 3 | 5) + bytes(4)
GRAPH = counted(7, bytes(range(256)))


def test_the_named_are_cut_out():
    large, small = named("large", b"x" * 300), named("small", b"1")
    whole = NUMBER + large + GRAPH + DOUBLE + small + FLOAT
    assert take_apart(whole, ("large", "absent")) == (NUMBER + GRAPH + DOUBLE + small + FLOAT, {"large": b"x" * 300})


@pytest.mark.parametrize("whole", [b"", GRAPH, NUMBER + named("small", b"1"), named("", b""), counted(14, b"")])
def test_where_there_is_none_all_stays(whole):
    kept, values = take_apart(whole, ("large",))
    assert kept is whole
    assert values == {}


@pytest.mark.parametrize(
    "broken",
    [
        b"\x80",  # half of a number
        b"\xff" * 11 + b"\x01",  # a number without end
        counted(7, bytes(9))[:-1],
        DOUBLE[:-1],
        varint(2 << 3 | 3),  # a kind of field that protocol buffers have given up
        counted(14, b"\x80"),
        counted(14, counted(1, b"\xff")),  # a name that is no text
    ],
)
def test_what_is_no_model_comes_back_as_it_is(broken):
    whole = named("large", b"x") + broken
    assert take_apart(whole, ("large",)) == (whole, {})


@given(st.binary(max_size=200))
def test_nothing_raises(octets):
    kept, values = take_apart(octets, ("",))
    assert len(kept) <= len(octets)
    assert bool(values) == (kept != octets)


def test_the_shipped_model_is_the_same_without_its_kinds():
    directory = manifests.locate("")
    octets = manifests.load_bytes(directory, manifests.read(directory))
    whole = onnxruntime.InferenceSession(octets, providers=["CPUExecutionProvider"])
    kept, values = take_apart(octets, (KINDS,))
    part = onnxruntime.InferenceSession(kept, providers=["CPUExecutionProvider"])
    told = whole.get_modelmeta().custom_metadata_map
    assert values == {KINDS: told.pop(KINDS).encode()}
    assert part.get_modelmeta().custom_metadata_map == told
    assert [each.name for each in part.get_outputs()] == [each.name for each in whole.get_outputs()]


def constant(name: str, kind: int, octets: bytes) -> bytes:
    return counted(5, varint(2 << 3) + varint(kind) + counted(8, name.encode()) + counted(9, octets))


def test_a_constant_is_found_as_it_lies():
    node = counted(1, counted(8, b"table"))
    graph = counted(7, node + constant("other", 13, b"no") + constant("table", UINT64, b"12345678"))
    assert tensor(NUMBER + graph + DOUBLE, "table", UINT64) == b"12345678"
    assert tensor(NUMBER + graph + DOUBLE, "table", 6) is None
    assert tensor(NUMBER + graph + DOUBLE, "absent", UINT64) is None
    assert tensor(graph[:-1], "table", UINT64) is None
    assert tensor(counted(7, counted(5, counted(8, b"table"))), "table", UINT64) is None


@given(st.binary(max_size=200))
def test_no_constant_is_found_in_anything(octets):
    assert tensor(octets, "table", UINT64) is None


def test_the_shipped_models_table_is_found():
    directory = manifests.locate("")
    manifest = manifests.read(directory)
    table = tensor(manifests.load_bytes(directory, manifest), TABLE, UINT64)
    assert table is not None
    assert len(table) == 8 * (manifest.mask + 2)  # a row that is empty stands behind them
