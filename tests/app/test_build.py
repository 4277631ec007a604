"""From settings to what the relay is told: the policy where a country's rule rewrites senders."""

from __future__ import annotations

from pathlib import Path

import pytest

from filters.contract import Action, Reason
from smppproxy.app import build
from smppproxy.app.settings import parse

BASE = """
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
"""


@pytest.mark.parametrize(
    ("more", "action"),
    [
        ("", Action.REFUSE),
        ('[filters.sender]\npreset = "sg-ssir"\n', Action.REWRITE),
        ('[filters.sender]\npreset = "sg-ssir"\nunregistered = "refuse"\n', Action.REFUSE),
        (
            '[filters.sender]\npreset = "sg-ssir"\n[policy.actions]\nsender_unregistered = "quarantine"\n',
            Action.QUARANTINE,
        ),
    ],
)
def test_a_sender_that_is_not_registered(more: str, action: Action) -> None:
    settings = parse(BASE + more, Path("x.toml"), environment={}).settings
    assert build.policy(settings).action(Reason.SENDER_UNREGISTERED) is action
