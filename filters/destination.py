"""Where messages may go: countries, premium ranges, and a policy of its own for international traffic.

Of a message to several numbers only those are refused that are not served.
"""

from __future__ import annotations

from typing import Final

import msgspec

from filters.contract import Finding, Message, Mode, OnError, Reason
from filters.numbers import KOREA, Kind, are_korean_mobiles, is_korean_mobile, recall

#: Ranges whose caller pays the owner: Korean 060, international premium rate (979) and universal shared cost (808)
#: numbers, and satellite and network codes (870, 881 to 883), which are sold for the same purpose.
PREMIUM: Final = ("8260", "808", "870", "881", "882", "883", "979")


# a member looked up by its class costs a quarter of a microsecond
_INVALID: Final = Kind.INVALID
_NAME: Final = Kind.ALPHANUMERIC
_MOBILES: Final = KOREA + "10"


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """What one route may reach. Prefixes are digits of the number in E.164 without ``+``, calling code first."""

    allow: tuple[str, ...] = ()  # prefixes; () = everywhere
    deny: tuple[str, ...] = ()  # prefixes, stronger than allow
    premium: tuple[str, ...] = PREMIUM  # prefixes refused as premium numbers
    malformed: bool = False  # numbers that fit no plan may pass
    recipients: int = 0  # most recipients of one request; 0 = any


class DestinationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The section ``[filters.destination]``."""

    mode: Mode = Mode.OFF
    country: str = KOREA  # calling code of the home country
    domestic: Zone = Zone()
    international: Zone = Zone()  # for accounts whose route is international
    on_error: OnError = "forward"


class DestinationRule:
    """``[filters.destination]``."""

    __slots__ = ("_domestic", "_international", "_mobile", "_own", "mode", "name", "on_error", "settings")

    def __init__(self, settings: DestinationSettings) -> None:
        self.settings = settings
        self.name = "destination"
        self.mode = settings.mode
        self.on_error: OnError = settings.on_error
        self._domestic = settings.domestic
        self._international = settings.international
        self._own = settings.country
        #: whether numbers of Korean mobiles are served without a further look, on either route
        self._mobile = tuple(
            settings.country == KOREA and _serves_mobiles(zone) for zone in (self._domestic, self._international)
        )

    def check(self, message: Message) -> Finding | None:
        """Return which recipients are not served, or None. Raises nothing."""
        zone = self._international if message.route == "international" else self._domestic
        recipients = message.recipients
        mobile = self._mobile[zone is self._international]
        if mobile and not zone.recipients and are_korean_mobiles(recipients):  # nearly all messages
            return None
        if zone.recipients and len(recipients) > zone.recipients:
            return self._found(f"{len(recipients)} recipients, at most {zone.recipients} are allowed in one request")
        refused: list[str] = []
        evidence = ""
        for recipient in recipients:
            if mobile and is_korean_mobile(recipient):
                continue
            fault = self._fault(recipient, zone)
            if fault:
                if not recipient.isdigit() and recall(recipient, 0, 0, self._own).kind is Kind.ALPHANUMERIC:
                    return self._found(fault)  # a distribution list cannot be taken out of the request
                refused.append(recipient)
                evidence = evidence or fault
        if not refused:
            return None
        if len(refused) == len(recipients):
            return self._found(evidence)
        return self._found(f"{len(refused)} of {len(recipients)} recipients, the first: {evidence}", tuple(refused))

    def _fault(self, recipient: str, zone: Zone) -> str:
        """Why a recipient is not served, "" where it is. Says nothing of the number itself."""
        number = recall(recipient, 0, 0, self._own)
        kind, e164 = number.kind, number.e164
        if kind is _INVALID:
            return "" if zone.malformed else f"malformed number: {number.fault}"
        if kind is _NAME:
            return "" if zone.malformed else "a name: the recipients behind it cannot be told"
        if zone.deny and e164.startswith(zone.deny):
            return f"calling code {number.country} is denied"
        if zone.premium and e164.startswith(zone.premium):
            return "a premium number"
        if zone.allow and not e164.startswith(zone.allow):
            return f"calling code {number.country} is not allowed"
        return ""

    def _found(self, evidence: str, recipients: tuple[str, ...] = ()) -> Finding:
        return Finding(
            Reason.RECIPIENT_REFUSED,
            self.name,
            evidence,
            enforce=self.mode is Mode.ENFORCE,
            recipients=recipients,
        )


def _serves_mobiles(zone: Zone) -> bool:
    """Whether a zone says the same of every Korean mobile, and that it is served."""
    refused = any(_MOBILES.startswith(prefix) or prefix.startswith(_MOBILES) for prefix in (*zone.deny, *zone.premium))
    return not refused and (not zone.allow or any(_MOBILES.startswith(prefix) for prefix in zone.allow))
