"""What a worker says of itself to people: in its status, and in the lines of its log."""

from __future__ import annotations

from typing import Any

from smppproxy.relay.house import House
from smppproxy.relay.links import Carrier, Link, Reseller


def of(house: House) -> dict[str, Any]:
    """Sessions, accounts, upstreams: what a person asks first."""
    return {
        "sessions": len(house.resellers),
        "bound": house.bound,
        "in_flight": house.desk.count.in_flight,
        "accounts": {
            account.name: {"binds": len(account.binds), "upstream": account.plan.upstream}
            for account in house.doors.accounts.values()
            if account.binds
        },
        "upstreams": {
            name: {
                "mode": "paired" if upstream.plan.paired else "pooled",
                "links": sum(carrier.bound for carrier in upstream.carriers),
                "waiting": len(upstream.waiting),
            }
            for name, upstream in house.upstreams.items()
        },
    }


def side(link: Link | None) -> str:
    """Which side of the proxy a link is on."""
    if link is None:
        return ""
    return "reseller" if isinstance(link, Reseller) else "upstream"


def account(link: Link | None) -> str:
    """Whose link it is: the account's name, or the upstream's; "" while nobody knows."""
    if isinstance(link, Reseller) and link.account is not None:
        return link.account.name
    return link.upstream.plan.name if isinstance(link, Carrier) else ""
