"""The numbers, against those smpplib carries and against themselves."""

from __future__ import annotations

from smpplib import command_codes, consts

from smppproxy.smpp import constants as c


def test_commands_are_those_of_smpplib_and_the_broadcasts_of_5_0() -> None:
    ours = {name: number for number, name in c.COMMANDS.items() if "broadcast" not in name}
    assert ours == command_codes.commands
    broadcasts = {number for number, name in c.COMMANDS.items() if "broadcast" in name}
    assert broadcasts == {0x111, 0x112, 0x113, 0x80000111, 0x80000112, 0x80000113}


def test_each_name_is_the_constant_of_its_number() -> None:
    for number, name in c.COMMANDS.items():
        assert getattr(c, name.upper()) == number
    for number, status in c.STATUSES.items():
        assert getattr(c, status.name34 or status.name50) == number
    for number, tag in c.TAGS.items():
        assert getattr(c, f"TAG_{tag.name.upper()}") == number


def test_statuses_of_3_4_are_those_of_smpplib() -> None:
    theirs = {
        name.removeprefix("SMPP_"): value for name, value in vars(consts).items() if name.startswith("SMPP_ESME_R")
    }
    ours = {status.name34: number for number, status in c.STATUSES.items() if status.name34}
    assert {name: ours.get(name) for name in theirs} == theirs


def test_statuses_of_5_0_have_no_name_in_3_4() -> None:
    assert {number for number, status in c.STATUSES.items() if not status.name34} == set(range(0x100, 0x113))
    assert c.STATUSES[c.ESME_RMISSINGOPTPARAM].name50 == "ESME_RMISSINGTLV"
    assert all(status.name50 and status.text for status in c.STATUSES.values())


def test_tags_of_3_4_are_those_of_smpplib() -> None:
    ours = {tag.name: number for number, tag in c.TAGS.items()}
    theirs = dict(consts.OPTIONAL_PARAMS)
    assert {name: ours.get(name) for name in theirs} == theirs


def test_tags_stay_out_of_the_vendors_range() -> None:
    assert not any(tag in c.VENDOR_TAGS for tag in c.TAGS)
    assert 0x1400 in c.VENDOR_TAGS
    assert 0x3FFF in c.VENDOR_TAGS
    assert all(tag.shortest <= tag.longest for tag in c.TAGS.values())
