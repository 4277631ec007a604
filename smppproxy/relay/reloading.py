"""A house follows a new plan: sessions stay, what is no longer listed is parted from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from filters.gate import Gate
from smppproxy.relay.plan import Plan
from smppproxy.relay.ports import Judge
from smppproxy.relay.ticket import Cause
from smppproxy.relay.upstream import Upstream
from smppproxy.smpp.session import Limits

if TYPE_CHECKING:
    from smppproxy.relay.house import House

#: Seconds between two looks at a link with something open; the shortest timeout is kept to a quarter of itself.
PATIENCE: Final = 1.0


def follow(house: House, plan: Plan, gate: Gate, judge: Judge | None, now: float, sessions: Limits | None) -> None:
    """See :meth:`House.reload`."""
    house.plan = house.doors.plan = house.releases.plan = plan
    house.limits = house.carriage.limits = house.judging.limits = house.deliveries.limits = plan.limits
    if sessions is not None:
        house.session_limits = house.pool.limits = sessions
    house.deliveries.plan(plan)
    house.desk.gate = house.judging.gate = gate
    house.judging.judge = judge
    house.inquiry.follow(plan.inquiry)
    if house.canary is not None:
        house.canary.limits = plan.limits
    house.desk.holding.seconds = plan.limits.segment_hold
    house.deliveries.early.wait = plan.limits.early_receipt
    for name, known in list(house.upstreams.items()):
        follows = plan.upstreams.get(name)
        if follows is None or follows.paired != known.plan.paired:
            _retire(house, house.upstreams.pop(name), now)
    for name, upstream_plan in plan.upstreams.items():
        upstream = house.upstreams.get(name)
        if upstream is None:
            upstream = house.upstreams[name] = Upstream(upstream_plan, house.traced)
        upstream.plan = upstream_plan
        if not upstream_plan.paired:
            house.pool.fill(upstream, now)
    for system_id, account in list(house.doors.accounts.items()):
        account_plan = plan.accounts.get(system_id)
        if account_plan is None:
            for reseller in (*account.binds, *account.knocking):
                house.doors.part(reseller, now)
            continue
        account.plan = account_plan
        pooled = not plan.upstreams[account_plan.upstream].paired
        for reseller in list(account.binds):  # one that was paired cannot be served by a pool, nor the reverse
            if pooled is not (reseller.carrier is None):
                house.doors.part(reseller, now)
    house.patience = patience(plan)


def patience(plan: Plan) -> float:
    """Seconds between two looks at a link with something open."""
    timeouts = [upstream.response_timeout for upstream in plan.upstreams.values()]
    return min(PATIENCE, *(t / 4 for t in timeouts), plan.limits.deliver_timeout / 4)


def _retire(house: House, upstream: Upstream, now: float) -> None:
    """An upstream is no longer listed: what it has in flight may still be answered."""
    house.carriage.give_up(upstream, Cause.LINK_LOST)
    for carrier in list(upstream.carriers):
        house.pool.dismiss(carrier, now)
