"""``[policy]``: what is done about each reason, and who is exempt; ``[quarantine]``: how much is held, how long."""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from filters.contract import Action, Reason
from filters.exemptions import NEVER, Exemption, spelled
from filters.policy import TEMPORARY, Policy
from smppproxy.app.settings.values import Count, Duration, Items, Octets, Section, SystemId, Texts, option, refuse

#: Reasons that rules find. What else there is (a full window, a broken field, a lost link) is nobody's to decide.
DECIDABLE: Final = (
    *(Reason.CODE_MISSING, Reason.CODE_LENGTH, Reason.CODE_FORMAT, Reason.CODE_CONFLICT, Reason.CODE_UNREGISTERED),
    *(Reason.CODE_INACTIVE, Reason.CODE_NOT_ALLOWED, Reason.CODE_SANCTIONED, Reason.ACCOUNT_SANCTIONED),
    *(Reason.SENDER_MALFORMED, Reason.SENDER_UNREGISTERED, Reason.SENDER_SPOOFED, Reason.SENDER_BLACKLISTED),
    *(Reason.RECIPIENT_REFUSED, Reason.LINK_REFUSED, Reason.ADVERT_RULE),
    *(Reason.TEXT_GAMBLING, Reason.TEXT_LOAN, Reason.TEXT_DRUG, Reason.TEXT_ADULT, Reason.TEXT_INVESTMENT),
    *(Reason.TEXT_SMISHING, Reason.TEXT_SPAM, Reason.ACCOUNT_RATE, Reason.CODE_RATE, Reason.RULE_FAILED),
)

#: Longest name a handset shows in the place of a number: 11 characters of the GSM alphabet (3GPP TS 23.040 9.1.2.5).
NAME_LIMIT: Final = 11

SOON: Final = 30 * 86_400.0  # s before its end from which `check` warns of an exemption


def senseless(reason: Reason, action: Action) -> str:
    """Return what is to be written instead of a row that makes no sense; "" for a sound one."""
    if reason in NEVER and action in (Action.FORWARD, Action.OBSERVE, Action.REWRITE):
        return "refuse, throttle, quarantine or swallow: a sanction that is not to count is lifted where it was made"
    if reason in TEMPORARY and action is Action.REFUSE:
        return "throttle: this passes by itself, and the client does right to come again"
    if reason in TEMPORARY and action in (Action.SWALLOW, Action.REWRITE):
        return "throttle, forward, observe or quarantine: nothing is known against the message"
    if reason is Reason.RECIPIENT_REFUSED and action is Action.REWRITE:
        return "refuse, forward, observe, quarantine or swallow: another sender makes no other recipient"
    return ""


def _rows(value: Any) -> Any:
    if not isinstance(value, Mapping):
        refuse("a table of reasons and actions", 'write text_smishing = "quarantine"')
    return value


def _sender(value: str) -> str:
    if value and not re.fullmatch(rf"[ -~]{{1,{NAME_LIMIT}}}", value):
        refuse(f'a name of 1 to {NAME_LIMIT} ASCII characters, such as "Likely-SCAM"')
    return value


def _moment(value: Any) -> datetime.datetime:
    if isinstance(value, str):
        try:
            kind = datetime.date if len(value) == len("2027-06-30") else datetime.datetime
            value = kind.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, datetime.datetime):
        return value if value.tzinfo else value.astimezone()
    if not isinstance(value, datetime.date):
        refuse("a date such as 2027-06-30 (its last day), or a time")
    # the whole of that day is meant
    return datetime.datetime.combine(value + datetime.timedelta(days=1), datetime.time()).astimezone()


Moment = Annotated[
    datetime.datetime,
    BeforeValidator(_moment),
    PlainSerializer(lambda moment: moment.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Line = Annotated[str, Field(min_length=1, max_length=500)]
Actions = Annotated[dict[str, Action], BeforeValidator(_rows)]


class ExemptionRow(Section):
    """``[[policy.exempt]]``: senders that rules are not to stop, such as those of one-time passwords."""

    name: Annotated[str, Field(min_length=1, max_length=64)] = option(..., "what it is called in traces and findings")
    owner: Line = option(..., "who answers for it: a name people can ask")
    why: Line = option(..., "the reason, for those who read this later")
    until: Moment = option(..., "its last day (local time), or a time; after it it has no effect")
    accounts: Annotated[tuple[SystemId, ...], Items] = option((), "whose messages; [] = of any account")
    codes: Texts = option((), "codes of first senders; [] = any")
    senders: Texts = option((), "sender numbers or names as they stand in the message; [] = any")
    reasons: Annotated[tuple[Reason, ...], Items] = option((), "which reasons; [] = see `rules`")
    rules: Texts = option((), "all that these rules find; both [] = all but sanctions")

    @model_validator(mode="after")
    def _names_somebody(self) -> ExemptionRow:
        if not (self.accounts or self.codes or self.senders):
            refuse("accounts, codes or senders", "an exemption of everybody would switch rules off")
        return self

    def told(self) -> Exemption:
        """Return what the policy is told."""
        return Exemption(
            name=self.name,
            owner=self.owner,
            why=self.why,
            until=self.until.timestamp(),
            accounts=frozenset(self.accounts),
            codes=frozenset(self.codes),
            senders=frozenset(map(spelled, self.senders)),
            reasons=frozenset(self.reasons),
            rules=frozenset(self.rules),
        )


class PolicyTable(Section):
    """``[policy]``: what is done about what rules find. The first finding whose action stops the message decides."""

    actions: Actions = option({}, "reason = action; what is absent is refused, or throttled where it passes by itself")
    rewrite_sender: Annotated[str, AfterValidator(_sender)] = option(
        "", 'the sender that `rewrite` writes where the rule names none, such as "Likely-SCAM"'
    )
    exempt: Annotated[tuple[ExemptionRow, ...], Items] = option((), "see `[[policy.exempt]]`")

    def told(self) -> Policy:
        """Return the policy. Raises ValueError where ``rewrite`` has nothing to write; `check` says so before."""
        return Policy(self.table, self.rewrite_sender, [row.told() for row in self.exempt])

    @property
    def table(self) -> dict[Reason, Action]:
        """The rows that were given; those of no reason are left out, `check` says so before."""
        known = {reason.value: reason for reason in DECIDABLE}
        return {known[name]: action for name, action in self.actions.items() if name in known}

    @property
    def holds(self) -> bool:
        """Whether some message may be quarantined."""
        return Action.QUARANTINE in self.actions.values()


class QuarantineSection(Section):
    """``[quarantine]``: messages whose action is `quarantine` are held until a person releases or drops them."""

    hold: Duration = option(3 * 86_400.0, "after which a message nobody looked at expires", unit="s")
    messages: Count = option(10_000, "most that are held at once; more are answered 0x58", unit="messages")
    octets: Octets = option(64 << 20, "the same for their octets", unit="octets")
    receipts: Literal["asked", "never"] = option(
        "asked", "asked: a message dropped or expired brings a receipt where the client asked for one; never"
    )
    retention: Count = option(90, "how long it is remembered what became of a message", unit="days")


def ends_soon(row: ExemptionRow, now: float | None = None) -> str:
    """Return what `check` warns of: an exemption that has ended, or ends within 30 days; "" for neither."""
    now = time.time() if now is None else now
    left = row.until.timestamp() - now
    if left <= 0:
        return f"has ended on {row.until:%Y-%m-%d} and is without effect"
    if left <= SOON:
        return f"ends in {left / 86_400:.0f} days; {row.owner} answers for it"
    return ""
