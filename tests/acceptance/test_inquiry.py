"""An outside service of another program's making is asked before messages are sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

REFUSED, BAD_SOURCE = 0x45, 0x0A


class Service(ThreadingHTTPServer):
    """Calls texts with the word bait fraud, and the number 15889999 unassigned; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.silent = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/ask"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["questions"]
        self.server.asked += asked
        self.server.tokens.add(self.headers.get("authorization", ""))
        bad = [each["id"] for each in asked if "bait" in each.get("text", "") or each.get("sender") == "15889999"]
        answers = [{"id": each["id"], "verdict": "refuse" if each["id"] in bad else "fine"} for each in asked]
        body = b"down" if self.server.silent.is_set() else json.dumps({"answers": answers}).encode()
        self.send_response(500 if self.server.silent.is_set() else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Tests are quiet."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_texts_and_numbers_are_asked_about_before_sending(launch, smsc, octets, service) -> None:
    house = launch(
        [f'name = "smsc"\naddress = "{smsc.address}"'],
        ['system_id = "reseller1"\nupstream = "smsc"'],
        [octets.CODE],
        more=f"""
[filters.inquiry]
mode = "enforce"
url = "{service.url}"
token = "s3cret"
ask = ["text", "sender"]
deadline = 20.0
""",
    )
    reseller = house.ready().bound("reseller1")

    def status(text: bytes, source: bytes = b"15880000") -> int:
        return reseller.ask(octets.submit(text, source=source, destination=b"01050001234")).status

    assert status(b"hello there") == 0
    assert status(b"take the bait") == REFUSED
    assert status(b"hello there") == 0
    assert status(b"good morning", b"15889999") == BAD_SOURCE
    asked = [(key, value) for each in service.asked for key, value in each.items() if key != "id"]
    assert sorted(asked) == sorted(
        [
            *(("text", text) for text in ("hello there", "take the bait", "good morning")),
            *(("sender", number) for number in ("15880000", "15889999")),
        ]
    )  # each once, and never a recipient
    assert service.tokens == {"Bearer s3cret"}
    service.silent.set()
    assert status(b"nobody knows this one") == 0  # the service is down: forwarded, as on_error says
    metrics = house.get("/metrics")[1]
    assert "smppproxy_inquiry_failures_total 1" in metrics
    assert 'smppproxy_inquiry_questions_total{outcome="answered"} 5' in metrics
