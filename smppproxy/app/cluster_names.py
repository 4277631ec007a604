"""One name for each cluster of near-identical texts, whichever worker met it.

A worker names a cluster by the first text of it that it met itself, so two workers have two names for one. Control
brings them together before it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from smppproxy.state.verdicts import Tidings

if TYPE_CHECKING:
    from filters.text.near import Clusters


class ClusterNames:
    """The names that stand for all others; ``known`` tells those that are on record, such as of sanctions."""

    def __init__(self, known: Callable[[], Iterable[bytes]] = tuple) -> None:
        self._known = known
        self._clusters: Clusters | None = None

    def one(self, tidings: Tidings) -> Tidings:
        """Return what a file holds with one name for each cluster. Raises what ``known`` raises."""
        if not any(row.cluster for row in tidings.verdicts):
            return tidings
        clusters = self._clusters
        if clusters is None:
            from filters.text.near import Clusters  # brings numpy, for those alone whose workers tell of clusters

            clusters = Clusters()
            for name in self._known():
                clusters.add(name)
            self._clusters = clusters
        named = {name: clusters.assign(name) for name in {row.cluster for row in tidings.verdicts}}
        return tidings._replace(verdicts=[row._replace(cluster=named[row.cluster]) for row in tidings.verdicts])
