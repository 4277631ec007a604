from __future__ import annotations

import datetime
import pickle
from pathlib import Path

import pytest

from filters.contract import Mode, Reason
from smppproxy.app.settings import Address, SettingsError, load, pack, unpack
from smppproxy.relay.statuses import TABLES


def test_the_defaults_are_those_promised(read, good):
    settings = read(good).settings
    proxy, (upstream,), (account,) = settings.proxy, settings.upstreams, settings.accounts
    assert (proxy.workers, proxy.drain_timeout, proxy.max_pdu) == (1, 30.0, 70000)
    assert (proxy.database, proxy.cluster) == ("", "")
    assert (proxy.timers.session_init, proxy.timers.enquire_link, proxy.timers.inactivity) == (10.0, 30.0, 0.0)
    assert settings.listeners[0].address == Address("127.0.0.1", 0)
    assert (upstream.mode, upstream.response_timeout, upstream.timeout_status) == ("paired", 30.0, 0x08)
    assert (upstream.binds, upstream.window, upstream.bind) == (2, 100, "transceiver")
    assert (account.codes, account.max_binds, account.window, account.rate) == (("*",), 10, 1000, 0)
    assert [str(network) for network in account.allow] == ["0.0.0.0/0", "::/0"]
    assert (account.statuses.base, account.route, account.explain_tlv) == ("smpp34", "domestic", False)
    code = settings.filters.code
    assert (code.mode, code.tag, code.length, code.format) == (Mode.ENFORCE, 0x1400, 9, "[0-9]{9}")
    assert (code.encoding, code.registry, code.forward) == ("octets", True, "keep")
    text = settings.filters.text
    assert (text.mode, text.model, text.thresholds) == (Mode.OBSERVE, None, {})
    assert (text.deadline, text.on_late) == (0.2, "forward")
    assert settings.admin.address == Address("127.0.0.1", 8775)


def test_every_fault_is_told_at_once_with_its_line(faults):
    told = faults(
        """\
[proxy]
worker = 2
max_pdu = "5"
[sanction]
[[listeners]]
address = "0.0.0.0"
[[upstreams]]
name = "smsc"
mode = "poled"
address = "a:1"
[[accounts]]
system_id = "x"
pasword = "hunter2"
upstream = "smcs"
statuses = { text_spm = 3 }
[[accounts]]
system_id = "x"
upstream = "smsc"
[filters.code]
tag = 0x14000
[filters.link]
mode = "of"
"""
    )
    assert {key: fault.line for key, fault in told.items()} == {
        "proxy.worker": 2,
        "proxy.max_pdu": 3,
        "sanction": 4,
        "listeners[0].address": 6,
        "upstreams[0].mode": 9,
        "accounts[0].pasword": 13,
        "accounts[0].upstream": 14,
        "accounts[0].statuses.text_spm": 15,
        "accounts[1].system_id": 17,
        "filters.code.tag": 20,
        "filters.link.mode": 22,
    }
    assert told["proxy.worker"].suggestion == 'did you mean "workers"?'
    assert told["proxy.max_pdu"].suggestion == "write 5 without quotes"
    assert told["listeners[0].address"].suggestion == 'write "0.0.0.0:2775"'
    assert told["upstreams[0].mode"].suggestion == 'did you mean "pooled"?'
    assert told["accounts[0].upstream"].suggestion == 'did you mean "smsc"?'
    assert told["accounts[0].statuses.text_spm"].suggestion == 'did you mean "text_spam"?'
    assert told["filters.link.mode"].suggestion == 'did you mean "off"?'
    assert told["sanction"].suggestion == 'did you mean "sanctions"?'
    assert told["filters.code.tag"].value == "81920"
    assert "hunter2" not in str(list(told.values()))


def test_a_misspelt_secret_is_not_shown(faults, good):
    told = faults(good + 'pwd = "hunter2"\nwindw = 5\n')
    assert told["accounts[0].pwd"].value == "(not shown)"
    assert told["accounts[0].windw"].value == "5"


def test_a_fault_reads_as_people_expect(faults, good):
    (fault,) = faults(good + '[proxy]\nworkers = "many"\n').values()
    assert str(fault).endswith('proxy.toml:13: proxy.workers: expected a whole number, got "many"')
    assert fault.as_dict()["line"] == 13


@pytest.mark.parametrize("text", ['mode = "off"', ""])
def test_a_section_that_is_not_there_is_refused(faults, good, text):
    assert list(faults(f"{good}[quotas]\n{text}\n")) == ["quotas"]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("cluster", "redis://:hunter2@host", "nothing else is supported"),
        ("database", "mysql://u:hunter2@host/db", "postgresql://user:password@host"),
        ("database", "postgresql://u:hunter2@host", "a URL that names a database"),
    ],
)
def test_what_this_version_cannot_do_is_refused_and_not_shown(faults, good, key, value, expected):
    told = faults(f'{good}[proxy]\n{key} = "{value}"\n')
    assert expected in told[f"proxy.{key}"].expected
    assert "hunter2" not in str(told)


def test_a_syntax_error_has_its_line(faults):
    (fault,) = faults("[proxy]\nworkers = \n").values()
    assert (fault.line, fault.key) == (2, "")
    assert "TOML" in fault.expected
    (fault,) = faults('[proxy]\nname = "x').values()
    assert fault.line == 2


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(SettingsError, match="can be read"):
        load(tmp_path / "absent.toml")
    file = tmp_path / "latin.toml"
    file.write_bytes(b"# fine\n# caf\xe9\n")
    with pytest.raises(SettingsError, match=r"latin\.toml:2: expected UTF-8"):
        load(file)


def test_a_file_with_a_byte_order_mark_and_crlf_loads(tmp_path, good):
    file = tmp_path / "proxy.toml"
    file.write_bytes(b"\xef\xbb\xbf" + good.replace("\n", "\r\n").encode())
    assert load(file).settings.accounts[0].system_id == "reseller1"


def test_the_state_directory_begins_at_the_file(read, good, tmp_path):
    assert read(good).settings.proxy.state_path == tmp_path / "var"
    assert read(good + '[proxy]\nstate_dir = "a/b"\n').settings.proxy.state_path == tmp_path / "a/b"
    assert read(good + '[proxy]\nstate_dir = "/srv/x"\n').settings.proxy.state_path == Path("/srv/x")


def test_settings_travel_to_a_child_with_their_secrets(read, good):
    more = "[filters.code]\nenforce_from = 2027-01-01\n[filters.text]\nthresholds = { gambling = 0.9 }\n"
    settings = read(good + more).settings
    again = unpack(pack(settings))
    assert again == settings
    assert again.accounts[0].password.get_secret_value() == "secret"
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert "secret" not in repr(settings) + settings.model_dump_json()


def test_a_date_to_enforce_from_is_midnight_local_time(read, good):
    settings = read(good + "[filters.code]\nenforce_from = 2027-01-01\n").settings
    moment = settings.filters.code.enforce_from
    assert moment == datetime.datetime(2027, 1, 1).astimezone()
    assert settings.filters.code.mode is Mode.ENFORCE


@pytest.mark.parametrize("base", list(TABLES))
def test_status_tables_by_name(read, good, base):
    (account,) = read(f'{good}statuses = "{base}"\n').settings.accounts
    assert account.statuses.table == TABLES[base]


def test_a_status_table_of_ones_own(read, good):
    (account,) = read(good + 'statuses = { base = "smpp50", text_spam = 0x66 }\n').settings.accounts
    assert account.statuses.overrides == {Reason.TEXT_SPAM: 0x66}
    assert account.statuses.table == {**TABLES["smpp50"], Reason.TEXT_SPAM: 0x66}


def test_a_key_beats_the_preset_and_an_account_beats_the_filter(read, good):
    text = good + 'code = { tag = 0x1500, mode = "off" }\n[filters.code]\npreset = "in-dlt"\nlength = 19\n'
    settings = read(text).settings
    base, own = settings.filters.code, settings.code_of(settings.accounts[0])
    assert (base.tag, base.length, base.format, [extra.name for extra in base.extra]) == (
        0x1400,
        19,
        "[0-9]{1,30}",
        ["template", "chain"],
    )
    assert (own.tag, own.length, own.format, own.mode) == (0x1500, 19, "[0-9]{1,30}", Mode.OFF)


def test_an_account_may_choose_a_preset(read, good):
    settings = read(good + 'code = { preset = "in-dlt" }\n').settings
    own = settings.code_of(settings.accounts[0])
    assert (own.length, own.format, len(own.extra)) == (0, "[0-9]{1,30}", 2)
    assert settings.upstream("smsc").name == "smsc"
    with pytest.raises(KeyError):
        settings.upstream("other")


def test_an_empty_registry_warns(read, good):
    (warning,) = read(good, codes_held=lambda _: 0).warnings
    assert warning.key == "filters.code.mode"
    assert "codes add" in str(warning)
    assert not read(good, codes_held=lambda _: 1).warnings
    assert not read(good, codes_held=lambda _: None).warnings
    assert not read(good + '[filters.code]\nmode = "observe"\n', codes_held=lambda _: 0).warnings
