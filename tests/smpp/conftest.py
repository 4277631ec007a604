"""Vectors, random PDUs, damaged PDUs, and both kernels, for every test of the protocol."""

from __future__ import annotations

import importlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from struct import pack
from types import ModuleType
from typing import Any

import pytest
from hypothesis import strategies as st

from smppproxy.smpp.constants import COMMANDS, RESPONSE_BIT
from smppproxy.smpp.kernel import BUILD_COMMAND
from smppproxy.smpp.pdu import DistributionList, Pdu, SmeAddress, UnsuccessSme
from smppproxy.smpp.tables import ADDRESS_OCTETS, LAYOUTS, Field, Kind, Layout

FOLDER = Path(__file__).parent.parent / "vectors"


@dataclass(frozen=True)
class Vector:
    """One PDU of ``tests/vectors``: its octets and what they mean, worked out by hand from the specification."""

    command: str
    meaning: str
    source: str
    raw: bytes
    pdu: Pdu


def _plain(value: Any) -> Any:
    """TOML to field value: texts are Latin-1, or hexadecimal after ``hex:``; tables are the entries of lists."""
    if isinstance(value, str):
        return bytes.fromhex(value[4:]) if value.startswith("hex:") else value.encode("latin-1")
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        plain = {key: _plain(entry) for key, entry in value.items()}
        kind = DistributionList if "name" in plain else UnsuccessSme if "error" in plain else SmeAddress
        return kind(**plain)
    return value


def _load() -> list[Vector]:
    numbers = {name: number for number, name in COMMANDS.items()}
    loaded = []
    for path in sorted(FOLDER.glob("*.toml")):
        document = tomllib.loads(path.read_text())
        for entry in document["vector"]:
            lines = (line.split("#")[0] for line in entry["hex"].splitlines())
            fields = {name: _plain(value) for name, value in entry.get("fields", {}).items()}
            tlvs = [(tag, bytes.fromhex(value)) for tag, value in entry.get("tlvs", [])]
            pdu = Pdu(numbers[path.stem], entry["status"], entry["sequence"], fields, tlvs)
            raw = bytes.fromhex("".join(lines))
            loaded.append(Vector(path.stem, entry["meaning"], document["source"], raw, pdu))
    return loaded


VECTORS = _load()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "vector" in metafunc.fixturenames:
        metafunc.parametrize("vector", VECTORS, ids=lambda vector: f"{vector.command}: {vector.meaning}")


@pytest.fixture(scope="session")
def vectors() -> list[Vector]:
    return VECTORS


def _kernel(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"smppproxy.smpp.{name}")
    except ImportError:
        pytest.skip(f"the compiled kernel is not built; build it with: {BUILD_COMMAND}")


@pytest.fixture(scope="session", params=["_pure", "_kernel"], ids=["pure", "cython"])
def engine(request: pytest.FixtureRequest) -> ModuleType:
    """Both kernels, one after the other."""
    return _kernel(request.param)


@pytest.fixture(scope="session")
def twins() -> tuple[ModuleType, ModuleType]:
    """Both kernels at once."""
    return _kernel("_pure"), _kernel("_kernel")


# Random PDUs -------------------------------------------------------------------------------------------------------

OCTET = st.integers(0, 255)


def _text(limit: int) -> st.SearchStrategy[bytes]:
    return st.binary(max_size=limit - 1).map(lambda octets: octets.replace(b"\0", b"0"))


ADDRESS = _text(ADDRESS_OCTETS)
FIELDS: dict[Kind, Any] = {
    Kind.OCTET: lambda field: OCTET,
    Kind.CSTRING: lambda field: _text(field.limit),
    Kind.SHORT_MESSAGE: lambda field: st.binary(max_size=255),
    Kind.DESTINATIONS: lambda field: st.lists(
        st.builds(SmeAddress, OCTET, OCTET, ADDRESS) | st.builds(DistributionList, ADDRESS), min_size=1, max_size=9
    ),
    Kind.UNSUCCESS: lambda field: st.lists(
        st.builds(UnsuccessSme, OCTET, OCTET, ADDRESS, st.integers(0, 0xFFFFFFFF)), max_size=9
    ),
}


def _strategy(field: Field) -> st.SearchStrategy[Any]:
    strategy: st.SearchStrategy[Any] = FIELDS[field.kind](field)
    return strategy


def _pdus(layout: Layout) -> st.SearchStrategy[Pdu]:
    word = st.integers(0, 0xFFFFFFFF)
    tags = st.sampled_from([0x1400, 0x0424, 0x001E]) | st.integers(0, 0xFFFF)
    return st.builds(
        Pdu,
        st.just(layout.command_id),
        word,
        word,
        st.fixed_dictionaries({field.name: _strategy(field) for field in layout.fields}),
        st.lists(st.tuples(tags, st.binary(max_size=12)), max_size=4),
    )


@pytest.fixture(scope="session")
def pdus() -> st.SearchStrategy[Pdu]:
    """Any PDU of any command, response headers without a body included."""
    headers = st.builds(Pdu, st.sampled_from([number for number in COMMANDS if number & RESPONSE_BIT]))
    return st.sampled_from(list(LAYOUTS.values())).flatmap(_pdus) | headers


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """A vector with octets changed, cut out or put in, and a header that tells its new length."""
    raw = draw(st.sampled_from(VECTORS)).raw
    body = bytearray(raw[16:])
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        deed = draw(st.sampled_from(["cut", "drop", "put", "change"]))
        if deed == "cut":
            del body[at:]
        elif deed == "drop":
            del body[at : at + draw(st.integers(1, 8))]
        elif deed == "put":
            body[at:at] = draw(st.binary(min_size=1, max_size=30))
        elif at < len(body):
            body[at] = draw(OCTET)
    return pack(">I", 16 + len(body)) + raw[4:16] + bytes(body)


@pytest.fixture(scope="session")
def damaged() -> st.SearchStrategy[bytes]:
    """Well-framed PDUs whose bodies may be broken anywhere."""
    return _damaged()
