"""The sender rule: who may send in which number's name."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.contract import Message, Mode, Reason
from filters.ports import ListEntry, SenderEntry, SenderState
from filters.sender import MEMO_LIMIT, PRESETS, SenderRule, SenderSettings

NOW = 1_800_000_000.0
OURS = "01022223333"
SETTINGS = SenderSettings(mode=Mode.ENFORCE)


@pytest.fixture
def senders(new_senders):
    book = new_senders()
    book.put("821022223333", SenderEntry(SenderState.ACTIVE, ("301150232",)))
    book.put("8215881234", SenderEntry(SenderState.ACTIVE, (), ("reseller1",)))
    book.put("821000001111", SenderEntry(SenderState.SUSPENDED, ("301150232",)))
    book.put("821000002222", SenderEntry(SenderState.BLACKLISTED))
    book.put("82112", SenderEntry(SenderState.PROTECTED, ("309999999",)))
    book.put("821000003333", SenderEntry(SenderState.THEFT_BLOCKED, ("301150232",)))
    book.put("821000004444", SenderEntry(SenderState.ACTIVE))
    book.put("mybank", SenderEntry(SenderState.ACTIVE, ("301150232",)))
    return book


@pytest.fixture
def make(senders, new_lists):
    lists = new_lists()

    def make(settings=SETTINGS, **changes):
        return SenderRule(msgspec.structs.replace(settings, **changes), senders, lists)

    make.lists = lists
    return make


def message(sender=OURS, **fields):
    return Message(**{"account": "reseller1", "code": "301150232", "sender": sender, "arrived": NOW, **fields})


def reason(rule, sender=OURS, **fields):
    found = rule.check(message(sender, **fields))
    return found and found.reason


@pytest.mark.parametrize("sender", [OURS, "821022223333", "+82 10-2222-3333", "15881234", "010-0000-4444"])
def test_registered(make, sender):
    assert make().check(message(sender)) is None


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("", Reason.SENDER_MALFORMED),
        ("0101234567", Reason.SENDER_MALFORMED),
        ("MyBank", None),  # registered: the registry is stronger than the country's rule for strangers
        ("Nobody", Reason.SENDER_MALFORMED),
        ("8613800138000", Reason.SENDER_MALFORMED),
        ("01099998888", Reason.SENDER_UNREGISTERED),
        ("01000001111", Reason.SENDER_BLACKLISTED),
        ("01000002222", Reason.SENDER_BLACKLISTED),
        ("01000003333", Reason.SENDER_SPOOFED),
        ("112", Reason.SENDER_SPOOFED),
        ("119", Reason.SENDER_SPOOFED),  # not in the registry, and of a public body all the same
    ],
)
def test_reasons(make, sender, expected):
    assert reason(make(), sender) is expected


def test_somebody_elses_number_is_spoofed(make):
    assert reason(make(), code="302222222", account="reseller2") is Reason.SENDER_SPOOFED
    assert reason(make(), "15881234", code="302222222") is None  # registered to the account
    assert reason(make(registration=False), code="302222222") is Reason.SENDER_SPOOFED


def test_a_protected_number_may_be_used_by_its_owner(make):
    assert reason(make(), "112", code="309999999") is None


def test_the_blacklist_ends_when_it_says(make):
    rule = make()
    make.lists.put("sender_blacklist", "821022223333", ListEntry("the regulator", "", NOW + 10))
    rule.refresh(NOW)
    assert reason(rule) is Reason.SENDER_BLACKLISTED
    assert reason(rule, arrived=NOW + 11) is None


def test_what_was_remembered_is_dropped_with_the_book(make, senders):
    rule = make()
    assert reason(rule) is None
    asked = senders.asked
    assert reason(rule) is None
    assert senders.asked == asked
    senders.put("821022223333", SenderEntry(SenderState.SUSPENDED))
    rule.refresh(NOW)
    assert reason(rule) is Reason.SENDER_BLACKLISTED


def test_memory_is_bounded(make):
    rule = make()
    for number in range(MEMO_LIMIT + 10):
        rule.check(message(f"010{number:08}"))
    assert len(rule._memo) <= MEMO_LIMIT


def test_the_callback_number_is_looked_at_as_well(make):
    rule = make()
    assert reason(rule, callback="01099998888") is Reason.SENDER_UNREGISTERED
    assert rule.check(message(callback="01099998888")).evidence.startswith("callback: ")
    assert reason(rule, callback="15881234") is None
    assert reason(make(callback=False), callback="01099998888") is None


def test_the_sender_is_not_its_own_recipient(make):
    for recipient in (OURS, "821022223333", "+82-10-2222-3333"):
        assert reason(make(), recipients=("01055556666", recipient)) is Reason.SENDER_MALFORMED
    assert reason(make(), recipients=("01122223333",)) is None
    assert reason(make(own_recipient=True), recipients=(OURS,)) is None


def test_routes(make):
    rule = make()
    assert reason(rule, "8613800138000", route="international") is None
    assert reason(rule, "01099998888", route="international") is Reason.SENDER_SPOOFED
    assert reason(rule, route="international") is None  # registered
    assert reason(make(home_from_abroad=True), "01099998888", route="international") is Reason.SENDER_UNREGISTERED
    assert reason(make(foreign="refuse"), "8613800138000", route="international") is Reason.SENDER_MALFORMED
    assert reason(make(foreign="allow"), "8613800138000") is None


def test_names(make):
    registered = make(alphanumeric="registered")
    assert reason(registered, "MYBANK", sender_alphanumeric=True) is None
    assert reason(registered, "MyBank", code="302222222", account="x") is Reason.SENDER_SPOOFED
    assert reason(registered, "Shop") is Reason.SENDER_UNREGISTERED
    assert reason(make(alphanumeric="registered", names=frozenset({"shop"})), "Shop") is None
    assert reason(make(alphanumeric="allow", name_pattern="[A-Z]{4}"), "Shop") is None
    assert reason(make(alphanumeric="allow", name_pattern="[A-Z]{4}"), "Shops") is Reason.SENDER_MALFORMED
    assert reason(make(), "A name too long", sender_alphanumeric=True) is Reason.SENDER_MALFORMED


def test_digits_called_a_name_are_a_number(make):
    assert reason(make(alphanumeric="allow"), "01099998888", sender_alphanumeric=True) is Reason.SENDER_UNREGISTERED


def test_exempt_accounts_and_no_sender(make):
    assert reason(make(exempt=frozenset({"reseller1"})), "01099998888") is None
    assert reason(make(exempt=frozenset({"reseller1"})), "01000002222") is Reason.SENDER_BLACKLISTED
    assert reason(make(empty=True), "") is None


def test_observing_records_only(make):
    assert make(mode=Mode.OBSERVE).check(message("01099998888")).enforce is False


def test_a_pattern_that_is_none(make):
    with pytest.raises(ValueError, match="name_pattern"):
        make(name_pattern="(")


@pytest.mark.parametrize("name", PRESETS)
def test_presets_work(make, name):
    rule = make(PRESETS[name].settings, mode=Mode.ENFORCE)
    rule.check(message("Shop", sender_alphanumeric=True))
    assert (
        reason(rule, "01000002222" if rule.settings.country == "82" else "+821000002222") is Reason.SENDER_BLACKLISTED
    )


def test_presets_that_rewrite_do_so_for_names_alone(make):
    rule = make(PRESETS["sg-ssir"].settings, mode=Mode.ENFORCE)
    assert PRESETS["sg-ssir"].rewrite == "Likely-SCAM"
    assert reason(rule, "Shop", sender_alphanumeric=True) is Reason.SENDER_UNREGISTERED
    assert reason(rule, "+6591234567") is None


@given(
    st.text(max_size=21), st.booleans(), st.booleans(), st.text(max_size=20), st.lists(st.text(max_size=21), max_size=3)
)
def test_nothing_raises(new_senders, new_lists, sender, alphanumeric, international, callback, recipients):
    for preset in PRESETS.values():
        rule = SenderRule(msgspec.structs.replace(preset.settings, mode=Mode.ENFORCE), new_senders(), new_lists())
        found = rule.check(
            message(
                sender,
                sender_alphanumeric=alphanumeric,
                sender_international=international,
                callback=callback,
                recipients=tuple(recipients),
            )
        )
        assert found is None or (found.evidence.isascii() and not set(recipients) & {found.evidence})


def test_a_country_that_rewrites_says_what_is_to_be_written(make):
    settings = msgspec.structs.replace(PRESETS["sg-ssir"].settings, mode=Mode.ENFORCE, rewrite="Likely-SCAM")
    rule = make(settings)
    found = rule.check(Message(account="a", sender="SOMEBANK", sender_alphanumeric=True))
    assert (found.reason, found.rewrite) == (Reason.SENDER_UNREGISTERED, "Likely-SCAM")
    spoofed = rule.check(Message(account="a", sender="MYBANK", sender_alphanumeric=True))
    assert (spoofed.reason, spoofed.rewrite) == (Reason.SENDER_SPOOFED, "")  # somebody else's is no matter of a label
