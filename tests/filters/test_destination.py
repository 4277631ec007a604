"""The destination rule: which numbers are served on which route."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.contract import Message, Mode, Reason
from filters.destination import DestinationRule, DestinationSettings, Zone

HOME, CHINA, SINGAPORE = "01012345678", "8613800138000", "+6591234567"


def rule(mode=Mode.ENFORCE, **zones):
    return DestinationRule(DestinationSettings(mode=mode, **zones))


def message(*recipients, route="domestic"):
    return Message(account="reseller1", recipients=recipients, route=route)


def test_everything_is_served_but_premium_numbers_by_default():
    assert rule().check(message(HOME, CHINA, SINGAPORE)) is None
    found = rule().check(message("0602345678"))
    assert (found.reason, found.evidence, found.recipients) == (Reason.RECIPIENT_REFUSED, "a premium number", ())
    assert rule().check(message("+97912345678")) is not None


def test_allowed_and_denied_prefixes():
    only_home = rule(domestic=Zone(allow=("82",)))
    assert only_home.check(message(HOME)) is None
    assert only_home.check(message(CHINA)).evidence == "calling code 86 is not allowed"
    assert rule(domestic=Zone(deny=("86",))).check(message(CHINA)).evidence == "calling code 86 is denied"
    assert rule(domestic=Zone(deny=("86138",))).check(message("8613900138000")) is None


def test_single_recipients_are_refused_by_name():
    found = rule(domestic=Zone(allow=("82",))).check(message(HOME, CHINA, SINGAPORE))
    assert found.recipients == (CHINA, SINGAPORE)
    assert found.evidence == "2 of 3 recipients, the first: calling code 86 is not allowed"


def test_each_route_has_its_own_zone():
    apart = rule(domestic=Zone(allow=("82",)), international=Zone(allow=("65",), recipients=1))
    assert apart.check(message(HOME)) is None
    assert apart.check(message(HOME, route="international")) is not None
    assert apart.check(message(SINGAPORE, route="international")) is None
    assert apart.check(message(SINGAPORE, SINGAPORE, route="international")).evidence.startswith(
        "2 recipients, at most 1"
    )


@pytest.mark.parametrize("number", ["0101234567", "0000", "1234567"])
def test_malformed_numbers(number):
    assert rule().check(message(number)).evidence.startswith("malformed number: ")
    assert rule(domestic=Zone(malformed=True)).check(message(number)) is None


def test_a_distribution_list_is_refused_with_the_whole_request():
    found = rule().check(message(HOME, "customers"))
    assert (found.reason, found.recipients) == (Reason.RECIPIENT_REFUSED, ())
    assert rule(domestic=Zone(malformed=True)).check(message(HOME, "customers")) is None


def test_observing():
    assert rule(Mode.OBSERVE).check(message("0000")).enforce is False
    assert rule().check(message()) is None


@given(
    st.lists(st.text(max_size=21) | st.text("0123456789+", max_size=16), max_size=5),
    st.sampled_from(["domestic", "international"]),
)
def test_nothing_raises_and_evidence_names_nobody(recipients, route):
    strict = rule(domestic=Zone(allow=("82",)), international=Zone(deny=("86",)))
    found = strict.check(message(*recipients, route=route))
    if found is not None:
        assert set(found.recipients) <= set(recipients)
        assert not any(len(recipient) > 6 and recipient in found.evidence for recipient in recipients)
