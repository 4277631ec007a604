"""What would become of a message: the whole gate on one that is made up here and goes nowhere.

The message is built as a real ``submit_sm`` and read the way every request is, so that what is explained is what
happens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from filters.contract import Decision, Finding, Message, Mode
from filters.gate import Gate
from filters.ports import CodeEntry, ListEntry, Pattern, SenderEntry
from filters.sanctions import OwnPace, Sanctions
from smppproxy.app import build
from smppproxy.app.guests import GuestError
from smppproxy.app.rules import RuleBooks
from smppproxy.app.settings import Account, Settings
from smppproxy.app.settings.passwords import octets_of
from smppproxy.relay import intake
from smppproxy.relay.plan import AccountPlan
from smppproxy.relay.statuses import status_of
from smppproxy.smpp import codec, kernel, text
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.pdu import Pdu

if TYPE_CHECKING:  # they bring onnxruntime, which control loads for the first question only
    from filters.text.explain import Explanation
    from filters.text.filter import TextFilter

#: Longest text ``short_message`` holds (SMPP 3.4 section 4.4.1); a longer one travels in message_payload.
SHORT_MESSAGE_LIMIT = 254


class DraftError(ValueError):
    """The message cannot be made. The text says what is wrong, what was expected and what to do."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A message as a person words it. ``account`` None: the first of the configuration."""

    text: str
    account: str | None = None
    code: str | None = None  # None: no TLV
    extras: Mapping[str, str] = {}
    sender: str = ""
    recipient: str = ""
    data_coding: int | None = None  # None: 0x00 where the GSM alphabet has every character, else 0x08


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate makes of a draft, and from what."""

    account: str
    decision: Decision
    command_status: int  # what the reseller would see; 0 also where the message is held or swallowed
    message: Message
    data_coding: int
    throttled: tuple[str, ...]  # what lets only so many a second pass, in words; this one message is within it
    modes: dict[str, str]  # by rule
    reading: int | None  # which of ``message.texts`` is explained; None: texts are not judged
    explanation: Explanation | None
    thresholds: dict[str, float]


class NoBook:
    """The books of a state directory in which nothing was registered yet."""

    version = 0
    blocks_senders = False
    blocks_hosts = False

    def code(self, code: str) -> CodeEntry | None:
        """Return None: no code is registered."""
        return None

    def sender(self, number: str) -> SenderEntry | None:
        """Return None: no sender is registered."""
        return None

    def listed(self, kind: str, key: str) -> ListEntry | None:
        """Return None: nothing is listed."""
        return None

    def clusters(self) -> tuple[int, list[bytes]]:
        """No text is under sanction."""
        return 0, []

    def patterns(self) -> tuple[int, list[Pattern]]:
        """Return no patterns."""
        return 0, []


def dry_run(
    settings: Settings,
    book: RuleBooks,
    draft: Draft,
    now: float,
    *,
    load: Callable[[Settings], TextFilter | None] = build.text_filter,
) -> Outcome:
    """Judge a draft. ``now`` is Unix time in seconds; ``load`` gives the judge of texts.

    Raises DraftError, and ``filters.text.filter.ModelError`` where the model cannot be used.
    """
    account = _account(settings, draft.account)
    plan = build.plan(settings, build.Rules(book, now), number=0, workers=1).accounts[octets_of(account.system_id)]
    judge = load(settings)
    try:
        gate = build.gate(settings, judge, book)
    except GuestError as error:
        raise DraftError(str(error)) from error
    data_coding = text.data_coding_for(draft.text) if draft.data_coding is None else draft.data_coding
    request = intake.read(_frame(plan, draft, data_coding), plan)
    if request.code is None and plan.code.inject:
        request.code = plan.code.inject
    readings = text.readings(request.octets, data_coding) if request.octets else ()
    message = intake.message(request, plan, account.system_id, readings, now)

    stands = build.sanctions(settings, book, OwnPace())
    findings = _identities(gate, plan, request)
    against, throttles = _sanctions(gate, stands, message, now)
    findings += against
    findings += gate.check(message)
    reading, explanation = None, None
    if judge is not None and readings:
        reading, found = _worst(gate, judge, readings, plan.route)
        findings += [found] if found is not None else []
        explanation = judge.explain(readings[reading])
    decision = gate.decide(findings, message)
    reason = decision.reason
    return Outcome(
        account=account.system_id,
        decision=decision,
        command_status=status_of(plan.statuses, reason, decision.action) if reason is not None else c.ESME_ROK,
        message=message,
        data_coding=data_coding,
        throttled=(*throttles, *_throttles(plan, request)),
        modes={
            "sanction": Mode.ENFORCE.value,
            "code": plan.rule.mode.value,
            **{rule.name: rule.mode.value for rule in gate.rules},
        }
        | {"text": settings.filters.text.mode.value},
        reading=reading,
        explanation=explanation,
        thresholds=judge.thresholds if judge is not None else {},
    )


def _account(settings: Settings, name: str | None) -> Account:
    for account in settings.accounts:
        if name is None or account.system_id == name:
            return account
    if name is None:
        raise DraftError("the configuration lists no account; add an [[accounts]] table")
    listed = ", ".join(account.system_id for account in settings.accounts[:10]) or "none"
    raise DraftError(f"account {name!r} is not listed, its bind would be answered 0x0D; listed: {listed}")


def _frame(plan: AccountPlan, draft: Draft, data_coding: int) -> Frame:
    tlvs = []
    if any("\ud800" <= character <= "\udfff" for character in draft.text):
        raise DraftError("the text holds octets that are no UTF-8; give it in UTF-8")
    try:
        octets = text.encode(draft.text, data_coding)
        if len(octets) > c.MAX_TLV_OCTETS:
            raise DraftError(
                f"the text takes {len(octets)} octets in data_coding 0x{data_coding:02X}; a message holds at most "
                f"{c.MAX_TLV_OCTETS}"
            )
        if draft.code is not None:
            tlvs.append((plan.code.tag, plan.rule.encoded(draft.code)))
        for name, value in draft.extras.items():
            tlvs.append(_extra(plan, name, value))
        if len(octets) > SHORT_MESSAGE_LIMIT:
            tlvs.append((c.TAG_MESSAGE_PAYLOAD, octets))
            octets = b""
        ton, sender = _sender(draft.sender)
        fields = {
            "source_addr_ton": ton,
            "source_addr": _octets("sender", sender),
            "destination_addr": _octets("recipient", draft.recipient),
            "data_coding": data_coding,
            "short_message": octets,
        }
        raw = codec.encode(Pdu(command=c.SUBMIT_SM, sequence=1, fields=fields, tlvs=tlvs))
    except (ValueError, LocalMisuse) as error:
        raise DraftError(str(error)) from error
    return kernel.cut(raw, len(raw))[0][0]


def _extra(plan: AccountPlan, name: str, value: str) -> tuple[int, bytes]:
    for tlv, rule in zip(plan.code.extras, plan.rule.extras, strict=True):
        if tlv.name == name:
            return tlv.tag, rule.encoded(value)
    configured = ", ".join(tlv.name for tlv in plan.code.extras) or "none"
    raise DraftError(f"{name!r} is no [[filters.code.extra]] of this configuration; configured: {configured}")


def _octets(what: str, value: str) -> bytes:
    if not value.isascii():
        raise DraftError(f"{what} {value!r}: expected ASCII digits or letters")
    return value.encode("ascii")


def _sender(sender: str) -> tuple[int, str]:
    if sender.startswith("+"):
        return intake.TON_INTERNATIONAL, sender[1:]
    if sender and not sender.isdigit():
        return intake.TON_ALPHANUMERIC, sender
    return 0, sender


def _identities(gate: Gate, plan: AccountPlan, request: intake.Request) -> list[Finding]:
    found = []
    try:
        found.append(plan.rule.judge(request.code, plan.allowed))
        found += [extra.judge(value) for extra, (_, value) in zip(plan.rule.extras, request.extras, strict=True)]
    except Exception as error:  # what a book raises; the gate says what the rule's on_error makes of it
        found.append(gate.failed(plan.rule, error))
    return [finding for finding in found if finding is not None]


def _sanctions(gate: Gate, stands: Sanctions, message: Message, now: float) -> tuple[list[Finding], list[str]]:
    """What stands against the account, and against the sender, the text or a link; and how the account is throttled."""
    found, throttles = [], []
    try:
        against = stands.account(message.account)
        if against is not None and not against.refuses:
            throttles.append(_throttle("the account", against.rate))
        found.append(stands.of_account(message.account, now))
        found.append(stands.messages.check(message) if stands.messages is not None else None)
    except Exception as error:
        found.append(gate.failed(stands.messages, error) if stands.messages is not None else None)
    return [finding for finding in found if finding is not None], throttles


def _throttles(plan: AccountPlan, request: intake.Request) -> list[str]:
    """How the code and the identities beside it are throttled."""
    values = [request.code, *(value for _, value in request.extras)]
    named = ((rule, rule.trimmed(value)) for rule, value in zip((plan.rule, *plan.rule.extras), values, strict=False))
    return [_throttle(text, rule.throttled[text]) for rule, text in named if text in rule.throttled]


def _throttle(what: str, rate: float) -> str:
    return f"{what} to {rate:g} messages a second"


def _worst(gate: Gate, judge: TextFilter, readings: tuple[str, ...], route: str) -> tuple[int, Finding | None]:
    """The reading that weighs most against the message, and the finding; the first where none does."""
    worst, place = None, 0
    for index, verdict in enumerate(judge.judge(judge.prepare_many(readings))):
        found = gate.judged(verdict, route)
        if found is not None and (worst is None or (found.enforce, found.score) > (worst.enforce, worst.score)):
            worst, place = found, index
    return place, worst
