"""Reading labelled texts, and what labels mean."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from models.recipe.datasets import DataError, read, read_all
from models.recipe.labels import CLASSES, UNKNOWN, LabelError, targets


def test_reads_tsv_and_csv_and_gz(tmp_path: Path) -> None:
    lines = "label\tlang\tcategory\ttext\nham\ten\t\tsee you\nspam\tko\tgambling\t놀이터 오픈\n"
    plain = tmp_path / "set.tsv"
    plain.write_text(lines)
    packed = tmp_path / "other.tsv.gz"
    packed.write_bytes(gzip.compress(lines.encode()))
    comma = tmp_path / "third.csv"
    comma.write_text('label,text\nham,"see, you"\n')
    assert [row.text for row in read(plain).rows] == ["see you", "놀이터 오픈"]
    assert read(packed).name == "other"
    assert read(comma).rows[0].text == "see, you"
    assert read(plain).sha256 == read(plain).sha256


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "line 1: is empty"),
        ("a\tb\n", "line 1"),
        ("label\ttext\n", "no text"),
        ("label\ttext\ttext\nham\tx\ty\n", "'text' names two columns"),
        ("label\ttext\nham\n", "line 2: 1 column, the header has 2"),
        ("label\ttext\r\nham\tx\r\n\r\nweather\tx\r\n", "line 4: label 'weather'"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "bad.tsv"
    file.write_text(content)
    with pytest.raises(DataError, match=says):
        read(file)
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "nothing.tsv")


@pytest.mark.parametrize(
    ("name", "octets", "says"),
    [
        ("cut.tsv.gz", gzip.compress(b"label\ttext\nham\tsee you\n")[:-12], "cut short or damaged"),
        ("flipped.tsv.gz", gzip.compress(b"label\ttext\n")[:10] + b"\xff" * 30, "cut short or damaged"),
        ("none.tsv.gz", b"label\ttext\nham\tsee you\n", "Not a gzipped file"),
        ("korean.csv", 'label,text\nham,"a\nb"\nham,안녕\n'.encode("cp949"), "line 4: is not UTF-8"),
        ("long.csv", b'label,text\nham,"a\nb"\n\nham,' + b"x" * 140_000, "line 5: field larger"),
    ],
    ids=["cut", "flipped", "no gzip", "CP949", "long"],
)
def test_octets_that_cannot_be_read_are_told(tmp_path: Path, name: str, octets: bytes, says: str) -> None:
    file = tmp_path / name
    file.write_bytes(octets)
    with pytest.raises(DataError, match=says):
        read(file)


def test_a_line_of_a_csv_is_told_by_its_number_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "set.csv"
    file.write_bytes(b'label,text\r\nham,"two\r\nlines"\r\n\r\nham,see you\r\nweather,x\r\n')
    with pytest.raises(DataError, match="line 6: label 'weather'"):
        read(file)
    file.write_bytes(b'label,text\r\nham,"two\r\nlines"\r\n\r\nham,see you\r\n')
    assert [row.text for row in read(file).rows] == ["two\r\nlines", "see you"]


def test_a_file_of_any_name_is_told_by_its_first_line(tmp_path: Path) -> None:
    for content in ("label\ttext\nham\tsee, you\n", 'label,text\nham,"see, you"\n'):
        file = tmp_path / "set.txt"
        file.write_text(content)
        assert [row.text for row in read(file).rows] == ["see, you"]


def test_no_two_sets_have_one_name(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    files = [tmp_path / "set.tsv", tmp_path / "more/set.csv"]
    for file in files:
        file.write_text("label\ttext\nham\tsee you\n" if file.suffix == ".tsv" else "label,text\nham,see you\n")
    assert [each.name for each in read_all(files[:1])] == ["set"]
    with pytest.raises(DataError, match=r"set\.tsv is 'set' too; rename one"):
        read_all(files)


def test_labels() -> None:
    assert targets("ham", "anything") == (0,) * len(CLASSES)
    assert targets("spam", "gambling")[0] == 1
    assert targets("spam", "gambling")[-1] == 1
    assert targets("spam", "") == (UNKNOWN,) * (len(CLASSES) - 1) + (1,)
    assert targets("smishing", "")[CLASSES.index("smishing")] == 1
    assert targets("loan", "") == targets("불법대출", "")
    assert targets("spam", "ad_retail") == (0,) * (len(CLASSES) - 1) + (1,)
    with pytest.raises(LabelError):
        targets("weather", "")
