"""A reseller's session on smpplib: synchronous, one thread."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any

import smpplib.client
import smpplib.command
import smpplib.exceptions

from smppproxy.load import wire
from smppproxy.load.resellers.message import Outgoing

LIBRARY_ERRORS = (smpplib.exceptions.PDUError, smpplib.exceptions.ConnectionError, OSError)
"""What a dead or refusing peer makes the library raise."""

MAX_SHORT_MESSAGE = 254


class SubmitWithTlvs(smpplib.command.SubmitSM):  # type: ignore[misc]
    """submit_sm with vendor TLVs, which smpplib itself cannot send: octets behind its own."""

    appended = b""

    def generate(self) -> bytes:
        """The whole PDU, command_length patched."""
        octets: bytes = super().generate() + self.appended
        return len(octets).to_bytes(4, "big") + octets[4:]


class _Client(smpplib.client.Client):  # type: ignore[misc]
    """smpplib's client, naming the server to TLS: the library does not, so no certificate could be checked."""

    def _create_socket(self) -> socket.socket:
        raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        raw.settimeout(self.timeout)
        if self._ssl_context is None:
            return raw
        wrapped: socket.socket = self._ssl_context.wrap_socket(raw, server_hostname=self.host)
        return wrapped


class SmpplibReseller:
    """One bind, to be used from one thread. ``answered`` gets (sequence_number, command_status) of each answer."""

    def __init__(
        self,
        host: str,
        port: int,
        system_id: str,
        password: str,
        *,
        answered: Callable[[int, int], None] | None = None,
        delivered: Callable[[Any], None] | None = None,
        timeout: float = 10.0,  # s, of one read; then the library sends an enquire_link
        tls: ssl.SSLContext | None = None,
        transmitter: bool = False,
    ) -> None:
        name = f"smpplib.quiet.{system_id}"
        logging.getLogger(name).setLevel(logging.CRITICAL)  # it would log the bodies of messages
        self._client = _Client(
            host, port, timeout=timeout, allow_unknown_opt_params=True, logger_name=name, ssl_context=tls
        )
        self._who = {"system_id": system_id, "password": password}
        self._transmitter = transmitter
        self._answered = answered or (lambda sequence_number, status: None)
        self._client.set_message_sent_handler(self._on_answer)
        self._client.set_error_pdu_handler(lambda pdu: None)  # an error is an answer like any other
        self._client.set_message_received_handler(lambda pdu: delivered(pdu) if delivered else None)

    def bind(self) -> int:
        """Connect and bind; returns the command_status. Raises one of :data:`LIBRARY_ERRORS`."""
        try:
            self._client.connect()
            if self._transmitter:
                self._client.bind_transmitter(**self._who)
            else:
                self._client.bind_transceiver(**self._who)
        except smpplib.exceptions.PDUError as error:
            if len(error.args) > 1:
                return int(error.args[1])
            self._client.disconnect()
            raise
        except (smpplib.exceptions.ConnectionError, OSError):
            self._client.disconnect()
            raise
        return 0

    def submit(self, message: Outgoing) -> tuple[int, bytes]:
        """Send a message without waiting; returns its sequence_number and its octets."""
        numeric = message.source.lstrip("+").isdigit()
        fields: dict[str, Any] = {
            "source_addr_ton": 0 if numeric else 5,
            "source_addr_npi": 1 if numeric else 0,
            "source_addr": message.source,
            "dest_addr_ton": 0,
            "dest_addr_npi": 1,
            "destination_addr": message.destination,
            "data_coding": message.data_coding,
            "registered_delivery": message.registered_delivery,
        }
        long = len(message.octets) > MAX_SHORT_MESSAGE
        fields["message_payload" if long else "short_message"] = message.octets
        pdu = SubmitWithTlvs("submit_sm", client=self._client, **fields)
        if message.code is not None:
            pdu.appended = wire.tlv(*message.code)
        self._client.send_pdu(pdu)
        return int(pdu.sequence), pdu.generate()

    def enquire(self) -> None:
        """Send an enquire_link and read until something comes."""
        self._client.send_pdu(smpplib.smpp.make_pdu("enquire_link", client=self._client))
        self._client.read_once()

    def read(self) -> None:
        """Read one PDU and act on it."""
        self._client.read_once()

    def close(self) -> None:
        """Unbind where that still works, and close."""
        try:
            self._client.unbind()
        except (*LIBRARY_ERRORS, AttributeError):
            pass  # the connection is gone already
        self._client.disconnect()

    def _on_answer(self, pdu: Any, **_: Any) -> None:
        self._answered(int(pdu.sequence), int(pdu.status))
