"""``[sanctions]``: defaults that only propose, faults that are told, and warnings of what will hurt."""

from __future__ import annotations

from pathlib import Path

import pytest

from smppproxy.app.settings import SettingsError, pack, parse, unpack
from smppproxy.state.sanctions.rules import DAY, Action, Kind

BASE = """
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
[[accounts]]
system_id = "reseller1"
upstream = "smsc"
"""
RULE = '[[sanctions.rules]]\nname = "r"\n'


def read(text, mode="enforce"):
    return parse(f'{BASE}[filters.text]\nmode = "{mode}"\n{text}', Path("x.toml"), environment={})


def warned(text, mode="enforce"):
    return {warning.key: warning.message for warning in read(text, mode).warnings if "sanctions" in warning.key}


def fault(text):
    with pytest.raises(SettingsError) as told:
        read(text)
    (one,) = told.value.faults
    return one


def test_the_defaults_propose_only():
    policy = read("").settings.sanctions.policy()
    assert policy.malignant == {"text_gambling", "text_loan", "text_drug", "text_adult"}
    assert [(rule.name, rule.action, rule.automatic) for rule in policy.rules] == [
        ("throttle", Action.THROTTLE, False),
        ("suspend", Action.SUSPEND, False),
        ("strike", Action.STRIKE, False),
        ("second-suspension", Action.STRIKE, False),
    ]
    assert warned("") == {}
    settings = read("").settings
    assert unpack(pack(settings)).sanctions.policy() == policy


@pytest.mark.parametrize(("written", "seconds"), [("600", 600), ('"10min"', 600), ('"24h"', DAY), ('"30d"', 30 * DAY)])
def test_times_as_people_write_them(written, seconds):
    (rule,) = read(f'{RULE}window = {written}\ncount = 9\naction = "observe"\n').settings.sanctions.policy().rules
    assert rule.window == seconds


def test_every_key_reaches_the_engine():
    text = f"""[sanctions]
malignant = ["gambling", "link_refused"]
four_eyes = true
proposal_age = "7d"
{RULE}subject = "account"
window = 600
count = 20
share = 0.1
recipients = 10
min_score = 0.8
action = "throttle"
automatic = true
duration = "1h"
rate = 5.0
warn_at = 0.25
"""
    policy = read(text).settings.sanctions.policy()
    assert (policy.malignant, policy.four_eyes, policy.proposal_age) == (
        {"text_gambling", "link_refused"}, True, 7 * DAY,
    )  # fmt: skip
    (rule,) = policy.rules
    assert (rule.subject, rule.window, rule.count, rule.share, rule.recipients) == (Kind.ACCOUNT, 600, 20, 0.1, 10)
    assert (rule.min_score, rule.action, rule.automatic) == (0.8, Action.THROTTLE, True)
    assert (rule.duration, rule.rate, rule.warn_at) == (3600, 5.0, 0.25)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RULE + 'action = "suspend"\n', "count, recipients or suspensions"),
        (RULE + 'action = "strik"\ncount = 1\n', '"strike"'),
        (RULE + 'action = "suspend"\ncount = 1\nwindow = "10 years"\n', "a time such as"),
        (RULE + 'action = "suspend"\ncount = 1\nwindow = 5\n', "60 or more"),
        (RULE + 'action = "suspend"\ncount = 1\nwindow = "61d"\n', "or less"),
        (RULE + 'action = "throttle"\ncount = 1\nsubject = "host"\n', "for host one of observe, suspend, strike"),
        (RULE + 'action = "suspend"\ncount = 1\nsubject = "sender"\nshare = 0.1\n', "no share"),
        (RULE + 'action = "strike"\ncount = 1\nduration = 5\n', "no duration"),
        (RULE + 'action = "suspend"\nsuspensions = 2\n', 'action = "strike"'),
        ('[sanctions]\nmalignant = ["gamblin"]\n', "a class of texts"),
        (RULE + 'action = "observe"\ncount = 1\n' + RULE + 'action = "observe"\ncount = 1\n', "a name used once"),
    ],
)
def test_faults(text, expected):
    assert expected in fault(text).expected


@pytest.mark.parametrize(
    ("rule", "key", "said"),
    [
        ('action = "strike"\ncount = 50\nautomatic = true', "sanctions.rules[0].share", "hits whoever sends much"),
        ('action = "suspend"\ncount = 2\nshare = 0.1\nautomatic = true', "sanctions.rules[0].count", "fewer than 5"),
        (
            'action = "strike"\ncount = 50\nshare = 0.1\nwarn_at = 0\nautomatic = true',
            "sanctions.rules[0].warn_at",
            "nobody is warned",
        ),
        (
            'action = "strike"\ncount = 50\nshare = 0.1\nmin_score = 0.2\nautomatic = true',
            "sanctions.rules[0].min_score",
            "more likely wrong",
        ),
        ('action = "throttle"\ncount = 50', "sanctions.rules[0].duration", "until a person lifts it"),
    ],
)
def test_what_will_hurt(rule, key, said):
    told = warned(f"{RULE}{rule}\n")
    assert list(told) == [key]
    assert said in told[key]


def test_rules_that_never_act_are_told():
    rule = f'{RULE}action = "suspend"\ncount = 50\nshare = 0.1\nautomatic = true\n'
    assert "only propose" in warned(rule, "observe")["sanctions.rules"]
    assert "no text is judged" in warned(rule, "off")["sanctions.rules"]
    assert "nothing counts" in warned(f"[sanctions]\nmalignant = []\n{rule}")["sanctions.malignant"]


def test_a_sanction_that_no_filter_enforces_is_told():
    rule = '[[sanctions.rules]]\nname = "h"\nsubject = "host"\naction = "strike"\ncount = 50\n'
    assert warned(rule) == {}
    assert warned(rule.replace("host", "sender")) == {}
    text = rule.replace("host", "cluster")
    assert warned(text) == {}
    told = warned(text + "[filters.blocklist]\nclusters = false\n")
    assert "refuses nothing while filters.blocklist.clusters is false" in told["sanctions.rules[0].subject"]
