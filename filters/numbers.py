"""Telephone numbers in one form, and what kind they are.

The plan of the home country is known in full where this module has one (Korea, ``82``); numbers of other countries are
told apart by their calling code and length only. Nothing here allocates more than the answer, and nothing raises.

Korea (guideline of the regulator on sender numbers, articles 13 and 16): digits only, hyphens are stripped; a landline
needs its area code, a representative number (15YY, 16YY, 18YY) has exactly eight digits and never an area code, three-
and four-digit numbers belong to public bodies.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

#: Types of number and numbering plans that are told apart (SMPP 3.4 sections 5.2.5 and 5.2.6).
TON_INTERNATIONAL: Final = 1
TON_NATIONAL: Final = 2
TON_ALPHANUMERIC: Final = 5
#: Data, telex, ERMES, Internet address and WAP client: whatever stands there is no telephone number.
_NO_TELEPHONE: Final = frozenset({3, 4, 10, 14, 18})

#: Longest number, in digits (ITU-T E.164 section 6.2.1).
LONGEST: Final = 15
#: Shortest foreign number that is believed, in digits with its calling code; where nothing says that it is
#: international, a shorter one is rather one of the home country that lacks its area code.
SHORTEST_FOREIGN: Final = 7
SHORTEST_UNTOLD: Final = 10
#: Longest alphanumeric sender, in characters: what an address field of GSM holds (GSM 03.40 section 9.1.2).
LONGEST_NAME: Final = 11

KOREA: Final = "82"


class Kind(StrEnum):
    """What a number is used for. ``national``: of a home country whose plan is not known in detail."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    VOIP = "voip"
    REPRESENTATIVE = "representative"
    PERSONAL = "personal"  # numbers for a service or person wherever it is: 030, 050, 060, 080
    SPECIAL = "special"  # three or four digits: emergency and public bodies
    NATIONAL = "national"
    ALPHANUMERIC = "alphanumeric"
    FOREIGN = "foreign"
    INVALID = "invalid"


_MOBILE: Final = Kind.MOBILE


class Number(msgspec.Struct, frozen=True, gc=False):
    """A number understood."""

    #: calling code and significant number without ``+``; of a name, the name in lower case; of an invalid number, its
    #: digits or text as given
    e164: str
    national: str  # as written at home, such as 01012345678; "" where it is foreign or not understood
    kind: Kind
    fault: str = ""  # what is wrong with it, for people; "" where nothing is
    country: str = ""  # calling code; "" where it is unknown


class Block(NamedTuple):
    """Numbers that begin alike: kind and how many digits there are without the trunk prefix 0."""

    kind: Kind
    shortest: int
    longest: int
    subscriber: int = 0  # where the subscriber's own digits begin, which are then 2 to 9; 0: any digit


def _korea() -> Mapping[str, Block]:
    """The Korean plan by the first two digits after the trunk prefix."""
    plan = {"10": Block(Kind.MOBILE, 10, 10)}
    for old_mobile in ("11", "16", "17", "18", "19"):
        plan[old_mobile] = Block(Kind.MOBILE, 9, 10, subscriber=2)
    for seoul in range(22, 30):  # area code 2, then the subscriber's first digit
        plan[str(seoul)] = Block(Kind.LANDLINE, 8, 9)
    for area in (*range(31, 34), *range(41, 45), *range(51, 56), *range(61, 65)):
        plan[str(area)] = Block(Kind.LANDLINE, 9, 10, subscriber=2)
    plan["70"] = Block(Kind.VOIP, 10, 10)
    plan["30"] = plan["50"] = Block(Kind.PERSONAL, 10, 11)
    plan["60"] = plan["80"] = Block(Kind.PERSONAL, 9, 10)
    return plan


KOREAN_PLAN: Final = _korea()
_REPRESENTATIVE: Final = frozenset({"15", "16", "18"})

#: Calling codes in use (ITU-T E.164, list of assigned codes), by their first one or two digits. "": ends here.
_CODES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("1", "7"), ""),
    **dict.fromkeys(("20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46"), ""),
    **dict.fromkeys(("47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63"), ""),
    **dict.fromkeys(("64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"), ""),
    **dict.fromkeys(("22", "23", "24", "26", "35", "37", "50", "59"), "0123456789"),
    "21": "12368",
    "25": "012345678",
    "29": "01789",
    "38": "01235679",
    "42": "013",
    "67": "023456789",
    "68": "012356789",
    "69": "012",
    "80": "08",
    "85": "02356",
    "87": "08",
    "88": "012368",
    "96": "012345678",
    "97": "012345679",
    "99": "234568",
}
CALLING_CODES: Final = frozenset(head + last for head, tails in _CODES.items() for last in tails or ("",))

_SEPARATORS: Final = str.maketrans("", "", "-. ()\t")


def calling_code(digits: str) -> str:
    """Return the calling code an international number begins with, "" where none does."""
    for length in (2, 3, 1):  # no code is the beginning of another
        code = digits[:length]
        if code in CALLING_CODES:
            return code
    return ""


def canonical(number: str, ton: int = 0, npi: int = 0, country: str = KOREA) -> Number:
    """Read a number as it stands in an address field. Never raises.

    ``country`` is the calling code of the home country. Type of number and numbering plan are hints: clients often set
    them wrong, so a number that is only sound when read otherwise is read so.
    """
    plain = number.isascii() and number.isdigit()
    if plain and len(number) == 11 and number[:3] == "010" and country == KOREA and npi not in _NO_TELEPHONE:
        return Number(KOREA + number[1:], number, _MOBILE, "", KOREA)  # nearly all recipients
    if not plain:
        bare = number.translate(_SEPARATORS)
        digits = bare[1:] if bare[:1] == "+" else bare
        if not digits.isascii() or not digits.isdigit():
            return _name(number)
        international = len(digits) != len(bare) or ton == TON_INTERNATIONAL
    else:
        digits = number
        international = ton == TON_INTERNATIONAL
    if npi in _NO_TELEPHONE:
        return Number(digits, "", Kind.INVALID, f"numbering plan {npi} is not that of telephone numbers")
    if len(digits) > LONGEST:
        return Number(digits, "", Kind.INVALID, f"{len(digits)} digits, at most {LONGEST} make a number")
    if digits[0] == "0":  # no calling code does: what the type of number says cannot be
        if digits[:2] == "00":
            return _after_access_code(digits, country)
        return _home(digits[1:], country) or Number(digits, "", Kind.INVALID, _home_fault(digits, country))
    if not international:
        found = _bare(digits, ton, country)
        if found is not None:
            return found
    found = _international(digits, country, told=international)
    if found.kind is Kind.INVALID and ton == TON_INTERNATIONAL:  # the type of number may be wrong
        return _bare(digits, 0, country) or found
    return found


#: Numbers remembered: a few reads' worth of messages, some 2 MB.
MEMO_LIMIT: Final = 8192

#: :func:`canonical` for recipients: several rules ask about one number while its message passes the gate.
recall: Final = lru_cache(maxsize=MEMO_LIMIT)(canonical)


class Numbers(dict[str, Number]):
    """:func:`canonical` of senders of which nothing is said, read when they are first asked for; they repeat for hours.

    When full, everything is forgotten.
    """

    __slots__ = ("_country",)

    def __init__(self, country: str) -> None:
        super().__init__()
        self._country = country

    def __missing__(self, number: str) -> Number:
        """Read a number that is not remembered."""
        if len(self) >= MEMO_LIMIT:
            self.clear()
        found = self[number] = canonical(number, country=self._country)
        return found


def is_korean_mobile(number: str) -> bool:
    """Whether a number is written the way nearly all recipients are: 010 and eight digits."""
    return len(number) == 11 and number[:3] == "010" and number.isascii() and number.isdigit()


def are_korean_mobiles_pure(numbers: tuple[str, ...]) -> bool:
    """Whether all numbers are written the way nearly all recipients are."""
    return all(map(is_korean_mobile, numbers))


def _load() -> Callable[[tuple[str, ...]], bool]:
    if os.environ.get("SMPPPROXY_PURE"):
        return are_korean_mobiles_pure
    try:
        compiled: Callable[[tuple[str, ...]], bool] = importlib.import_module("filters._numbers").are_korean_mobiles
    except ImportError:  # not compiled: see hatch_build.py
        return are_korean_mobiles_pure
    return compiled


are_korean_mobiles: Final = _load()


def e164(recipient: str, country: str = KOREA) -> str:
    """Return the canonical form of a recipient, as :func:`recall` would."""
    # is_korean_mobile() written out: the call would cost as much as the answer
    if (
        country == KOREA
        and len(recipient) == 11
        and recipient[:3] == "010"
        and recipient.isascii()
        and recipient.isdigit()
    ):
        return KOREA + recipient[1:]
    return recall(recipient, 0, 0, country).e164


def _name(text: str) -> Number:
    """An alphanumeric sender."""
    name = " ".join(text.split()).lower()
    if not name:
        return Number("", "", Kind.INVALID, "no number given")
    if not name.isprintable() or not any(character.isalnum() for character in name):
        return Number(name, "", Kind.INVALID, "neither a number nor a name")
    fault = f"{len(name)} characters, a name has at most {LONGEST_NAME}" if len(name) > LONGEST_NAME else ""
    return Number(name, "", Kind.ALPHANUMERIC, fault)


def _after_access_code(digits: str, country: str) -> Number:
    """Digits with an international access code in front, as people dial them."""
    rest = digits.lstrip("0")
    if not rest:
        return Number(digits, "", Kind.INVALID, "zeros only")
    return _international(rest, country, told=True)


def _bare(digits: str, ton: int, country: str) -> Number | None:
    """A number that names no country and has no trunk prefix; None where it may be an international one."""
    if country != KOREA:
        return _home(digits, country) if ton == TON_NATIONAL else None
    if len(digits) == 8 and digits[:2] in _REPRESENTATIVE:
        return Number(KOREA + digits, digits, Kind.REPRESENTATIVE, "", KOREA)
    if 3 <= len(digits) <= 4 and digits[0] == "1":
        return Number(KOREA + digits, digits, Kind.SPECIAL, "", KOREA)
    return _home(digits, country) if ton == TON_NATIONAL else None


def _international(digits: str, country: str, told: bool) -> Number:
    """A number with its calling code; ``told``: it was said to be international."""
    code = calling_code(digits)
    if code == country:
        rest = digits[len(code) :]
        if rest[:1] == "0":  # +82010…: the trunk prefix left in, a common slip
            rest = rest[1:]
        elif country == KOREA:
            found = _bare(rest, 0, country)
            if found is not None:
                return found
        found = _home(rest, country)
        if found is not None:
            return found
    elif (
        code
        and len(digits) >= (SHORTEST_FOREIGN if told else SHORTEST_UNTOLD)
        and (code != "1" or _north_american(digits))
    ):
        return Number(digits, "", Kind.FOREIGN, "", code)
    if told:
        fault = "no such number" if code else "no country has this calling code"
        return Number(digits, "", Kind.INVALID, fault, code)
    return Number(digits, "", Kind.INVALID, _home_fault(digits, country))


def _north_american(digits: str) -> bool:
    """Area and exchange begin with 2 to 9: what tells a number there from a Korean one without its 0."""
    return len(digits) == 11 and digits[1] > "1" and digits[4] > "1"


def _home(significant: str, country: str) -> Number | None:
    """A number of the home country without its trunk prefix; None where the plan has no such number."""
    if country != KOREA:
        if not 4 <= len(significant) <= LONGEST - len(country):
            return None
        return Number(country + significant, "0" + significant, Kind.NATIONAL, "", country)
    block = KOREAN_PLAN.get(significant[:2])
    if block is None:
        return None
    kind, shortest, longest, subscriber = block
    if not shortest <= len(significant) <= longest or (subscriber and significant[subscriber] < "2"):
        return None
    return Number(KOREA + significant, "0" + significant, kind, "", KOREA)


def _home_fault(digits: str, country: str) -> str:
    """Why a number does not fit the home country's plan."""
    if not digits.strip("0"):
        return "zeros only"
    if country != KOREA:
        return "no such number"
    if digits[0] != "0":
        return "no area code"
    block = KOREAN_PLAN.get(digits[1:3])
    if block is None:
        return "no such area code or prefix"
    if not block.shortest <= len(digits) - 1 <= block.longest:
        lengths = {block.shortest + 1, block.longest + 1}
        return f"{len(digits)} digits, {' or '.join(map(str, sorted(lengths)))} expected after {digits[:3]}"
    return "no subscriber's number begins with 0 or 1"
