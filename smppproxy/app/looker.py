"""What is looked at in a text that something was found against: which texts it is like, and where its link leads."""

from __future__ import annotations

from collections.abc import Iterable

from filters.hosts import Hosts
from filters.text.near import Clusters, signature
from filters.text.normalise import prepare
from filters.urls import Links


class Looker:
    """Looks at texts, some 100 µs each. Apart from the feed because it brings numpy, some 11 MB."""

    def __init__(self) -> None:
        self._hosts = Hosts()
        self._links = Links(self._hosts)
        self._clusters = Clusters()

    def warm(self) -> None:
        """Bring all that a look needs, so that the first one takes no longer than others."""
        self.host(("http://example.com",))
        two = Clusters()
        for text in ("any text that is long enough", "any text that is long enough!"):
            key = self.key(text)
            two.assign(signature(key), key)

    def key(self, text: str) -> bytes:
        """Return the text as the judge would see it."""
        return prepare(text).key

    def cluster(self, key: bytes) -> bytes:
        """Return the name of the texts that are nearly this one."""
        return self._clusters.assign(signature(key), key)

    def host(self, texts: Iterable[str]) -> str:
        """Return whose domain the first link leads to that is not everybody's, "" where there is none."""
        for text in texts:
            for link in self._links.find(text):
                if owned := self._hosts.owned(link.host):
                    return owned
        return ""
