"""The registry of accounts, on both engines."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from smppproxy.state import ledger
from smppproxy.state.account_registry import RECORDS
from smppproxy.state.accounts import KeyFault, NoRules, StoredAccount
from smppproxy.state.authority import Authority
from smppproxy.state.errors import ConflictError, InputError, NotFoundError

HASH = "scrypt$4096$8$1$c2FsdHNhbHRzYWx0c2FsdA==$" + "A" * 43 + "="


class Demanding(NoRules):
    """A configuration with one account of its own, in which every account needs an upstream."""

    def faults(self, account: StoredAccount) -> list[KeyFault]:
        return [] if "upstream" in account.settings else [KeyFault("upstream", "", "this key to be given")]

    def taken(self, system_id: str) -> bool:
        return system_id == "ours"

    def hashed(self, password: str) -> str:
        return HASH


@pytest.fixture
def accounts(authority: Authority) -> Any:
    authority.accounts.rules = Demanding()
    return authority.accounts


def _actions(accounts: Any, name: str) -> list[str]:
    return [entry.action for entry in accounts.history(name)]


def test_the_life_of_an_account(accounts: Any) -> None:
    told: list[int] = []
    accounts.changed = lambda: told.append(1)
    change = accounts.add("acme", {"upstream": "smsc", "rate": 5}, password_hash=HASH, who="anna", why="contract 7")
    assert change.changed
    assert accounts.show("acme").settings == {"upstream": "smsc", "rate": 5}
    assert accounts.update("acme", {"rate": None, "codes": ["1"]}, who="anna").changed
    assert accounts.show("acme").settings == {"upstream": "smsc", "codes": ["1"]}
    assert not accounts.update("acme", {"codes": ["1"]}, who="anna").changed
    assert accounts.suspend("acme", who="anna", why="unpaid").changed
    assert not accounts.suspend("acme", who="anna", why="again").changed
    assert (accounts.show("acme").state, accounts.show("acme").why) == ("suspended", "unpaid")
    assert accounts.resume("acme", who="anna").changed
    assert accounts.remove("acme", who="anna").changed
    with pytest.raises(NotFoundError, match="account acme is not in the store"):
        accounts.show("acme")
    assert len(told) == 5
    actions = ["account.remove", "account.resume", "account.suspend", "account.update", "account.add"]
    assert _actions(accounts, "acme") == actions


def test_no_hash_is_told_or_kept_in_the_ledger(authority: Authority, accounts: Any) -> None:
    accounts.add("acme", {"upstream": "smsc"}, password_hash=HASH, who="anna")
    accounts.update("acme", {}, password_hash=HASH.replace("A", "B"), who="anna")
    accounts.update("acme", {}, password_hash="", who="anna")
    told = json.dumps([entry.content for entry in accounts.history("acme")]) + str(accounts.show("acme").told())
    assert "scrypt" not in told
    assert json.loads(accounts.history("acme")[1].content)["password"] == "changed"
    assert accounts.show("acme").told()["password"] == "none"
    assert ledger.verify(authority.store).fault == ""


def test_what_cannot_be_is_refused(accounts: Any) -> None:
    with pytest.raises(InputError, match="upstream: expected this key to be given"):
        accounts.add("acme", {}, who="anna")
    with pytest.raises(InputError, match="does not stand in the configuration"):
        accounts.add("ours", {"upstream": "smsc"}, who="anna")
    with pytest.raises(NotFoundError, match="account ours stands in the configuration"):
        accounts.suspend("ours", who="anna")
    accounts.add("acme", {"upstream": "smsc"}, who="anna")
    with pytest.raises(ConflictError, match="already and active"):
        accounts.add("acme", {"upstream": "smsc"}, who="anna")
    with pytest.raises(InputError, match="why"):
        accounts.suspend("acme", who="anna", why="a\nb")


def test_one_that_does_not_fit_any_more_can_be_suspended_and_not_resumed(accounts: Any) -> None:
    accounts.add("acme", {"upstream": "smsc"}, who="anna")
    accounts.rules.faults = lambda _: [KeyFault("upstream", '"smsc"', "the name of one of the [[upstreams]]")]
    assert accounts.suspend("acme", who="anna").changed
    with pytest.raises(InputError, match=r"one of the \[\[upstreams\]\], got \"smsc\""):
        accounts.resume("acme", who="anna")
    assert accounts.remove("acme", who="anna").changed


def test_listing_comes_in_pages(authority: Authority, accounts: Any) -> None:
    for name in ("a1", "a2", "b1"):
        accounts.add(name, {"upstream": "smsc"}, who="anna")
    accounts.suspend("a2", who="anna")
    ask = authority.service.dispatch
    first = ask({"do": "accounts.list", "limit": 2})
    assert ([each["system_id"] for each in first["accounts"]], first["next"]) == (["a1", "a2"], "a2")
    assert [each["system_id"] for each in ask({"do": "accounts.list", "after": "a2"})["accounts"]] == ["b1"]
    assert [each["system_id"] for each in ask({"do": "accounts.list", "prefix": "a"})["accounts"]] == ["a1", "a2"]
    assert [each["system_id"] for each in ask({"do": "accounts.list", "state": "suspended"})["accounts"]] == ["a2"]
    assert [each.system_id for each in RECORDS.everything(authority.store)] == ["a1", "a2", "b1"]


def _import(authority: Authority, text: str, **fields: Any) -> dict[str, Any]:
    return authority.service.dispatch({"do": "accounts.import", "text": text, **fields})


def test_files_go_in_and_out(authority: Authority, accounts: Any) -> None:
    text = (
        "system_id,password,upstream,codes,allow,max_binds,burst,rate,statuses,explain_tlv,code\n"
        'acme,geheim,smsc,1 2,10.0.0.0/8;192.0.2.0/24,3,50,0.5,smpp50,yes,"{""tag"": 5376}"\n'
        "plain,,smsc,,,,,,,,\n"
    )
    dry = _import(authority, text, dry_run=True)
    assert (dry["added"], dry["dry_run"], accounts.page()) == (2, True, [])
    assert dry["differences"][0]["fields"]["password"] == (None, "new")
    assert _import(authority, text)["added"] == 2
    found = accounts.show("acme")
    assert found.settings == {
        "upstream": "smsc", "codes": ["1", "2"], "allow": ["10.0.0.0/8", "192.0.2.0/24"], "max_binds": 3,
        "burst": 50, "rate": 0.5,
        "statuses": "smpp50", "explain_tlv": True, "code": {"tag": 5376},
    }  # fmt: skip
    assert (found.password_hash, accounts.show("plain").password_hash) == (HASH, "")
    exported = authority.service.dispatch({"do": "accounts.export", "hashes": True})["text"]
    assert _import(authority, exported)["unchanged"] == 2
    bare = authority.service.dispatch({"do": "accounts.export"})["text"]
    assert "scrypt" not in bare
    assert _import(authority, bare)["unchanged"] == 2
    assert _import(authority, "system_id,rate\nacme,\n")["changed"] == 1
    assert "rate" not in accounts.show("acme").settings
    assert accounts.show("acme").password_hash == HASH


@pytest.mark.parametrize(
    ("text", "row", "column", "expected"),
    [
        ("system_id,upstream\nacme,\n", 2, "upstream", "this key to be given"),
        ("system_id,upstream\nours,smsc\n", 2, "system_id", "does not stand in the configuration"),
        ("system_id,upstream,window\na,smsc,1\nb,smsc,many\n", 3, "window", "a whole number"),
        ("system_id,upstream,rate\na,smsc,fast\n", 2, "rate", "a number"),
        ("system_id,upstream,explain_tlv\na,smsc,maybe\n", 2, "explain_tlv", "yes or no"),
        ("system_id,upstream,code\na,smsc,{tag}\n", 2, "code", "JSON"),
        ("system_id,state\nkept,asleep\n", 2, "state", "one of active, suspended"),
        ("system_id,state\nheld,active\n", 2, "state", "resumes none"),
        ("system_id,password,password_hash\na,b,c\n", 2, "password_hash", "not both"),
        ("system_id,upstream\na,x\na,y\n", 3, "system_id", "row 2 says otherwise"),
        ("system_id,upstream\n,x\n", 2, "system_id", "a system_id"),
        ("upstream\nx\n", 1, "", "columns: system_id"),
        ("system_id,colour\na,red\n", 1, "colour", "no such column"),
        ("acme\n", 1, "", "columns: system_id"),
    ],
)
def test_rows_that_are_wrong_change_nothing(
    authority: Authority, accounts: Any, text: str, row: int, column: str, expected: str
) -> None:
    accounts.add("kept", {"upstream": "smsc"}, who="anna")
    accounts.add("held", {"upstream": "smsc"}, who="anna")
    accounts.suspend("held", who="anna")
    before = ledger.head(authority.store)
    answer = _import(authority, text)
    assert not answer["ok"]
    (fault,) = answer["error"]["faults"]
    assert (fault["row"], fault["column"]) == (row, column)
    assert expected in fault["expected"]
    assert ledger.head(authority.store) == before


def test_a_file_suspends(authority: Authority, accounts: Any) -> None:
    accounts.add("acme", {"upstream": "smsc"}, who="anna")
    outcome = _import(authority, "system_id,state,why\nacme,suspended,unpaid\nother,suspended,new\n")
    assert "upstream" in str(outcome["error"]["faults"])  # one that is new needs what every account needs
    assert _import(authority, "system_id,state,why\nacme,suspended,unpaid\n")["changed"] == 1
    assert (accounts.show("acme").state, accounts.show("acme").why) == ("suspended", "unpaid")
    assert _actions(accounts, "acme") == ["account.suspend", "account.add"]


def test_requests_that_are_none(authority: Authority) -> None:
    assert authority.service.dispatch({"do": "accounts.add"})["error"]["kind"] == "bad_input"
    with pytest.raises(InputError, match="cannot be hashed here"):
        NoRules().hashed("x")
    assert NoRules().taken("x") is False
    assert msgspec.to_builtins(KeyFault("a", "", "b")) is not None
