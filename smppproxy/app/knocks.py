"""Tells in the log who bound, who was refused, with the reason that the refused are not told, and who left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from smppproxy.app import overview
from smppproxy.loggers import get_logger
from smppproxy.relay.knock import Knock
from smppproxy.relay.links import Carrier, Link, Reseller
from smppproxy.relay.pool import BINDS
from smppproxy.smpp.states import State

#: Refusals a worker tells of in a second; the others are counted. Anybody can cause them, as often as they like.
REFUSALS_TOLD: Final = 20

_KINDS: Final = {command: kind for kind, command in BINDS.items()}

log = get_logger(__name__)


class Knocks:
    """The log's lines of one worker's binds; ``now`` is monotonic time in seconds."""

    def __init__(self) -> None:
        self._since = float("-inf")  # when the second began in which refusals are counted
        self._told = 0
        self._untold = 0

    def tell(self, knocks: Sequence[Knock], now: float) -> None:
        """Tell of binds. Call it now and then without any: the refusals left out before are told of then."""
        if now - self._since >= 1.0:
            if self._untold:
                log.warning("bind_refusals_not_told", refusals=self._untold)
            self._since, self._told, self._untold = now, 0, 0
        for knock in knocks:
            kind = _KINDS.get(knock.command, "")
            if knock.refusal is None:
                log.info("bound", account=knock.account, peer=knock.peer, bind=kind)
            elif self._told < REFUSALS_TOLD:
                self._told += 1
                status = f"0x{knock.status:02X}"
                why = knock.refusal.value
                log.warning(
                    "bind_refused", account=knock.account, peer=knock.peer, bind=kind, status=status, reason=why
                )
            else:
                self._untold += 1


def tell_closed(link: Link) -> None:
    """Tell of the end of a link; one that never bound is a detail nobody wants to read of a thousand times."""
    reason = link.session.reason or "connection lost"
    if isinstance(link, Carrier):
        if link.reseller is None and not link.parting:  # a shared link: nobody but the log tells that it is gone
            log.warning("upstream_lost", upstream=link.upstream.plan.name, reason=reason)
        else:
            log.info("link_closed", side="upstream", account=overview.account(link), peer="", reason=reason)
    elif isinstance(link, Reseller) and link.session.state is not State.OPEN:
        log.info("link_closed", side="reseller", account=overview.account(link), peer=link.peer, reason=reason)
