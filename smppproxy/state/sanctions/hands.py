"""The hands of the sanctions in each registry: codes, senders, and the lists of everything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from filters.ports import CodeState, SenderState
from smppproxy.state import list_store
from smppproxy.state.code_registry import CodeRegistry
from smppproxy.state.errors import ConflictError, InputError
from smppproxy.state.list_files import Item
from smppproxy.state.list_keys import ListKind
from smppproxy.state.lists import ListRegistry
from smppproxy.state.sanctions.effects import Hand
from smppproxy.state.sanctions.records import Sanction
from smppproxy.state.sanctions.rules import Action, Kind
from smppproxy.state.sender_registry import SenderRegistry

SOURCE: Final = "sanctions"  # of the entries these hands put into lists


class CodesHand:
    """Codes. One that is not registered is registered, to bear its sanction."""

    def __init__(self, codes: CodeRegistry) -> None:
        self._codes = codes

    def check(self, key: str) -> None:
        """Raise InputError where the code is not registered and could not be."""
        if not self._codes.find((key,)) and (wrong := self._codes.shape.check(key)):
            raise InputError(f"code {key!r}: {wrong}")

    def put(self, key: str, sanction: Sanction | None, *, was: Action, who: str, why: str) -> None:
        """Let exactly this sanction be in force."""
        action = sanction.action if sanction is not None else None
        if action is None or action is Action.OBSERVE:
            self._free(key, was, who, why)
            return
        if not self._codes.find((key,)):
            self._codes.add(key, who=who, why=why)
        if action is Action.STRIKE:
            self._codes.strike(key, who=who, why=why)
            return
        if self._codes.show(key).state is CodeState.STRUCK:
            if was is not Action.STRIKE:
                return  # a person struck it out; that outweighs whatever we would do
            self._codes.resume(key, who=who, why=why, lift_strike=True)
        if action is Action.SUSPEND:
            self._codes.suspend(key, who=who, why=why)
        elif sanction is not None:
            if self._codes.show(key).state is CodeState.SUSPENDED:
                if was is not Action.SUSPEND:
                    return
                self._codes.resume(key, who=who, why=why)
            self._codes.throttle(key, rate=sanction.rate, who=who, why=why, until=_until(sanction))

    def state(self, key: str) -> Action | None:
        """Return the step the registry holds."""
        code = self._codes.find((key,)).get(key)
        if code is None:
            return None
        if code.state is CodeState.STRUCK:
            return Action.STRIKE
        if code.state is CodeState.SUSPENDED:
            return Action.SUSPEND
        return Action.THROTTLE if code.rate_at(self._codes.now()) else None

    def owner_of(self, code: str) -> str:
        """Return the registration number of a code's owner."""
        known = self._codes.find((code,)).get(code)
        return known.owner_id if known is not None else ""

    def codes_of(self, owner: str) -> Iterable[str]:
        """Return the codes of an owner."""
        return [each.code for each in self._codes.of_owner(owner)]

    def _free(self, key: str, was: Action, who: str, why: str) -> None:
        """Take back a step, and nothing that weighs more."""
        held = self.state(key)
        if held is not None and held.rank <= was.rank:
            self._codes.resume(key, who=who, why=why, lift_strike=True)


class SendersHand:
    """Sender numbers. A suspension is of a registered one; any number can be blacklisted."""

    def __init__(self, senders: SenderRegistry) -> None:
        self._senders = senders

    def check(self, key: str) -> None:
        """Raise InputError where it is no sender."""
        self._senders.canonical(key)

    def put(self, key: str, sanction: Sanction | None, *, was: Action, who: str, why: str) -> None:
        """Let exactly this sanction be in force."""
        if sanction is None or sanction.action is Action.OBSERVE:
            held = self.state(key)
            if held is not None and held.rank <= was.rank:
                self._senders.resume(key, who=who, why=why, lift_block=True)
            return
        until = _until(sanction)
        known = self._senders.find((key,)).get(key)
        if sanction.action is Action.SUSPEND and known is not None and known.registered:
            try:
                self._senders.suspend(key, who=who, why=why, until=until)
            except ConflictError:  # a person blocked it, which outweighs a suspension
                return
        else:
            self._senders.block(key, SenderState.BLACKLISTED, who=who, why=why, until=until)

    def state(self, key: str) -> Action | None:
        """Return the step the registry holds."""
        known = self._senders.find((key,)).get(key)
        state = known.state_at(self._senders.now()) if known is not None else None
        if state is SenderState.SUSPENDED:
            return Action.SUSPEND
        return Action.STRIKE if state is SenderState.BLACKLISTED else None


class ListHand:
    """Whatever is sanctioned by standing on a list of its own."""

    def __init__(self, lists: ListRegistry, name: str, kind: ListKind, about: str) -> None:
        self._lists = lists
        self._name = name
        self._kind = kind
        self._about = about

    def check(self, key: str) -> None:
        """Raise InputError where the list could not hold it."""
        try:
            self._lists.keys.reader(self._kind)(key)
        except ValueError as error:
            raise InputError(f"{key!r}: {error}") from None

    def put(self, key: str, sanction: Sanction | None, *, was: Action, who: str, why: str) -> None:
        """Let exactly this sanction be in force."""
        if sanction is None or sanction.action is Action.OBSERVE:
            if self.state(key) is not None:
                self._lists.remove(self._name, [key], who=who, why=why)
            return
        self._lists.create(self._name, self._kind, who=who, why=why, about=self._about)
        said = Item(SOURCE, self._said(sanction), _until(sanction))
        self._lists.add(self._name, [key], said, who=who, why=why)

    def state(self, key: str) -> Action | None:
        """Return the step the list holds."""
        record = list_store.find(self._lists.store, self._name)
        if record is None:
            return None
        stored = self._lists.keys.reader(self._kind, old=True)(key)
        entry = dict(list_store.some(self._lists.store, record, [stored])).get(stored)
        return _read(entry.reason) if entry is not None else None

    def _said(self, sanction: Sanction) -> str:
        return f"{sanction.action} {sanction.rate:g}" if sanction.action is Action.THROTTLE else str(sanction.action)


def others(senders: SenderRegistry, lists: ListRegistry) -> dict[Kind, Hand]:
    """Return the hands of every kind but codes."""
    return {
        Kind.SENDER: SendersHand(senders),
        Kind.ACCOUNT: ListHand(lists, "sanctioned-accounts", ListKind.ACCOUNT_SANCTION, "accounts under sanction"),
        Kind.OWNER: ListHand(lists, "sanctioned-owners", ListKind.OWNER_SANCTION, "owners of codes under sanction"),
        Kind.CLUSTER: ListHand(lists, "sanctioned-texts", ListKind.TEXT_CLUSTER, "near-identical texts under sanction"),
        Kind.HOST: ListHand(lists, "sanctioned-hosts", ListKind.HOST_SANCTION, "hosts of links under sanction"),
    }


def _until(sanction: Sanction) -> int | None:
    """Return the end that is written beside a sanction, Unix seconds: later than its own, which the clerk keeps.

    So a proxy whose control is away for long does not hold a sanction for ever.
    """
    return -(-sanction.ends_at // 1000) if sanction.ends_at is not None else None


def _read(reason: str) -> Action:
    word = reason.partition(" ")[0]
    return Action(word) if word in list(Action) else Action.STRIKE
