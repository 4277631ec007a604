"""``[filters.inquiry]``: an outside service that is asked about a message before it is sent."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator

from filters.contract import Mode
from smppproxy.app.settings.values import (
    Count,
    Duration,
    FilePathOrNone,
    Items,
    ModeValue,
    Secret,
    Section,
    option,
    refuse,
)
from smppproxy.relay.plan import InquiryPlan, Subject

_SCHEMES: Final = ("https", "http")


def _url(value: str) -> str:
    if not value:
        return value
    try:
        parts = urlsplit(value)
        port = parts.port  # raises where it is no number
    except ValueError:
        refuse("a URL such as https://service.example/ask")
    if parts.scheme not in _SCHEMES or not parts.hostname or port == 0 or parts.fragment:
        refuse("a URL such as https://service.example/ask")
    if parts.username or parts.password:
        refuse("a URL without a name and password", "put the service's secret into `token`")
    return value


class InquiryFilter(Section):
    """``[filters.inquiry]``: what an outside service says of texts and sender numbers, asked over HTTP."""

    mode: ModeValue = option(
        Mode.OFF, "off, observe (ask, keep nobody waiting, record) or enforce (wait for the answer)"
    )
    url: Annotated[str, AfterValidator(_url)] = option("", "where questions are posted; needed unless the mode is off")
    token: Secret | None = option(None, "sent as `Authorization: Bearer …`; best as env:NAME or file:/path")
    ask: Annotated[tuple[Literal["text", "sender"], ...], Items] = option(("text",), "what is asked about")
    deadline: Duration = option(0.5, "that a message waits for its answers; then `on_error`", unit="s")
    on_error: Literal["forward", "refuse"] = option(
        "forward", "without an answer: forward the message, or refuse it with 0x58 and the sender comes back"
    )
    remember: Duration = option(3600.0, "that an answer holds for the same text or number", unit="s")
    remembered: Count = option(50_000, "answers kept by a worker, some 300 octets each")
    waiting: Count = option(20_000, "messages of a worker that may wait at once; more are refused with 0x58")
    batch: Count = option(64, "questions of one request at most")
    connections: Count = option(4, "requests of a worker that are under way at once")
    ca: FilePathOrNone = option("", 'certificates the service is checked by; "" = those of the system')

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if self.mode is not Mode.OFF and not self.url:
            refuse("a `url` where questions are posted, or the mode off")
        if self.mode is not Mode.OFF and not self.ask:
            refuse("something to `ask` about: text, sender or both")
        return self

    def plan(self) -> InquiryPlan | None:
        """What the relay is told; None: nobody is asked."""
        if self.mode is Mode.OFF:
            return None
        return InquiryPlan(
            mode=self.mode,
            subjects=tuple(Subject(each) for each in dict.fromkeys(self.ask)),
            deadline=self.deadline,
            forward=self.on_error == "forward",
            remember=self.remember,
            remembered=self.remembered,
            waiting=self.waiting,
        )
