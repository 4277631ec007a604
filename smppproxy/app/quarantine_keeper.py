"""Keeps the quarantine: takes in what the workers wrote down, has sent what a person released, lets the rest expire."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from smppproxy.app.model_news import sockets
from smppproxy.app.rpc import RpcError, ask
from smppproxy.app.settings import Settings
from smppproxy.loggers import get_logger
from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu, SmeAddress
from smppproxy.smpp.receipts import build_receipt, receipt_tlvs
from smppproxy.state import quarantine_files
from smppproxy.state.errors import StateError
from smppproxy.state.quarantine import Message, Quarantine
from smppproxy.state.quarantine_files import FOLDER, HELD, OUTCOME, Fate, HeldMessage, Outcome, Usage
from smppproxy.state.quarantine_verbs import sealed_in
from smppproxy.state.sealed import Sealer, SealError

INTERVAL: Final = 0.5  # s between looks while there is nothing to do
RETRY: Final = 5.0  # s after a fault such as a full disk; what is held waits in its files
BATCH: Final = 200  # messages of one request to a worker; with their PDUs some 100 KB
PATIENCE: Final = 10.0  # s for a worker to take messages over
GRACE: Final = 60.0  # s beyond an upstream's response_timeout until nobody hopes for an answer any more

T = TypeVar("T")
Run = Callable[[Callable[[], Any]], Awaitable[Any]]

log = get_logger(__name__)


class QuarantineKeeper:
    """Lives in the process that holds the control lock. ``run_in_store`` does work in the store's thread."""

    def __init__(
        self,
        state_dir: Path,
        quarantine: Quarantine,
        sealer: Callable[[], Sealer],
        run_in_store: Run,
        settings: Callable[[], Settings],
    ) -> None:
        self._state_dir = state_dir
        self._folder = state_dir / FOLDER
        self._quarantine = quarantine
        self._sealer = sealer
        self._run = run_in_store
        self._settings = settings
        self._usage: Usage | None = None
        self._fault = ""

    async def run(self) -> None:
        """Work until cancelled. What was begun is in the store or in a file: nothing is lost."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            fault, busy = "", False
            try:
                busy = await self.turn()
            except (StateError, OSError) as error:
                fault = str(error)
            if fault and not self._fault:  # once: what it says changes with each attempt
                log.error("quarantine_stands_still", reason=fault)
            elif self._fault and not fault:
                log.info("quarantine_goes_on")
            self._fault = fault
            if not busy:
                await asyncio.sleep(RETRY if fault else INTERVAL)

    async def turn(self) -> bool:
        """Do what there is to do; True when there may be more. Raises StateError, OSError."""
        took = await self._take_in()
        sent = await self._send()
        told = await self._tell()
        await self._tidy()
        return took or sent or told

    # ------------------------------------------------------------ from the workers

    async def _take_in(self) -> bool:
        hold = self._settings().quarantine.hold
        held = quarantine_files.files(self._folder, HELD)
        for path in held:
            rows = self._read(path, HeldMessage)
            if rows:
                await self._run(lambda rows=rows: self._quarantine.take_in(rows, hold))  # type: ignore[misc]
                await self._write_usage()  # before the file goes, so that what is held is never counted short
                log.info("quarantined", messages=len(rows))
            path.unlink(missing_ok=True)
        outcomes = quarantine_files.files(self._folder, OUTCOME)
        for path in outcomes:
            fates = self._read(path, Outcome)
            await self._run(lambda fates=fates: self._quarantine.settle(fates))  # type: ignore[misc]
            path.unlink(missing_ok=True)
        return bool(held or outcomes)

    def _read(self, path: Path, kind: type[T]) -> list[T]:
        """The rows of a file; one that is damaged is set aside for people."""
        try:
            return quarantine_files.read(path, kind)
        except ValueError as error:
            path.replace(path.with_suffix(quarantine_files.DAMAGED))
            log.error("quarantine_file_damaged", reason=str(error), kept=f"{FOLDER}/*{quarantine_files.DAMAGED}")  # noqa: TRY400  the text is for the operator
            return []

    async def _write_usage(self) -> None:
        usage: Usage = await self._run(self._quarantine.usage)
        if usage != self._usage:
            quarantine_files.write_usage(self._folder, usage)
            self._usage = usage

    # ------------------------------------------------------------ to the carrier

    async def _send(self) -> bool:
        """Have released messages sent by whichever worker has a link for them."""
        due: list[tuple[Message, bytes]] = await self._run(lambda: self._quarantine.due(BATCH, self._sealer().opens))
        if not due:
            return False
        fates: list[Outcome] = []
        left: dict[str, dict[str, str]] = {}
        for message, sealed in due:
            try:
                pdu = self._sealer().open(sealed, sealed_in(message.message_id))
            except SealError as error:
                fates.append(Outcome(message.message_id, Fate.BARRED, told=str(error)))
                continue
            names = {"message_id": message.message_id, "account": message.account, "trace_id": message.trace_id}
            left[message.message_id] = names | {"pdu": base64.b64encode(pdu).decode()}
        why = dict.fromkeys(left, "the proxy has no worker")
        for _, path in sockets(self._state_dir):
            if not left:
                break
            try:
                answer = await ask(path, {"do": "release", "messages": list(left.values())}, PATIENCE)
            except (FileNotFoundError, ConnectionRefusedError):
                continue  # it is not there, and has not seen them
            except (OSError, RpcError) as error:
                log.warning("release_uncertain", reason=str(error) or type(error).__name__, messages=len(left))
                left.clear()  # it may have taken them: what it does not tell of in time is unknown
                break
            left = self._sort(left, answer.get("fates", {}), fates, why)
        fates += [Outcome(each, Fate.NOT_SENT, told=why[each]) for each in left]
        await self._run(lambda: self._quarantine.settle(fates))
        return len(due) == BATCH

    @staticmethod
    def _sort(
        left: dict[str, dict[str, str]], said: dict[str, Any], fates: list[Outcome], why: dict[str, str]
    ) -> dict[str, dict[str, str]]:
        """Sort by what a worker said at once; return those the next one is to try."""
        again = {}
        for message_id, told in said.items():
            fate = Fate(told["fate"])
            why[message_id] = told["told"]
            if fate is Fate.NOT_SENT:
                again[message_id] = left[message_id]
            else:
                fates.append(Outcome(message_id, fate, told=told["told"]))
        return again

    # ------------------------------------------------------------ to the client

    async def _tell(self) -> bool:
        """Bring clients the receipts of messages that will not be sent."""
        due: list[tuple[Message, bytes]] = await self._run(
            lambda: self._quarantine.receipts_due(BATCH, self._sealer().opens)
        )
        for message, sealed in due:
            delivered = False
            try:
                pdu = self._sealer().open(sealed, sealed_in(message.message_id))
            except SealError as error:
                log.error("receipt_not_made", reason=str(error), message_id=message.message_id)  # noqa: TRY400
            else:
                delivered = await self._deliver(message.account, receipts(message, pdu))
            await self._run(lambda m=message, d=delivered: self._quarantine.receipt_done(m, d))  # type: ignore[misc]
        return len(due) == BATCH

    async def _deliver(self, account: str, pdus: Sequence[bytes]) -> bool:
        """Deliver to whichever worker has the account bound; whether the client took all."""
        request = {"do": "deliver", "account": account, "pdus": [base64.b64encode(pdu).decode() for pdu in pdus]}
        within = self._settings().proxy.timers.deliver + PATIENCE
        for _, path in sockets(self._state_dir):
            try:
                statuses = (await ask(path, request, within)).get("statuses", [])
            except (OSError, RpcError):
                continue
            if statuses and all(status is not None for status in statuses):
                return all(status == 0 for status in statuses)
        return False

    # ------------------------------------------------------------ time

    async def _tidy(self) -> None:
        settings = self._settings()
        wait = max((upstream.response_timeout for upstream in settings.upstreams), default=0.0) + GRACE
        asked = settings.quarantine.receipts == "asked"
        lost = await self._run(lambda: self._quarantine.lost(wait))
        if lost:
            log.warning("released_unknown", messages=lost)
        expired = await self._run(lambda: self._quarantine.expire(asked))
        if expired:
            log.info("quarantine_expired", messages=expired)
        await self._run(lambda: self._quarantine.forget(settings.quarantine.retention * 86_400.0))
        await self._write_usage()


def receipts(message: Message, pdu: bytes) -> list[bytes]:
    """The receipts of a message that was dropped or has expired: one for each of its recipients."""
    frame = kernel.cut(pdu, len(pdu))[0][0]
    recipients = [(frame.dest_addr_ton, frame.dest_addr_npi, frame.destination_addr)]
    if frame.command_id == c.SUBMIT_MULTI:
        addresses = codec.decode(pdu).fields["dest_addresses"]
        recipients = [(a.ton, a.npi, a.addr) for a in addresses if isinstance(a, SmeAddress)]
    state = "EXPIRED" if message.state == "expired" else "REJECTD"
    came, done = (datetime.fromtimestamp(at / 1000, UTC) for at in (message.at, message.changed_at))
    text = build_receipt(message.message_id, state, came, done)
    return [
        codec.encode(
            Pdu(
                c.DELIVER_SM,
                0,
                1,
                {
                    "source_addr_ton": ton,
                    "source_addr_npi": npi,
                    "source_addr": number,
                    "dest_addr_ton": frame.source_addr_ton,
                    "dest_addr_npi": frame.source_addr_npi,
                    "destination_addr": frame.source_addr,
                    "esm_class": 0x04,
                    "short_message": text,
                },
                receipt_tlvs(message.message_id, state),
            )
        )
        for ton, npi, number in recipients
    ]
