"""Writes what happens to sanctions: row and ledger entry together, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.codes import check_text
from smppproxy.state.errors import InputError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.sanctions import records
from smppproxy.state.sanctions.counters import mark_due
from smppproxy.state.sanctions.records import How, Records, Sanction, State
from smppproxy.state.sanctions.rules import LADDER, Action
from smppproxy.state.sanctions.subjects import Subject
from smppproxy.state.sanctions.tally import Pardon
from smppproxy.state.store import Cursor

NEW: Final = 0  # the id of a sanction that has none yet

_ENDED: Final = {
    State.STANDING: State.ENDED, State.PROPOSED: State.WITHDRAWN, State.WARNED: State.WITHDRAWN,
}  # fmt: skip
_PARDONS: Final = (How.LIFTED, How.EXPIRED, How.APPEAL, How.RESUMED, How.REJECTED)
"""Ends after which what was counted before no longer leads to the same step, or to a lower one."""


class Item(msgspec.Struct, frozen=True):
    """One thing that happens to one sanction. ``content`` is what the ledger keeps besides the id."""

    action: str  # sanction.begin …
    sanction: Sanction
    content: dict[str, Any] = {}
    why: str = ""


class Minutes:
    """The one writer of sanctions. ``pardon`` tells what is counted against a subject at the moment."""

    def __init__(
        self, publisher: Publisher, rows: Records, clock: Callable[[], float], pardon: Callable[[Subject], Pardon]
    ) -> None:
        self._publisher = publisher
        self._rows = rows
        self._clock = clock
        self._pardon = pardon

    def millis(self) -> int:
        """Return now as Unix milliseconds."""
        return int(self._clock() * 1000)

    def write(
        self,
        items: Sequence[Item],
        *,
        who: str,
        also: Callable[[Cursor], None] | None = None,
        drafts: Sequence[Draft] = (),
    ) -> list[Sanction]:
        """Write sanctions with the ledger's word for each; ``also`` and ``drafts`` go with them.

        Returns them as they stand, new ones with their ids. Raises InputError, StoreError, BooksError (recorded, but
        the books do not know yet).
        """
        for text in (who, *(item.why for item in items)):
            if wrong := check_text("who or why", text):
                raise InputError(wrong)
        written: list[Sanction] = []

        def commit(cursor: Cursor) -> tuple[Head, Changes]:
            written.clear()
            entries: list[Draft] = []
            for item in items:
                sanction = item.sanction
                if sanction.id == NEW:
                    sanction = msgspec.structs.replace(sanction, id=records.next_id(cursor))
                records.write(cursor, sanction)
                written.append(sanction)
                content = {"id": sanction.id, "action": sanction.action, "state": sanction.state, **item.content}
                entries.append(Draft(item.action, sanction.subject, content, item.why))
                ends = item.action in ("sanction.end", "sanction.reject")
                if ends and sanction.state in (State.ENDED, State.REJECTED) and sanction.ended_how in _PARDONS:
                    steps = LADDER[: sanction.action.rank + 1]
                    records.write_pardon(cursor, sanction.subject, steps, self._pardon(sanction.whom))
            if also is not None:
                also(cursor)
            return ledger.append(cursor, [*entries, *drafts], who=who, at=self.millis()), ()

        self._publisher.commit(CODES, commit)
        return written

    def mark(self, sanction: Sanction) -> bool:
        """Note that a sanction's effect is in the registries; False where another node has noted it or gone further.

        What was done there the ledger tells already.
        """
        with self._publisher.store.transaction() as cursor:
            return records.mark_settled(cursor, sanction)

    def begin(self, sanction: Sanction, *, who: str, why: str = "", content: dict[str, Any] | None = None) -> Sanction:
        """Let a sanction stand from now on; lower steps and open proposals of them are superseded."""
        now = self.millis()
        begun = msgspec.structs.replace(
            sanction,
            state=State.STANDING,
            began_at=now,
            ends_at=now + sanction.duration * 1000 if sanction.duration else None,
            effect="due",
        )
        items = [Item("sanction.begin", begun, content if content is not None else grounds(begun), why)]
        items += [
            self.ending(other, How.SUPERSEDED, who, f"superseded by {begun.action}")
            for other in self._rows.of(begun.whom, State.STANDING, State.PROPOSED, State.WARNED)
            if other.id != begun.id and other.action.rank <= begun.action.rank
        ]

        def also(cursor: Cursor) -> None:
            if begun.action is Action.SUSPEND:  # a rule may count suspensions
                mark_due(cursor, begun.subject)

        return self.write(items, who=who, also=also)[0]

    def ending(self, sanction: Sanction, how: How, who: str, why: str) -> Item:
        """Return the end of a sanction, a proposal or a warning, to be written."""
        ended = msgspec.structs.replace(
            sanction,
            state=State.REJECTED if how is How.REJECTED else _ENDED[sanction.state],
            ended_at=self.millis(),
            ended_by=who,
            ended_how=str(how),
            ended_why=why,
            effect="due" if sanction.state is State.STANDING else "",
        )
        return Item("sanction.end", ended, {"how": how}, why)


def grounds(sanction: Sanction) -> dict[str, Any]:
    """Return what the ledger keeps of a sanction's terms and evidence."""
    return {
        "rule": sanction.rule,
        "automatic": sanction.automatic,
        "rate": sanction.rate,
        "duration": sanction.duration,
        "needed": sanction.needed,
        "approvals": sanction.approvals,
        "evidence": sanction.evidence,
    }
