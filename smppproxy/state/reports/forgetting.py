"""Reports are forgotten when their time is over, file by file and in pieces, so that nobody waits for it."""

from __future__ import annotations

from typing import Final

from smppproxy.state import ledger
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.store import Cursor

RETENTION: Final = 400  # days: a year, and the time to look back on it
PIECE: Final = 2000  # reports of one transaction; it holds the store some 50 ms
NOBODY: Final = "reports"  # who forgets what is forgotten by itself

_OF_REPORTS: Final = "SELECT id FROM reports WHERE file = ? ORDER BY id LIMIT ?"
_LEFT: Final = "NOT IN (SELECT campaign FROM reports WHERE campaign IS NOT NULL)"


def forget(publisher: Publisher, before: int, now: int) -> bool:
    """Forget a piece of the oldest file that was imported before an instant (Unix ms); True when there may be more.

    With a file's last report go the file, the campaigns nobody reports any longer, and the candidates of that time;
    the ledger tells of it. Raises StoreError.
    """
    sql = "SELECT id, name, at, added FROM report_files WHERE at < ? ORDER BY at, id LIMIT 1"
    files = publisher.store.query(sql, (before,))
    if not files:
        return False
    file, name, at, added = files[0]
    with publisher.store.transaction() as cursor:
        cursor.execute(_OF_REPORTS, (file, PIECE))
        found = cursor.fetchall()
        cursor.executemany("DELETE FROM report_matches WHERE report = ?", found)
        cursor.executemany("DELETE FROM reports WHERE id = ?", found)
    if len(found) == PIECE:
        return True

    def end(cursor: Cursor) -> tuple[Head, Changes]:
        for table, column in (("campaign_sources", "campaign"), ("campaign_texts", "campaign"), ("campaigns", "id")):
            cursor.execute(f"DELETE FROM {table} WHERE {column} {_LEFT}")
        cursor.execute("DELETE FROM blacklist_candidates WHERE changed_at < ?", (before,))
        cursor.execute("DELETE FROM report_files WHERE id = ?", (file,))
        draft = Draft("reports.forget", name, {"file": file, "imported": at, "reports": added}, "its time was over")
        return ledger.append(cursor, [draft], who=NOBODY, at=now), ()

    publisher.commit(CODES, end)
    return True
