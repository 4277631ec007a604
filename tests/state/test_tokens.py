"""Tokens: shown once, kept as a hash, ended by time or by a person, in the ledger without their secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state import ledger, tokens
from smppproxy.state.authority import Authority
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.tokens import TokenRegistry, account_of

NOON = 1_800_000_000


@pytest.fixture
def registry(authority: Authority, clock: Callable[[], float]) -> TokenRegistry:
    return TokenRegistry(authority.publisher, clock)


def test_a_token_opens_one_account(registry: TokenRegistry) -> None:
    token, text = registry.add("acme", who="t", about="their operator")
    assert account_of(registry.store, text, NOON) == "acme"
    assert registry.list() == registry.list("acme") == [token]
    assert registry.list("other") == []
    assert token.expires == NOON + 365 * 86_400


def test_the_secret_is_nowhere(registry: TokenRegistry) -> None:
    _, text = registry.add("acme", who="t")
    secret = text.rpartition("_")[2] if text.count("_") == 2 else text[17:]
    kept = repr(registry.store.query("SELECT * FROM tokens")) + repr(ledger.history(registry.store, "account:acme"))
    assert secret not in kept
    assert "token.add" in kept
    assert ledger.verify(registry.store).fault == ""


def test_a_token_ends(registry: TokenRegistry, clock: Any) -> None:
    token, text = registry.add("acme", who="t", expires=NOON + 60)
    assert account_of(registry.store, text, NOON + 59) == "acme"
    assert account_of(registry.store, text, NOON + 60) is None
    assert registry.remove(token.id, who="t", why="lost") == token
    assert account_of(registry.store, text, NOON) is None
    with pytest.raises(NotFoundError):
        registry.remove(token.id, who="t")
    registry.add("acme", who="t", expires=NOON + 60)
    clock.now += 3600
    (left,) = (registry.add("acme", who="t")[0],)
    assert registry.list() == [left]  # what has ended is swept


def test_wrong_tokens_open_nothing(registry: TokenRegistry) -> None:
    _, text = registry.add("acme", who="t")
    _, other = registry.add("other", who="t")
    mixed = text[:17] + other[17:]
    for wrong in (
        "",
        text[:-1],
        text + "x",
        text[:-1] + ("A" if text[-1] != "A" else "B"),
        mixed,
        text.upper(),
        "sxp_",
    ):
        assert account_of(registry.store, wrong, NOON) is None


@given(st.text(max_size=80))
def test_garbage_opens_nothing(text: str) -> None:
    class Empty:
        def query(self, _: str, __: Any) -> list[Any]:
            return []

    empty: Any = Empty()
    assert account_of(empty, text, NOON) is None
    assert account_of(empty, "sxp_" + "0" * 12 + "_" + "A" * 43, NOON) is None


def test_faults(registry: TokenRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    for fields in (
        {"account": ""},
        {"account": "a", "expires": NOON},
        {"account": "a\n"},
        {"account": "a", "why": "\n"},
    ):
        with pytest.raises(InputError):
            registry.add(**{"who": "t", **fields})  # type: ignore[arg-type]
    with pytest.raises(InputError):
        registry.remove("x", who="\n")
    monkeypatch.setattr(tokens, "PER_ACCOUNT", 1)
    registry.add("acme", who="t")
    with pytest.raises(ConflictError, match="remove those"):
        registry.add("acme", who="t")


def test_verbs(authority: Authority) -> None:
    def ask(do: str, **fields: Any) -> dict[str, Any]:
        return authority.service.dispatch({"do": f"tokens.{do}", **fields})

    made = ask("add", account="acme", who="t")
    assert ask("check", token=made["text"])["account"] == "acme"
    assert ask("check", token="x")["account"] is None
    assert not ask("check", token="x" * 201)["ok"]
    assert [each["id"] for each in ask("list")["tokens"]] == [made["token"]["id"]]
    assert ask("remove", id=made["token"]["id"], who="t")["changed"]


def test_tokens_go_with_their_account(authority: Authority, registry: TokenRegistry) -> None:
    """Whoever gets the name later is not read by the tokens of the one who had it."""
    authority.accounts.add("acme", {}, who="t")
    _, text = registry.add("acme", who="t")
    _, other = registry.add("other", who="t")
    authority.accounts.remove("acme", who="t")
    assert account_of(registry.store, text, NOON) is None
    assert account_of(registry.store, other, NOON) == "other"
    authority.accounts.add("acme", {}, who="t")
    assert account_of(registry.store, text, NOON) is None
