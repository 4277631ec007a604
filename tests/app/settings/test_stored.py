"""Accounts of the store under the rules of the configuration."""

from __future__ import annotations

import pytest

from smppproxy.app.settings import load, pack, parse, unpack
from smppproxy.app.settings.faults import SettingsError
from smppproxy.app.settings.stored import Rules, combine, held
from smppproxy.state.accounts import AccountState, StoredAccount
from smppproxy.state.authority import Authority

TEXT = """\
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
[[upstreams]]
name = "pool"
address = "127.0.0.1:2777"
mode = "pooled"
system_id = "we"
[[accounts]]
system_id = "ours"
upstream = "smsc"
"""


@pytest.fixture
def settings(tmp_path):
    return parse(TEXT, tmp_path / "proxy.toml").settings


def account(name="acme", state=AccountState.ACTIVE, password_hash="", **settings):
    return StoredAccount(name, state, {"upstream": "smsc", **settings}, password_hash, "", "x", 0, 0)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"upstream": "smcs"}, 'upstream: expected the name of one of the [[upstreams]] (did you mean "smsc"?)'),
        ({"upstream": "pool"}, "password: expected a password or password_hash"),
        ({"window": "many"}, "window: expected a whole number"),
        ({"allow": ["10.0.0.1/8"]}, 'allow[0]: expected an IP network whose host bits are zero (write "10.0.0.0/8")'),
        ({"colour": "red"}, "colour: expected a known key"),
        ({"password": "geheim"}, "password: expected no such key here"),
        ({"statuses": {"base": "smpp34", "text_spam": 0}}, "statuses.text_spam: expected 1 or more"),
        ({"inject_code": "x"}, "inject_code: expected a code of the form"),
        ({"password_hash": "x"}, "password_hash: expected what `smppproxy hash-password` prints, got (not shown)"),
    ],
)
def test_what_is_wrong_is_told_by_key(settings, given, told):
    faults = [str(fault) for fault in Rules(settings).faults(account(**given))]
    assert any(told in fault for fault in faults), faults
    assert "geheim" not in str(faults)


def test_what_is_right_is_an_account_like_any_other(settings):
    rules = Rules(settings)
    hashed = rules.hashed("geheim")
    stored = account(password_hash=hashed, codes=["301150232"], rate=0.5, code={"tag": 0x1500})
    assert rules.faults(stored) == []
    combined, unusable = combine(settings, [stored])
    assert unusable == {}
    assert [each.system_id for each in combined.accounts] == ["ours", "acme"]
    made = unpack(pack(combined)).accounts[1]
    assert (made.codes, made.rate, made.code.tag) == (("301150232",), 0.5, 0x1500)
    assert made.verifier().verify(b"geheim")
    assert settings.accounts == combined.accounts[:1]


def test_what_cannot_be_used_is_left_out_and_named(settings):
    stored = [
        account("ours"), account("lost", upstream="gone"), account("held", AccountState.SUSPENDED), account("fine"),
    ]  # fmt: skip
    combined, unusable = combine(settings, stored)
    assert [each.system_id for each in combined.accounts] == ["ours", "fine"]
    assert set(unusable) == {"ours", "lost"}
    assert "in the configuration too" in unusable["ours"]
    assert "upstream" in unusable["lost"]


def test_a_name_in_file_and_store_is_a_fault_of_the_file(tmp_path, database):
    file = tmp_path / "proxy.toml"
    file.write_text(f'[proxy]\ndatabase = "{database}"\n{TEXT}')
    settings = load(file, accounts_held=held).settings
    assert held(settings) == []
    authority = Authority.take(settings.proxy.state_path, database=database)
    authority.accounts.add("ours", {}, who="test")
    authority.close()
    with pytest.raises(SettingsError, match=r'proxy\.toml:14: accounts\[0\]\.system_id: .* got "ours"; remove it here'):
        load(file, accounts_held=held)
    (settings.proxy.state_path / "smppproxy.db").write_bytes(b"no database " * 999)
    assert database or held(settings) is None


def test_what_the_store_holds_changes_what_is_warned_of(tmp_path):
    file = tmp_path / "proxy.toml"
    file.write_text(TEXT.partition("[[accounts]]")[0])

    def warned(names):
        return [str(each.key) for each in load(file, accounts_held=lambda _: names).warnings]

    assert warned([]) == ["accounts"]
    assert warned(["acme"]) == []
    assert sorted(warned(None)) == ["accounts", "proxy.database"]
