"""File descriptors: as many as the sessions need, or a warning."""

from __future__ import annotations

import resource

from smppproxy.app.settings import Settings
from smppproxy.loggers import get_logger

#: Beyond sessions: books, routes, spool, sockets between the processes, connections at the door.
SPARE = 1500

log = get_logger(__name__)


def needed(settings: Settings, workers: int) -> int:
    """How many descriptors one worker may need: a paired session has two ends, and TLS ended for a neighbour two."""
    relayed = workers > 1 and any(listener.tls is not None for listener in settings.listeners)
    shared = sum(upstream.binds for upstream in settings.upstreams if upstream.mode == "pooled")
    return settings.proxy.limits.sessions * (4 if relayed else 2) + shared + SPARE


def provide(need: int) -> int:
    """Raise this process's soft limit to ``need``, as far as the hard limit allows; return what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= need:
        return need
    wanted = need if hard == resource.RLIM_INFINITY else min(need, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    except (OSError, ValueError):  # the machine's own bound is lower (fs.nr_open)
        wanted = soft
    if wanted < need:
        log.warning(
            "descriptors_short",
            limit=wanted,
            needed=need,
            advice="raise LimitNOFILE (ulimit -Hn), or lower proxy.limits.sessions",
        )
    return wanted
