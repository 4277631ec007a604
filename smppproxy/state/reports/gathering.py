"""Texts of reports gathered into campaigns: near-identical ones belong together (:mod:`filters.text.near`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from filters.text import near
from filters.text.normalise import prepare
from smppproxy.state.reports.tables import TextRow
from smppproxy.state.reports.work import Work

TOGETHER: Final = 250  # texts whose signatures are made at once
CLUSTERS: Final = 20_000  # campaigns a text is compared to; some 3 kB each


class Gatherer:
    """Gives each text of a workbench its campaign: one there is already, or one that begins with it."""

    def __init__(self, known: Iterable[tuple[bytes, bytes]]) -> None:
        """``known``: fingerprint and signature of the first text of campaigns there are, the newest last."""
        self._clusters = near.Clusters(CLUSTERS)
        self._firsts: dict[bytes, bytes] = {}
        for first, signature in known:
            self._clusters.add(signature)
            self._firsts.setdefault(signature, first)

    def place(self, texts: Sequence[tuple[bytes, str]]) -> list[TextRow]:
        """Return some texts, (fingerprint, words) each, with their campaigns. Some hundred at once are the fastest."""
        keys = [prepare(said).key for _, said in texts]
        signatures = near.signatures(keys)
        return [self._placed(text, *each) for (text, _), *each in zip(texts, signatures, keys, strict=True)]

    def _placed(self, text: bytes, signature: bytes, key: bytes) -> TextRow:
        name = self._clusters.assign(signature, key)
        if not name:
            return TextRow(text, text, b"", 1.0)  # too short to be like another
        first = self._firsts.setdefault(name, text)
        return TextRow(text, first, name, round(near.likeness(signature, name), 3))

    def find(self, signature: bytes, said: str | None) -> tuple[bytes, float] | None:
        """Return the campaign a text would belong to, and how alike it is to that one's first; None for none.

        Likeness is confirmed on the texts themselves where both are at hand.
        """
        name = self._clusters.find(signature, prepare(said).key if said else b"")
        return None if name is None else (self._firsts[name], round(near.likeness(signature, name), 3))


def gather(work: Work, gatherer: Gatherer, placed: Iterable[tuple[bytes, bytes]]) -> None:
    """Give each text on the workbench its campaign. ``placed``: texts that have one already, with its first text."""
    there = dict(placed)
    sql = "SELECT text, said, min(n), max(received, reported) FROM rows WHERE text <> x'' GROUP BY text ORDER BY 3"
    texts = work.query(sql)
    with work.laying():
        while some := list(islice(texts, TOGETHER)):
            placed_now = gatherer.place([(text, said) for text, said, _, _ in some])
            work.connection.executemany(
                "INSERT INTO texts VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (row.text, there.get(row.text, row.campaign), row.signature, row.similarity, said, at)
                    for row, (_, said, _, at) in zip(placed_now, some, strict=True)
                ],
            )


def add_relatives(work: Work, relatives: Iterable[tuple[bytes, bytes, float]]) -> None:
    """Add texts nobody reported in this file to the campaigns they belong to: (text, campaign, similarity)."""
    with work.laying():
        work.connection.executemany(
            "INSERT OR IGNORE INTO texts (text, campaign, signature, similarity) VALUES (?, ?, x'', ?)", relatives
        )
