"""Senders, texts and hosts of links under sanction, whatever filters are on."""

from __future__ import annotations

from typing import Any

import pytest

from filters.contract import Action, Message, Reason
from filters.exemptions import Exemption
from filters.policy import Policy
from filters.ports import ListEntry, SenderEntry, SenderState
from filters.sanctioned import SanctionedMessages
from filters.text.near import signature
from filters.text.normalise import prepare

OFFER = "무료 상담 당일 한도 조회 가능합니다 지금 바로 연락 주시면 담당자가 친절히 안내해 드립니다"
HELLO = "내일 저녁 7시에 도서관 앞에서 보자"


class Book:
    """Senders and clusters one can change."""

    def __init__(self) -> None:
        self.version = 1
        self.senders: dict[str, SenderState] = {}
        self.names: list[bytes] = []
        self.hosts: dict[str, str] = {}
        self.asked = 0

    @property
    def blocks_senders(self) -> bool:
        return bool({SenderState.SUSPENDED, SenderState.BLACKLISTED} & set(self.senders.values()))

    @property
    def blocks_hosts(self) -> bool:
        return bool(self.hosts)

    def sender(self, number: str) -> SenderEntry | None:
        self.asked += 1
        return SenderEntry(self.senders[number]) if number in self.senders else None

    def listed(self, kind: str, key: str) -> ListEntry | None:
        if kind != "host_sanction":
            raise AssertionError("lists are the filters' affair")
        self.asked += 1
        return ListEntry(reason=self.hosts[key]) if key in self.hosts else None

    def patterns(self) -> tuple[int, list[Any]]:
        raise AssertionError("patterns are the filters' affair")

    def clusters(self) -> tuple[int, list[bytes]]:
        return self.version, self.names

    def put(self, number: str, state: SenderState) -> None:
        self.senders[number] = state
        self.version += 1

    def host(self, name: str, reason: str = "strike") -> None:
        self.hosts = {**self.hosts, name: reason} if reason else {}
        self.version += 1

    def strike(self, text: str) -> None:
        self.names = [signature(prepare(text).key)]
        self.version += 1


@pytest.fixture
def book() -> Book:
    return Book()


def message(text: str = HELLO, sender: str = "01012345678", **more: Any) -> Message:
    return Message(account="a", code="301150232", sender=sender, recipients=("01099998888",), texts=(text,), **more)


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        (SenderState.SUSPENDED, True),
        (SenderState.BLACKLISTED, True),
        (SenderState.ACTIVE, False),
        (SenderState.PROTECTED, False),  # nobody's sanction: the sender filter's affair
        (SenderState.THEFT_BLOCKED, False),
    ],
)
def test_a_sender_under_sanction_is_refused(book: Book, state: SenderState, refused: bool) -> None:
    looks = SanctionedMessages(book, texts=True)
    assert not looks.follow()
    book.put("821012345678", state)
    assert looks.follow() is refused
    for number in ("01012345678", "010-1234-5678", "+821012345678"):
        finding = looks.check(message(sender=number))
        assert (finding is not None) is refused
        if finding is not None:
            assert (finding.reason, finding.rule, finding.enforce) == (Reason.SENDER_BLACKLISTED, "sanction", True)
    assert looks.check(message(sender="0215889999")) is None
    assert (looks.check(message(sender="0215889999", callback="01012345678")) is not None) is refused


def test_a_text_under_sanction_is_refused(book: Book) -> None:
    looks = SanctionedMessages(book, texts=True)
    assert looks.check(message(OFFER)) is None
    book.strike(OFFER)
    assert looks.follow()
    finding = looks.check(message(f"{OFFER} 4719"))
    assert finding is not None
    assert (finding.reason, finding.rule, finding.enforce) == (Reason.TEXT_SPAM, "sanction", True)
    assert looks.check(message()) is None
    book.names = []
    book.version += 1
    assert looks.check(message(OFFER)) is None
    assert not looks.follow()


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("가입 https://slot.top/join", True),
        ("가입 https://WWW.Slot.top/join?code=7", True),
        ("가입 slot.top/join", True),
        ("가입 ｈｔｔｐｓ：//ｓｌｏｔ．ｔｏｐ", True),
        ("먼저 https://good.top/ 그리고 https://a.b.slot.top", True),
        ("가입 https://myslot.top/", False),
        ("가입 https://good.top/?to=slot.top", False),
        ("slot 머신 수리합니다", False),
    ],
)
def test_a_link_to_a_host_under_sanction_is_refused(book: Book, text: str, refused: bool) -> None:
    looks = SanctionedMessages(book, texts=False)
    assert looks.check(message(text)) is None
    assert not looks.follow()
    book.host("slot.top")
    assert looks.follow()
    finding = looks.check(message(text))
    assert (finding is not None) is refused
    if finding is not None:
        assert (finding.reason, finding.rule, finding.enforce) == (Reason.LINK_REFUSED, "sanction", True)
        assert finding.evidence == "the host slot.top is struck"
    book.host("slot.top", "")
    assert not looks.follow()
    assert looks.check(message(text)) is None


def test_a_shortener_is_everybody_s(book: Book) -> None:
    looks = SanctionedMessages(book, texts=False)
    book.host("bit.ly")
    assert looks.check(message("https://bit.ly/abc")) is None


def test_the_links_of_a_text_are_looked_up_once_and_again_in_other_books(book: Book) -> None:
    looks = SanctionedMessages(book, texts=False)
    book.host("slot.top")
    for _ in range(3):
        assert looks.check(message("https://fine.top/")) is None
    assert book.asked == 2  # the sender, and the host
    book.host("fine.top", "suspend")
    found = looks.check(message("https://fine.top/"))
    assert found is not None
    assert found.evidence == "the host fine.top is suspended"


def test_what_other_filters_look_up_is_left_to_them(book: Book) -> None:
    book.strike(OFFER)
    looks = SanctionedMessages(book, texts=False)
    assert not looks.follow()
    assert looks.check(message(OFFER)) is None
    assert looks.version == 1


def test_nobody_is_asked_about_while_nothing_is_under_sanction_and_each_once_then(book: Book) -> None:
    looks = SanctionedMessages(book, texts=True)
    looks.check(message())
    assert book.asked == 0
    book.put("821012345678", SenderState.SUSPENDED)
    for _ in range(3):
        looks.check(message())
    assert book.asked == 1
    book.put("821012345678", SenderState.ACTIVE)
    assert looks.check(message()) is None


def test_nobody_is_exempt_from_a_text_under_sanction(book: Book) -> None:
    book.strike(OFFER)
    asked = message(OFFER)
    found = SanctionedMessages(book, texts=True).check(asked)  # type: ignore[arg-type]
    assert found is not None
    everything = Exemption(name="otp", owner="anna", why="all", until=float("inf"), accounts=frozenset({"a"}))
    of_rule = Exemption(
        name="otp", owner="anna", why="all", until=float("inf"), accounts=frozenset({"a"}),
        reasons=frozenset({Reason.TEXT_SPAM}), rules=frozenset({"blocklist"}),
    )  # fmt: skip
    for each in (everything, of_rule):
        decision = Policy(exemptions=[each]).decide([found], asked)
        assert (decision.action, decision.reason) == (Action.REFUSE, Reason.TEXT_SPAM)
