"""Processes and threads to work with, which a person can stop: Ctrl-C neither hangs nor waits for what nobody wants."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.pool import Pool


@contextmanager
def processes(count: int) -> Iterator[Pool]:
    """Processes that are ended with the block.

    They know nothing of Ctrl-C, which a terminal sends to all of them: one that it interrupts dies with a lock in its
    hand, and whoever waits for it waits for ever.
    """
    resource_tracker.ensure_running()  # it unblocks the signal once it has begun
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:  # spawned, not forked: the ONNX runtime may have threads in this process. They inherit the mask.
        pool = multiprocessing.get_context("spawn").Pool(count)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    with pool:
        yield pool


@contextmanager
def threads(count: int) -> Iterator[Executor]:
    """Threads; a block that ends by an exception waits for none, and what they have not begun they do not begin.

    Compiled loops look at nothing until they are through: who wants the program to end has to end it.
    """
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
