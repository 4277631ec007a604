"""Memory of a process that is ready."""

from __future__ import annotations

import gc
import types
import weakref

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


class Knot:
    """What only the collector frees."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def collector():
    memory.settle()
    took: list[float] = []
    made = memory.Collector(took.append)
    gc.collect()
    yield made, took
    made.close()
    assert gc.isenabled()


def test_nothing_is_collected_between_two_ticks(collector):
    made, took = collector
    one = weakref.ref(Knot())
    for _ in range(5 * gc.get_threshold()[0]):
        Knot()
    assert one() is not None
    made.tick(quiet=False)
    assert one() is None
    assert len(took) == 1


def test_a_tick_does_nothing_where_little_has_grown(collector):
    made, took = collector
    one = weakref.ref(Knot())
    made.tick(quiet=True)
    assert one() is not None
    assert took == []


@pytest.mark.parametrize(("quiet", "most"), [(True, memory.OLD_QUIET), (False, memory.OLD_BUSY)])
def test_what_became_garbage_late_does_not_stay(collector, quiet, most):
    made, _ = collector
    old = Knot()
    kept = [[] for _ in range(memory.NEW)]
    made.tick(quiet=quiet)  # it is old from now on
    one = weakref.ref(old)
    del old
    grown = memory.NEW
    while one() is not None:
        assert grown <= most
        kept += [[] for _ in range(memory.NEW)]
        grown += memory.NEW
        made.tick(quiet=quiet)
    assert grown > most // 2


def test_what_connections_leave_is_bounded_without_a_quiet_moment(collector):
    made, _ = collector
    most = 0
    for _ in range(100):
        for _ in range(300):
            Knot()
        made.tick(quiet=False)
        most = max(most, len(gc.get_objects()))
    assert most < 3 * memory.NEW + 1000


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096
