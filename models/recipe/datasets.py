"""Labelled texts read from files, each row with where it came from."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Iterator
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


def _open(path: Path) -> tuple[str, str]:
    octets = path.read_bytes()
    digest = hashlib.sha256(octets).hexdigest()
    if path.suffix == ".gz":
        octets = gzip.decompress(octets)
    return octets.decode("utf-8-sig"), digest


def read(path: Path) -> Dataset:
    """Read ``.tsv``, ``.csv`` (each maybe ``.gz``) with columns label and text; lang and category may be absent.

    Raises :class:`DataError`.
    """
    name = path.name.split(".")[0]
    try:
        content, digest = _open(path)
    except (OSError, UnicodeDecodeError, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    tab = ".tsv" in path.suffixes
    lines: Iterable[list[str]]
    if tab:
        lines = (line.rstrip("\r").split("\t") for line in content.split("\n") if line)
    else:
        lines = csv.reader(io.StringIO(content))
    table: Iterator[list[str]] = iter(lines)
    header = [column.strip().lower() for column in next(table, [])]
    if "label" not in header or "text" not in header:
        raise DataError(f"{path}: line 1: columns are {header}; expected at least label and text, in a header row.")
    dataset = Dataset(name, digest)
    for number, cells in enumerate(table, 2):
        if len(cells) != len(header):
            raise DataError(f"{path}: line {number}: {len(cells)} columns, the header has {len(header)}.")
        row = dict(zip(header, cells, strict=True))
        category = row.get("category", "")
        try:
            goal = targets(row["label"], category)
        except LabelError as error:
            raise DataError(f"{path}: line {number}: {error}") from error
        dataset.rows.append(Row(row["text"], goal, row.get("lang", ""), name, category))
    return dataset
