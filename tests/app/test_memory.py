"""Memory of a process that is ready."""

from __future__ import annotations

import gc
import types

import pytest

from smppproxy.app import memory


@pytest.fixture(autouse=True)
def _thawed():
    yield
    gc.unfreeze()


@pytest.mark.parametrize("library", [types.SimpleNamespace(malloc_trim=lambda kept: kept), types.SimpleNamespace()])
def test_what_is_there_stays(monkeypatch, library):
    """Whatever the C library can give back."""
    monkeypatch.setattr("ctypes.CDLL", lambda _: library)
    memory.settle()
    assert gc.get_freeze_count() > 0
    assert not gc.get_objects()[1000:]  # what came since


def test_freed_memory_is_given_back():
    kept = [bytearray(50_000) for _ in range(400)]  # below what is given back at once
    top = kept[-1]
    held = _resident()
    kept.clear()
    memory.settle()
    assert _resident() < held - 10_000_000
    assert top


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096
