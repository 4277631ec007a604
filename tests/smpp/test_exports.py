"""The front door of the protocol: what it names is there, and its own examples run."""

from __future__ import annotations

import inspect
import subprocess
import sys
from struct import pack
from types import ModuleType

import pytest

from smppproxy import smpp
from smppproxy.smpp import errors


@pytest.mark.parametrize("door", [smpp, smpp.text], ids=lambda door: door.__name__)
def test_what_is_named_is_there_once_in_order_and_documented(door: ModuleType) -> None:
    names = door.__all__
    assert names == sorted(set(names))
    for name in names:
        found = getattr(door, name)
        assert not callable(found) or inspect.getdoc(found), name


def test_every_error_of_the_package_is_at_the_door() -> None:
    raised = {name for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, Exception)}
    assert raised <= set(smpp.__all__)


def test_every_error_raised_on_purpose_is_an_smpp_error() -> None:
    for name in smpp.__all__:
        found = getattr(smpp, name)
        if isinstance(found, type) and issubclass(found, Exception):
            assert issubclass(found, smpp.SmppError), name


def test_the_door_opens_no_socket_and_no_clock() -> None:
    code = "import sys, smppproxy.smpp; print([m for m in ('asyncio', 'socket', 'ssl', 'uvloop') if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_the_examples_at_the_door_run(capsys: pytest.CaptureFixture[str]) -> None:
    example = inspect.cleandoc(smpp.__doc__ or "").split("::\n")[1:]
    first, second = ("\n".join(line[4:] for line in part.splitlines() if line.startswith("    ")) for part in example)
    names: dict[str, object] = {}
    exec(first, names)
    names["octets"] = pack(">IIII", 16, smpp.constants.ENQUIRE_LINK, 0, 3)
    exec(second, names)
    assert names["octets_to_write"] == pack(">IIII", 16, smpp.constants.ENQUIRE_LINK_RESP, 0, 3)
    assert capsys.readouterr().out == ""
