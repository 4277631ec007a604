"""Whether addresses, names and passwords of both sides can work together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from smppproxy.app.settings.faults import Hurts
from smppproxy.app.settings.values import Address

if TYPE_CHECKING:
    from smppproxy.app.settings.checks import Readable

LONGEST_SYSTEM_ID: Final = 15  # octets, SMPP 3.4 s. 5.2.1
LONGEST_PASSWORD: Final = 8  # octets, SMPP 3.4 s. 5.2.2

_ANY: Final = frozenset({"0.0.0.0", "::"})
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def system_ids_and_passwords_fit(read: Readable) -> Iterator[Hurts]:
    """SMPP 3.4 bounds both; many client libraries cannot send more, and many an SMSC refuses it."""
    for at, account in read.accounts:
        here = ("accounts", at)
        if len(account.system_id) > LONGEST_SYSTEM_ID:
            yield Hurts((*here, "system_id"), _too_long(LONGEST_SYSTEM_ID, "some clients cannot send it"))
        if account.password is not None and len(account.password.get_secret_value()) > LONGEST_PASSWORD:
            yield Hurts((*here, "password"), _too_long(LONGEST_PASSWORD, "some clients cannot send it"))
    for at, upstream in read.upstreams:
        here = ("upstreams", at)
        if upstream.mode == "paired":
            continue
        if upstream.system_id is not None and len(upstream.system_id) > LONGEST_SYSTEM_ID:
            yield Hurts((*here, "system_id"), _too_long(LONGEST_SYSTEM_ID, "some SMSCs refuse it"))
        if upstream.password is not None and len(upstream.password.get_secret_value()) > LONGEST_PASSWORD:
            yield Hurts((*here, "password"), _too_long(LONGEST_PASSWORD, "some SMSCs refuse it"))


def _too_long(limit: int, so: str) -> str:
    return f"is longer than the {limit} octets of SMPP 3.4: {so}"


def no_upstream_is_ourselves(read: Readable) -> Iterator[Hurts]:
    """An upstream that is a listener of ours: each bind would bring another one, until no more are allowed."""
    for at, upstream in read.upstreams:
        for number, listener in read.listeners:
            if any(_same(address, listener.address) for address in upstream.address):
                why = f"is our own listeners[{number}]: every bind would come back here"
                yield Hurts(("upstreams", at, "address"), why, "name the SMSC's address")
                break


def _same(address: Address, listener: Address) -> bool:
    if address.port != listener.port or not listener.port:
        return False
    return address.host == listener.host or (listener.host in _ANY and address.host in _LOOPBACK | _ANY)


def numbers_have_an_effect(read: Readable) -> Iterator[Hurts]:
    """Mobile-originated messages are dealt out by number in pooled mode only."""
    for at, account in read.accounts:
        leads_to = read.upstream(account.upstream)
        if account.numbers and leads_to and leads_to[1].mode == "paired":
            why = "has no effect in paired mode: the SMSC sends to the bind it chooses"
            yield Hurts(("accounts", at, "numbers"), why, "leave it out")
