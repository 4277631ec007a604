"""The sections of the rules: what is refused, and what the rules are told."""

from __future__ import annotations

import msgspec
import pytest

from filters.contract import Mode
from filters.sender import PRESETS
from filters.volume import Limit
from smppproxy.app.settings.rules import (
    AdvertFilter,
    BlocklistFilter,
    DestinationFilter,
    LinkFilter,
    SenderFilter,
    VolumeFilter,
)

SECTIONS = (SenderFilter, DestinationFilter, LinkFilter, BlocklistFilter, VolumeFilter, AdvertFilter)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_rule_is_off_until_somebody_turns_it_on(section):
    assert section().mode is Mode.OFF
    assert section(mode="observe").mode is Mode.OBSERVE


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_stands_for_its_settings_and_a_key_beats_it(preset):
    told = SenderFilter(preset=preset).told()
    expected = PRESETS[preset]
    assert told == msgspec.structs.replace(expected.settings, rewrite=expected.rewrite)
    assert SenderFilter(preset=preset, country="44", names=("My  Shop",)).told().names == {"my shop"}
    assert SenderFilter(preset=preset, country="44").told().country == "44"


def test_what_is_written_in_place_of_a_sender_that_is_not_registered():
    assert SenderFilter(preset="au-register").told().rewrite == "Unverified"
    assert SenderFilter(preset="au-register", unregistered="refuse").told().rewrite == ""
    assert SenderFilter(preset="kr", unregistered="rewrite", rewrite_to="Unknown").told().rewrite == "Unknown"


def test_what_the_rules_are_told():
    zones = DestinationFilter(allow=("+82",), malformed=True, international={"deny": ("86",), "recipients": 1}).told()
    assert (zones.domestic.allow, zones.domestic.malformed) == (("82",), True)
    assert (zones.international.deny, zones.international.malformed) == (("86",), False)
    volume = VolumeFilter(rate=5, limit=({"by": "sender", "messages": 9},)).told()
    assert (volume.rate, volume.limits) == (5.0, (Limit(by="sender", messages=9),))
    assert AdvertFilter(night_from="20:50").told().night_from == 20 * 60 + 50
    assert LinkFilter(brands=("example.co.kr",)).told().brands == ("example.co.kr",)
    assert BlocklistFilter(optout="all").told(senders=False).senders is False


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ('[filters.sender]\nunregistered = "rewrite"', "filters.sender", "rewrite_to"),
        ('[filters.sender]\nrewrite_to = "much too long"', "filters.sender.rewrite_to", "11 ASCII"),
        ('[filters.sender]\ncountry = "083"', "filters.sender.country", "calling code"),
        ('[filters.sender]\npreset = "jp"', "filters.sender.preset", "kr"),
        ('[filters.sender]\nname_pattern = "("', "filters.sender.name_pattern", "RE2"),
        ('[filters.destination]\nallow = ["010"]', "filters.destination.allow[0]", "calling code"),
        ('[filters.destination.international]\ndeny = ["x"]', "filters.destination.international.deny[0]", "digits"),
        ('[filters.link]\nbrands = ["co.kr"]', "filters.link.brands[0]", "registered domain"),
        ("[filters.volume]\nrate = -1", "filters.volume.rate", "0"),
        ("[[filters.volume.limit]]\nwindow = 10", "filters.volume.limit[0]", "messages or recipients"),
        ('[filters.advert]\nnight_from = "24:00"', "filters.advert.night_from", "time of day"),
        ('[filters.advert]\nnight = "x"', "filters.advert.night", ""),
        ('[filters.blocklist]\nmode = "on"', "filters.blocklist.mode", "observe"),
    ],
)
def test_what_is_refused(faults, good, text, key, expected):
    told = faults(f"{good}{text}\n")
    assert list(told) == [key]
    assert expected in told[key].expected


def test_rules_of_other_packages(faults, good):
    told = faults(f'{good}[filters.rules.absent]\nmode = "observe"\n')
    assert list(told) == ["filters.rules.absent"]
    assert told["filters.rules.absent"].expected == "a rule that an installed package offers"
    told = faults(f'{good}[filters.rules.link]\nmode = "observe"\n')
    assert "another package" in next(iter(told.values())).expected
