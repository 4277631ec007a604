from __future__ import annotations

import pytest

from smppproxy.load import wire
from smppproxy.load.smsc.message_ids import MessageIds
from smppproxy.smpp import kernel


@pytest.mark.parametrize("style", ["hex", "decimal", "uuid"])
def test_knows_what_it_issued(style):
    ids = MessageIds(style, seed=3)
    issued = [ids.next() for _ in range(40)]
    assert len(set(issued)) == 40
    assert all(ids.issued(message_id) for message_id in issued)
    ahead = MessageIds(style, seed=3)
    assert not any(ahead.issued(message_id) for message_id in issued)
    assert not any(ids.issued(junk) for junk in (b"", b"junk", b"-", b"00", b"99999999"))


def test_uuid_has_the_form_of_one():
    from uuid import UUID

    assert UUID(MessageIds("uuid").next().decode())


@pytest.mark.parametrize("style", ["hex", "decimal", "uuid"])
def test_prepared_responses_are_those_made_one_by_one(style):
    one, many = MessageIds(style, seed=5), MessageIds(style, seed=5)
    expected, seen = [], b""
    for size in (1, 3, 250, 1, 700, 20):
        numbers = list(range(size))
        expected += [wire.pack(0x80000004, number, one.next() + b"\0") for number in numbers]
        seen += b"".join(many.responses(numbers))
        assert many.next() == one.next()
    assert seen == b"".join(expected)


def test_numbers_start_again_when_the_digits_are_used_up():
    ids = MessageIds("hex")
    ids.last = 0xFFFFFFFE
    pieces = b"".join(ids.responses([1, 2, 3]))
    assert [frame.message_id for frame in kernel.cut(pieces, 100)[0]] == [b"ffffffff", b"00000001", b"00000002"]
