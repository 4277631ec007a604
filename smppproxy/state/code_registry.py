"""The registry of codes: add, update, suspend, strike, throttle, resume, remove, show, list."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from filters.ports import CodeState
from smppproxy.state import owner_sanctions
from smppproxy.state.book_layout import CODES
from smppproxy.state.codes import ANY_SHAPE, CHAIN_LIMIT, Code, CodeShape, check_text, read_owner_id
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.publishing import Publisher
from smppproxy.state.registry import PAGE, Change, Records, Registry
from smppproxy.state.store import Store

COLUMNS: Final = (
    "code, state, owner, why, who, valid_from, valid_until, created_at, changed_at, "
    "owner_id, chain, registered_at, rate, rate_until"
)
RATE_LIMIT: Final = 1_000_000  # messages a second of a throttle: more than any machine carries

Instant = int | msgspec.UnsetType | None

CodeChange = Change[Code]


class CodeRegistry(Registry[Code]):
    """Codes: add, update, show, list, suspend, strike, resume, remove; files: see ``codes_import``."""

    def __init__(
        self, publisher: Publisher, *, shape: CodeShape = ANY_SHAPE, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__("code", RECORDS, CODES, publisher, clock)
        self.shape = shape

    # -- reading ---------------------------------------------------------------------------------------------------

    def show(self, code: str) -> Code:
        """Return a code. Raises NotFoundError."""
        found = self.find((code,)).get(code)
        if found is None:
            raise NotFoundError(f"code {code} is not registered")
        return found

    def page(
        self,
        *,
        state: CodeState | None = None,
        owner: str = "",
        owner_id: str = "",
        prefix: str = "",
        after: str = "",
        limit: int = PAGE,
    ) -> list[Code]:
        """Return codes in order, from the one after ``after``; ``state`` is as of now, ``owner`` a part of the name."""
        conditions: dict[str, Sequence[Any]] = {}
        if owner:
            part = owner.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            conditions["owner LIKE ? ESCAPE '\\'"] = (f"%{part}%",)
        if owner_id:
            conditions["owner_id = ?"] = (_owner_id(owner_id),)
        if state is not None:
            clause, given = _in_state(state, self._clock())
            conditions[clause] = given
        return RECORDS.page(self.store, conditions, prefix=prefix, after=after, limit=limit)

    def of_owner(self, owner_id: str) -> list[Code]:
        """Return every code of a business by its registration number, in order; none for ""."""
        if not owner_id:
            return []
        sql = f"SELECT {COLUMNS} FROM codes WHERE owner_id = ? ORDER BY code"
        return [_read(row) for row in self.store.query(sql, (_owner_id(owner_id),))]

    def count(self) -> dict[str, int]:
        """Return how many codes there are by what they are worth now; every state is named."""
        now = self._clock()
        counts = {str(state): 0 for state in CodeState}
        for state in CodeState:
            clause, given = _in_state(state, now)
            counts[str(state)] = self.store.query(f"SELECT count(*) FROM codes WHERE {clause}", given)[0][0]
        return counts

    # -- changing --------------------------------------------------------------------------------------------------

    def add(
        self,
        code: str,
        *,
        who: str,
        owner: str = "",
        why: str = "",
        valid_from: int | None = None,
        valid_until: int | None = None,
        owner_id: str = "",
        chain: tuple[str, ...] = (),
        registered_at: int | None = None,
    ) -> CodeChange:
        """Register a code as active, or under the sanction of its owner. Known and active already: nothing to do.

        ``registered_at`` is Unix seconds, None: now. Raises InputError, ConflictError.
        """
        if wrong := self.shape.check(code):
            raise InputError(f"code {code!r}: {wrong}")
        now = self._millis()
        since = now // 1000 if registered_at is None else registered_at
        new = Code(
            code=code, state=CodeState.ACTIVE, owner=owner, why=why, who=who,
            valid_from=valid_from, valid_until=valid_until, created_at=now, changed_at=now,
            owner_id=_owner_id(owner_id), chain=chain, registered_at=since,
        )  # fmt: skip
        known = self.find((code,)).get(code)
        if known is None:
            return self._record("add", self.bearing([Change(None, new)])[0], who, why)
        worth = known.state_at(self._clock())
        if worth is not CodeState.ACTIVE:
            raise ConflictError(f"code {code} is already registered and {worth}; {_REMEDIES[worth]}")
        for name in ("owner", "valid_from", "valid_until", "owner_id", "chain"):
            if getattr(new, name) not in ("", None, (), getattr(known, name)):
                raise ConflictError(f"code {code} is registered with another {name}; `codes update` changes it")
        return Change(known, known)

    def update(
        self,
        code: str,
        *,
        who: str,
        why: str = "",
        owner: str | msgspec.UnsetType = msgspec.UNSET,
        valid_from: Instant = msgspec.UNSET,
        valid_until: Instant = msgspec.UNSET,
        owner_id: str | msgspec.UnsetType = msgspec.UNSET,
        chain: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET,
        registered_at: int | msgspec.UnsetType = msgspec.UNSET,
    ) -> CodeChange:
        """Change owner, chain or dates; what is UNSET stays. Raises NotFoundError, InputError."""
        if owner_id is not msgspec.UNSET:
            owner_id = _owner_id(owner_id)
        fields: dict[str, Any] = {"owner": owner, "valid_from": valid_from, "valid_until": valid_until}
        fields |= {"owner_id": owner_id, "chain": chain, "registered_at": registered_at}
        change = self.bearing([self.altered(self.show(code), who, **fields)])[0]
        return self._record("update", change, who, why)

    def suspend(self, code: str, *, who: str, why: str = "") -> CodeChange:
        """Suspend a code until :meth:`resume`. Raises NotFoundError, ConflictError (it is struck already)."""
        known = self.show(code)
        if known.state is CodeState.STRUCK:
            raise ConflictError(f"code {code} is struck already, which outweighs a suspension")
        return self._record("suspend", self.altered(known, who, state=CodeState.SUSPENDED, why=why), who, why)

    def strike(self, code: str, *, who: str, why: str = "") -> CodeChange:
        """Strike a code out. Raises NotFoundError."""
        return self._record("strike", self.altered(self.show(code), who, state=CodeState.STRUCK, why=why), who, why)

    def throttle(self, code: str, *, rate: float, who: str, why: str = "", until: int | None = None) -> CodeChange:
        """Leave a code ``rate`` messages a second, on all accounts together; 0 lifts that. ``until`` is Unix seconds.

        Raises NotFoundError, InputError.
        """
        if not 0.0 <= rate <= RATE_LIMIT:
            raise InputError(f"rate {rate:g}: 0 to {RATE_LIMIT:,} messages a second are expected")
        if until is not None and until <= self._clock():
            raise InputError("the throttle would have ended already")
        fields = {"rate": float(rate), "rate_until": until if rate else None}
        known = self.show(code)
        if all(getattr(known, name) == value for name, value in fields.items()):
            return Change(known, known)
        return self._record("throttle", self.altered(known, who, **fields, why=why), who, why)

    def resume(self, code: str, *, who: str, why: str = "", lift_strike: bool = False) -> CodeChange:
        """Lift a suspension and a throttle; a strike only where that is said. Raises NotFoundError, ConflictError."""
        known = self.show(code)
        if known.state is CodeState.STRUCK and not lift_strike:
            raise ConflictError(f"code {code} is struck, not suspended; say --lift-strike to take the strike back")
        change = self.altered(known, who, state=CodeState.ACTIVE, rate=0.0, rate_until=None, why=why)
        return self._record("resume", change, who, why)

    def remove(self, code: str, *, who: str, why: str = "", force: bool = False) -> CodeChange:
        """Take a code out of the registry; its history stays. Raises NotFoundError, ConflictError."""
        known = self.show(code)
        if known.state is not CodeState.ACTIVE and not force:
            raise ConflictError(
                f"code {code} is {known.state}: removing it would forget the sanction; say --force to do so"
            )
        return self._record("remove", Change(known, None), who, why)

    def altered(self, known: Code, who: str, **fields: Any) -> CodeChange:
        """Return the change that gives a code these fields (UNSET ones stay), without making it."""
        given = {name: value for name, value in fields.items() if value is not msgspec.UNSET}
        without = {name: value for name, value in given.items() if name != "why"}
        if "state" in given and all(getattr(known, name) == value for name, value in without.items()):
            return Change(known, known)  # a reason alone is no new sanction
        if all(getattr(known, name) == value for name, value in given.items()):
            return Change(known, known)
        return Change(known, msgspec.structs.replace(known, who=who, changed_at=self._millis(), **given))

    def bearing(self, changes: Sequence[CodeChange]) -> list[CodeChange]:
        """Return the changes with what stands against the owners of codes that are new, or come to another owner."""
        asked = {
            each.after.owner_id
            for each in changes
            if each.after is not None and (each.before is None or each.before.owner_id != each.after.owner_id)
        }
        against = owner_sanctions.standing(self.store, asked, self._clock())
        if not against:
            return list(changes)
        return [
            Change(each.before, owner_sanctions.bearing(each.after, against.get(each.after.owner_id)))
            if each.after is not None
            else each
            for each in changes
        ]

    def _check(self, change: CodeChange) -> None:
        after = change.after
        if after is None:
            return
        if wrong := check_text("owner", after.owner):
            raise InputError(wrong)
        if len(after.chain) > CHAIN_LIMIT or any(check_text("chain", name) or not name for name in after.chain):
            raise InputError(f"chain: at most {CHAIN_LIMIT} names of resellers are expected")
        if after.valid_from is not None and after.valid_until is not None and after.valid_from >= after.valid_until:
            raise InputError("the code would never be valid: valid_until has to be after valid_from")


_REMEDIES: Final = {
    CodeState.INACTIVE: "`codes update --from … --until …` changes its dates",
    CodeState.SUSPENDED: "`codes resume` lifts the suspension",
    CodeState.STRUCK: "`codes resume --lift-strike` takes the strike back",
}


def _owner_id(text: str) -> str:
    try:
        return read_owner_id(text)
    except ValueError as error:
        raise InputError(f"owner id {text!r}: {error}") from None


_chain: Final = msgspec.json.Decoder(tuple[str, ...]).decode


def _read(row: Any) -> Code:
    code, state, owner, why, who, valid_from, valid_until, created_at, changed_at, *more = row
    owner_id, chain, registered_at, rate, rate_until = more
    return Code(
        code=code, state=CodeState(state), owner=owner, why=why, who=who,
        valid_from=valid_from, valid_until=valid_until, created_at=created_at, changed_at=changed_at,
        owner_id=owner_id, chain=_chain(chain) if chain != "[]" else (), registered_at=registered_at,
        rate=rate, rate_until=rate_until,
    )  # fmt: skip


def _row(code: Code) -> tuple[Any, ...]:
    return (
        code.code, str(code.state), code.owner, code.why, code.who, code.valid_from, code.valid_until,
        code.created_at, code.changed_at, code.owner_id, msgspec.json.encode(code.chain).decode(),
        code.registered_at, code.rate, code.rate_until,
    )  # fmt: skip


def _in_state(state: CodeState, now: float) -> tuple[str, list[Any]]:
    """Return the SQL for "is worth this now"; the same rule as :func:`smppproxy.state.codes.state_at`."""
    if state not in (CodeState.ACTIVE, CodeState.INACTIVE):
        return "state = ?", [str(state)]
    valid = "(valid_from IS NULL OR valid_from <= ?) AND (valid_until IS NULL OR valid_until > ?)"
    return f"state = 'active' AND {'' if state is CodeState.ACTIVE else 'NOT '}({valid})", [now, now]


RECORDS: Final = Records("codes", COLUMNS, _read, _row)


def records(store: Store) -> Iterator[tuple[str, Code]]:
    """Yield every code of a store in order, for the books."""
    return ((each.code, each) for each in RECORDS.everything(store))
