"""A file of reports: which form it has, and its reports one by one, in memory that does not grow with the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from smppproxy.state.errors import InputError
from smppproxy.state.reports import dump, sheet
from smppproxy.state.reports.record import Reject, Report

HEAD: Final = 1 << 16  # octets a file is told by
_ZIP: Final = b"PK\x03\x04"
_OLD: Final = b"\xd0\xcf\x11\xe0"  # the workbooks of before 2007


class Form(StrEnum):
    """How a file is written."""

    AUTO = "auto"
    DUMP = "dump"
    CSV = "csv"
    XLSX = "xlsx"


def form_of(path: Path) -> Form:
    """Tell how a file is written by what it begins with. Raises InputError."""
    head = _head(path)
    if not head.strip():
        raise InputError(f"{path}: the file is empty")
    if head.startswith(_ZIP):
        return Form.XLSX
    if head.startswith(_OLD):
        raise InputError(f"{path}: a workbook of before 2007; save it as XLSX, or as CSV in UTF-8")
    if dump.is_dump(head):
        return Form.DUMP
    return Form.CSV


def reports(path: Path, form: Form = Form.AUTO) -> Iterator[Report | Reject]:
    """Yield what a file holds. Raises InputError for a file that cannot be read, or is none of reports as a whole."""
    form = form_of(path) if form is Form.AUTO else form
    try:
        with path.open("rb") as file:
            if form is Form.DUMP:
                yield from dump.read(file)
            elif form is Form.XLSX:
                yield from sheet.read_xlsx(file)
            else:
                yield from sheet.read_csv(file, encoding_of(file))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def encoding_of(file: BinaryIO) -> str:
    """Return the encoding of a text file by its beginning, which is read again afterwards."""
    head = file.read(HEAD)
    file.seek(0)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for cut in range(4):  # the beginning may end inside a character
        try:
            head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return "utf-8-sig"
    return "cp949"


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex. Raises InputError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
