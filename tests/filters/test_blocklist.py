"""The blocklist rule: senders, recipients and patterns an operator has listed."""

from __future__ import annotations

import pytest

from filters.blocklist import MEMO_CHARS, MEMO_LIMIT, BlocklistRule, BlocklistSettings
from filters.contract import Message, Mode, Reason
from filters.patterns import EXPRESSIONS_AT_ONCE, FEW
from filters.ports import ListEntry, Pattern, PatternKind
from filters.text.near import signature
from filters.text.normalise import prepare

NOW = 1_800_000_000.0
GOOD, GONE = "01011112222", "01033334444"


@pytest.fixture
def lists(new_lists):
    lists = new_lists()
    lists.put("recipient_optout", "821033334444")
    lists.put("sender_blacklist", "8215881234", ListEntry("the regulator", "", NOW + 10))
    return lists


@pytest.fixture
def patterns(new_patterns):
    patterns = new_patterns()
    patterns.put(
        Pattern("p1", PatternKind.LITERAL, "대박 당첨", "lottery"), Pattern("p2", PatternKind.EXPRESSION, "vip ?room")
    )
    return patterns


@pytest.fixture
def make(lists, patterns):
    def make(mode=Mode.ENFORCE, **settings):
        return BlocklistRule(BlocklistSettings(mode=mode, **settings), lists, patterns)

    return make


def message(text="안녕하세요", *recipients, **fields):
    return Message(
        **{"account": "a", "sender": "0222345678", "texts": (text,), "recipients": recipients, "arrived": NOW, **fields}
    )


def test_nothing_listed(make):
    assert make().check(message("안녕", GOOD)) is None
    assert make().check(message("(광고) 안녕", GOOD)) is None


def test_patterns(make):
    found = make().check(message("대박  당첨!"))
    assert (found.reason, found.evidence) == (Reason.TEXT_SPAM, "the text holds pattern p1: lottery")
    assert make().check(message("x", texts=("x", "VIP room"))).evidence == "the text holds pattern p2"
    assert make(patterns=False).check(message("VIP room")) is None


def test_senders(make):
    rule = make()
    found = rule.check(message(sender="1588-1234"))
    assert (found.reason, found.evidence) == (Reason.SENDER_BLACKLISTED, "the sender is listed by the regulator")
    assert rule.check(message(sender="1588-1234", arrived=NOW + 11)) is None
    assert make(senders=False).check(message(sender="1588-1234")) is None


def test_who_opted_out_gets_no_advertisements(make):
    rule = make()
    assert rule.check(message("인증번호 1234", GONE)) is None
    found = rule.check(message("(광고) 가나마트", GONE))
    assert (found.reason, found.recipients) == (Reason.RECIPIENT_REFUSED, ())
    found = rule.check(message("(광고) 가나마트", GOOD, "+82 10-3333-4444"))
    assert found.recipients == ("+82 10-3333-4444",)
    assert GONE[3:] not in found.evidence


def test_opting_out_of_everything_or_nothing(make):
    assert make(optout="all").check(message("인증번호 1234", GONE)) is not None
    assert make(optout="all").check(Message(account="a", recipients=(GONE,))) is not None  # what has no text as well
    assert make(optout="off").check(message("(광고) 가나마트", GONE)) is None


def test_new_patterns_are_compiled_in_parts_and_the_old_ones_stay_until_then(make, patterns):
    rule = make()
    patterns.put(
        *(Pattern(f"n{n}", PatternKind.EXPRESSION, f"new ?word{n:04}") for n in range(2 * EXPRESSIONS_AT_ONCE))
    )
    turns = 0
    while rule.check(message("new word0001")) is None:
        assert rule.check(message("vip room")) is not None
        rule.refresh(NOW)
        turns += 1
        assert turns < 20
    assert turns > 2


def test_a_few_new_patterns_are_in_force_at_the_next_turn(make, patterns):
    rule = make()
    kinds = (PatternKind.LITERAL, PatternKind.EXPRESSION)
    new = range(FEW - rule.patterns.size)
    patterns.put(*(Pattern(f"n{n}", kinds[n % 2], f"new word{n:02}") for n in new))
    rule.refresh(NOW)
    for n in new:
        assert rule.check(message(f"a new word{n:02}")) is not None


def test_a_change_of_other_books_compiles_nothing(make, patterns):
    rule = make()
    before = rule.patterns
    patterns.version, known = patterns.version + 1, patterns.version
    patterns.patterns = lambda: (known, [])
    rule.refresh(NOW)
    assert rule.patterns is before


def test_a_faulty_pattern_harms_no_other(make, patterns):
    patterns.put(Pattern("bad", PatternKind.EXPRESSION, "("))
    rule = make()
    assert "bad" in rule.patterns.refused
    assert rule.check(message("vip room")) is not None


def test_off_compiles_nothing_and_observing_refuses_nothing(make):
    assert make(Mode.OFF).patterns.size == 0
    assert make(Mode.OBSERVE).check(message("vip room")).enforce is False


def test_memory_is_bounded(make):
    rule = make()
    for number in range(MEMO_LIMIT + 5):
        rule.check(message(f"😀 {number}"))  # what no glance sees through
    assert len(rule._memo) <= MEMO_LIMIT
    rule.check(message("😀" * (MEMO_CHARS + 1)))
    assert max(map(len, rule._memo)) <= MEMO_CHARS


class Texts:
    """The texts under sanction."""

    def __init__(self):
        self.names = []
        self.version = 1

    def clusters(self):
        return self.version, self.names


def test_texts_near_identical_to_one_under_sanction(lists, patterns):
    offer = "무료 상담 당일 한도 조회 가능합니다 지금 바로 연락 주시면 담당자가 친절히 안내해 드립니다"
    texts = Texts()
    rule = BlocklistRule(BlocklistSettings(mode=Mode.ENFORCE), lists, patterns, texts)
    assert rule.check(message(offer)) is None
    name = signature(prepare(offer).key)
    texts.names, texts.version = [name], 2
    patterns.put(Pattern("p9", PatternKind.LITERAL, "never seen"))  # the books have one version for all
    rule.refresh(NOW)
    for text in (offer, offer + " 9471", "쉛쫣 " + offer, offer + " 뷁쀍똟", offer.replace("한도", "한★도")):
        found = rule.check(message(text))
        assert found.reason is Reason.TEXT_SPAM
        assert found.evidence == f"the text is near-identical to those under sanction, cluster {name[:8].hex()}"
    assert rule.check(message("대박 당첨")).evidence.startswith("the text holds pattern p1")
    assert rule.check(message("내일 소풍은 비가 오면 다음 주로 미룹니다. 도시락과 물을 준비해 주십시오")) is None
    texts.names, texts.version = [], 3
    patterns.put(Pattern("p8", PatternKind.LITERAL, "never seen either"))
    rule.refresh(NOW)
    assert rule.check(message(offer)) is None


def test_texts_under_sanction_can_be_let_pass(lists, patterns):
    offer = "무료 상담 당일 한도 조회 가능합니다 지금 바로 연락 주시면 담당자가 친절히 안내해 드립니다"
    texts = Texts()
    texts.names = [signature(prepare(offer).key)]
    made = BlocklistSettings(mode=Mode.ENFORCE, clusters=False)
    assert BlocklistRule(made, lists, patterns, texts).check(message(offer)) is None
