"""Reads a request once: from a frame's fields to the facts the rules and the judge look at."""

from __future__ import annotations

import msgspec

from filters.code import CodeRule
from filters.contract import DIFFERING, CodeValue, Message, Reason
from smppproxy.relay.plan import AccountPlan
from smppproxy.smpp import codec, kernel, text, times
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import RemoteError
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.pdu import SmeAddress
from smppproxy.smpp.segments import Segment, SegmentConflict, TextTwice, segment_of, text_octets

#: Type-of-number values (SMPP 3.4 section 5.2.5).
TON_INTERNATIONAL = 1
TON_ALPHANUMERIC = 5


class Request(msgspec.Struct, gc=False, kw_only=True):
    """What one request says, still in the protocol's terms; with ``status`` and ``reason`` where its shape is wrong."""

    code: CodeValue = None
    extras: tuple[tuple[str, CodeValue], ...] = ()
    source_ton: int = 0
    source: bytes = b""
    recipients: tuple[bytes, ...] = ()
    callback: bytes = b""
    octets: bytes = b""
    data_coding: int = 0
    udhi: bool = False
    segment: Segment | None = None
    registered_delivery: int = 0
    schedule: bytes = b""
    message_id: bytes = b""
    status: int = 0
    reason: Reason | None = None


def code_value(value: bytes | kernel.Differing | None) -> CodeValue:
    """Translate the kernel's sentinel for contradictory TLVs into the gate's word for it."""
    return DIFFERING if isinstance(value, kernel.Differing) else value


def fault_reason(status: int) -> Reason:
    """Name the reason of a fault the kernel found in a frame."""
    return _FAULTS.get(status, Reason.FIELD_BROKEN)


_FAULTS = {
    c.ESME_RINVOPTPARSTREAM: Reason.TLV_STREAM_BROKEN,
    c.ESME_RINVSRCADR: Reason.SENDER_MALFORMED,
    c.ESME_RINVDSTADR: Reason.RECIPIENT_REFUSED,
    c.ESME_ROPTPARNOTALLWD: Reason.TEXT_TWICE,
    c.ESME_RINVOPTPARAMVAL: Reason.SEGMENT_CONFLICT,
}


def read(frame: Frame, plan: AccountPlan) -> Request:
    """Read a request that asks for a text to be carried. Never raises: a broken one carries its status."""
    if frame.fault:
        return Request(status=frame.fault, reason=fault_reason(frame.fault))
    code = plan.code
    request = Request(
        code=code_value(frame.tlv_once(code.tag)),
        source_ton=frame.source_addr_ton,
        source=frame.source_addr,
        callback=_callback(frame),
        data_coding=frame.data_coding,
        registered_delivery=frame.registered_delivery,
        schedule=frame.schedule_delivery_time,
        message_id=frame.message_id,
    )
    if code.extras:
        request.extras = tuple((extra.name, code_value(frame.tlv_once(extra.tag))) for extra in code.extras)
    try:
        if frame.command_id == c.SUBMIT_MULTI:
            request.recipients = _destinations(frame)
        elif frame.destination_addr:
            request.recipients = (frame.destination_addr,)
        request.segment = segment_of(frame)
        if request.segment is not None:
            request.octets = request.segment.octets
        else:
            request.octets, request.udhi = text_octets(frame)
    except RemoteError as error:
        request.status, request.reason = error.command_status, _CONFLICTS.get(type(error), Reason.FIELD_BROKEN)
    return request


_CONFLICTS: dict[type[RemoteError], Reason] = {
    SegmentConflict: Reason.SEGMENT_CONFLICT,
    TextTwice: Reason.TEXT_TWICE,
}


def _destinations(frame: Frame) -> tuple[bytes, ...]:
    addresses = codec.decode(frame.raw).fields["dest_addresses"]
    return tuple(d.addr if isinstance(d, SmeAddress) else d.name for d in addresses)


def messages(frames: list[Frame], plan: AccountPlan, account: str, arrived: float) -> list[Message]:
    """Say plain requests (:func:`~smppproxy.smpp.kernel.sieve`) in the words of the rules, as :func:`message` would.

    What is seldom said is read one by one, and only where it is; the account has no further identities.
    """
    codes = kernel.notes(frames)
    trimmed = {code: plan.rule.trimmed(code) for code in set(codes)}
    columns = (
        frames,
        codes,
        kernel.texts(frames, "source_addr"),
        kernel.texts(frames, "destination_addr"),
        kernel.strings(frames, "schedule_delivery_time"),
        text.all_readings(frames),
    )
    return [
        Message(
            account=account,
            code=trimmed[code],
            sender=sender,
            sender_alphanumeric=(ton := frame.source_addr_ton) == TON_ALPHANUMERIC,
            sender_international=ton == TON_INTERNATIONAL,
            callback=_callback(frame).decode("latin-1"),
            recipients=(recipient,) if recipient else (),
            texts=texts,
            route=plan.route,
            arrived=arrived,
            scheduled=times.moment(schedule, arrived) if schedule else None,
        )
        for frame, code, sender, recipient, schedule, texts in zip(*columns, strict=True)
    ]


def _callback(frame: Frame) -> bytes:
    return (frame.tlv(c.TAG_CALLBACK_NUM) or b"")[3:]  # digit mode, TON and NPI come first


def message(request: Request, plan: AccountPlan, account: str, texts: tuple[str, ...], arrived: float) -> Message:
    """Say the request in the words of the rules. ``arrived`` is Unix time in seconds."""
    rule = plan.rule
    return Message(
        account=account,
        code=rule.trimmed(request.code),
        extras=_extras(request, rule) if request.extras else {},
        sender=request.source.decode("latin-1"),
        sender_alphanumeric=request.source_ton == TON_ALPHANUMERIC,
        sender_international=request.source_ton == TON_INTERNATIONAL,
        callback=request.callback.decode("latin-1"),
        recipients=tuple([recipient.decode("latin-1") for recipient in request.recipients]),
        texts=texts,
        segment=request.segment.number if request.segment is not None else 1,
        route=plan.route,
        arrived=arrived,
        scheduled=times.moment(request.schedule, arrived) if request.schedule else None,
    )


def _extras(request: Request, rule: CodeRule) -> dict[str, str]:
    return {name: extra.trimmed(value) for extra, (name, value) in zip(rule.extras, request.extras, strict=False)}
