"""The volume rule: limits per code, account and sender, on a clock of the test's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.contract import Message, Mode, Reason
from filters.ports import CodeEntry, CodeState
from filters.volume import Limit, VolumeRule, VolumeSettings

NOON = 1_800_000_000.0 // 86_400 * 86_400 + 3 * 3600  # 12:00 in Seoul


def rule(mode=Mode.ENFORCE, **settings):
    return VolumeRule(VolumeSettings(mode=mode, **settings))


def message(**fields):
    stated = {
        "account": "reseller1",
        "code": "301150232",
        "sender": "0222345678",
        "recipients": ("01011112222",),
        "arrived": NOON,
    }
    return Message(**stated | fields)


def send(volume, times, **fields):
    """How many of some messages pass."""
    return sum(volume.check(message(**fields)) is None for _ in range(times))


def test_without_limits_everything_passes():
    assert send(rule(), 1000) == 1000


def test_the_rate_of_a_code():
    volume = rule(rate=10.0, burst=5)
    assert send(volume, 20) == 5
    assert send(volume, 20, code="302222222") == 5
    assert send(volume, 20, arrived=NOON + 0.35) == 3
    found = volume.check(message(arrived=NOON + 0.35))
    assert (found.reason, found.evidence) == (Reason.CODE_RATE, "more than 10 messages a second")
    assert send(volume, 20, code="", account="reseller9") == 5  # without a code the account counts


@pytest.mark.parametrize(
    ("by", "other"), [("code", {"code": "x"}), ("account", {"account": "x"}), ("sender", {"sender": "01099998888"})]
)
def test_messages_in_a_window(by, other):
    volume = rule(limits=(Limit(by=by, window=600.0, messages=7),))
    assert send(volume, 10) == 7
    assert send(volume, 1, **other) == 1
    assert send(volume, 1, arrived=NOON + 1300) == 1
    found = volume.check(message(recipients=("01011112222",) * 7, arrived=NOON + 1300))
    assert found.reason is (Reason.ACCOUNT_RATE if by == "account" else Reason.CODE_RATE)
    assert found.evidence == f"the {by} sent more than 7 messages in 600 s"


def test_every_recipient_is_a_message():
    volume = rule(limits=(Limit(messages=10),))
    assert send(volume, 9, recipients=("01011112222", "01011113333", "01011114444")) == 3
    assert send(volume, 9) == 1


def test_a_sender_is_one_in_every_spelling():
    volume = rule(limits=(Limit(by="sender", messages=2),))
    assert send(volume, 1, sender="01099998888") + send(volume, 1, sender="+82 10-9999-8888") == 2
    assert send(volume, 1, sender="821099998888", sender_international=True) == 0


def test_different_recipients():
    volume = rule(limits=(Limit(recipients=50),))
    assert send(volume, 300) == 300
    passed = sum(volume.check(message(recipients=(f"010{number:08}",))) is None for number in range(200))
    assert 40 <= passed <= 60


def test_routes_have_limits_of_their_own():
    volume = rule(limits=(Limit(route="international", messages=2), Limit(route="domestic", messages=4)))
    assert send(volume, 9, route="international") == 2
    assert send(volume, 9, route="domestic") == 4


def test_a_phone_line_has_a_number_a_day():
    volume = rule(phone_line=5)
    assert send(volume, 9, sender="01099998888") == 5
    assert send(volume, 9, sender="0222345678") == 9
    assert send(volume, 9, sender="01099998888", arrived=NOON + 12 * 3600 - 1) == 0
    assert send(volume, 9, sender="01099998888", arrived=NOON + 12 * 3600) == 5
    assert "phone line" in volume.check(message(sender="01099998888", arrived=NOON + 12 * 3600)).evidence


def test_no_more_than_so_many_to_one_recipient():
    volume = rule(repeats=4)
    assert send(volume, 9) == 4
    assert send(volume, 9, code="302222222") == 4
    found = volume.check(message(recipients=("01011112222", "01033334444")))
    assert (found.reason, found.recipients) == (Reason.CODE_RATE, ("01011112222",))
    assert "2222" not in found.evidence
    assert send(volume, 9, arrived=NOON + 5.01) == 4


def test_a_text_in_segments_is_one_message():
    volume = rule(limits=(Limit(messages=2),), repeats=4)
    assert send(volume, 1) == 1
    assert send(volume, 5, segment=2) == 5
    assert send(volume, 2) == 1


def test_what_does_not_pass_is_not_counted():
    volume = rule(limits=(Limit(by="code", messages=2), Limit(by="account", messages=3)))
    assert send(volume, 9) == 2
    assert send(volume, 9, code="302222222") == 1


def test_observing():
    assert rule(Mode.OBSERVE, rate=1.0).check(message()) is None
    volume = rule(Mode.OBSERVE, limits=(Limit(messages=1),))
    assert send(volume, 2) == 1
    assert volume.check(message()).enforce is False


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "a", "b"]),
            st.text(max_size=14),
            st.lists(st.text(max_size=14), max_size=3),
            st.floats(-1e9, 1e9),
        ),
        max_size=40,
    )
)
def test_nothing_raises(arrivals):
    everything = tuple(Limit(by=by, messages=3, recipients=3) for by in ("code", "account", "sender"))
    volume = rule(rate=5.0, phone_line=3, repeats=2, limits=everything)
    for code, sender, recipients, since in arrivals:
        volume.check(message(code=code, sender=sender, recipients=tuple(recipients), arrived=NOON + since))


def test_a_rate_of_its_own_abroad():
    volume = rule(rate=100.0, burst=1, international_rate=2.0)
    assert send(volume, 3, arrived=NOON) == 1
    assert send(volume, 3, arrived=NOON + 0.1) == 1
    assert send(volume, 3, code="9", route="international") == 1
    assert send(volume, 3, code="9", route="international", arrived=NOON + 0.1) == 0
    assert volume.check(message(code="9", route="international", arrived=NOON + 0.1)).evidence == (
        "more than 2 messages a second"
    )


class Codes:
    """A registry of codes and since when they are registered."""

    def __init__(self, **since):
        self.version = 1
        self.since = since
        self.asked = 0

    def code(self, code):
        self.asked += 1
        since = self.since.get(code)
        return CodeEntry(CodeState.ACTIVE, registered_at=since) if since is not None else None


def test_a_new_code_warms_up():
    codes = Codes(new=int(NOON) - 3600, grown=int(NOON) - 90 * 86_400, unknown=0)
    volume = VolumeRule(VolumeSettings(mode=Mode.ENFORCE, warmup_days=3, warmup_messages=10), codes)
    assert send(volume, 20, code="new") == 10
    found = volume.check(message(code="new"))
    assert (found.reason, found.evidence) == (
        Reason.CODE_RATE,
        "a new code, which may send 10 messages a day by now",
    )
    for code in ("grown", "unknown", "nowhere", ""):
        assert send(volume, 20, code=code) == 20
    assert send(volume, 99, code="new", arrived=NOON + 2 * 86_400) == 30  # the third day
    assert send(volume, 99, code="new", arrived=NOON + 3 * 86_400) == 99
    assert codes.asked == 4  # remembered …
    codes.since["new"] = int(NOON) + 5 * 86_400
    codes.version += 1
    volume.refresh(NOON)
    assert send(volume, 99, code="new", arrived=NOON + 5 * 86_400) == 10  # … until the book changes


def test_near_identical_texts_count_as_one():
    offer = "무료 상담 당일 한도 조회 가능합니다 지금 바로 연락 주시면 담당자가 안내해 드립니다"
    volume = rule(limits=(Limit(by="cluster", window=600.0, messages=5),))
    passed = [volume.check(message(code=str(n), texts=(f"{offer} {n:04}",))) is None for n in range(9)]
    assert passed == [True] * 5 + [False] * 4
    assert volume.check(message(texts=(offer,))).evidence == "the cluster sent more than 5 messages in 600 s"
    assert send(volume, 9, texts=("네",)) == 9  # too short to be like anything
    other = "[학교] 내일 소풍은 비가 오면 다음 주로 미룹니다. 도시락과 물을 준비해 주시기 바랍니다"
    assert send(volume, 5, texts=(other,)) == 5
