"""Which near-identical texts a message belongs to, remembered by text: bulk senders repeat themselves."""

from __future__ import annotations

from typing import Final

#: Texts whose cluster is remembered, of at most so many characters; some 500 octets each.
MEMO_LIMIT: Final = 8192
MEMO_CHARS: Final = 1000


class TextClusters:
    """Clusters of the texts of one process. A text seen for the first time takes some 100 µs, a known one a look-up."""

    __slots__ = ("_clusters", "_memo", "_prepare", "_signature")

    def __init__(self) -> None:
        from filters.text.near import Clusters, signature  # brings numpy, for those alone who count by text
        from filters.text.normalise import prepare

        self._clusters = Clusters()
        self._prepare, self._signature = prepare, signature
        self._memo: dict[str, str] = {}

    def of(self, texts: tuple[str, ...]) -> str:
        """Return the name of the cluster of a text's first reading, in hex; "" where it is too short to tell."""
        if not texts:
            return ""
        text = texts[0]
        known = self._memo.get(text)
        if known is None:
            key = self._prepare(text).key
            known = self._clusters.assign(self._signature(key), key).hex()
            if len(text) <= MEMO_CHARS:
                if len(self._memo) >= MEMO_LIMIT:
                    self._memo.clear()
                self._memo[text] = known
        return known
