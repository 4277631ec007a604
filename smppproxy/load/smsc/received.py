"""What arrived at the simulator: counts for everybody, whole PDUs for tests, a dump for later."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from smppproxy.load import wire
from smppproxy.smpp.constants import COMMANDS

if TYPE_CHECKING:
    from smppproxy.load.smsc.link import Link
    from smppproxy.smpp.kernel import Frame


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request or response that came in, with the link it came on."""

    link: Link
    frame: Frame

    @property
    def raw(self) -> bytes:
        """The octets of the PDU."""
        return self.frame.raw

    @property
    def command(self) -> str:
        """Name of the command, ``0x...`` when the specification has none."""
        return command_name(self.frame.command_id)


class Received:
    """Counters of one simulator, and the PDUs themselves where ``keep`` is set.

    ``checksum`` covers the octets 16..end of every message request (submit_sm, data_sm, submit_multi,
    broadcast_sm, replace_sm), whatever was answered, and does not depend on the order of arrival.
    """

    def __init__(self, *, keep: bool = False, dump: IO[str] | None = None) -> None:
        self.keep = keep
        self.dump = dump
        self.pdus: list[Arrival] = []
        self.commands: Counter[str] = Counter()
        self.submits = 0  # message requests of every kind
        self.accepted = 0
        self.answers: Counter[int] = Counter()  # command_status of the answers to message requests
        self.dropped = 0  # left unanswered on purpose
        self.unreadable = 0  # message requests whose body could not be read
        self.octets = 0  # read from all links
        self.links = 0  # ever opened
        self.lost = 0  # links closed without unbind
        self.binds = 0
        self.binds_refused = 0
        self.receipts_sent = 0
        self.receipts_unroutable = 0  # no receiving link of that system_id
        self.mo_sent = 0
        self.deliver_answers: Counter[int] = Counter()
        self._sum = 0

    @property
    def quick(self) -> bool:
        """True when nobody wants to see single PDUs: the link may skip :meth:`note`."""
        return not self.keep and self.dump is None

    @property
    def checksum(self) -> str:
        """See the class; equal to the generator's when nothing was changed, lost or doubled."""
        return wire.checksum_text(self._sum)

    def add_bodies(self, count: int, total: int) -> None:
        """Count ``count`` message requests whose :func:`wire.body_hash` values add up to ``total``."""
        self.submits += count
        self._sum = (self._sum + total) & wire.CHECKSUM_MASK

    def note(self, link: Link, frame: Frame) -> Arrival:
        """Record one PDU for tests and the dump."""
        arrival = Arrival(link, frame)
        if self.keep:
            self.pdus.append(arrival)
        if self.dump is not None:
            row = {
                "at": round(time.time(), 6),
                "link": link.number,
                "system_id": link.system_id,
                "command": arrival.command,
                "sequence_number": frame.sequence_number,
                "octets": frame.raw.hex(),
            }
            self.dump.write(json.dumps(row) + "\n")
        return arrival

    def of(self, *command_ids: int) -> list[Arrival]:
        """The kept PDUs with one of these command_ids, in order of arrival."""
        return [arrival for arrival in self.pdus if arrival.frame.command_id in command_ids]

    def to_dict(self) -> dict[str, Any]:
        """What SIGUSR1 and the end of ``smppproxy smsc`` print."""
        return {
            "submits": self.submits,
            "accepted": self.accepted,
            "answers": {f"0x{status:02x}": count for status, count in sorted(self.answers.items())},
            "dropped": self.dropped,
            "unreadable": self.unreadable,
            "commands": dict(sorted(self.commands.items())),
            "octets": self.octets,
            "links": self.links,
            "lost": self.lost,
            "binds": self.binds,
            "binds_refused": self.binds_refused,
            "receipts_sent": self.receipts_sent,
            "receipts_unroutable": self.receipts_unroutable,
            "mo_sent": self.mo_sent,
            "deliver_answers": {f"0x{status:02x}": count for status, count in sorted(self.deliver_answers.items())},
            "checksum": self.checksum,
        }


def command_name(command_id: int) -> str:
    """The specification's name, or the number in hexadecimal."""
    return COMMANDS.get(command_id) or f"0x{command_id:08x}"
