"""An ESME on aiosmpplib. The job comes as JSON on stdin, what happened goes as JSON to stdout.

The library encodes and splits texts itself, so it is given the texts and its own options for the three ways of long
ones; it has no data_coding 0x84, so cp949 goes as 0x0E. It closes without reading the unbind_resp it asked for, so it
cannot tell whether one came.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from typing import Any

from aiosmpplib import (
    ESME,
    NPI,
    TON,
    AbstractHook,
    EnquireLinkResp,
    OptionalParam,
    PhoneNumber,
    SmppMessage,
    SubmitSm,
)
from aiosmpplib.broker import SimpleBroker

ENCODINGS = {"gsm7": "gsm0338", "ucs2": "ucs2", "cp949": "euc_kr"}
SAR_TAGS = (0x020C, 0x020E, 0x020F)


class Hook(AbstractHook):  # type: ignore[misc]
    """Notes what comes in."""

    def __init__(self, seen: dict[str, Any]) -> None:
        self.seen = seen
        self.changed = asyncio.Condition()

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        pass

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        seen = self.seen
        if pdu[4:8] == b"\x80\0\0\x09":
            seen["bind"] = int.from_bytes(pdu[8:12], "big")
        elif pdu[4:8] == b"\0\0\0\x05":
            # for a segment of a text the library hands over a stand-in: the octets are what came
            seen["receipts"].append(pdu[pdu.index(b"id:") : pdu.index(b" text:")].decode())
        elif isinstance(smpp_message, EnquireLinkResp):
            seen["enquire_link"] = True
        elif pdu[4:8] == b"\x80\0\0\x04":
            message_id = pdu[16:].rstrip(b"\0").decode()
            seen["answers"].append({"status": int.from_bytes(pdu[8:12], "big"), "message_id": message_id})
        async with self.changed:
            self.changed.notify_all()

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        raise SystemExit(f"could not send: {error!r}")

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(condition)


def submit(job: dict[str, Any], message: dict[str, Any]) -> SubmitSm:
    params = [OptionalParam(job["code_tag"], message["code"])] if message["code"] else []
    if message["sar"]:
        params += [OptionalParam(tag, value) for tag, value in zip(SAR_TAGS, message["sar"], strict=True)]
    return SubmitSm(
        short_message=message["text"],
        source=PhoneNumber(job["source"], TON.UNKNOWN, NPI.ISDN),
        destination=PhoneNumber(job["destination"], TON.UNKNOWN, NPI.ISDN),
        encoding=ENCODINGS[message["encoding"]],
        esm_class=message["esm_class"],
        auto_message_payload=not message["esm_class"],
        registered_delivery=1,
        optional_params=params,
        log_id=message["name"],
    )


async def main() -> None:
    job = json.load(sys.stdin)
    seen: dict[str, Any] = {"bind": None, "answers": [], "receipts": [], "enquire_link": False}
    hook = Hook(seen)
    broker = SimpleBroker()
    esme = ESME(
        smsc_host=job["host"],
        smsc_port=job["port"],
        system_id=job["system_id"],
        password=job["password"],
        enquire_link_interval=0.5,
        hook=hook,
        broker=broker,
        log_handler=logging.NullHandler(),
        log_level=logging.CRITICAL,
    )
    async with asyncio.TaskGroup() as group:
        running = group.create_task(esme.start())
        await hook.until(lambda: seen["bind"] is not None)
        if seen["bind"] == 0:
            for message in job["messages"]:
                if message["split"]:
                    continue  # the library made it from the whole text
                await broker.enqueue(submit(job, message))
                segments = sum(other["name"] == message["name"] for other in job["messages"] if message["esm_class"])
                wanted = len(seen["answers"]) + max(1, segments)
                await hook.until(lambda wanted=wanted: len(seen["answers"]) >= wanted)
            await hook.until(lambda: len(seen["receipts"]) >= job["receipts"])
            await hook.until(lambda: seen["enquire_link"])
        await esme.stop()
        running.cancel()
    print(json.dumps(seen))


asyncio.run(main())
