"""Delivery receipts: the text of SMPP 3.4 Appendix B, what the field makes of it, and the TLVs beside it.

The appendix is "vendor specific" by its own words: dates have seconds or not, ``sub`` may be missing, keys come
in any case, ``err`` has three characters or four, and an SMSC that answers submit_sm with a hexadecimal
message_id may well write the decimal one into its receipts. So the parser takes what it finds and never fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final

import msgspec

from smppproxy.smpp.constants import TAG_MESSAGE_STATE, TAG_NETWORK_ERROR_CODE, TAG_RECEIPTED_MESSAGE_ID

#: TLV message_state and the word a receipt's ``stat`` has for it. 0 and 9 are SMPP 5.0 (s. 4.7.15).
MESSAGE_STATES: Final[dict[int, str]] = {
    0: "SCHEDULED",
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
    9: "SKIPPED",
}

_STATE_NUMBERS: Final = {word: number for number, word in MESSAGE_STATES.items()}
_FINAL: Final = frozenset({"DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "REJECTD", "SKIPPED"})
_OTHER_WORDS: Final = {
    "DELIVERED": "DELIVRD",
    "UNDELIVERABLE": "UNDELIV",
    "UNDELIVERED": "UNDELIV",
    "UNDELIVRD": "UNDELIV",
    "FAILED": "UNDELIV",
    "ACCEPTED": "ACCEPTD",
    "REJECTED": "REJECTD",
    "EN_ROUTE": "ENROUTE",
}

# A key starts the text or follows a space, comma or semicolon; what is behind it runs to the next key.
_KEY: Final = re.compile(
    r"(?:^|(?<=[\s,;]))(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat(?:us)?|err(?:or)?|text) ?:", re.IGNORECASE
)
_NAMES: Final = {"status": "stat", "error": "err", "submitdate": "submit", "donedate": "done"}

# Widths message_ids are padded to with zeros: 8 (a 32-bit number in hex), 10 (Appendix B), 16, 20 (64-bit numbers).
_WIDTHS: Final = (8, 10, 16, 20)


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """What a receipt says. What it does not say is ``""``.

    ``message_id`` is the TLV's where there is one, else the text's, which ``text_id`` keeps. ``state`` is a word of
    :data:`MESSAGE_STATES` where the receipt's can be told, else the SMSC's own. Dates are as written; see
    :func:`receipt_date`.
    ``network_error``: TLV network_error_code, its type octet and its code.
    """

    message_id: str = ""
    text_id: str = ""
    state: str = ""
    error: str = ""
    submitted: str = ""
    delivered: str = ""
    submit_date: str = ""
    done_date: str = ""
    text: str = ""
    network_error: tuple[int, int] | None = None

    @property
    def final(self) -> bool:
        """Whether no other receipt follows for this message."""
        return self.state in _FINAL

    def spellings(self) -> tuple[str, ...]:
        """Every spelling under which the answer to the submit may have named the message, likeliest first."""
        return tuple(dict.fromkeys(message_id_spellings(self.message_id) + message_id_spellings(self.text_id)))


def parse_receipt(text: bytes, tlvs: Iterable[tuple[int, bytes]] = ()) -> Receipt:
    """Read a receipt from the text and the TLVs of a deliver_sm or data_sm. Never raises."""
    fields = _fields(text.decode("latin-1"))
    tlv_id, state, network_error = "", "", None
    for tag, value in tlvs:
        if tag == TAG_RECEIPTED_MESSAGE_ID:
            tlv_id = tlv_id or value.rstrip(b"\0").decode("latin-1").strip()
        elif tag == TAG_MESSAGE_STATE and len(value) == 1:
            state = state or MESSAGE_STATES.get(value[0], "")
        elif tag == TAG_NETWORK_ERROR_CODE and len(value) == 3:
            network_error = (value[0], int.from_bytes(value[1:]))
    word = fields.get("stat", "").upper()
    text_id = fields.get("id", "")
    return Receipt(
        message_id=tlv_id or text_id,
        text_id=text_id,
        state=state or _OTHER_WORDS.get(word, word),
        error=fields.get("err", ""),
        submitted=fields.get("sub", ""),
        delivered=fields.get("dlvrd", ""),
        submit_date=fields.get("submit", ""),
        done_date=fields.get("done", ""),
        text=fields.get("text", ""),
        network_error=network_error,
    )


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name, start = "", 0
    for match in _KEY.finditer(text):
        if name:
            fields.setdefault(name, text[start : match.start()].strip(" \0\r\n\t,;\"'"))
        key = match[1].lower().replace(" ", "").replace("_", "")
        name, start = _NAMES.get(key, key), match.end()
        if name == "text":  # the rest is the message's own words, whatever keys they seem to hold
            break
    if name:
        rest = text[start:]
        fields.setdefault(name, rest.rstrip("\0") if name == "text" else rest.strip(" \0\r\n\t,;\"'"))
    return fields


def receipt_date(written: str) -> datetime | None:
    """A receipt's date, in the SMSC's own time zone: YYMMDDhhmm, with seconds, or with the century; else None."""
    forms = {10: ("%y%m%d%H%M",), 12: ("%y%m%d%H%M%S", "%Y%m%d%H%M"), 14: ("%Y%m%d%H%M%S",)}
    if not (written.isascii() and written.isdigit()):
        return None
    for form in forms.get(len(written), ()):
        with suppress(ValueError):
            return datetime.strptime(written, form)
    return None


def message_id_spellings(message_id: str) -> tuple[str, ...]:
    """The usual spellings of a message_id, itself first: letter case, zero padding, hexadecimal or decimal."""
    if not message_id:
        return ()
    plain = message_id.strip()
    spellings = [message_id, plain, plain.lower(), plain.upper()]
    bare = plain.lower().removeprefix("0x").lstrip("0") or "0"
    if len(bare) <= 20 and bare.isascii() and bare.isalnum():
        numbers = [bare]
        if bare.isdigit():
            numbers.append(f"{int(bare):x}")
        with suppress(ValueError):
            numbers.append(str(int(bare, 16)))
        for width in (0, *_WIDTHS):
            for number in numbers:
                padded = number.rjust(width, "0")
                spellings += (padded, padded.upper())
    return tuple(dict.fromkeys(spellings))


def build_receipt(
    message_id: str,
    state: str,
    submitted: datetime,
    done: datetime,
    *,
    error: str = "000",
    text: str = "",
    count: int = 1,
) -> bytes:
    """The text of a receipt as Appendix B writes it: ``text`` cut to 20 characters, ``count`` messages submitted."""
    delivered = count if state == "DELIVRD" else 0
    return (
        f"id:{message_id} sub:{count:03d} dlvrd:{delivered:03d} submit date:{submitted:%y%m%d%H%M} "
        f"done date:{done:%y%m%d%H%M} stat:{state} err:{error} text:{text[:20]}"
    ).encode("latin-1", "replace")


def receipt_tlvs(message_id: str, state: str) -> list[tuple[int, bytes]]:
    """The TLVs that say the same as the text of a receipt. Raises ValueError for a state that has no number."""
    if state not in _STATE_NUMBERS:
        raise ValueError(f"no message_state for {state!r}; expected one of {', '.join(_STATE_NUMBERS)}")
    return [
        (TAG_RECEIPTED_MESSAGE_ID, message_id.encode("ascii", "replace") + b"\0"),
        (TAG_MESSAGE_STATE, bytes((_STATE_NUMBERS[state],))),
    ]
