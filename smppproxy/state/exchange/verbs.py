"""The requests about signed lists and keys, as typed records, and what answers them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from smppproxy.state.exchange.candidates import CRITERION, LEAST_VERDICTS
from smppproxy.state.exchange.exchange import Exchange
from smppproxy.state.exchange.keys import SigningKey, line_of, pem_of
from smppproxy.state.registry import Progress
from smppproxy.state.requests import Instant, Nothing, Request
from smppproxy.state.service import Service

Count = Annotated[int, msgspec.Meta(ge=1, le=1 << 31)]


class NewKey(Request, frozen=True):
    """Make the key we sign with."""

    replace: bool = False


class TrustKey(Request, frozen=True):
    """Take lists signed by a key."""

    name: str
    key: str
    lists: tuple[str, ...] = ()


class OneKey(Request, frozen=True):
    """Do something to one key."""

    name: str


class Offered(Request, frozen=True):
    """The candidates of a list."""

    name: str
    criterion: Count = CRITERION
    least_verdicts: Count = LEAST_VERDICTS


class Sign(Offered, frozen=True):
    """Make the next signed file of a list; ``offer``: of candidates."""

    issuer: str = ""
    offer: bool = False
    expires: Instant | None = None


class Take(Request, frozen=True):
    """Take a signed file."""

    name: str
    text: str = ""
    upload: str = ""  # name of the pieces uploaded ahead of ``text``
    dry_run: bool = False
    again: bool = False


def add(service: Service, exchange: Exchange) -> None:
    """Let a service answer the verbs of the exchange."""
    trust = exchange.trust

    def new(r: NewKey, _: Progress) -> dict[str, Any]:
        return _own(exchange.new_key(who=r.who, why=r.why, replace=r.replace))

    def own(_: Nothing, __: Progress) -> dict[str, Any]:
        return _own(SigningKey.load(exchange.state_dir))

    def listed(_: Nothing, __: Progress) -> dict[str, Any]:
        return {"keys": trust.keys(), "serials": trust.serials()}

    def trusted(r: TrustKey, _: Progress) -> dict[str, Any]:
        return {"key": trust.trust(r.name, r.key, who=r.who, why=r.why, lists=r.lists)}

    def revoked(r: OneKey, _: Progress) -> dict[str, Any]:
        return {"changed": trust.revoke(r.name, who=r.who, why=r.why), "key": trust.find(r.name)}

    def offered(r: Offered, _: Progress) -> dict[str, Any]:
        entries, left_out = exchange.offered(r.name, criterion=r.criterion, least_verdicts=r.least_verdicts)
        return {"candidates": entries, "left_out": left_out, "criterion": r.criterion}

    def sign(r: Sign, _: Progress) -> Any:
        return exchange.export(
            r.name, r.issuer, who=r.who, why=r.why, offer=r.offer, criterion=r.criterion,
            least_verdicts=r.least_verdicts, expires=r.expires,
        )  # fmt: skip

    def take(r: Take, progress: Progress) -> Any:
        octets = service.uploaded(r.upload, r.text).encode(
            "utf-8", "replace"
        )  # no letter of its own fails the signature
        return exchange.take(r.name, octets, who=r.who, why=r.why, dry_run=r.dry_run, again=r.again, progress=progress)

    service.add_verb("lists.key_new", NewKey, new)
    service.add_verb("lists.key_show", Nothing, own)
    service.add_verb("lists.keys", Nothing, listed)
    service.add_verb("lists.key_trust", TrustKey, trusted)
    service.add_verb("lists.key_revoke", OneKey, revoked)
    service.add_verb("lists.candidates", Offered, offered)
    service.add_verb("lists.sign", Sign, sign)
    service.add_verb("lists.take", Take, take)


def _own(key: SigningKey) -> dict[str, Any]:
    return {"id": key.id, "public": line_of(key.public), "pem": pem_of(key.public)}
