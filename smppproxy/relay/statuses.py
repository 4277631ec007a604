"""The one map from a Reason to the ``command_status`` a reseller sees (SMPP 3.4 Table 5-2, SMPP 5.0 Table 4-45).

Defaults use SMPP 3.4 statuses only: a vendor status (0x400 and up) makes some widely used client libraries
drop the connection. A permanent refusal never uses a status that clients retry.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from filters.contract import Action, Reason
from filters.policy import REFUSING, TEMPORARY
from smppproxy.smpp.constants import ESME_ROK, ESME_RTHROTTLED

#: Statuses clients answer by sending again: RSYSERR, RMSGQFUL, RTHROTTLED, RX_T_APPN.
RETRYABLE: Final = frozenset({0x08, 0x14, 0x58, 0x64})

_SMPP34: Final[dict[Reason, int]] = {
    Reason.CODE_MISSING: 0xC3,
    Reason.CODE_LENGTH: 0xC2,
    Reason.CODE_FORMAT: 0xC4,
    Reason.CODE_CONFLICT: 0xC4,
    Reason.CODE_UNREGISTERED: 0xC4,
    Reason.CODE_INACTIVE: 0xC4,
    Reason.CODE_NOT_ALLOWED: 0xC4,
    Reason.CODE_SANCTIONED: 0x45,
    Reason.ACCOUNT_SANCTIONED: 0x45,
    Reason.SENDER_MALFORMED: 0x0A,
    Reason.SENDER_UNREGISTERED: 0x0A,
    Reason.SENDER_SPOOFED: 0x0A,
    Reason.SENDER_BLACKLISTED: 0x0A,
    Reason.RECIPIENT_REFUSED: 0x0B,
    Reason.TEXT_GAMBLING: 0x45,
    Reason.TEXT_LOAN: 0x45,
    Reason.TEXT_DRUG: 0x45,
    Reason.TEXT_ADULT: 0x45,
    Reason.TEXT_INVESTMENT: 0x45,
    Reason.TEXT_SMISHING: 0x45,
    Reason.TEXT_SPAM: 0x45,
    Reason.TEXT_UNDECODABLE: 0x45,
    Reason.LINK_REFUSED: 0x45,
    Reason.ADVERT_RULE: 0x45,
    Reason.ACCOUNT_RATE: 0x58,
    Reason.CODE_RATE: 0x58,
    Reason.WINDOW_FULL: 0x58,
    Reason.OVERLOADED: 0x58,
    Reason.QUARANTINE_FULL: 0x58,
    Reason.JUDGE_LATE: 0x58,
    Reason.SERVICE_UNAVAILABLE: 0x58,
    Reason.DRAINING: 0x58,
    Reason.RULE_FAILED: 0x58,
    Reason.TLV_STREAM_BROKEN: 0xC0,
    Reason.TEXT_TWICE: 0xC1,
    Reason.SEGMENT_CONFLICT: 0xC4,
    Reason.FIELD_BROKEN: 0x01,
    Reason.NOT_OWNED: 0x0C,
    Reason.STATE_FORBIDS: 0x04,
    Reason.UPSTREAM_LOST: 0x08,
    Reason.UPSTREAM_ABSENT: 0x08,
    Reason.RESPONSE_TIMEOUT: 0x08,
    Reason.CARRIER_REFUSED: 0x45,
    Reason.RESELLER_GONE: 0x08,
}

_SMPP50: Final[dict[Reason, int]] = {Reason.CODE_SANCTIONED: 0x101, Reason.ACCOUNT_SANCTIONED: 0x101}

_VENDOR: Final[dict[Reason, int]] = {
    Reason.CODE_SANCTIONED: 0x401,
    Reason.ACCOUNT_SANCTIONED: 0x407,
    Reason.CODE_UNREGISTERED: 0x402,
    Reason.CODE_INACTIVE: 0x403,
    Reason.CODE_NOT_ALLOWED: 0x404,
    Reason.CODE_FORMAT: 0x405,
    Reason.CODE_CONFLICT: 0x406,
    Reason.SENDER_MALFORMED: 0x410,
    Reason.SENDER_UNREGISTERED: 0x411,
    Reason.SENDER_SPOOFED: 0x412,
    Reason.SENDER_BLACKLISTED: 0x413,
    Reason.TEXT_GAMBLING: 0x420,
    Reason.TEXT_LOAN: 0x421,
    Reason.TEXT_DRUG: 0x422,
    Reason.TEXT_ADULT: 0x423,
    Reason.TEXT_INVESTMENT: 0x424,
    Reason.TEXT_SMISHING: 0x425,
    Reason.TEXT_SPAM: 0x426,
    Reason.LINK_REFUSED: 0x427,
    Reason.ADVERT_RULE: 0x428,
}

#: Indian DLT error numbers as the carriers publish them: 195 expected TLV missing, 601 entity not registered,
#: 602 inactive, 603 blacklisted, 604 invalid entity id, 605 entity not allowed for this telemarketer,
#: 620 header not found, 622 header blacklisted, 623 entity does not own the header.
_INDIA: Final[dict[Reason, int]] = {
    Reason.CODE_MISSING: 195,
    Reason.CODE_LENGTH: 604,
    Reason.CODE_FORMAT: 604,
    Reason.CODE_CONFLICT: 604,
    Reason.CODE_UNREGISTERED: 601,
    Reason.CODE_INACTIVE: 602,
    Reason.CODE_SANCTIONED: 603,
    Reason.CODE_NOT_ALLOWED: 605,
    Reason.SENDER_UNREGISTERED: 620,
    Reason.SENDER_BLACKLISTED: 622,
    Reason.SENDER_SPOOFED: 623,
}

Table = Mapping[Reason, int]

TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {
        "smpp34": MappingProxyType(_SMPP34),
        "smpp50": MappingProxyType(_SMPP34 | _SMPP50),
        "vendor": MappingProxyType(_SMPP34 | _VENDOR),
        "india-dlt": MappingProxyType(_SMPP34 | _INDIA),
    }
)


def table(name_or_changes: str | Mapping[str, int]) -> Table:
    """Return a status table by name, or smpp34 with the given reasons changed.

    Raises ``KeyError`` for an unknown table name and ``ValueError`` for an unknown reason.
    """
    if isinstance(name_or_changes, str):
        return TABLES[name_or_changes]
    return MappingProxyType(_SMPP34 | {Reason(reason): status for reason, status in name_or_changes.items()})


def status_of(statuses: Table, reason: Reason, action: Action) -> int:
    """Return the status an action on a reason is answered with.

    Where a permanent reason is throttled, that is told by a status that clients retry.
    """
    status = statuses[reason]
    if action is Action.THROTTLE and reason not in TEMPORARY:
        return status if status in RETRYABLE else ESME_RTHROTTLED
    return status if action in REFUSING else ESME_ROK


def retried_though_permanent(statuses: Table) -> list[Reason]:
    """Return the permanent reasons that a table maps to a status clients retry: each would come again and again."""
    return [r for r, status in statuses.items() if status in RETRYABLE and r not in TEMPORARY | {Reason.RESELLER_GONE}]
