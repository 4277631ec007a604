from __future__ import annotations

import pytest

from smppproxy.load.smsc.message_ids import MessageIds


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
