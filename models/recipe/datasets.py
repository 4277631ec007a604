"""Labelled texts read from files, each row with where it came from."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.recipe.labels import LabelError, targets


class DataError(Exception):
    """A data file cannot be used. The message says file, line, what was found and what is expected."""


@dataclass(slots=True)
class Row:
    """One labelled text."""

    text: str
    targets: tuple[int, ...]
    lang: str
    source: str  # name of the set
    subclass: str = ""
    group: int = -1  # of texts that must not be parted: the template's, or -1 where likeness is to find it, see dedupe
    weight: float = 1.0  # how much it teaches, as a multiple of others; of equal texts the weightiest stays


@dataclass(slots=True)
class Dataset:
    """A file's rows and what the manifest says of it."""

    name: str
    sha256: str
    rows: list[Row] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)  # what else the manifest is to say of it


def group_of(octets: bytes) -> int:
    """The number of the group that octets stand for: 62 bits, the same on every machine and whatever else there is."""
    return int.from_bytes(hashlib.blake2b(octets, digest_size=8).digest(), "little") >> 2


def read_all(paths: Sequence[Path]) -> list[Dataset]:
    """Read files as :func:`read`; each is a set by its name, so no two may have one. Raises :class:`DataError`."""
    found: dict[str, Path] = {}
    datasets = []
    for path in paths:
        datasets.append(read(path))
        name = datasets[-1].name
        if name in found:
            raise DataError(f"{path}: a set is told by its file's name, and {found[name]} is {name!r} too; rename one.")
        found[name] = path
    return datasets


def read(path: Path) -> Dataset:
    """Read ``.tsv``, ``.csv`` (each maybe ``.gz``) with columns label and text; lang and category may be absent.

    A file of another name is TSV where its first line holds a tab. Raises :class:`DataError`.
    """
    name = path.name.split(".")[0]
    content, digest = _open(path)
    tab = ".tsv" in path.suffixes or (".csv" not in path.suffixes and "\t" in content.partition("\n")[0])
    table = _parted(content) if tab else _quoted(path, content)
    _, header = next(table, (1, []))
    header = [column.strip().lower() for column in header]
    _check_header(path, header)
    dataset = Dataset(name, digest)
    for number, cells in table:
        if len(cells) != len(header):
            raise DataError(f"{path}: line {number}: {_columns(len(cells))}, the header has {len(header)}.")
        row = dict(zip(header, cells, strict=True))
        category = row.get("category", "")
        try:
            goal = targets(row["label"], category)
        except LabelError as error:
            raise DataError(f"{path}: line {number}: {error}") from error
        dataset.rows.append(Row(row["text"], goal, row.get("lang", ""), name, category))
    if not dataset.rows:
        raise DataError(f"{path}: holds a header and no text.")
    return dataset


def _open(path: Path) -> tuple[str, str]:
    """The text of a file, and the SHA-256 of its octets. Raises :class:`DataError`."""
    try:
        octets = path.read_bytes()
        digest = hashlib.sha256(octets).hexdigest()
        if path.suffix == ".gz":
            octets = gzip.decompress(octets)
    except (EOFError, zlib.error) as error:
        raise DataError(f"{path}: is cut short or damaged ({error}); fetch or pack it again.") from error
    except OSError as error:  # also what is no gzip at all
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from error
    try:
        return octets.decode("utf-8-sig"), digest
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}: line {line}: is not UTF-8; save the file as UTF-8.") from error


def _parted(content: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of a TSV with their numbers, without empty ones."""
    lines = enumerate(content.split("\n"), 1)
    return ((number, line.rstrip("\r").split("\t")) for number, line in lines if line.rstrip("\r"))


def _quoted(path: Path, content: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV, each with the number of the line it begins at, without empty ones. Raises DataError."""
    reader = csv.reader(io.StringIO(content, newline=""))
    begun = 1
    try:
        for cells in reader:
            if cells:
                yield begun, cells
            begun = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}: line {begun}: {error}.") from error


def _check_header(path: Path, header: Sequence[str]) -> None:
    if "label" not in header or "text" not in header:
        found = f"its columns are {', '.join(map(repr, header))}" if header else "is empty"
        raise DataError(f"{path}: line 1: {found}; expected at least label and text, in a header row.")
    if twice := [name for name, times in Counter(header).items() if times > 1]:
        raise DataError(f"{path}: line 1: {twice[0]!r} names two columns.")


def _columns(count: int) -> str:
    return f"{count} column{'s' if count != 1 else ''}"
