"""A configuration that loads, and the means to spoil it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from smppproxy.app.settings import Fault, Loaded, SettingsError, parse

GOOD = """\
[[listeners]]
address = "127.0.0.1:0"

[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"

[[accounts]]
system_id = "reseller1"
password = "secret"
upstream = "smsc"
"""


@pytest.fixture
def good() -> str:
    return GOOD


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Loaded]:
    """Load text as if it stood in a file of tmp_path."""

    def read(text: str, **given: object) -> Loaded:
        given.setdefault("environment", {})
        return parse(text, tmp_path / "proxy.toml", **given)  # type: ignore[arg-type]

    return read


@pytest.fixture
def faults(read: Callable[..., Loaded]) -> Callable[..., dict[str, Fault]]:
    """The faults of a text by key."""

    def faults(text: str, **given: object) -> dict[str, Fault]:
        with pytest.raises(SettingsError) as caught:
            read(text, **given)
        return {fault.key: fault for fault in caught.value.faults}

    return faults
