"""``smppproxy explain`` as a person and as a script see it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from smppproxy.app.explaining import status_name
from smppproxy.cli.main import app

SETTINGS = """
[[filters.code.extra]]
name = "relay"
tag = 0x1401
[filters.text]
thresholds = { gambling = 0.0, loan = 1.0, drug = 1.0, adult = 1.0, investment = 1.0, smishing = 1.0, spam = 1.0 }
"""

TEXT = "오늘 저녁 회의는 일곱 시에 시작합니다. 자료를 미리 읽어 오시기 바랍니다."


@pytest.fixture
def explain(config):
    config.write_text(config.read_text() + SETTINGS)

    def call(*arguments, command="explain", **options):
        return CliRunner().invoke(app, [command, *arguments, "-c", str(config)], **options)

    return call


def test_a_missing_code_is_told_with_its_status_and_the_remedy(explain):
    result = explain("--text", "hello")
    assert result.exit_code == 0
    assert "refuse: code_missing, answered 0xC3 ESME_RMISSINGOPTPARAM" in result.stdout
    assert "what to do" in result.stdout
    assert "normalised    hello" in result.stdout
    assert "no code is registered yet" in result.stderr


def test_a_registered_code_passes(explain):
    assert explain("add", "301150232", command="codes").exit_code == 0
    result = explain("--text", "hello", "--code", "301150232", "--extra", "relay=0009")
    assert result.exit_code == 0
    assert "decision      forward" in result.stdout
    assert "code          301150232" in result.stdout
    assert "finding       code" not in result.stdout
    assert result.stderr == ""


def test_a_sanction_and_a_throttle_are_told(explain):
    assert explain("add", "301150232", command="codes").exit_code == 0
    assert explain("throttle", "301150232", "--rate", "2", command="codes").exit_code == 0
    assert explain("strike", "host:slot.top", "--why", "gambling", command="sanctions").exit_code == 0
    message = ("--text", "https://go.slot.top", "--code", "301150232", "--extra", "relay=0009")
    said = explain(*message).stdout
    assert "decision      refuse: link_refused, answered 0x45" in said
    assert "finding       sanction: link_refused: the host slot.top is struck" in said
    assert "throttled     301150232 to 2 messages a second; what comes faster is answered 0x58" in said
    assert json.loads(explain(*message, "--json").stdout)["throttled"] == ["301150232 to 2 messages a second"]


def test_json_for_scripts(explain):
    result = explain("--text", "-", "--data-coding", "0x08", "--json", input=TEXT + "\n")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert (report["action"], report["reason"], report["command_status"]) == ("refuse", "code_missing", 0xC3)
    assert (report["status"], report["status_name"]) == ("0xC3", "ESME_RMISSINGOPTPARAM")
    assert report["readings"] == [TEXT]
    assert report["findings"][0] == {
        "rule": "code",
        "reason": "code_missing",
        "evidence": "the field is absent",
        "score": 1.0,
        "enforced": True,
    }
    text = report["text"]
    assert set(text["thresholds"]) == set(text["probabilities"])
    assert text["class"] in text["probabilities"]
    assert text["spans"][0].keys() == {"start", "end", "text", "weight"}


def test_an_observed_finding_says_so(explain):
    result = explain("--text", TEXT)
    assert "text: text_gambling (observed only)" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--account", "nobody"], "not listed"),
        (["--data-coding", "256"], "from 0 to 255"),
        (["--data-coding", "ucs2"], "from 0 to 255"),
        (["--extra", "relay"], "NAME=VALUE"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(explain, arguments, told):
    result = explain("--text", "hello", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_names_of_statuses():
    assert status_name(0x45) == "ESME_RSUBMITFAIL"
    assert status_name(0x401) == "vendor specific"
    assert status_name(0x3F0) == "reserved"


def test_an_account_of_the_store_is_one_as_any(explain):
    explain("add", "301150232", command="codes")
    added = explain("add", "kept", "--no-password", "--code", "301210079", command="accounts")
    assert added.exit_code == 0, added.output
    message = ("--text", "hello", "--code", "301150232", "--extra", "relay=0009", "--account", "kept")
    said = explain(*message).stdout
    assert "account       kept" in said
    assert "refuse: code_not_allowed" in said
    explain("suspend", "kept", command="accounts")
    refused = explain(*message)
    assert refused.exit_code == 2
    assert "account 'kept' is suspended, its bind would be answered 0x0D" in refused.stderr
    assert "is not listed" in explain("--text", "hello", "--account", "nobody").stderr


def test_where_the_file_lists_no_account_the_store_is_asked(explain, config):
    explain("add", "kept", "--no-password", command="accounts")
    file = config.read_text()
    config.write_text(file[: file.index("[[accounts]]")] + SETTINGS)
    result = explain("--text", "hello")
    assert result.exit_code == 0, result.stderr
    assert "account       kept" in result.stdout


def test_a_text_no_message_can_hold_is_told_so(explain):
    assert "takes 80000 octets in data_coding 0x08; a message holds at most 65535" in (
        explain("--text", "가" * 40_000).stderr
    )
    result = explain("--text", "-", input=b"caf\xe9")
    assert result.exit_code == 2
    assert "no UTF-8" in result.stderr
