"""Reading labelled texts, and what labels mean."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from models.recipe.datasets import DataError, read
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
    [("a\tb\n", "line 1"), ("label\ttext\nham\n", "line 2"), ("label\ttext\nweather\tx\n", "weather")],
)
def test_a_bad_file_is_named(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "bad.tsv"
    file.write_text(content)
    with pytest.raises(DataError, match=says):
        read(file)
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "nothing.tsv")


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
