"""The worker's part of the quarantine: what is to be held goes to the disk, what is released goes to the carrier.

The disk is waited for in a thread, one batch at a time: while one is written the next gathers, and the loop goes on.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from smppproxy.app.rpc import RpcError
from smppproxy.app.settings import Settings
from smppproxy.app.tasks import Tasks
from smppproxy.loggers import get_logger
from smppproxy.relay import release as relay
from smppproxy.relay.house import House
from smppproxy.relay.quarantine import Held
from smppproxy.relay.ticket import Note, code_in
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import RemoteError
from smppproxy.state.quarantine_files import ALIASES, Fate, HeldMessage, Journal, Outcome
from smppproxy.state.routes import DAY, DAYS

if TYPE_CHECKING:
    from smppproxy.state.sealed import Keyring

RETRY: Final = 1.0  # s between attempts to write down what the carrier said, while the disk refuses
LOOK: Final = 1.0  # s between looks whether any worker has released messages
LEAVE: Final = 5.0  # s for the last outcomes when the worker ends

log = get_logger(__name__)


class Holds:
    """Empties the tray of the quarantine. :meth:`run` is called once a turn, :meth:`tick` ten times a second."""

    def __init__(self, house: House, tasks: Tasks, wake: Callable[[], None], settings: Settings, worker: int) -> None:
        """Raises StoreError, OSError: the state directory cannot be written."""
        state_dir = settings.proxy.state_path
        self.settings = settings
        self._house = house
        self._tasks = tasks
        self._wake = wake
        self._journal = Journal(state_dir, worker)
        self._state_dir = state_dir
        self._keyring: Keyring | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="quarantine")
        self._outcomes: list[Outcome] = []
        self._busy = False
        self._fault = ""
        self._looked = 0.0
        house.desk.quarantine.enabled = True

    def run(self) -> None:
        """Begin to write what waits, where nothing is being written."""
        if not self._busy and (self._house.desk.quarantine.tray or self._outcomes):
            self._busy = True
            self._tasks.spawn(self._write(), "quarantine")

    def tick(self, now: float) -> None:
        """Notice that messages were released, by whichever worker: their receipts come under ids of ours."""
        if now >= self._looked + LOOK:
            self._looked = now
            try:
                age = time.time() - (self._journal.folder / ALIASES).stat().st_mtime
            except OSError:
                return
            self._house.deliveries.aliases = age <= (DAYS + 1) * DAY

    async def close(self) -> None:
        """Write down the last outcomes; call it when every request is closed and before the tasks are cancelled."""
        until = time.monotonic() + LEAVE
        while (self._busy or self._outcomes) and time.monotonic() < until:
            self.run()
            await asyncio.sleep(0.01)
        self._thread.shutdown(wait=False)

    # ------------------------------------------------------------ to the disk

    async def _write(self) -> None:
        desk = self._house.desk
        try:
            while True:
                some = desk.quarantine.take()
                if some:
                    await self._hold(some)
                elif not self._outcomes:
                    return
                if self._outcomes:
                    await self._tell()
        finally:
            self._busy = False
            self._wake()

    async def _hold(self, some: Sequence[Held]) -> None:
        """Write a batch and answer it: those there was no room for are to come again."""
        safe = 0
        try:
            rows = [self._row(held) for held in some]
            safe = await asyncio.get_running_loop().run_in_executor(self._thread, self._store, rows)
        finally:
            for number, held in enumerate(some):
                self._house.desk.held(held, number < safe)
            self._wake()

    def _row(self, held: Held) -> tuple[dict[str, Any], bytes]:
        """What control is to know of a message, and its PDU."""
        frame, finding, ticket = held.frame, held.finding, held.ticket
        account = ticket.link.account
        note = ticket.note if isinstance(ticket.note, Note) else Note()
        facts = note.facts
        segment = f"{facts.number}/{facts.whole.total}" if facts is not None and facts.whole is not None else ""
        pdu = frame.raw
        row = {
            "message_id": held.message_id,
            "text_id": held.text_id,
            "at": time.time() - (time.monotonic() - held.since),
            "account": account.name,
            "code": account.plan.rule.trimmed(code_in(note)),
            "sender": frame.source_addr.decode("latin-1"),
            "recipients": _recipients(pdu) if frame.command_id == c.SUBMIT_MULTI else 1,
            "operation": frame.command_id,
            "segment": segment,
            "reason": finding.reason.value,
            "rule": finding.rule,
            "evidence": finding.evidence,
            "score": finding.score,
            "trace_id": note.trace_id,
            "registered": frame.registered_delivery,
            "size": len(pdu),
        }
        return row, pdu

    def _store(self, rows: Sequence[tuple[dict[str, Any], bytes]]) -> int:
        """Write rows as far as there is room; return how many. Runs in the thread."""
        from smppproxy.state.quarantine_verbs import sealed_in  # brings a cipher's megabytes, for those who hold only
        from smppproxy.state.sealed import Keyring

        limits = self.settings.quarantine
        try:
            if self._keyring is None:
                self._keyring = Keyring(self._state_dir)
            sealer = self._keyring()
            used = self._journal.usage()
            messages, octets = limits.messages - used.messages, limits.octets - used.octets
            fitting: list[HeldMessage] = []
            for row, pdu in rows:
                octets -= len(pdu)
                if len(fitting) >= messages or octets < 0:
                    break
                fitting.append(HeldMessage(**row, pdu=sealer.seal(pdu, sealed_in(row["message_id"]))))
            if fitting:
                self._journal.write(fitting)
        except Exception as error:  # whatever it was: the clients are to come again
            self._told("disk", str(error) or type(error).__name__)
            return 0
        full = len(fitting) < len(rows)
        self._told("full" if full else "", f"{used.messages} messages of {used.octets} octets are held")
        return len(fitting)

    def _told(self, fault: str, reason: str) -> None:
        """Log a fault when it begins, and its end."""
        if fault == "full" != self._fault:
            log.warning("quarantine_full", reason=reason)
        elif fault and fault != self._fault:
            log.error("quarantine_not_written", reason=reason)
        elif self._fault and not fault:
            log.info("quarantine_accepts_again")
        self._fault = fault

    async def _tell(self) -> None:
        """Write down what came of messages that were sent."""
        some, self._outcomes = self._outcomes, []
        sent = any(each.fate is Fate.ANSWERED and each.status == 0 for each in some)
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._note, some, sent)
        except OSError as error:
            log.error("quarantine_outcome_not_written", reason=error.strerror or str(error))  # noqa: TRY400  the text is for the operator
            self._outcomes = some + self._outcomes
            await asyncio.sleep(RETRY)

    def _note(self, outcomes: Sequence[Outcome], sent: bool) -> None:
        if sent:
            self._journal.mark_released()
        self._journal.write(outcomes)

    # ------------------------------------------------------------ to the carrier

    async def release(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send messages for control. The answer holds the fates known at once, by message_id; the others are written
        down when they are known. Raises RpcError."""
        try:
            wanted = [
                (str(m["message_id"]), str(m["account"]), str(m["trace_id"]), base64.b64decode(m["pdu"], validate=True))
                for m in request["messages"]
            ]
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise RpcError("bad_request", f"release takes messages, each with its PDU in base64: {error}") from error
        at_once: dict[str, dict[str, Any]] = {}
        for message_id, account, trace_id, pdu in wanted:
            teller = _Teller(message_id, self._came)
            order = relay.Order(account, pdu, message_id, trace_id, teller)
            self._house.releases.send(order, time.monotonic())
            if teller.outcome is not None:
                at_once[message_id] = {"fate": teller.outcome.fate.value, "told": teller.outcome.told}
            teller.later = True
        self._house.deliveries.aliases = True
        self._wake()
        return {"ok": True, "fates": at_once}

    def _came(self, outcome: Outcome) -> None:
        """What came of a message is known; the next turn writes it down."""
        self._outcomes.append(outcome)


class _Teller:
    """Takes the fate of one message: as the answer to who asked while it waits, else among the outcomes."""

    def __init__(self, message_id: str, came: Callable[[Outcome], None]) -> None:
        self.later = False
        self.outcome: Outcome | None = None
        self._message_id = message_id
        self._came = came

    def __call__(self, fate: relay.Fate, status: int, carrier_id: str, told: str) -> None:
        self.outcome = Outcome(self._message_id, Fate(fate.value), status, carrier_id, told)
        if self.later:
            self._came(self.outcome)


def _recipients(pdu: bytes) -> int:
    try:
        return len(codec.decode(pdu).fields["dest_addresses"])
    except RemoteError:
        return 1
