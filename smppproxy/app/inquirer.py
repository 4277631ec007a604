"""Asks an outside service about texts and sender numbers: in batches, over HTTP, never keeping the loop.

A service that fails is left alone for a while: what would be asked meanwhile counts as unanswered at once, so that
``on_error = "forward"`` does not make every message wait for the deadline of a service that is down.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from filters.contract import Finding, Reason
from smppproxy.app.metrics import Metrics
from smppproxy.app.settings import Settings
from smppproxy.app.tasks import Tasks
from smppproxy.loggers import get_logger
from smppproxy.relay.house import House
from smppproxy.relay.inquiry import RULE, Question
from smppproxy.relay.plan import Subject

if TYPE_CHECKING:
    import httpx

    from smppproxy.app.settings.inquiry import InquiryFilter

VERSION: Final = 1  # of what is asked and answered
FAILURES: Final = 3  # requests that fail one after the other until the service is left alone
REST: Final = 1.0  # s it is left alone at first; doubled with each further failure
LONGEST_REST: Final = 30.0  # s
ANSWER_LIMIT: Final = 1 << 20  # octets of one response
WORDS: Final = 200  # characters of a reason that are kept

#: The classes a service may name for a text; another one, or none, is taken for fraud.
CLASSES: Final = {
    reason.value.removeprefix("text_"): reason
    for reason in (
        *(Reason.TEXT_GAMBLING, Reason.TEXT_LOAN, Reason.TEXT_DRUG, Reason.TEXT_ADULT),
        *(Reason.TEXT_INVESTMENT, Reason.TEXT_SMISHING, Reason.TEXT_SPAM),
    )
}

log = get_logger(__name__)


class Answer(msgspec.Struct):
    """What a service says of one question."""

    id: int
    verdict: str  # fine | refuse
    label: str = msgspec.field(default="", name="class")
    reason: str = ""


class Answers(msgspec.Struct):
    """A whole response."""

    answers: list[Answer]


class Inquirer:
    """The worker's side of :class:`smppproxy.relay.inquiry.Inquiry`. :meth:`run` is called once a turn."""

    def __init__(
        self,
        house: House,
        tasks: Tasks,
        wake: Callable[[], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``transport`` takes the place of the network."""
        self.failures = 0  # requests that failed, since the start
        self.asked = 0  # questions sent, since the start
        self._house = house
        self._tasks = tasks
        self._wake = wake
        self._clock = clock
        self._transport = transport
        self._section: InquiryFilter | None = None
        self._client: httpx.AsyncClient | None = None
        self._under_way = 0
        self._waiting: list[Question] = []  # for a free connection
        self._failed = 0  # requests one after the other
        self._rest_until = 0.0

    def follow(self, settings: Settings) -> None:
        """Follow the section of a configuration. Raises OSError for certificates that cannot be read."""
        section = settings.filters.inquiry
        if section == self._section:
            return
        client = None
        if section.plan() is not None:
            client = self._connect(section)
        old, self._client, self._section = self._client, client, section
        self._failed, self._rest_until = 0, 0.0
        if old is not None:
            self._tasks.spawn(old.aclose(), "close inquiry")

    def run(self) -> None:
        """Take the questions there are; ask, or say that there will be no answer."""
        inquiry = self._house.inquiry
        if not (inquiry.questions or self._waiting):
            return
        self._waiting += inquiry.questions
        inquiry.questions = []
        section, client = self._section, self._client
        if section is None or client is None or self._clock() < self._rest_until:
            self._unanswered(self._waiting)
            self._waiting = []
            return
        while self._waiting and self._under_way < section.connections:
            some, self._waiting = self._waiting[: section.batch], self._waiting[section.batch :]
            self._under_way += 1
            self._tasks.spawn(self._ask(client, section, some), "inquiry")
        surplus = section.batch * section.connections * 4  # more would have to wait beyond any deadline
        if len(self._waiting) > surplus:
            late, self._waiting = self._waiting[surplus:], self._waiting[:surplus]
            self._unanswered(late)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    def collect(self, metrics: Metrics) -> None:
        """Tell what was asked."""
        inquiry = self._house.inquiry
        metrics.counter("inquiry_questions_total", outcome="answered").value = inquiry.answers
        metrics.counter("inquiry_questions_total", outcome="remembered").value = inquiry.remembered
        metrics.counter("inquiry_questions_total", outcome="unanswered").value = inquiry.unanswered
        metrics.counter("inquiry_late_total").value = inquiry.late
        metrics.counter("inquiry_failures_total").value = self.failures
        metrics.gauge("inquiry_waiting").value = len(inquiry)

    def _connect(self, section: InquiryFilter) -> httpx.AsyncClient:
        import httpx  # a quarter of a second and some megabytes, for those who ask only

        limits = httpx.Limits(max_connections=section.connections, max_keepalive_connections=section.connections)
        headers = {"user-agent": "smppproxy", "accept": "application/json"}
        if section.token is not None:
            headers["authorization"] = f"Bearer {section.token.get_secret_value()}"
        return httpx.AsyncClient(
            timeout=section.deadline,
            limits=limits,
            headers=headers,
            verify=str(section.ca) if section.ca else True,
            transport=self._transport,
            follow_redirects=False,  # the text is for this service and no other
            trust_env=False,
        )

    async def _ask(self, client: httpx.AsyncClient, section: InquiryFilter, questions: Sequence[Question]) -> None:
        try:
            self.asked += len(questions)
            answers = await self._post(client, section.url, questions)
        except Exception as error:  # whatever a network and a stranger's program can do
            self._failure(error)
            answers = {}
        else:
            self._failed = 0
        finally:
            self._under_way -= 1
        now, inquiry = self._clock(), self._house.inquiry
        for number, question in enumerate(questions):
            answer = answers.get(number)
            known = answer is not None and answer.verdict in ("fine", "refuse")
            finding = _finding(question, answer) if answer is not None and answer.verdict == "refuse" else None
            inquiry.answered(question, finding, now, known=known)
        self._wake()

    @staticmethod
    async def _post(client: httpx.AsyncClient, url: str, questions: Sequence[Question]) -> dict[int, Answer]:
        asked = [{"id": number, str(each.subject): each.value} for number, each in enumerate(questions)]
        content = msgspec.json.encode({"version": VERSION, "questions": asked})
        octets = bytearray()
        async with client.stream(
            "POST", url, content=content, headers={"content-type": "application/json"}
        ) as response:
            response.raise_for_status()
            async for part in response.aiter_bytes():
                octets += part
                if len(octets) > ANSWER_LIMIT:
                    raise ValueError(f"the answer has more than {ANSWER_LIMIT} octets")
        return {answer.id: answer for answer in msgspec.json.decode(bytes(octets), type=Answers).answers}

    def _failure(self, error: Exception) -> None:
        self.failures += 1
        self._failed += 1
        if self._failed < FAILURES:
            return
        rest = min(LONGEST_REST, REST * 2.0 ** min(self._failed - FAILURES, 10))
        self._rest_until = self._clock() + rest
        if self._failed == FAILURES:
            log.warning("inquiry_failing", error=f"{type(error).__name__}: {error}"[:WORDS], left_alone=rest)

    def _unanswered(self, questions: Sequence[Question]) -> None:
        now = self._clock()
        for question in questions:
            self._house.inquiry.answered(question, None, now, known=False)


def _finding(question: Question, answer: Answer) -> Finding:
    words = "".join(character for character in answer.reason[:WORDS] if character.isprintable())
    if question.subject is Subject.SENDER:
        return Finding(Reason.SENDER_UNREGISTERED, RULE, words or "refused by the service")
    return Finding(CLASSES.get(answer.label, Reason.TEXT_SMISHING), RULE, words or "refused by the service")
