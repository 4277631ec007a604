from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smppproxy.load import wire
from smppproxy.smpp import kernel


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF), st.binary(max_size=300), st.integers(0, 0xFFFFFFFF))
def test_pack_is_what_the_kernel_cuts(command_id, sequence, body, status):
    frames, used, fault = kernel.cut(wire.pack(command_id, sequence, body, status), 70_000)
    (frame,) = frames
    assert (used, fault) == (16 + len(body), 0)
    assert (frame.command_id, frame.command_status, frame.sequence_number, frame.body) == (
        command_id,
        status,
        sequence,
        body,
    )


def test_sequence_wraps():
    assert wire.after(0) == 1
    assert wire.after(wire.SEQUENCE_LAST) == 1


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=8))
def test_checksum_ignores_order_and_sees_a_change(bodies):
    total = sum(map(wire.body_hash, bodies))
    assert sum(map(wire.body_hash, reversed(bodies))) == total
    changed = [bytes([bodies[0][0] ^ 1]) + bodies[0][1:], *bodies[1:]]
    assert wire.checksum_text(sum(map(wire.body_hash, changed))) != wire.checksum_text(total)
