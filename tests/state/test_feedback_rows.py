"""Files of feedback: labels as people write them, and every fault at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.recipe.labels import CLASSES
from smppproxy.state.errors import InputError
from smppproxy.state.feedback_rows import TEXT_LIMIT, Authority, Said, label_of, read

DEFAULTS = Said(line=0, text="", label="", who="anna", source="file.csv", at=5)


@pytest.mark.parametrize(
    ("label", "category", "expected"),
    [
        ("ham", "", ("ham", "")),
        ("Not  Spam", "", ("ham", "")),
        ("비스팸", "", ("ham", "")),
        ("ham", "transactional", ("ham", "transactional")),
        ("lawful_ad", "", ("ham", "lawful_ad")),
        ("ham/public", "", ("ham", "public")),
        ("gambling", "", ("gambling", "")),
        ("smishing/parcel", "", ("smishing", "parcel")),
        ("parcel", "", ("smishing", "parcel")),
        ("Smishing", "family", ("smishing", "family")),
        ("불법대출", "", ("loan", "")),
        ("spam", "", ("spam", "")),
        ("spam", "불법도박", ("gambling", "")),
        ("spam", "parcel", ("smishing", "parcel")),
        ("", "", None),
        ("bad", "", None),
        ("ham", "parcel", None),
        ("gambling", "parcel", None),
        ("gambling", "nonsense", None),
    ],
)
def test_labels(label: str, category: str, expected: tuple[str, str] | None) -> None:
    assert label_of(label, category) == expected


@given(st.text(), st.text())
def test_a_label_is_one_of_ours_or_none(label: str, category: str) -> None:
    found = label_of(label, category)
    assert found is None or found[0] in ("ham", *CLASSES)


def test_a_row_says_what_the_file_does_not() -> None:
    text = "text,label,who,authority,at\nhello,ham,,,\nbye,loan,bert,appeal,2026-11-20\n"
    one, two = read(text, DEFAULTS)
    assert one == Said(line=2, text="hello", label="ham", who="anna", source="file.csv", at=5)
    assert (two.who, two.authority, two.at) == ("bert", Authority.APPEAL, 1_795_132_800_000)


def test_a_default_label_and_tabs() -> None:
    rows = read('\ufefftext\tlang\r\nsay "hi", you\tEN\r\n\r\n  two \t\r\n', Said(line=0, text="", label="not spam"))
    assert [(row.text, row.lang, row.label, row.line) for row in rows] == [
        ('say "hi", you', "en", "ham", 2), ("two", "", "ham", 4)
    ]  # fmt: skip


def test_every_fault_is_named() -> None:
    long = "x" * (TEXT_LIMIT + 1)
    rows = [",ham,,", "x,nonsense,,", "x,ham,king,", "x,ham,,yesterday", f"{long},ham,,", ",nonsense,king,soon"]
    text = "\n".join(["text,label,authority,at", *rows])
    with pytest.raises(InputError) as caught:
        read(text, DEFAULTS)
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        (2, "text"), (3, "label"), (4, "authority"), (5, "at"), (6, "text"),
        (7, "text"), (7, "label"), (7, "at"), (7, "authority"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "text,label\n", "label\nham\n", "text,label,shoe\nx,ham,42\n", 'text,label\n"x,ham']
)
def test_what_is_no_such_file(text: str) -> None:
    with pytest.raises(InputError):
        read(text, DEFAULTS)


@given(st.text(), st.booleans())
def test_garbage_raises_only_input_errors(text: str, tabs: bool) -> None:
    try:
        rows = read(("text\tlabel\n" if tabs else "text,label\n") + text, DEFAULTS)
    except InputError:
        return
    assert all(row.text and row.label in ("ham", *CLASSES) for row in rows)
