"""The sections of the rules that look at whole messages: what a person writes, and what the rules are told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
import re2
from pydantic import AfterValidator, Field, model_validator

from filters import advert, destination, sender, volume
from filters.contract import Mode, OnError
from filters.numbers import CALLING_CODES, KOREA
from smppproxy.app.settings.values import (
    Count,
    CountOrNone,
    Duration,
    Flag,
    Items,
    ModeValue,
    Name,
    Number,
    Section,
    Texts,
    option,
    refuse,
)

if TYPE_CHECKING:
    from filters.blocklist import BlocklistSettings
    from filters.link import LinkSettings

# The modules of the link and blocklist rules are imported where they are needed: their tables take a tenth of a second
# to make, which every command would wait for.

_MODE: Final = "off, observe (record only) or enforce"
_ON_ERROR: Final = "forward or refuse (0x58), where the rule itself fails"


def _calling_code(value: str) -> str:
    if value.lstrip("+") not in CALLING_CODES:
        refuse('a calling code such as "82"')
    return value.lstrip("+")


def _prefix(value: str) -> str:
    if not re.fullmatch(r"\+?[1-9][0-9]{0,14}", value):
        refuse('digits of a number with its calling code, such as "82" or "8210"')
    return value.lstrip("+")


def _clock(value: str) -> str:
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", value):
        refuse('a time of day such as "21:00"')
    return value


def _expression(value: str) -> str:
    options = re2.Options()
    options.log_errors = False  # told by the exception
    try:
        re2.compile(value, options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        refuse(f"a regular expression of RE2 ({said.decode() if isinstance(said, bytes) else said})")
    return value


def _brand(value: str) -> str:
    from filters.hosts import Hosts

    try:
        Hosts([value])
    except ValueError:
        refuse('a registered domain such as "example.co.kr"')
    return value


def _written(value: str) -> str:
    if value and not re.fullmatch(r"[ -~]{1,11}", value):
        refuse('a name of 1 to 11 ASCII characters, such as "Unverified"')
    return value


CallingCode = Annotated[str, AfterValidator(_calling_code)]
Prefixes = Annotated[tuple[Annotated[str, AfterValidator(_prefix)], ...], Items]
Clock = Annotated[str, AfterValidator(_clock)]
Attitude = Literal["refuse", "signal", "allow"]


class SenderFilter(Section):
    """``[filters.sender]``: who may send in which number's name. Keys left out come from the preset."""

    mode: ModeValue = option(Mode.OFF, _MODE)
    preset: Literal["kr", "in-dlt", "sg-ssir", "au-register", "ng-ncc", "none"] = option(
        "kr", "the rule of a country: kr, in-dlt, sg-ssir, au-register, ng-ncc or none"
    )
    country: CallingCode = option(KOREA, "calling code of the home country, whose plan numbers must fit")
    registration: Flag = option(True, "numbers of the home country must be registered to the code or account")
    exempt: Texts = option((), "accounts whose numbers need no registration")
    alphanumeric: Literal["refuse", "registered", "allow"] = option("refuse", "names in the place of a number")
    names: Texts = option((), "names that need no registration")
    name_pattern: Annotated[str, AfterValidator(_expression)] = option(
        "", 'RE2 expression for the whole name; "" = any'
    )
    foreign: Literal["refuse", "international", "allow"] = option(
        "international", "foreign numbers: never, on the international route only, or always"
    )
    home_from_abroad: Flag = option(
        False, "unregistered numbers of the home country may come by the international route"
    )
    callback: Flag = option(True, "judge the number a reply would go to (callback_num) as well")
    own_recipient: Flag = option(False, "a number may send to itself")
    empty: Flag = option(False, "a message may have no sender")
    unregistered: Literal["refuse", "rewrite"] = option(
        "refuse", "a sender that is not registered: refuse it, or write another name in its place"
    )
    rewrite_to: Annotated[str, AfterValidator(_written)] = option(
        "", 'that name; "" = the preset\'s, Likely-SCAM (sg-ssir) or Unverified (au-register)'
    )
    on_error: OnError = option("forward", _ON_ERROR)

    @model_validator(mode="after")
    def _writes_something(self) -> SenderFilter:
        if self.unregistered == "rewrite" and not self.written:
            refuse("refuse, or a name in `rewrite_to`", f"the preset {self.preset} has no name to write")
        return self

    @property
    def written(self) -> str:
        """What is written in place of a sender that is not registered; "" where it is refused."""
        return (self.rewrite_to or sender.PRESETS[self.preset].rewrite) if self.unregistered == "rewrite" else ""

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, given: Any) -> Any:
        preset = sender.PRESETS.get(given.get("preset", "kr")) if isinstance(given, dict) else None
        if preset is None:
            return given
        stated = {
            name: tuple(value) if isinstance(value, frozenset) else value
            for name, value in msgspec.structs.asdict(preset.settings).items()
            if name not in ("mode", "rewrite")
        }
        stated["unregistered"] = "rewrite" if preset.rewrite else "refuse"
        return {**stated, **given}

    def told(self) -> sender.SenderSettings:
        """Return what the rule is told."""
        given = self.model_dump(exclude={"preset", "unregistered", "rewrite_to"})
        given["rewrite"] = self.written
        given["exempt"] = frozenset(self.exempt)
        given["names"] = frozenset(" ".join(name.split()).lower() for name in self.names)
        return sender.SenderSettings(**given)


class ZoneFilter(Section):
    """``[filters.destination.international]``: where messages of accounts with that route may go."""

    allow: Prefixes = option((), "numbers that are served, by their first digits with the calling code; [] = all")
    deny: Prefixes = option((), "numbers that are not, though allowed")
    premium: Prefixes = option(destination.PREMIUM, "premium numbers, which are not served")
    malformed: Flag = option(False, "serve numbers that fit no plan, and distribution lists")
    recipients: CountOrNone = option(0, "most recipients of one request; 0 = any", unit="recipients")

    def zone(self) -> destination.Zone:
        """Return what the rule is told."""
        return destination.Zone(
            allow=self.allow,
            deny=self.deny,
            premium=self.premium,
            malformed=self.malformed,
            recipients=self.recipients,
        )


class DestinationFilter(ZoneFilter):
    """``[filters.destination]``: where messages may go. What is said of numbers holds for the domestic route."""

    mode: ModeValue = option(Mode.OFF, _MODE)
    country: CallingCode = option(KOREA, "calling code of the home country, whose plan numbers must fit")
    international: ZoneFilter = Field(default=ZoneFilter(), description="see `[filters.destination.international]`")
    on_error: OnError = option("forward", _ON_ERROR)

    def told(self) -> destination.DestinationSettings:
        """Return what the rule is told."""
        return destination.DestinationSettings(
            mode=self.mode,
            country=self.country,
            domestic=self.zone(),
            international=self.international.zone(),
            on_error=self.on_error,
        )


class LinkFilter(Section):
    """``[filters.link]``: what may be linked to. A signal is recorded and refuses nothing."""

    mode: ModeValue = option(Mode.OFF, _MODE)
    brands: Annotated[tuple[Annotated[str, AfterValidator(_brand)], ...], Items] = option(
        (), "registered domains that others try to look like"
    )
    lookalikes: Attitude = option("refuse", "hosts that look like one of `brands`")
    ip_hosts: Attitude = option("refuse", "IP addresses in the place of a host")
    punycode: Attitude = option("signal", "hosts with letters that are not ASCII")
    shorteners: Attitude = option("signal", "short links, such as of bit.ly")
    chats: Attitude = option("signal", "messengers, such as open.kakao.com")
    on_error: OnError = option("forward", _ON_ERROR)

    def told(self) -> LinkSettings:
        """Return what the rule is told."""
        from filters.link import LinkSettings

        return LinkSettings(**self.model_dump())


class BlocklistFilter(Section):
    """``[filters.blocklist]``: what the operator has listed: senders, recipients who opted out, patterns in texts."""

    mode: ModeValue = option(Mode.OFF, _MODE)
    country: CallingCode = option(KOREA, "calling code of the home country, in whose form numbers are looked up")
    optout: Literal["adverts", "all", "off"] = option("adverts", "which messages recipients opted out of")
    patterns: Flag = option(True, "look for patterns in texts")
    clusters: Flag = option(True, "refuse texts near-identical to one under sanction, whatever the mode")
    on_error: OnError = option("forward", _ON_ERROR)

    def told(self, *, senders: bool) -> BlocklistSettings:
        """Return what the rule is told; ``senders``: no other rule looks senders up.

        Texts under sanction are looked for apart from it, see :mod:`filters.sanctioned`.
        """
        from filters.blocklist import BlocklistSettings

        given = self.model_dump(exclude={"clusters"})
        return BlocklistSettings(**given, senders=senders, clusters=False)


class VolumeLimit(Section):
    """``[[filters.volume.limit]]``: how much within a window."""

    by: volume.By = option("code", "what is counted: code (account, where there is none), account, sender or cluster")
    route: volume.Route = option("any", "any, domestic or international")
    window: Duration = option(600.0, "length of the window, which slides", unit="s")
    messages: CountOrNone = option(0, "most messages, each recipient counted; 0 = no limit", unit="messages")
    recipients: CountOrNone = option(0, "most different recipients, within some 3 %; 0 = no limit", unit="recipients")

    @model_validator(mode="after")
    def _limits_something(self) -> VolumeLimit:
        if not self.messages and not self.recipients:
            refuse("messages or recipients", "add messages = 10000")
        return self


class VolumeFilter(Section):
    """``[filters.volume]``: how much may be sent. Each worker counts by itself."""

    mode: ModeValue = option(Mode.OFF, _MODE)
    country: CallingCode = option(KOREA, "calling code of the home country, in whose form numbers are compared")
    rate: Annotated[Number, Field(ge=0, le=1_000_000)] = option(0.0, "of each code; 0 = no limit", unit="msg/s")
    international_rate: Annotated[Number, Field(ge=0, le=1_000_000)] = option(
        0.0, "the same of accounts whose route is international; 0 = as `rate`", unit="msg/s"
    )
    burst: Count = option(10, "messages a code may send at once after a pause", unit="messages")
    phone_line: CountOrNone = option(0, "messages a day from one mobile number; 0 = no limit", unit="messages")
    repeats: CountOrNone = option(0, "messages of a code to one recipient in `repeat_window`; 0 = any", unit="messages")
    repeat_window: Annotated[Number, Field(gt=0, le=3600)] = option(5.0, "see `repeats`", unit="s")
    warmup_days: Annotated[int, Field(ge=0, le=365)] = option(
        0, "days from its registration on that a code may send little; 0 = no warm-up", unit="days"
    )
    warmup_messages: Count = option(
        1000, "messages within 24 hours on the first of them, twice as many on the second, and so on", unit="messages"
    )
    limit: Annotated[tuple[VolumeLimit, ...], Items] = option((), "see `[[filters.volume.limit]]`")
    on_error: OnError = option("forward", _ON_ERROR)

    def told(self) -> volume.VolumeSettings:
        """Return what the rule is told."""
        given = self.model_dump(exclude={"limit"})
        return volume.VolumeSettings(**given, limits=tuple(volume.Limit(**one.model_dump()) for one in self.limit))


class AdvertFilter(Section):
    """``[filters.advert]``: what the law of Korea asks of advertisements."""

    mode: ModeValue = option(Mode.OFF, _MODE)
    accounts: Texts = option((), "accounts that send nothing but advertisements")
    codes: Texts = option((), "codes that send nothing but advertisements")
    night_from: Clock = option("21:00", "when the night begins in Seoul")
    night_until: Clock = option("08:00", "when it ends")
    night_consent: Texts = option((), "accounts and codes whose recipients agreed to advertisements at night")
    on_error: OnError = option("forward", _ON_ERROR)

    def told(self) -> advert.AdvertSettings:
        """Return what the rule is told."""
        return advert.AdvertSettings(
            mode=self.mode,
            accounts=frozenset(self.accounts),
            codes=frozenset(self.codes),
            night_from=_minutes(self.night_from),
            night_until=_minutes(self.night_until),
            night_consent=frozenset(self.night_consent),
            on_error=self.on_error,
        )


class GuestRule(Section):
    """``[filters.rules.NAME]``: a rule of another package, offered by the entry point NAME in `smppproxy.rules`."""

    mode: ModeValue = option(Mode.OFF, _MODE)
    on_error: OnError = option("forward", _ON_ERROR)
    options: dict[str, Any] = option({}, "handed to the rule as they are")


def _own_name(value: str) -> str:
    if value in OWN_RULES:
        refuse("the name of another package's rule", f"write [filters.{value}]")
    return value


#: The names of our own rules, which no other package can take.
OWN_RULES: Final = ("code", "sender", "destination", "link", "blocklist", "volume", "advert", "text")

GuestRules = dict[Annotated[Name, AfterValidator(_own_name)], GuestRule]


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)
