"""Tells systemd how we are (sd_notify(3)); silent where NOTIFY_SOCKET is not set."""

from __future__ import annotations

import os
import socket
import time

READY = "READY=1"
STOPPING = "STOPPING=1"
WATCHDOG = "WATCHDOG=1"


def tell(state: str) -> None:
    """Sends one state. Never fails: a service manager that does not listen is no reason to stop."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    try:
        # Not blocking: the queue of a manager that does not read is soon full, and would hold this process up for ever.
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as sock:
            sock.connect("\0" + address[1:] if address.startswith("@") else address)
            sock.send(state.encode())
    except OSError:
        pass


def reloading() -> str:
    """The state before a reload; READY ends it (Type=notify-reload wants the time)."""
    return f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}"


def watchdog_interval() -> float | None:
    """Seconds between two WATCHDOG states, half of what the manager allows.

    None where it does not watch this process.
    """
    allowed = os.environ.get("WATCHDOG_USEC", "")
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()) or not allowed.isdigit():
        return None
    return int(allowed) / 2e6 or None
