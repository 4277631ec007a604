"""The first sender's code: what passes, what is found, and that remembering changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filters.code import (
    INTEGER_LIMIT,
    MEMO_LIMIT,
    PRESETS,
    VALUE_LIMIT,
    CodeRule,
    CodeSettings,
    Encoding,
    IdentitySettings,
)
from filters.contract import DIFFERING, Mode, Reason
from filters.ports import CodeEntry, CodeState
from filters.sanctions import OwnPace

GOOD = b"301150232"


def found(rule, value, allowed=None):
    finding = rule.judge(value, allowed)
    return None if finding is None else finding.reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (GOOD, None),
        (GOOD + b"\0", None),
        (GOOD + b"  \0\0", None),
        (None, Reason.CODE_MISSING),
        (DIFFERING, Reason.CODE_CONFLICT),
        (b"", Reason.CODE_LENGTH),
        (b"\0\0\0", Reason.CODE_LENGTH),
        (b"30115023", Reason.CODE_LENGTH),
        (b"3011502321", Reason.CODE_LENGTH),
        (b"3-01-15-0232", Reason.CODE_LENGTH),
        (b"9" * (VALUE_LIMIT + 1), Reason.CODE_LENGTH),
        (b" 30115023", Reason.CODE_FORMAT),
        (b"30115023A", Reason.CODE_FORMAT),
        (b"3011\x0050232"[:9], Reason.CODE_FORMAT),
        ("３０１".encode(), Reason.CODE_FORMAT),
        (b"30115023\xb2", Reason.CODE_FORMAT),
        (b"999999999", Reason.CODE_UNREGISTERED),
    ],
)
def test_kr_preset(book, value, reason):
    assert found(CodeRule(PRESETS["kr"], book), value) == reason


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (CodeState.ACTIVE, None),
        (CodeState.INACTIVE, Reason.CODE_INACTIVE),
        (CodeState.SUSPENDED, Reason.CODE_SANCTIONED),
        (CodeState.STRUCK, Reason.CODE_SANCTIONED),
    ],
)
def test_every_state_of_the_registry(book, state, reason):
    book.put("301150232", state)
    finding = CodeRule(CodeSettings(), book).judge(GOOD)
    assert (finding and finding.reason) == reason
    if finding:
        assert state.value in finding.evidence


def test_an_account_carries_only_its_codes(book):
    rule = CodeRule(CodeSettings(), book)
    assert found(rule, GOOD, frozenset({"301150232"})) is None
    assert found(rule, GOOD, frozenset({"301210079"})) is Reason.CODE_NOT_ALLOWED
    assert found(rule, GOOD, frozenset()) is Reason.CODE_NOT_ALLOWED
    assert found(rule, GOOD, None) is None


def test_without_a_registry_the_shape_and_sanctions_count(book):
    rule = CodeRule(CodeSettings(registry=False), book)
    assert found(rule, b"123456789") is None
    book.put("301150232", CodeState.INACTIVE)
    assert found(rule, GOOD) is None
    book.put("301150232", CodeState.STRUCK)
    rule.refresh()
    assert found(rule, GOOD, frozenset()) is not None
    assert found(rule, GOOD) is Reason.CODE_SANCTIONED


@pytest.mark.parametrize("registry", [True, False])
@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ENFORCE])
@pytest.mark.parametrize("state", [CodeState.SUSPENDED, CodeState.STRUCK])
def test_a_sanction_holds_without_registration_too(book, mode, registry, state):
    rule = CodeRule(CodeSettings(mode=mode, registry=registry), book)
    book.put("301150232", state)
    finding = rule.judge(GOOD)
    assert (finding.reason, finding.enforce) == (Reason.CODE_SANCTIONED, mode is Mode.ENFORCE)
    assert CodeRule(CodeSettings(mode=Mode.OFF, registry=registry), book).judge(GOOD) is None


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ENFORCE])
def test_a_throttle_holds_without_registration_too(book, mode):
    rule = CodeRule(CodeSettings(mode=mode, registry=False), book)
    book.entries["301150232"] = CodeEntry(CodeState.ACTIVE, rate=1.0)
    assert rule.judge(GOOD) is None
    assert not rule.verdicts().sound
    pace = OwnPace()
    assert rule.paced(GOOD, pace, 10.0) is None
    finding = rule.paced(GOOD, pace, 10.1)
    assert (finding.reason, finding.enforce) == (Reason.CODE_RATE, mode is Mode.ENFORCE)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ((301150232).to_bytes(4, "big"), "301150232"),
        ((301150232).to_bytes(8, "big"), "301150232"),
        (b"\x07", "000000007"),
        (b"", ""),
        (b"\x01" * (INTEGER_LIMIT + 1), ""),
    ],
)
def test_integers_read_as_padded_decimals(book, octets, text):
    assert CodeRule(CodeSettings(encoding=Encoding.INTEGER), book).trimmed(octets) == text


def test_an_integer_keeps_octets_that_look_like_padding(book):
    rule = CodeRule(CodeSettings(encoding=Encoding.INTEGER, registry=False), book)
    assert rule.trimmed(b"\x11\xf3\x20\x00") == str(0x11F32000)
    assert found(rule, b"\xff\xff\xff\xff") is Reason.CODE_LENGTH
    assert found(rule, b"\x01" * 9) is Reason.CODE_LENGTH


def test_a_code_hidden_behind_a_nul_is_not_read_past_it(book):
    rule = CodeRule(CodeSettings(length=0, format=r"[0-9]{9}.*", encoding=Encoding.CSTRING), book)
    assert found(rule, GOOD + b"\0x") is Reason.CODE_FORMAT


def test_hyphens_are_dropped_on_request(book):
    rule = CodeRule(CodeSettings(accept_hyphenated=True), book)
    assert rule.verdicts()[b"3-01-15-0232"] == ("301150232", None)
    assert found(rule, b"-301150232") is Reason.CODE_LENGTH


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("[0-9]{3,5}", b"1234", b"123456"),
        (r"\d{2}", b"12", b"1x"),
        (r"\d{2}", b"12", b"123"),
        ("[0-9]+", b"1", b"1 2"),
        ("(?:AB|CD)[0-9]", b"AB1", b"xAB1"),
        ("(?:AB|CD)[0-9]", b"CD2", b"CD22"),
        (r"[0-9]{4}-\w", b"0009-a", "0009-가".encode()),
    ],
)
def test_format_covers_the_whole_value(book, pattern, good, bad):
    rule = CodeRule(CodeSettings(length=0, format=pattern, registry=False), book)
    assert found(rule, good) is None
    assert found(rule, bad) is Reason.CODE_FORMAT


def test_a_faulty_format_is_refused_at_once(book):
    with pytest.raises(ValueError, match="no regular expression"):
        CodeRule(CodeSettings(format="[0-9"), book)


def test_modes(book):
    assert CodeRule(CodeSettings(mode=Mode.OFF), book).judge(None) is None
    assert CodeRule(CodeSettings(mode=Mode.OBSERVE), book).judge(None).enforce is False
    assert CodeRule(CodeSettings(mode=Mode.ENFORCE), book).judge(None).enforce is True


@pytest.mark.parametrize("moment", [datetime(2027, 1, 1, tzinfo=UTC), date(2027, 1, 1)])
def test_enforce_from_observes_until_then(book, moment):
    at = datetime(2027, 1, 1, tzinfo=UTC if isinstance(moment, datetime) else None).timestamp()
    rule = CodeRule(CodeSettings(enforce_from=moment), book, now=at - 1)
    assert rule.mode is Mode.OBSERVE
    assert rule.judge(None).enforce is False
    rule.refresh()
    assert rule.judge(None).enforce is False
    rule.refresh(at - 1)
    assert rule.mode is Mode.OBSERVE
    rule.refresh(at)
    assert rule.mode is Mode.ENFORCE
    assert rule.judge(None).enforce is True
    assert CodeRule(CodeSettings(enforce_from=moment), book, now=at).mode is Mode.ENFORCE
    assert CodeRule(CodeSettings(mode=Mode.OFF, enforce_from=moment), book, now=at).mode is Mode.OFF


def test_a_sanction_is_seen_after_refresh(book):
    rule = CodeRule(CodeSettings(), book)
    assert found(rule, GOOD) is None
    book.put("301150232", CodeState.SUSPENDED)
    rule.refresh()
    assert found(rule, GOOD) is Reason.CODE_SANCTIONED
    book.put("301150232")
    rule.refresh()
    assert found(rule, GOOD) is None


def test_a_verdict_is_asked_for_once(book):
    rule = CodeRule(CodeSettings(), book)
    for _ in range(5):
        rule.judge(GOOD)
        rule.verdicts()[GOOD]
        rule.refresh()
    assert book.asked == 1


def test_memory_is_bounded(book):
    rule = CodeRule(CodeSettings(), book)
    first, second = rule.verdicts(), rule.verdicts(frozenset({"301150232"}))
    for number in range(MEMO_LIMIT // 2 + 10):
        assert first[b"%09d" % number] is not None
        assert second[b"%09d" % number] is not None
        assert len(first) + len(second) <= MEMO_LIMIT
    before = len(first)
    rule.judge(b"9" * (VALUE_LIMIT + 1))
    assert len(first) == before


def test_verdicts_stay_valid_over_a_refresh(book):
    rule = CodeRule(CodeSettings(), book)
    verdicts = rule.verdicts()
    assert verdicts[GOOD] == ("301150232", None)
    book.put("301150232", CodeState.STRUCK)
    rule.refresh()
    assert verdicts[GOOD][1].reason is Reason.CODE_SANCTIONED
    assert rule.verdicts() is verdicts


def test_extras_are_judged_beside_the_code(book):
    relay = IdentitySettings(name="relay", length=4, format="[0-9]{4}", registry=True, required=True)
    hint = IdentitySettings(name="hint")
    rule = CodeRule(CodeSettings(mode=Mode.OBSERVE, extras=(relay, hint)), book)
    relay_rule, hint_rule = rule.extras
    assert [extra.name for extra in rule.extras] == ["relay", "hint"]
    assert hint_rule.judge(None) is None
    assert found(relay_rule, None) is Reason.CODE_MISSING
    assert found(relay_rule, b"00091") is Reason.CODE_LENGTH
    unregistered = relay_rule.judge(b"0009")
    assert unregistered.reason is Reason.CODE_UNREGISTERED
    assert unregistered.evidence.startswith("relay: ")
    assert (unregistered.rule, unregistered.enforce) == ("code", False)
    book.put("relay:0009")
    rule.refresh()
    assert relay_rule.verdicts()[b"0009\0"] == ("0009", None)
    assert found(rule, b"relay:0009") is Reason.CODE_LENGTH


def test_what_the_book_raises_comes_through(book):
    def fail(code):
        raise OSError("the book is gone")

    book.code = fail
    rule = CodeRule(CodeSettings(), book)
    assert rule.on_error == "refuse"
    with pytest.raises(OSError, match="gone"):
        rule.judge(GOOD)


def test_evidence_is_short_and_printable(book):
    rule = CodeRule(CodeSettings(length=0), book)
    evidence = rule.judge(b"\x1b[2J\n" + b"x" * 200).evidence
    assert evidence.isprintable()
    assert evidence.isascii() or "…" in evidence
    assert len(evidence) < 120


def test_presets_are_usable_and_hold_no_tag(book):
    for preset in PRESETS.values():
        CodeRule(preset, book)
        assert "tag" not in msgspec.structs.asdict(preset)
    dlt = CodeRule(PRESETS["in-dlt"], book)
    assert [extra.name for extra in dlt.extras] == ["template", "chain"]
    assert found(CodeRule(PRESETS["none"], book), b"anything\n") is Reason.CODE_UNREGISTERED
    assert found(CodeRule(PRESETS["none"], book), None) is Reason.CODE_MISSING


@pytest.mark.parametrize("encoding", list(Encoding))
def test_encoded_is_the_inverse_of_trimmed(book, encoding):
    rule = CodeRule(CodeSettings(encoding=encoding), book)
    assert rule.trimmed(rule.encoded("301150232")) == "301150232"
    assert rule.trimmed(rule.encoded("000000001")) == "000000001"


def test_encoded_refuses_what_cannot_be_carried(book):
    with pytest.raises(ValueError, match="decimal"):
        CodeRule(CodeSettings(encoding=Encoding.INTEGER), book).encoded("12x")
    with pytest.raises(ValueError, match="decimal"):
        CodeRule(CodeSettings(encoding=Encoding.INTEGER), book).encoded("9" * 20)
    with pytest.raises(ValueError, match="octet"):
        CodeRule(CodeSettings(), book).encoded("코드")
    with pytest.raises(ValueError, match="longer"):
        CodeRule(CodeSettings(), book).encoded("9" * 300)
    assert CodeRule(CodeSettings(encoding=Encoding.CSTRING), book).encoded("12") == b"12\0"
    assert len(CodeRule(CodeSettings(encoding=Encoding.INTEGER), book).encoded(str(1 << 32))) == 8


code_octets = st.one_of(
    st.binary(max_size=300),
    st.from_regex(rb"[0-9]{8,10}[\0 ]{0,2}", fullmatch=True),
    st.from_regex(rb"[0-9]{1,3}(?:-[0-9]{1,4}){1,3}", fullmatch=True),
)
rule_settings = st.builds(
    CodeSettings,
    length=st.sampled_from([0, 4, 9]),
    format=st.sampled_from([".*", "[0-9]{9}", "[0-9]+", "[A-Z0-9]*"]),
    encoding=st.sampled_from(Encoding),
    registry=st.booleans(),
    required=st.booleans(),
    accept_hyphenated=st.booleans(),
    mode=st.sampled_from(Mode),
)
values = st.one_of(st.none(), st.just(DIFFERING), code_octets)


@given(chosen=rule_settings, stream=st.lists(st.tuples(values, st.sampled_from([None, frozenset({"301150232"})]))))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_octets_get_a_verdict_and_memory_never_changes_it(new_book, chosen, stream):
    book = new_book()
    book.put("301150232")
    rule = CodeRule(chosen, book)
    for value, allowed in [*stream, *stream]:
        fresh = CodeRule(chosen, book)
        assert rule.judge(value, allowed) == fresh.judge(value, allowed)
        assert rule.verdicts(allowed)[value] == (fresh.trimmed(value), fresh.judge(value, allowed))


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["301150232", "301210079"]), st.one_of(st.none(), st.sampled_from(CodeState)))
    )
)
def test_a_change_of_the_book_is_seen_at_once(steps):
    from_state = {
        CodeState.ACTIVE: None,
        CodeState.INACTIVE: Reason.CODE_INACTIVE,
        CodeState.SUSPENDED: Reason.CODE_SANCTIONED,
        CodeState.STRUCK: Reason.CODE_SANCTIONED,
        None: Reason.CODE_UNREGISTERED,
    }
    book = _Book()
    rule = CodeRule(CodeSettings(), book)
    current = {"301150232": None, "301210079": None}
    for code, state in steps:
        current[code] = state
        book.change(code, state)
        rule.refresh()
        for known, now in current.items():
            assert found(rule, known.encode()) is from_state[now]


class _Book:
    """A book from which a code can also vanish."""

    def __init__(self) -> None:
        self.states: dict[str, CodeState] = {}
        self.version = 0

    def change(self, code, state):
        self.version += 1
        self.states.pop(code, None)
        if state is not None:
            self.states[code] = state

    def code(self, code):
        from filters.ports import CodeEntry

        state = self.states.get(code)
        return None if state is None else CodeEntry(state)
