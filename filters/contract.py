"""The words every rule, the policy and the relay share: Message, Reason, Finding, Decision.

A rule *finds*, the policy *decides*, the relay *does*. Nothing here knows SMPP: tags, fields and
statuses are read and written by the relay, which fills a :class:`Message` once per text.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Final, Literal, Protocol

import msgspec


class Mode(StrEnum):
    """How far a filter may go. ``observe`` records what it would have done and forwards."""

    OFF = "off"
    OBSERVE = "observe"
    ENFORCE = "enforce"


#: What happens to a message when a rule cannot judge it: pass it on, or ask the sender to come back later.
OnError = Literal["forward", "refuse"]


class Reason(StrEnum):
    """Why something happened to a request: a closed list, used in answers, traces, metrics and docs."""

    # the first sender's code
    CODE_MISSING = "code_missing"
    CODE_LENGTH = "code_length"
    CODE_FORMAT = "code_format"
    CODE_CONFLICT = "code_conflict"
    CODE_UNREGISTERED = "code_unregistered"
    CODE_INACTIVE = "code_inactive"
    CODE_NOT_ALLOWED = "code_not_allowed"
    CODE_SANCTIONED = "code_sanctioned"
    ACCOUNT_SANCTIONED = "account_sanctioned"
    # sender and destination
    SENDER_MALFORMED = "sender_malformed"
    SENDER_UNREGISTERED = "sender_unregistered"
    SENDER_SPOOFED = "sender_spoofed"
    SENDER_BLACKLISTED = "sender_blacklisted"
    RECIPIENT_REFUSED = "recipient_refused"
    # what the text says
    TEXT_GAMBLING = "text_gambling"
    TEXT_LOAN = "text_loan"
    TEXT_DRUG = "text_drug"
    TEXT_ADULT = "text_adult"
    TEXT_INVESTMENT = "text_investment"
    TEXT_SMISHING = "text_smishing"
    TEXT_SPAM = "text_spam"
    TEXT_UNDECODABLE = "text_undecodable"
    LINK_REFUSED = "link_refused"
    ADVERT_RULE = "advert_rule"
    # how much
    ACCOUNT_RATE = "account_rate"
    CODE_RATE = "code_rate"
    WINDOW_FULL = "window_full"
    OVERLOADED = "overloaded"
    QUARANTINE_FULL = "quarantine_full"
    JUDGE_LATE = "judge_late"
    SERVICE_UNAVAILABLE = "service_unavailable"
    DRAINING = "draining"
    # the shape of the request
    TLV_STREAM_BROKEN = "tlv_stream_broken"
    TEXT_TWICE = "text_twice"
    SEGMENT_CONFLICT = "segment_conflict"
    FIELD_BROKEN = "field_broken"
    NOT_OWNED = "not_owned"
    STATE_FORBIDS = "state_forbids"
    # the carrier's side
    UPSTREAM_LOST = "upstream_lost"
    UPSTREAM_ABSENT = "upstream_absent"
    RESPONSE_TIMEOUT = "response_timeout"
    CARRIER_REFUSED = "carrier_refused"
    RESELLER_GONE = "reseller_gone"
    # our own
    RULE_FAILED = "rule_failed"


class Differing(Enum):
    """What stands for the code when a request carries two that differ."""

    DIFFERING = "two codes that differ"


DIFFERING: Final = Differing.DIFFERING

#: The first sender's code as the wire held it: octets, ``None`` when absent, ``DIFFERING`` when contradictory.
CodeValue = bytes | None | Literal[Differing.DIFFERING]


class Message(msgspec.Struct, gc=False, kw_only=True):
    """One text to one or more numbers, decoded once. Times are Unix seconds."""

    account: str
    code: str = ""  # the first sender's code after trimming; "" when absent
    extras: dict[str, str] = {}  # further identities by configured name, e.g. {"relay": "0009"}
    sender: str = ""
    sender_alphanumeric: bool = False
    sender_international: bool = False
    callback: str = ""  # the number a reply would go to, where it differs from the sender
    recipients: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()  # the declared reading first, then any other that is plausible
    segment: int = 1  # its number among the segments of one text; those beyond the first are no further message
    complete: bool = True  # False while segments of the text are still to come
    route: str = "domestic"
    arrived: float = 0.0
    scheduled: float | None = None


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What one rule saw. ``evidence`` is for people; it never holds a recipient or a whole text."""

    reason: Reason
    rule: str
    evidence: str = ""
    score: float = 1.0
    enforce: bool = True  # False: the rule is in observe mode, the finding is recorded only
    recipients: tuple[str, ...] = ()  # the destinations it concerns; empty: the whole message
    rewrite: str = ""  # the sender to write where the policy rewrites; "" = the policy's own


class Action(StrEnum):
    """What the policy can decide.

    ``REFUSE`` is permanent, ``THROTTLE`` asks the sender to come back later, ``QUARANTINE`` holds the message for a
    person, ``SWALLOW`` says yes and sends nothing, ``REWRITE`` sends it in another sender's name. ``FORWARD`` lets the
    finding pass, ``OBSERVE`` does so too and records it as a rule in observe mode would.
    """

    FORWARD = "forward"
    REFUSE = "refuse"
    THROTTLE = "throttle"
    QUARANTINE = "quarantine"
    SWALLOW = "swallow"
    REWRITE = "rewrite"
    OBSERVE = "observe"


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What to do with a message, the reason that decided, and everything that was found."""

    action: Action = Action.FORWARD
    reason: Reason | None = None
    findings: tuple[Finding, ...] = ()
    rewrite_sender: str = ""  # to be written in the sender's place where the message goes on
    rewrite: Finding | None = None  # what asks for that


FORWARD: Final = Decision()


class Rule(Protocol):
    """One rule. ``check`` is called on the data path: no I/O, no waiting, linear time in the message.

    ``name`` is the word of its settings section. What ``check`` raises harms no other rule and no session: it is
    counted, and the message goes the way of ``on_error``. In mode ``observe`` nothing a rule finds can refuse.
    """

    name: str
    mode: Mode
    on_error: OnError

    def check(self, message: Message) -> Finding | None:
        """Return what is wrong with the message, or None."""
        ...
