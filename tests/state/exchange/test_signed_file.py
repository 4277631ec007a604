"""The file: one spelling, and not one bit of it can be other than it was signed."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from smppproxy.state.errors import ConflictError, InputError, StateError
from smppproxy.state.exchange import signed_file
from smppproxy.state.exchange.keys import SigningKey
from smppproxy.state.exchange.signed_file import Entry, Evidence, Header, instant_of, open_sealed, seal, written

KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
HEADER = Header(
    holds="verified", list="kisa", kind="sender_blacklist", serial=7, issued="2027-01-15T08:00:00Z",
    expires="2027-04-15T08:00:00Z", issuer="Example", key=KEY.id, entries=0,
)  # fmt: skip
ENTRIES = [
    Entry(entry="821012345678", reason="도박", expires="2027-02-01T00:00:00Z"),
    Entry(entry="8215881234", source="reports", evidence=Evidence(criterion=True, reports=57, day="2027-01-14")),
]
FILE = seal(HEADER, ENTRIES, KEY.sign)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


def _public_of(number: str) -> bytes:
    if number != KEY.id:
        raise ConflictError(f"nobody trusts {number}")
    return KEY.public


def _signed(first: bytes, *lines: bytes) -> bytes:
    """A file of lines that are signed, whatever they are."""
    body = b"\n".join([first, *lines]) + b"\n"
    return body + b'{"signature":"' + KEY.sign(body).hex().encode() + b'"}\n'


def test_a_file_comes_back() -> None:
    signed = open_sealed(FILE, _public_of)
    assert signed.entries == ENTRIES
    assert signed.header == msgspec.structs.replace(HEADER, entries=2)
    assert signed.digest == sha256(FILE).hexdigest()
    assert FILE.startswith(b'{"format":"smppproxy-list/1","holds":"verified"')


@given(
    st.lists(st.builds(Entry, entry=TEXTS.filter(bool), reason=TEXTS, source=TEXTS), max_size=5),
    st.integers(1, 2**53),
    TEXTS,
)
def test_any_content_comes_back(entries: list[Entry], serial: int, issuer: str) -> None:
    header = msgspec.structs.replace(HEADER, serial=serial, issuer=issuer)
    signed = open_sealed(seal(header, entries, KEY.sign), _public_of)
    assert (signed.entries, signed.header.serial, signed.header.issuer) == (entries, serial, issuer)


@settings(max_examples=1000, deadline=None)
@given(st.integers(0, len(FILE) * 8 - 1))
def test_any_flipped_bit_is_refused(bit: int) -> None:
    altered = bytearray(FILE)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(StateError):
        open_sealed(bytes(altered), _public_of)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(FILE)), st.integers(0, 60), st.binary(max_size=60))
def test_any_edit_is_refused(start: int, length: int, put: bytes) -> None:
    altered = FILE[:start] + put + FILE[start + length :]
    if altered != FILE:
        with pytest.raises(StateError):
            open_sealed(altered, _public_of)


@given(st.binary(max_size=200))
def test_garbage_raises_nothing_else(octets: bytes) -> None:
    for each in (octets, FILE + octets + b"\n", b'{"format":"' + octets):
        with pytest.raises(StateError):
            open_sealed(each, _public_of)


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (FILE[: len(FILE) // 2], "cut short"),
        (FILE[:-1], "cut short"),
        (FILE + b"\n", "cut short"),
        (b"", "no signed list"),
        (b"entry,source\n8210,x\n", "leave out --signed"),
        (b"\xef\xbb\xbf" + FILE, "another encoding"),
        (FILE.decode().encode("utf-16"), "another encoding"),
        (FILE.decode().encode("utf-16-le"), "another encoding"),
        (FILE.replace(b"\n", b"\r\n"), "cut short or was edited"),
        (FILE.replace(b"\n", b"\r\n")[:-2] + b"\n", "CRLF"),
        (FILE.replace("도박".encode(), "도박".encode("cp949")), "signature does not hold"),
        (FILE.replace(b'"serial":7', b'"serial":8'), "signature does not hold"),
        (FILE.replace(KEY.id.encode(), b"0" * 16), "nobody trusts"),
        (FILE.replace(b"list/1", b"list/2"), "no header of a list in the format smppproxy-list/1"),
    ],
)
def test_what_is_wrong_is_said(octets: bytes, told: str) -> None:
    with pytest.raises(StateError, match=told):
        open_sealed(octets, _public_of)


def test_half_a_file_that_is_signed_is_not_taken() -> None:
    first = msgspec.json.encode(msgspec.structs.replace(HEADER, entries=2))
    with pytest.raises(InputError, match="2 entries are announced and 1 are there"):
        open_sealed(_signed(first, b'{"entry":"8210"}'), _public_of)


def test_rows_that_are_signed_and_wrong_are_all_named() -> None:
    first = msgspec.json.encode(msgspec.structs.replace(HEADER, entries=4))
    rows = [b'{"entry":"8210"}', b'{"entry": "8211"}', b'{"entry":"8212","colour":"red"}', b"\xff"]
    with pytest.raises(InputError, match="3 rows are wrong; nothing was changed") as caught:
        open_sealed(_signed(first, *rows), _public_of)
    assert [fault.row for fault in caught.value.faults] == [3, 4, 5]
    assert "one way" in caught.value.faults[0].expected
    first = msgspec.json.encode(HEADER).replace(b'","', b'", "', 1)
    with pytest.raises(InputError, match="header is not written in the one way"):
        open_sealed(_signed(first), _public_of)


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_file, "SIZE_LIMIT", 100)
    with pytest.raises(InputError, match="more than"):
        open_sealed(FILE, _public_of)


@given(st.integers(0, 253_402_300_799))
def test_instants_have_one_spelling(at: int) -> None:
    assert instant_of(written(at), "issued") == at


@pytest.mark.parametrize(
    "text", ["", "2027-01-15", "2027-01-15T08:00:00+00:00", "2027-13-01T00:00:00Z", "2027-01-15T08:00:00Z "]
)
def test_other_spellings_of_instants_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="an instant such as"):
        instant_of(text, "issued")
