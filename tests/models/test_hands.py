"""Processes and threads a person can stop."""

from __future__ import annotations

import signal
import threading

import pytest

from models.recipe import hands


def _blocked(_: int) -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_processes_know_nothing_of_an_interrupt_which_the_program_still_does() -> None:
    with hands.processes(1) as pool:
        assert pool.map(_blocked, [0]) == [True]
        assert not _blocked(0)


def test_an_exception_waits_for_no_thread_and_begins_no_other() -> None:
    begun, free = threading.Event(), threading.Event()
    late = threading.Event()

    def work() -> None:
        begun.set()
        assert free.wait(60)

    def stopped() -> None:
        with hands.threads(1) as pool:
            running.append(pool.submit(work))
            running.append(pool.submit(late.set))
            assert begun.wait(60)
            raise KeyboardInterrupt

    running: list[object] = []
    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert not free.is_set()  # it came here while the thread was at work
    free.set()
    assert running[0].result() is None  # type: ignore[attr-defined]
    assert running[1].cancelled()  # type: ignore[attr-defined]
    assert not late.is_set()


def test_what_went_well_is_waited_for() -> None:
    with hands.threads(2) as pool:
        told = pool.submit(sum, (1, 2))
    assert told.result() == 3
