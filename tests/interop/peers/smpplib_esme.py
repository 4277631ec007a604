"""An ESME on smpplib. The job comes as JSON on stdin, what happened goes as JSON to stdout."""

from __future__ import annotations

import json
import sys
from typing import Any

import smpplib.client
import smpplib.command
import smpplib.exceptions


class SubmitWithCode(smpplib.command.SubmitSM):  # type: ignore[misc]
    """smpplib has no vendor TLVs: this one is put behind its octets."""

    code = b""

    def generate(self) -> bytes:
        octets = super().generate() + self.code
        return len(octets).to_bytes(4, "big") + octets[4:]


def main() -> None:
    job = json.load(sys.stdin)
    seen: dict[str, Any] = {"bind": 0, "answers": [], "receipts": [], "enquire_link": False, "unbind": False}
    client = smpplib.client.Client(job["host"], job["port"], timeout=60, allow_unknown_opt_params=True)

    def answered(pdu: Any, **_: Any) -> None:
        message_id = getattr(pdu, "message_id", None) or b""
        seen["answers"].append({"status": pdu.status, "message_id": message_id.decode()})

    def delivered(pdu: Any) -> int:
        seen["receipts"].append(pdu.short_message.decode())
        return 0

    client.set_message_sent_handler(answered)
    client.set_message_received_handler(delivered)
    client.set_error_pdu_handler(lambda pdu: None)
    client.connect()
    try:
        client.bind_transceiver(system_id=job["system_id"], password=job["password"])
    except smpplib.exceptions.PDUError as error:
        seen["bind"] = error.args[1]
        client.disconnect()
        print(json.dumps(seen))
        return
    for count, message in enumerate(job["messages"], 1):
        fields: dict[str, Any] = {
            "source_addr_ton": 0,
            "source_addr_npi": 1,
            "source_addr": job["source"],
            "dest_addr_ton": 0,
            "dest_addr_npi": 1,
            "destination_addr": job["destination"],
            "registered_delivery": 1,
            "data_coding": message["data_coding"],
            "esm_class": message["esm_class"],
            "message_payload" if message["payload"] else "short_message": bytes.fromhex(message["octets"]),
        }
        if message["sar"]:
            names = ("sar_msg_ref_num", "sar_total_segments", "sar_segment_seqnum")
            fields |= dict(zip(names, message["sar"], strict=True))
        pdu = SubmitWithCode("submit_sm", client=client, **fields)
        if message["code"]:
            value = message["code"].encode()
            pdu.code = job["code_tag"].to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
        client.send_pdu(pdu)
        while len(seen["answers"]) < count:
            client.read_once()
    while len(seen["receipts"]) < job["receipts"]:
        client.read_once()
    client.send_pdu(smpplib.smpp.make_pdu("enquire_link", client=client))
    seen["enquire_link"] = client.read_pdu().command == "enquire_link_resp"
    seen["unbind"] = client.unbind().command == "unbind_resp"
    client.disconnect()
    print(json.dumps(seen))


main()
