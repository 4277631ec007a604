"""The registry of senders: add, update, suspend, block, resume, remove, show, list."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from filters.ports import SenderState
from smppproxy.state import ledger
from smppproxy.state.book_layout import SENDERS, SenderRow
from smppproxy.state.codes import check_text
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.publishing import Publisher
from smppproxy.state.registry import PAGE, Change, Records, Registry
from smppproxy.state.senders import BLOCKS, COUNTRY, HOLDERS, Sender, read_number
from smppproxy.state.store import Store

COLUMNS: Final = (
    "number, state, registered, codes, accounts, evidence, why, who, "
    "valid_from, valid_until, state_until, created_at, changed_at"
)

SenderChange = Change[Sender]


class SenderRegistry(Registry[Sender]):
    """Senders; files: see ``senders_import``.

    Numbers are taken as people write them; ``country`` is the calling code of those written without one.
    """

    def __init__(self, publisher: Publisher, *, country: str = COUNTRY, clock: Callable[[], float] = time.time) -> None:
        super().__init__("sender", RECORDS, SENDERS, publisher, clock)
        self.country = country

    # -- reading ---------------------------------------------------------------------------------------------------

    def canonical(self, number: str) -> str:
        """Return a number in canonical form. Raises InputError where it is none."""
        form, fault = read_number(number, self.country)
        if fault:
            raise InputError(f"sender {number!r}: {fault}")
        return form

    def show(self, number: str) -> Sender:
        """Return a sender. Raises NotFoundError, InputError."""
        form = self.canonical(number)
        found = self.find((form,)).get(form)
        if found is None:
            raise NotFoundError(f"sender {form} is not registered")
        return found

    def page(
        self,
        *,
        state: SenderState | None = None,
        code: str = "",
        account: str = "",
        prefix: str = "",
        after: str = "",
        limit: int = PAGE,
    ) -> list[Sender]:
        """Return senders in order, from the one after ``after``; ``state`` as stored, of a code or an account."""
        conditions: dict[str, Sequence[Any]] = {}
        if state is not None:
            conditions["state = ?"] = (str(state),)
        for column, holder in (("codes", code), ("accounts", account)):
            if holder:
                # As JSON the name stands in quotes, so that no name is found inside another.
                conditions[f"instr({column}, ?) > 0"] = (_json(holder),)
        return RECORDS.page(self.store, conditions, prefix=prefix, after=after, limit=limit)

    def history(self, key: str, *, limit: int = 100) -> list[ledger.Entry]:
        """Return what the ledger tells of a sender, newest first; also of one that was removed. Raises InputError."""
        return super().history(self.canonical(key), limit=limit)

    # -- changing --------------------------------------------------------------------------------------------------

    def add(
        self,
        number: str,
        *,
        who: str,
        why: str = "",
        codes: Iterable[str] = (),
        accounts: Iterable[str] = (),
        evidence: str = "",
        valid_from: int | None = None,
        valid_until: int | None = None,
    ) -> SenderChange:
        """Register a sender, or give a registered one further codes and accounts. Raises InputError, ConflictError."""
        form = self.canonical(number)
        known = self.find((form,)).get(form)
        if known is not None and known.state_at(self._clock()) not in (SenderState.ACTIVE, None):
            raise ConflictError(f"sender {form} is {known.state}; `senders resume` lifts that")
        holders = {"codes": _sorted(codes), "accounts": _sorted(accounts)}
        given = {"evidence": evidence, "valid_from": valid_from, "valid_until": valid_until}
        if known is None or not known.registered:
            now = self._millis()
            new = Sender(
                number=form, state=SenderState.ACTIVE, why=why, who=who,
                created_at=now, changed_at=now, **holders, **given,  # type: ignore[arg-type]
            )  # fmt: skip
            return self._record("add", Change(known, new), who, why)
        wider = {name: _sorted((*getattr(known, name), *more)) for name, more in holders.items()}
        fields = {name: value for name, value in given.items() if value not in ("", None)}
        return self._record("add", self.altered(known, who, **wider, **fields), who, why)

    def update(self, number: str, *, who: str, why: str = "", **fields: Any) -> SenderChange:
        """Change codes, accounts, evidence or dates; UNSET stays. Raises NotFoundError, InputError."""
        return self._record("update", self.altered(self.show(number), who, **fields), who, why)

    def suspend(self, number: str, *, who: str, why: str = "", until: int | None = None) -> SenderChange:
        """Suspend a registered sender. Raises NotFoundError, ConflictError (it is blocked already)."""
        known = self.show(number)
        if known.state in BLOCKS:
            raise ConflictError(f"sender {known.number} is {known.state} already, which outweighs a suspension")
        change = self.altered(known, who, state=SenderState.SUSPENDED, state_until=until, why=why)
        return self._record("suspend", change, who, why)

    def block(
        self, number: str, state: SenderState, *, who: str, why: str = "", until: int | None = None
    ) -> SenderChange:
        """Block a number, registered or not: one of BLOCKS. Raises InputError."""
        if state not in BLOCKS:
            raise InputError(f"{state}: one of {', '.join(BLOCKS)} is expected")
        form = self.canonical(number)
        known = self.find((form,)).get(form)
        if known is not None:
            change = self.altered(known, who, state=state, state_until=until, why=why)
        else:
            now = self._millis()
            new = Sender(
                number=form, state=state, registered=False, why=why, who=who,
                state_until=until, created_at=now, changed_at=now,
            )  # fmt: skip
            change = Change(None, new)
        return self._record("block", change, who, why)

    def resume(self, number: str, *, who: str, why: str = "", lift_block: bool = False) -> SenderChange:
        """Lift a suspension; a block only where that is said. What was known for its block only is then gone.

        Raises NotFoundError, ConflictError.
        """
        known = self.show(number)
        if known.state in BLOCKS and not lift_block:
            raise ConflictError(f"sender {known.number} is {known.state}; say --lift-block to take that back")
        if not known.registered:
            return self._record("resume", Change(known, None), who, why)
        change = self.altered(known, who, state=SenderState.ACTIVE, state_until=None, why=why)
        return self._record("resume", change, who, why)

    def remove(self, number: str, *, who: str, why: str = "", force: bool = False) -> SenderChange:
        """Take a sender out of the registry; its history stays. Raises NotFoundError, ConflictError."""
        known = self.show(number)
        if known.state is not SenderState.ACTIVE and not force:
            raise ConflictError(
                f"sender {known.number} is {known.state}: removing it would forget that; say --force to do so"
            )
        return self._record("remove", Change(known, None), who, why)

    def altered(self, known: Sender, who: str, **fields: Any) -> SenderChange:
        """Return the change that gives a sender these fields (UNSET ones stay), without making it."""
        given = {name: value for name, value in fields.items() if value is not msgspec.UNSET}
        if given.get("state", known.state) is known.state:
            if "state" in given:
                given.pop("why", None)  # a reason alone is no new sanction
            if all(getattr(known, name) == value for name, value in given.items()):
                return Change(known, known)
        return Change(known, msgspec.structs.replace(known, who=who, changed_at=self._millis(), **given))

    def _check(self, change: SenderChange) -> None:
        if change.after is not None and (told := "; ".join(wrong for _, wrong in wrongs(change.after))):
            raise InputError(f"sender {change.after.number}: {told}")


def wrongs(sender: Sender) -> Iterator[tuple[str, str]]:
    """Yield what cannot be stored of a sender: the column, and what is wrong with it."""
    for name in ("evidence", "why"):
        if wrong := check_text(name, getattr(sender, name)):
            yield name, wrong
    for name in ("codes", "accounts"):
        holders = getattr(sender, name)
        if len(holders) > HOLDERS:
            yield name, f"{len(holders)} {name}, at most {HOLDERS} can have one sender"
        for each in holders:
            if not each or not each.isprintable() or each != each.strip() or not each.isascii():
                yield name, f"{name}: {each!r}: printable ASCII without spaces around it is expected"
    if sender.valid_from is not None and sender.valid_until is not None and sender.valid_from >= sender.valid_until:
        yield "valid_until", "the registration would never be valid: valid_until has to be after valid_from"


def records(store: Store) -> Iterator[tuple[str, SenderRow]]:
    """Yield every sender of a store in order, for the books; what they do not show is not even read."""
    sql = (
        "SELECT number, state, registered, codes, accounts, valid_from, valid_until, state_until "
        "FROM senders ORDER BY number"
    )
    states = {str(state): state for state in SenderState}
    for number, state, registered, codes, accounts, valid_from, valid_until, state_until in store.stream(sql):
        yield (
            number,
            SenderRow(
                states[state], registered == 1, _tuple(codes), _tuple(accounts), valid_from, valid_until, state_until
            ),
        )


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


_names: Final = msgspec.json.Decoder(tuple[str, ...]).decode


def _tuple(names: str) -> tuple[str, ...]:
    return () if names == "[]" else _names(names)


def _read(row: Any) -> Sender:
    number, state, registered, codes, accounts, *rest = row
    return Sender(
        number=number, state=SenderState(state), registered=bool(registered),
        codes=_tuple(codes), accounts=_tuple(accounts),
        **dict(zip(_REST, rest, strict=True)),
    )  # fmt: skip


_REST: Final = COLUMNS.split(", ")[5:]


def _row(sender: Sender) -> tuple[Any, ...]:
    number, state, registered, codes, accounts, *rest = msgspec.structs.astuple(sender)
    return (number, str(state), int(registered), _json(codes), _json(accounts), *rest)


RECORDS: Final = Records("senders", COLUMNS, _read, _row)
