"""What ties a child process to its parent: it lives no longer, and takes its orders from the channel alone."""

from __future__ import annotations

import ctypes
import signal
import socket
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def begin() -> tuple[socket.socket, int]:
    """First act of a child: returns the channel's socket and the child's number, both from the command line.

    The signals that stop or reload are left to the parent. Service managers and terminals send them to every process of
    a service at once, and a child that obeyed would drop its sessions while the parent is about to drain them.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # If the parent died before this line, end of file on the channel says so.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    try:
        descriptor, child = (int(word) for word in sys.argv[1:3])
        return socket.socket(fileno=descriptor), child
    except (ValueError, OSError) as error:
        raise SystemExit("this process is started by `smppproxy run`, not by hand") from error
