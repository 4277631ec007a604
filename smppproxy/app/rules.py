"""The rules that look at whole messages, built from the settings and the books."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from filters.advert import AdvertRule
from filters.blocklist import BlocklistRule
from filters.contract import Mode, Rule
from filters.destination import DestinationRule
from filters.link import LinkRule
from filters.ports import CodeBook
from filters.sanctioned import SanctionBook, SanctionedMessages
from filters.sender import SenderRule
from filters.volume import VolumeRule
from smppproxy.app.guests import Guest
from smppproxy.app.settings import Filters

_NAMES: Final[dict[type[Any], str]] = {
    SenderRule: "sender",
    DestinationRule: "destination",
    BlocklistRule: "blocklist",
    LinkRule: "link",
    AdvertRule: "advert",
    VolumeRule: "volume",
}


class RuleBooks(CodeBook, SanctionBook, Protocol):
    """Every book a rule may ask, as one object."""


def sanctioned(filters: Filters, books: RuleBooks) -> SanctionedMessages:
    """Return what looks for senders, texts and hosts under sanction."""
    return SanctionedMessages(books, texts=filters.blocklist.clusters, country=filters.sender.country)


def rules(filters: Filters, books: RuleBooks, before: Iterable[Rule] = ()) -> tuple[Rule, ...]:
    """Return the rules that are not off, in the order in which they are asked.

    A rule of ``before`` whose settings are the same is used again, with what it has counted and remembered; it must
    have been built with the same books. Raises GuestError for a rule of another package that cannot be used.
    """
    known = {(type(rule), rule.name): rule for rule in before}

    def built(kind: type[Any], settings: Any, *asked: Any) -> Rule:
        old: Any = known.get((kind, _NAMES[kind]))
        if old is not None and old.settings == settings:
            kept: Rule = old
            return kept
        made: Rule = kind(settings, *asked)
        return made

    sender_is_on = filters.sender.mode is not Mode.OFF
    wanted: tuple[tuple[Mode, Callable[[], Rule]], ...] = (
        (filters.sender.mode, lambda: built(SenderRule, filters.sender.told(), books, books)),
        (filters.destination.mode, lambda: built(DestinationRule, filters.destination.told())),
        (
            filters.blocklist.mode,
            lambda: built(BlocklistRule, filters.blocklist.told(senders=not sender_is_on), books, books),
        ),
        (filters.link.mode, lambda: built(LinkRule, filters.link.told(), books)),
        (filters.advert.mode, lambda: built(AdvertRule, filters.advert.told())),
        (filters.volume.mode, lambda: built(VolumeRule, filters.volume.told(), books)),
    )
    made = [build() for mode, build in wanted if mode is not Mode.OFF]
    for name, guest in filters.rules.items():
        if guest.mode is not Mode.OFF:
            old: Any = known.get((Guest, name))
            same = old is not None and old.settings == (guest.mode, guest.on_error, guest.options)
            made.append(old if same else Guest(name, guest.mode, guest.on_error, guest.options, books))
    return tuple(made)
