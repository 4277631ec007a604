"""The code's TLV on its way to the carrier; every other octet stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from smppproxy.relay.plan import CodeTlv, Forward
from smppproxy.relay.rewrite import rewritten
from smppproxy.smpp import kernel

Make = Callable[..., Any]

AROUND = [(0x3999, b"\0\xff"), (0x0005, b"\1")]


def framed(octets: bytes) -> Any:
    frames, _, _ = kernel.cut(octets, 70_000)
    return frames[0]


@pytest.mark.parametrize(
    ("code", "sent", "expected"),
    [
        (CodeTlv(), b"301150232", [(0x1400, b"301150232")]),
        (CodeTlv(forward=Forward.STRIP), b"301150232", []),
        (CodeTlv(forward=Forward.RENAME, rename_to=0x1500), b"301150232", [(0x1500, b"301150232")]),
        (CodeTlv(inject=b"301150299"), b"301150232", [(0x1400, b"301150232")]),
        (CodeTlv(forward=Forward.STRIP), None, []),
    ],
)
def test_the_code_is_kept_stripped_or_renamed(
    talk: Any, code: CodeTlv, sent: bytes | None, expected: list[tuple[int, bytes]]
) -> None:
    frame = framed(talk.submit(7, code=sent, tlvs=AROUND))
    forwarded = rewritten(frame, code)
    assert forwarded.tlvs() == expected + AROUND
    assert forwarded.length == len(forwarded.raw)
    fixed = len(framed(talk.submit(7, code=None)).raw)
    assert forwarded.raw[4:fixed] == frame.raw[4:fixed]


def test_a_code_is_inserted_where_there_is_none(talk: Any) -> None:
    frame = framed(talk.submit(7, code=None, tlvs=AROUND))
    assert rewritten(frame, CodeTlv(inject=b"301150299")).tlvs() == [*AROUND, (0x1400, b"301150299")]


def test_what_is_injected_is_judged_and_forwarded(street: Make, talk: Any) -> None:
    at = street(account={"code": CodeTlv(inject=b"301150232")})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, code=None), talk.submit(2, code=talk.SUSPENDED))
    [asked] = smsc.reads()
    assert asked.tlvs == [(0x1400, b"301150232")]
    assert reseller.statuses() == [(0x45, 2)]
