"""The page over a real store: what control answers is real, the trace and the judge are told what to say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from smppproxy.admin.desk.app import DeskPage
from smppproxy.state.authority import Authority
from smppproxy.state.errors import InputError
from smppproxy.state.protocol import result_of
from smppproxy.state.quarantine_files import HeldMessage
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_query import TraceQuestion

NOON = 1_800_000_000.0  # 2027-01-15T08:00:00Z
PASSWORD = "correct horse battery"
CODE = "301150232"
EVIL = "<script>alert(1)</script>"
ROW = TraceRow(NOON, "5f-1", "acme", "smsc", 4, CODE, EVIL, b"k" * 16, b"f" * 16, "refuse", "text_loan", "", "loan",
               0.97, 0x45, "ab12", 0.0004, model="m1")  # fmt: skip
EXPLAINED = {
    "account": "acme", "action": "refuse", "reason": "text_loan", "command_status": 0x45, "status": "0x45",
    "status_name": "ESME_RSUBMITFAIL", "code": CODE, "data_coding": 0, "modes": {"code": "enforce", "text": "enforce"},
    "throttled": [], "readings": ["x"],
    "findings": [{"rule": "text", "reason": "text_loan", "evidence": EVIL, "score": 0.97, "enforced": True}],
    "text": {
        "reading": 0, "normalised": "cash <now> friend", "features": {"link": 1}, "probabilities": {},
        "thresholds": {"loan": 0.7}, "top": "loan", "familiar": 0.9, "known_language": True, "strange_words": [],
        "kinds": {"personal": 0.3, "other": 0.1},
        "class": "loan", "spans": [],
        "classes": {
            "loan": {
                "probability": 0.97, "rest": 0.1, "removed": 0.2, "bias": -1.0,
                "spans": [
                    {"start": 0, "end": 4, "text": "cash", "weight": 3.5},
                    {"start": 5, "end": 10, "text": "<now>", "weight": -0.6},
                    {"start": 11, "end": 17, "text": "friend", "weight": 0.01},
                ],
            },
            "spam": {"probability": 0.99, "rest": 0.0, "removed": 0.0, "bias": 0.0, "spans": []},
        },
    },
}  # fmt: skip


class Clock:
    """Unix seconds that pass only when told to."""

    now = NOON

    def __call__(self) -> float:
        return self.now


class Backend:
    """A :class:`smppproxy.admin.desk.backend.Backend` over a real authority."""

    utc_offset = 9.0

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.asked: list[dict[str, Any]] = []
        self.questions: list[TraceQuestion] = []
        self.rows = [ROW]
        self.fault: Exception | None = None
        self.reasons: list[str] = []

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        self.asked.append({"do": do, **fields})
        if self.fault is not None and do != "desk.person":
            raise self.fault
        if do == "text.explain":
            if not fields["text"]:
                raise InputError("text: one character at least is expected")
            return EXPLAINED
        if do == "trace.settle":
            return {"waiting": 0, "silent": 0}
        return result_of(self.authority.service.dispatch({"do": do, **fields}))

    async def search(self, question: TraceQuestion) -> list[TraceRow]:
        self.questions.append(question)
        return [row for row in self.rows if question.trace_id in ("", row.trace_id)]

    def recipient_keys(self, number: str) -> tuple[bytes, ...]:
        return (number.encode(),)

    async def matches(self, password: str, kept: str) -> bool:
        return bool(kept) and kept == f"scrypt${password}"

    async def hashed(self, password: str) -> str:
        return f"scrypt${password}"

    async def health(self) -> tuple[list[str], dict[str, Any]]:
        return self.reasons, {"version": "1", "workers": [{"worker": 0, "ready": True}]}


class Visitor:
    """A browser without scripts: keeps cookies, sends the forms it is shown."""

    def __init__(self, app: Starlette, address: str = "127.0.0.1") -> None:
        transport = httpx.ASGITransport(app, client=(address, 40000))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://admin")
        self.page = ""
        self.key = ""

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return self._seen(await self.http.get(path, **options))

    async def post(self, path: str, *, follow: bool = True, headers: Any = None, **fields: Any) -> httpx.Response:
        """Send a form with the key of the last page, and go where the answer leads."""
        fields.setdefault("form_key", self.key)
        answer = self._seen(await self.http.post(path, data=fields, headers=headers))
        if follow and answer.status_code == 303:
            return await self.get(answer.headers["location"])
        return answer

    async def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("/desk/sign-in")
        return await self.post("/desk/sign-in", name=name, password=password)

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        self.page = answer.text
        keys = re.findall(r'name="form_key" value="([^"]+)"', answer.text)
        self.key = keys[0] if keys else self.key
        return answer

    @property
    def text(self) -> str:
        """What a person reads of the page."""
        body = self.page.partition("<main")[2]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authority(tmp_path: Path, clock: Clock) -> Iterator[Authority]:
    authority = Authority.take(tmp_path / "var", clock=clock)
    for name, role in (("anna", "admin"), ("ben", "desk"), ("vera", "viewer")):
        authority.service.dispatch(
            {"do": "desk.add", "name": name, "role": role, "password_hash": f"scrypt${PASSWORD}", "who": "cli:t"}
        )
    yield authority
    authority.close()


@pytest.fixture
def do(authority: Authority) -> Callable[..., dict[str, Any]]:
    """``do("codes.add", code=…)``: a verb as the command line asks it."""
    return lambda verb, **fields: result_of(authority.service.dispatch({"do": verb, **fields}))


@pytest.fixture
def hold(authority: Authority) -> Callable[..., None]:
    """Hold messages of these ids, with a text each."""

    def hold(*ids: str, text: str = "Hello", text_id: str = "") -> None:
        from smppproxy.smpp import codec
        from smppproxy.smpp.pdu import Pdu
        from smppproxy.state.quarantine_verbs import sealed_in

        sealer = authority.sealer()
        rows = []
        for name in ids:
            pdu = codec.encode(Pdu(4, 0, 1, {"destination_addr": b"01050001234", "short_message": text.encode()}, []))
            rows.append(
                HeldMessage(
                    message_id=name, text_id=text_id or name, at=NOON, account="acme", code=CODE, sender=EVIL,
                    recipients=1, operation=4, segment="", reason="text_smishing", rule="text", evidence=EVIL,
                    score=0.9, trace_id="5f-1", registered=1, size=len(pdu), pdu=sealer.seal(pdu, sealed_in(name)),
                )
            )  # fmt: skip
        authority.quarantine.take_in(rows, 86_400.0)

    return hold


@pytest.fixture
def backend(authority: Authority) -> Backend:
    return Backend(authority)


@pytest.fixture
def app(backend: Backend, clock: Clock) -> Starlette:
    from ipaddress import ip_network

    return Starlette(routes=DeskPage(backend, trusted=lambda: [ip_network("192.0.2.0/24")], clock=clock).routes())


@pytest.fixture
def visitor(app: Starlette) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(app)


@pytest.fixture
def new_visitor(app: Starlette) -> Callable[..., Visitor]:
    """Further browsers, from other addresses."""
    return lambda address="127.0.0.1": Visitor(app, address)


@pytest.fixture
async def ben(visitor: Visitor) -> Visitor:
    """Somebody of the desk."""
    await visitor.sign_in("ben")
    return visitor


@pytest.fixture
async def vera(new_visitor: Callable[..., Visitor]) -> Visitor:
    """Somebody who may only look."""
    vera = new_visitor()
    await vera.sign_in("vera")
    return vera


@pytest.fixture
async def anna(new_visitor: Callable[..., Visitor]) -> Visitor:
    """An admin."""
    anna = new_visitor()
    await anna.sign_in("anna")
    return anna
