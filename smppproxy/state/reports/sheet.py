"""The regulator's spreadsheet, as CSV or XLSX: the columns by their names, in any order, under a title or not."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Final

from smppproxy.state.errors import InputError, RowFault
from smppproxy.state.reports.record import BadRowError, Reject, Report, cell_of, sender_of, text_of, times_of

COLUMNS: Final = {
    "number": ("seq", "번호", "일련번호"),
    "kind": ("신고유형", "신고 유형", "report type"),
    "label": ("스팸유형", "스팸 유형", "분류", "spam type", "label"),
    "sender": ("회신번호", "발신번호", "call-back number", "callback", "sender"),
    "origin": ("원발신번호", "원 발신번호", "origin number", "origin"),
    "relay": ("중계사", "중계사업자", "relay operator", "relay"),
    "recipient": ("수신번호", "신고자번호", "recipient"),
    "received": ("수신시간", "수신일시", "수신 시간", "received"),
    "reported": ("신고시간", "신고일시", "신고 시간", "reported"),
    "text": ("메시지", "메세지", "내용", "message", "text"),
    "channel": ("메시지 타입", "메시지타입", "메세지 타입", "message type", "channel"),
}
"""What the columns are called. Others (when it was stored, the name of a picture) are skipped."""

NEEDED: Final = ("label", "text")
HEAD_WITHIN: Final = 10  # rows in which the head must stand; a title and an empty row stand above it
UNPACKED_LIMIT: Final = 4 << 30  # octets an XLSX may unpack to: a million rows are some 500 MB, a bomb is more
SHOWN: Final = 200  # characters of a row that is told as wrong

_FIELDS: Final = {name.replace(" ", "").lower(): field for field, names in COLUMNS.items() for name in names}


def read_csv(file: BinaryIO, encoding: str) -> Iterator[Report | Reject]:
    """Yield the rows of a CSV file. Raises InputError where it has no head."""
    # What does not decode is kept as it is, and told for the row it stands in.
    lines = io.TextIOWrapper(file, encoding=encoding, errors="surrogateescape", newline="")
    try:
        yield from _reports(_csv_rows(csv.reader(lines), encoding))
    finally:
        lines.detach()


def read_xlsx(file: BinaryIO) -> Iterator[Report | Reject]:
    """Yield the rows of the first sheet of a workbook. Raises InputError where it cannot be read, or has no head."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(file) as archive:
            if sum(each.file_size for each in archive.infolist()) > UNPACKED_LIMIT:
                raise InputError(f"the workbook unpacks to more than {UNPACKED_LIMIT >> 30} GiB; save it as CSV")
        file.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and print areas that we do not read
            book = load_workbook(file, read_only=True, data_only=True)
            sheet = book.worksheets[0]
            if hasattr(sheet, "reset_dimensions"):
                sheet.reset_dimensions()  # some programs write a size that is not so
            rows = enumerate(sheet.iter_rows(values_only=True), start=1)
            yield from _reports((place, list(cells), "") for place, cells in rows)
            book.close()
    except InputError:
        raise
    except Exception as error:  # openpyxl and what it stands on raise a dozen kinds for a file that is damaged
        raise InputError(
            f"the workbook cannot be read ({type(error).__name__}): it is damaged, cut off or protected; "
            "save it again as XLSX, or as CSV in UTF-8"
        ) from error


def _csv_rows(reader: Any, encoding: str) -> Iterator[tuple[int, list[Any], str]]:
    """Yield (line, cells, fault). A row that is no CSV is told, and the next one read."""
    while True:
        place = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield place, [], f"this is no CSV ({error}); up to line {reader.line_num} nothing could be read"
            continue
        if any(map(_undecoded, cells)):
            mended = _mended(cells, encoding)
            yield (place, cells, "neither UTF-8 nor CP949") if mended is None else (place, mended, "")
        else:
            yield place, cells, ""


def _reports(rows: Iterable[tuple[int, list[Any], str]]) -> Iterator[Report | Reject]:
    head: dict[str, int] | None = None
    tried = 0
    for place, cells, fault in rows:
        if head is None:
            if any(cell not in (None, "") for cell in cells):
                head = _head(cells)
                tried += 1
                if head is None and tried >= HEAD_WITHIN:
                    break
            continue
        if fault:
            yield Reject(place, fault, _shown(cells))
        elif any(cell not in (None, "") and str(cell).strip() for cell in cells):
            yield _report(place, cells, head)
    if head is None:
        names = ", ".join(COLUMNS[field][0] for field in COLUMNS)
        raise InputError(
            "neither a dump of reports, nor a table whose first rows name the columns; nothing was changed",
            (
                RowFault(
                    1, "", "", f"columns such as {names}; {COLUMNS['label'][0]} and {COLUMNS['text'][0]} are needed"
                ),
            ),
        )


def _head(cells: Sequence[Any]) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        field = _FIELDS.get(str(cell or "").replace(" ", "").replace("\ufeff", "").lower())
        if field is not None:
            found.setdefault(field, at)
    return found if all(name in found for name in NEEDED) else None


def _report(place: int, cells: Sequence[Any], head: dict[str, int]) -> Report | Reject:
    def cell(name: str) -> Any:
        at = head.get(name, -1)
        return cells[at] if 0 <= at < len(cells) else None

    try:
        if len(cells) < max(head[name] for name in NEEDED) + 1:
            raise BadRowError(f"{max(head.values()) + 1} cells are expected, these are {len(cells)}")
        received, reported = times_of(cell("received"), cell("reported"))
        channel = " ".join(filter(None, map(cell_of, (cell("kind"), cell("channel")))))
        return Report(
            place, received, reported, cell_of(cell("label")), channel, sender_of(cell("sender")),
            sender_of(cell("origin")), cell_of(cell("relay")), sender_of(cell("recipient")), text_of(cell("text")),
            cell_of(cell("number")),
        )  # fmt: skip
    except BadRowError as error:
        return Reject(place, str(error), _shown(cells))


def _undecoded(cell: str) -> bool:
    return not cell.isascii() and any("\udc80" <= each <= "\udcff" for each in cell)


def _mended(cells: list[str], encoding: str) -> list[str] | None:
    """Return a row that was written in the other encoding, None where it is in neither."""
    this, other = ("cp949", "utf-8") if encoding == "cp949" else ("utf-8", "cp949")
    try:
        return [cell.encode(this, "surrogateescape").decode(other) for cell in cells]
    except UnicodeError:
        return None


def _shown(cells: Sequence[Any]) -> str:
    return ",".join("" if cell is None else str(cell) for cell in cells).encode("utf-8", "replace").decode()[:SHOWN]
