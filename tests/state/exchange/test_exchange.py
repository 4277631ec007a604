"""Lists out and in, over the real store: serials in order, trusted keys only, all or nothing, roll-back, expiry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from smppproxy.state import ledger, list_store
from smppproxy.state.authority import Authority
from smppproxy.state.errors import ConflictError, InputError, NotFoundError, StoreError
from smppproxy.state.exchange.exchange import Exchange, in_three_months
from smppproxy.state.exchange.keys import SigningKey, line_of
from smppproxy.state.exchange.signed_file import Entry, Header, seal, written
from smppproxy.state.exchange.trust import Trust
from smppproxy.state.list_files import Item
from smppproxy.state.list_keys import ListKind

NOON = 1_800_000_000  # 2027-01-15T08:00:00Z


@pytest.fixture
def exchange(authority: Authority, state_dir: Path, clock: Callable[[], float]) -> Exchange:
    authority.lists.create("kisa", ListKind.SENDER_BLACKLIST, who="t")
    return Exchange(authority.lists, Trust(authority.lists._publisher, clock), state_dir, clock)


@pytest.fixture
def regulator(tmp_path: Path, exchange: Exchange) -> SigningKey:
    key = SigningKey.create(tmp_path / "regulator")
    exchange.trust.trust("kisa", line_of(key.public), who="t", lists=["kisa"])
    return key


def _file(signer: SigningKey, serial: int, *numbers: str, **fields: Any) -> bytes:
    given: dict[str, Any] = {
        "holds": "verified", "list": "kisa", "kind": "sender_blacklist", "serial": serial, "issued": written(NOON),
        "expires": written(NOON + 90 * 86_400), "issuer": "KISA", "key": signer.id, "entries": 0, **fields,
    }  # fmt: skip
    return seal(Header(**given), [Entry(entry=each) for each in numbers], signer.sign)


def _held(authority: Authority, name: str = "kisa") -> dict[str, Item]:
    record = list_store.find(authority.store, name)
    assert record is not None
    return dict(list_store.entries(authority.store, record))


def test_a_verified_list_becomes_ours(authority: Authority, exchange: Exchange, regulator: SigningKey) -> None:
    authority.lists.add("kisa", ["15880000"], Item(), who="t")
    octets = _file(regulator, 3, "010-1234-5678", "15881234")
    shown = exchange.take("kisa", octets, who="t", dry_run=True)
    assert shown.outcome.differences == ("+ 821012345678", "- 8215880000", "+ 8215881234")
    assert set(_held(authority)) == {"8215880000"}
    taken = exchange.take("kisa", octets, who="t")
    assert (taken.outcome.added, taken.outcome.removed, taken.before, taken.news, taken.key) == (2, 1, 0, True, "kisa")
    assert _held(authority) == {
        "821012345678": Item("kisa", "", NOON + 90 * 86_400), "8215881234": Item("kisa", "", NOON + 90 * 86_400),
    }  # fmt: skip
    (entry,) = (each for each in ledger.history(authority.store, "list:kisa") if each.action == "list.take")
    assert '"serial":3' in entry.content
    assert ledger.verify(authority.store).fault == ""


def test_serials_do_not_go_back(authority: Authority, exchange: Exchange, regulator: SigningKey) -> None:
    first, second = _file(regulator, 1, "15881234"), _file(regulator, 2, "15885678")
    exchange.take("kisa", first, who="t")
    assert not exchange.take("kisa", first, who="t").news  # the same again does no harm
    exchange.take("kisa", second, who="t")
    with pytest.raises(ConflictError, match="serial 1, and 2 was taken"):
        exchange.take("kisa", first, who="t")
    with pytest.raises(ConflictError, match="another content"):
        exchange.take("kisa", _file(regulator, 2, "15881111"), who="t")
    authority.lists.drop("kisa", who="t")  # an old file does not come back with a new list either
    authority.lists.create("kisa", ListKind.SENDER_BLACKLIST, who="t")
    with pytest.raises(ConflictError, match="must not come back"):
        exchange.take("kisa", first, who="t", dry_run=True)


def test_a_roll_back_stays_until_somebody_says_again(
    authority: Authority, exchange: Exchange, regulator: SigningKey
) -> None:
    exchange.take("kisa", _file(regulator, 1, "15881234"), who="t")
    second = _file(regulator, 2, "15885678")
    exchange.take("kisa", second, who="t")
    authority.lists.rollback("kisa", who="t")
    assert set(_held(authority)) == {"8215881234"}
    assert not exchange.take("kisa", second, who="cron").news
    assert set(_held(authority)) == {"8215881234"}
    exchange.take("kisa", second, who="t", again=True)
    assert set(_held(authority)) == {"8215885678"}


def test_a_serial_that_changes_nothing_is_remembered(exchange: Exchange, regulator: SigningKey) -> None:
    exchange.take("kisa", _file(regulator, 1, "15881234"), who="t")
    again = exchange.take("kisa", _file(regulator, 2, "15881234"), who="t")
    assert (again.outcome.unchanged, again.news) == (1, True)
    with pytest.raises(ConflictError):
        exchange.take("kisa", _file(regulator, 1, "15881234"), who="t")


def test_keys_decide(exchange: Exchange, regulator: SigningKey, tmp_path: Path, authority: Authority) -> None:
    stranger = SigningKey.create(tmp_path / "stranger")
    with pytest.raises(ConflictError, match="nobody trusts"):
        exchange.take("kisa", _file(stranger, 1, "15881234"), who="t")
    authority.lists.create("other", ListKind.SENDER_BLACKLIST, who="t")
    with pytest.raises(ConflictError, match="may sign kisa and not other"):
        exchange.take("other", _file(regulator, 1, "15881234", list="other"), who="t")
    forged = _file(stranger, 1, "15881234", key=regulator.id)
    with pytest.raises(InputError, match="signature does not hold"):
        exchange.take("kisa", forged, who="t")
    assert exchange.trust.revoke("kisa", who="t", why="lost")
    assert not exchange.trust.revoke("kisa", who="t")
    with pytest.raises(ConflictError, match="was revoked: lost"):
        exchange.take("kisa", _file(regulator, 1, "15881234"), who="t")
    with pytest.raises(ConflictError, match="has to make a new one"):
        exchange.trust.trust("kisa2", line_of(regulator.public), who="t")
    assert _held(authority) == {}


def test_trusting_twice(exchange: Exchange, regulator: SigningKey, tmp_path: Path) -> None:
    line = line_of(regulator.public)
    assert exchange.trust.trust("kisa", line, who="t", lists=["kisa"]).name == "kisa"
    other = line_of(SigningKey.create(tmp_path / "other").public)
    for name, key, told in (("kisa", other, "another key"), ("twice", line, "trusted already, as kisa")):
        with pytest.raises(ConflictError, match=told):
            exchange.trust.trust(name, key, who="t")
    with pytest.raises(InputError, match="a-z"):
        exchange.trust.trust("No Name", other, who="t")
    with pytest.raises(NotFoundError, match="there are: kisa"):
        exchange.trust.revoke("nobody", who="t")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"list": "other"}, "is of list other"),
        ({"kind": "host"}, "is of list kisa .host."),
        ({"holds": "candidates"}, "must not block anybody"),
        ({"expires": written(NOON)}, "expired on 2027-01-15T08:00:00Z; ask KISA"),
        ({"issued": written(NOON + 7200)}, "a clock is wrong"),
        ({"expires": "tomorrow"}, "an instant such as"),
    ],
)
def test_files_that_are_not_for_now(
    exchange: Exchange, regulator: SigningKey, authority: Authority, fields: dict[str, Any], told: str
) -> None:
    with pytest.raises((InputError, ConflictError), match=told):
        exchange.take("kisa", _file(regulator, 1, "15881234", **fields), who="t")
    assert _held(authority) == {}
    assert exchange.trust.last("kisa", "in") is None


def test_faulty_rows_change_nothing(exchange: Exchange, regulator: SigningKey, authority: Authority) -> None:
    header = {"holds": "verified", "list": "kisa", "kind": "sender_blacklist", "serial": 1, "issued": written(NOON),
              "expires": written(NOON + 99), "issuer": "", "key": regulator.id, "entries": 0}  # fmt: skip
    entries = [
        Entry(entry="15881234"), Entry(entry="x" * 40), Entry(entry="1588-1234", reason="other"),
        Entry(entry="15880000", expires="soon"), Entry(entry="15880001", reason="two\nlines"),
    ]  # fmt: skip
    octets = seal(msgspec.convert(header, Header), entries, regulator.sign)
    with pytest.raises(InputError, match="4 rows are wrong; nothing was changed") as caught:
        exchange.take("kisa", octets, who="t")
    assert [fault.row for fault in caught.value.faults] == [3, 4, 5, 6]
    assert _held(authority) == {}


def test_entries_whose_time_is_over_are_left_out(
    exchange: Exchange, regulator: SigningKey, authority: Authority
) -> None:
    entries = [Entry(entry="15881234", expires=written(NOON - 1)), Entry(entry="15885678", expires=written(NOON + 60))]
    header = Header(holds="verified", list="kisa", kind="sender_blacklist", serial=1, issued=written(NOON - 99),
                    expires=written(NOON + 99), issuer="", key=regulator.id, entries=0)  # fmt: skip
    assert exchange.take("kisa", seal(header, entries, regulator.sign), who="t").skipped == 1
    assert _held(authority) == {"8215885678": Item("kisa", "", NOON + 60)}


def test_a_disk_that_is_full_leaves_list_and_serial_as_they_were(
    exchange: Exchange, regulator: SigningKey, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("smppproxy.state.exchange.exchange.put", full)
        with pytest.raises(StoreError):
            exchange.take("kisa", _file(regulator, 1, "15881234"), who="t")
    assert _held(authority) == {}
    assert exchange.trust.last("kisa", "in") is None
    assert exchange.take("kisa", _file(regulator, 1, "15881234"), who="t").news


def test_what_we_send_another_can_take(exchange: Exchange, authority: Authority, clock: Any) -> None:
    with pytest.raises(NotFoundError, match="keys new"):
        exchange.export("kisa", "us", who="t")
    key = exchange.new_key(who="t")
    with pytest.raises(InputError, match="is empty"):
        exchange.export("kisa", "us", who="t")
    authority.lists.add("kisa", ["15881234"], Item("desk", "loan", NOON + 5 * 86_400), who="t")
    authority.lists.add("kisa", ["15885678"], Item(), who="t")
    made = exchange.export("kisa", "us", who="t")
    assert (made.header.serial, made.entries, made.header.expires) == (1, 2, "2027-04-15T08:00:00Z")
    clock.now += 60
    assert exchange.export("kisa", "us", who="t").header.serial == 2
    exchange.trust.trust("ourselves", line_of(key.public), who="t")
    exchange.take("kisa", made.text.encode(), who="t")
    assert _held(authority) == {
        "8215881234": Item("desk", "loan", NOON + 5 * 86_400),
        "8215885678": Item("ourselves", "", int(datetime(2027, 4, 15, 8, tzinfo=UTC).timestamp())),
    }
    authority.lists.create("optout", ListKind.RECIPIENT_OPTOUT, who="t")
    with pytest.raises(InputError, match="means nothing to others"):
        exchange.export("optout", "us", who="t")


def test_three_months() -> None:
    for day, end in (("2027-11-30", "2028-02-29"), ("2027-01-31", "2027-04-30"), ("2027-12-01", "2028-03-01")):
        at = datetime.fromisoformat(f"{day}T10:20:30+00:00").timestamp()
        assert written(in_three_months(int(at))) == f"{end}T10:20:30Z"
