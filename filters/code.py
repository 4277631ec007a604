"""The first sender's code: present, well formed, registered, unsanctioned, and this account's to carry.

Two kinds of identity are read here, the code itself and the *extras* that may travel beside it (a relay
code, a template id, a chain hash). Both are octets to this module: which tag they come from is the
relay's knowledge. A sanction (suspended, struck, throttled) holds also where no registration is asked for.
Verdicts are remembered, because bulk senders repeat one code for hours; what is remembered is dropped as
soon as the book or the mode changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

import msgspec

from filters.contract import DIFFERING, CodeValue, Finding, Mode, OnError, Reason
from filters.ports import CodeBook, CodeEntry, CodeState
from filters.sanctions import Pace

#: Longest value, in octets, that is read at all. Known schemes need at most 64 (a SHA-256 in hex); the bound
#: keeps an operator's own regular expression and the memory of verdicts small whatever a peer sends.
VALUE_LIMIT: Final = 255

#: Remembered verdicts per identity, over all accounts. A country has about a thousand first senders; at some 250
#: octets an entry this stays near 4 MB. When full, everything is forgotten: a flood of invented codes costs a
#: look-up each, no more.
MEMO_LIMIT: Final = 16_384

#: Most octets of an integer: SMPP's own integers have at most 4, some carriers send 8.
INTEGER_LIMIT: Final = 8

#: How much of a stranger's value is quoted in evidence.
QUOTE_LIMIT: Final = 40

_PADDING = b"\0 "
_DIGITS = re.compile(r"(?:\[0-9\]|\\d)(?:\{(?P<low>[0-9]+)(?:,(?P<high>[0-9]+))?\}|(?P<many>\+))")
_HYPHENATED = re.compile(r"[0-9]+(?:-[0-9]+)+")

_STATE_REASONS: Final[Mapping[CodeState, Reason | None]] = {
    CodeState.ACTIVE: None,
    CodeState.INACTIVE: Reason.CODE_INACTIVE,
    CodeState.SUSPENDED: Reason.CODE_SANCTIONED,
    CodeState.STRUCK: Reason.CODE_SANCTIONED,
}


class Encoding(StrEnum):
    """How the value stands in its field. ``integer`` is big-endian and unsigned."""

    OCTETS = "octets"
    CSTRING = "cstring"
    INTEGER = "integer"


class IdentitySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What one identity must look like. Raises nothing; :class:`CodeRule` checks the format when it is built."""

    name: str
    length: int = 0  # octets after trimming (digits, for an integer); 0 = any
    format: str = ".*"  # regular expression over the whole value
    encoding: Encoding = Encoding.OCTETS
    registry: bool = False  # must be registered and active; an extra is known there as "name:value"
    required: bool = False
    accept_hyphenated: bool = False  # read 3-02-19-0001 as 302190001


class CodeSettings(IdentitySettings, frozen=True, kw_only=True):
    """The section ``[filters.code]`` without its tags. With ``enforce_from`` the rule observes until then."""

    name: str = "code"
    length: int = 9
    format: str = "[0-9]{9}"
    registry: bool = True
    required: bool = True
    mode: Mode = Mode.ENFORCE
    enforce_from: date | datetime | None = None  # a date begins at midnight of the machine's time zone
    extras: tuple[IdentitySettings, ...] = ()
    on_error: OnError = "refuse"  # a code that cannot be looked up is asked for again later, never waved through


#: What each country's scheme asks for; a key set in the configuration beats the preset's. The identities of
#: ``in-dlt`` beyond the code become extras, to which the settings add their tags.
PRESETS: Final[Mapping[str, CodeSettings]] = {
    # nine digits: the registration number of a special-type value-added telecom operator, hyphens removed
    "kr": CodeSettings(),
    # principal entity, content template, and the SHA-256 of the chain of telemarketers; usually 19 digits, at most 30
    "in-dlt": CodeSettings(
        length=0,
        format="[0-9]{1,30}",
        extras=(
            IdentitySettings(name="template", format="[0-9]{1,50}"),
            IdentitySettings(name="chain", length=64, format="[0-9A-Fa-f]{64}"),
        ),
    ),
    # no country's rule: whatever is registered
    "none": CodeSettings(length=0, format=".*"),
}


class Verdicts(dict[CodeValue, tuple[str, Finding | None]]):
    """What is known of one account's values: ``verdicts[value]`` is the trimmed text and what is wrong with it.

    A value not seen before is judged on the way, so a caller on the data path may hold one per account and pay no
    more than a dictionary's look-up. ``sound`` holds the values against which nothing was found, so that a whole batch
    can be asked about at once: ``verdicts.sound.issuperset(values)``; a throttled code is never among them. Raises what
    the book raises.
    """

    __slots__ = ("_allowed", "_rule", "sound")

    def __init__(self, rule: IdentityRule, allowed: frozenset[str] | None) -> None:
        super().__init__()
        self._rule = rule
        self._allowed = allowed
        self.sound: set[CodeValue] = set()

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.sound.clear()

    def __missing__(self, value: CodeValue) -> tuple[str, Finding | None]:
        verdict = self._rule._judge_anew(value, self._allowed)
        if value is None or value is DIFFERING or len(value) <= VALUE_LIMIT:
            self._rule._make_room()
            self[value] = verdict
            if verdict[1] is None and verdict[0] not in self._rule.throttled:
                self.sound.add(value)
        return verdict


class IdentityRule:
    """Judges one identity and remembers the verdicts."""

    __slots__ = ("_book", "_held", "_matches", "_mode", "_prefix", "_verdicts", "name", "settings", "throttled")

    def __init__(self, settings: IdentitySettings, book: CodeBook, mode: Mode, prefix: str) -> None:
        self.settings = settings
        self.name = settings.name
        self._book = book
        self._mode = mode
        self._prefix = prefix
        self._matches = _matcher(settings.format)
        self._verdicts: dict[frozenset[str] | None, Verdicts] = {}
        self._held = 0
        #: messages a second that a throttle leaves, by the trimmed value; of those seen since the book changed
        self.throttled: dict[str, float] = {}

    def verdicts(self, allowed: frozenset[str] | None = None) -> Verdicts:
        """Return the verdicts for an account that may carry the codes ``allowed``, None for any.

        The mapping stays valid for the life of the rule: :meth:`CodeRule.refresh` empties it in place.
        """
        known = self._verdicts.get(allowed)
        if known is None:
            known = self._verdicts[allowed] = Verdicts(self, allowed)
        return known

    def judge(self, value: CodeValue, allowed: frozenset[str] | None = None) -> Finding | None:
        """Return what is wrong with the value, or None. Raises what the book raises."""
        return self.verdicts(allowed)[value][1]

    def paced(self, value: CodeValue, pace: Pace, now: float) -> Finding | None:
        """Return why a value that is throttled may not pass now, else None. Asked once for each message.

        ``now`` is on the clock of the ``pace``.
        """
        if not self.throttled:
            return None
        text = self.trimmed(value)
        rate = self.throttled.get(text)
        if rate is None or pace.take(self._prefix + text, rate, now):
            return None
        evidence = f"{_quote(text)} is throttled to {rate:g} messages a second"
        return Finding(Reason.CODE_RATE, "code", evidence, enforce=self._mode is Mode.ENFORCE)

    def trimmed(self, value: CodeValue) -> str:
        """Return the value as people write it: without padding, decimal for an integer; "" when there is none."""
        if value is None or value is DIFFERING or len(value) > VALUE_LIMIT:
            return ""
        settings = self.settings
        if settings.encoding is Encoding.INTEGER:
            return str(int.from_bytes(value, "big")).zfill(settings.length) if 0 < len(value) <= INTEGER_LIMIT else ""
        text = value.rstrip(_PADDING).decode("latin-1")  # one character an octet: nothing is lost, nothing raises
        if settings.accept_hyphenated and _HYPHENATED.fullmatch(text):
            text = text.replace("-", "")
        return text

    def encoded(self, text: str) -> bytes:
        """Return the octets that carry ``text``, the inverse of :meth:`trimmed`. Raises ValueError if none can."""
        if self.settings.encoding is Encoding.INTEGER:
            if not (text.isascii() and text.isdigit()) or int(text) >= 1 << 8 * INTEGER_LIMIT:
                raise ValueError(f"{self.name} {text!r} is no decimal number of at most {INTEGER_LIMIT} octets")
            number = int(text)
            return number.to_bytes(4 if number < 1 << 32 else INTEGER_LIMIT, "big")
        try:
            octets = text.encode("latin-1")
        except UnicodeEncodeError as error:
            raise ValueError(f"{self.name} {text!r} holds a character that is no single octet") from error
        if len(octets) >= VALUE_LIMIT:
            raise ValueError(f"{self.name} is longer than {VALUE_LIMIT - 1} octets")
        return octets + b"\0" if self.settings.encoding is Encoding.CSTRING else octets

    def _forget(self, mode: Mode) -> None:
        self._mode = mode
        self._held = 0
        self.throttled.clear()
        for verdicts in self._verdicts.values():
            verdicts.clear()

    def _make_room(self) -> None:
        if self._held >= MEMO_LIMIT:
            self._forget(self._mode)
        self._held += 1

    def _judge_anew(self, value: CodeValue, allowed: frozenset[str] | None) -> tuple[str, Finding | None]:
        text = self.trimmed(value)
        if self._mode is Mode.OFF:  # what stands there may be another scheme's
            return text, None
        entry = self._book.code(self._prefix + text) if text else None
        if entry is not None and entry.rate:
            self.throttled[text] = entry.rate
        enforce = self._mode is Mode.ENFORCE
        reason, evidence = self._fault(value, text, allowed, entry)
        if entry is not None and reason is None and _is_sanctioned(entry):  # no registration is asked for
            reason, evidence = Reason.CODE_SANCTIONED, f"{_quote(text)} is {entry.state.value}"
        if reason is None:
            return text, None
        if self._prefix:
            evidence = f"{self.name}: {evidence}"
        return text, Finding(reason, "code", evidence, enforce=enforce)

    def _fault(
        self, value: CodeValue, text: str, allowed: frozenset[str] | None, entry: CodeEntry | None
    ) -> tuple[Reason | None, str]:
        settings = self.settings
        if value is None:
            return (Reason.CODE_MISSING, "the field is absent") if settings.required else (None, "")
        if value is DIFFERING:
            return Reason.CODE_CONFLICT, "the field occurs more than once, with different values"
        if not text or (settings.length and len(text) != settings.length):
            return Reason.CODE_LENGTH, self._length_evidence(value, text)
        if "\0" in text:  # whoever reads a C string stops there, and would see another code than we do
            return Reason.CODE_FORMAT, f"{_quote(text)} holds a NUL"
        if not self._matches(text):
            return Reason.CODE_FORMAT, f"{_quote(text)} does not match {settings.format}"
        if settings.registry:
            if entry is None:
                return Reason.CODE_UNREGISTERED, f"{_quote(text)} is not registered"
            reason = _STATE_REASONS[entry.state]
            if reason is not None:
                return reason, f"{_quote(text)} is {entry.state.value}"
        if allowed is not None and text not in allowed:
            return Reason.CODE_NOT_ALLOWED, f"{_quote(text)} is not among the codes of this account"
        return None, ""

    def _length_evidence(self, value: bytes, text: str) -> str:
        unit = "digits" if self.settings.encoding is Encoding.INTEGER else "octets"
        given = f"{len(text)} {unit}" if text or not value else f"{len(value)} octets that cannot be read"
        expected = f"{self.settings.length} {unit}" if self.settings.length else f"1 to {VALUE_LIMIT} octets"
        return f"{given} given, {expected} expected"


class CodeRule(IdentityRule):
    """The first sender's code and its extras, in the mode of the moment.

    It runs before there is a :class:`~filters.contract.Message`: most refusals need nothing but the octets. The owner
    calls :meth:`refresh` once per turn of its loop. Raises ValueError when a ``format`` is no regular expression.
    """

    __slots__ = ("_enforce_at", "_version", "extras", "mode", "on_error")

    settings: CodeSettings

    def __init__(self, settings: CodeSettings, book: CodeBook, now: float = 0.0) -> None:
        if settings.enforce_from is None or settings.mode is Mode.OFF:
            self._enforce_at: float | None = None
            self.mode = settings.mode
        else:
            self._enforce_at = _unix_seconds(settings.enforce_from)
            self.mode = Mode.ENFORCE if now >= self._enforce_at else Mode.OBSERVE
        super().__init__(settings, book, self.mode, prefix="")
        self.on_error: OnError = settings.on_error
        self.extras = tuple(IdentityRule(extra, book, self.mode, f"{extra.name}:") for extra in settings.extras)
        self._version: int | None = book.version

    def refresh(self, now: float | None = None) -> None:
        """Take notice of a changed book and, given the time in Unix seconds, of ``enforce_from``."""
        if self._enforce_at is not None and now is not None:
            mode = Mode.ENFORCE if now >= self._enforce_at else Mode.OBSERVE
            if mode is not self.mode:
                self.mode = mode
                self._version = None
        version = self._book.version
        if version != self._version:
            self._version = version
            self._forget(self.mode)
            for extra in self.extras:
                extra._forget(self.mode)


def _is_sanctioned(entry: CodeEntry) -> bool:
    return _STATE_REASONS[entry.state] is Reason.CODE_SANCTIONED


def _matcher(pattern: str) -> Callable[[str], object]:
    """Compile ``format``; runs of digits, the usual case, need no regular expression."""
    if pattern == ".*":  # as operators mean it: a line feed is an octet like any other
        return bool  # that the value is not empty is known by now
    digits = _DIGITS.fullmatch(pattern)
    if digits is None:
        try:
            return re.compile(pattern, re.ASCII).fullmatch
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"format {pattern!r} is no regular expression: {error}") from error
    low = 1 if digits["many"] else int(digits["low"])
    high = VALUE_LIMIT if digits["many"] else int(digits["high"] or low)
    return lambda text: low <= len(text) <= high and text.isascii() and text.isdigit()


def _unix_seconds(moment: date | datetime) -> float:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.min)
    return moment.timestamp()


def _quote(text: str) -> str:
    """A stranger's octets, safe for logs and short."""
    shown = text if len(text) <= QUOTE_LIMIT else text[:QUOTE_LIMIT] + "…"
    return shown if shown.isascii() and shown.isprintable() else ascii(shown)
