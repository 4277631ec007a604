"""The books a rule may ask. They answer from memory, without waiting; ``smppproxy.state`` provides them."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec


class CodeState(StrEnum):
    """``inactive``: expired or not yet valid. ``suspended`` and ``struck`` are sanctions."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"
    STRUCK = "struck"


class CodeEntry(msgspec.Struct, frozen=True, gc=False):
    """What the registry knows of a code."""

    state: CodeState
    owner: str = ""
    owner_id: str = ""  # the owner's business registration number
    registered_at: int = 0  # Unix seconds; 0: not known
    rate: float = 0.0  # messages a second that a throttle leaves; 0: no throttle


class CodeBook(Protocol):
    """The registry of first senders' codes."""

    def code(self, code: str) -> CodeEntry | None:
        """Return the entry of a code, or None when it is not registered."""
        ...

    @property
    def version(self) -> int:
        """A number that changes with every change of the book: what was remembered under another is stale."""
        ...


class SenderState(StrEnum):
    """What is known of a sender number.

    ``suspended`` is a sanction; ``blacklisted`` was listed for what it sent; ``protected`` may be used by nobody but
    its codes and accounts (emergency numbers, public bodies); ``theft_blocked`` is a subscriber who asked that
    nobody send in the number's name from the web.
    """

    ACTIVE = "active"
    SUSPENDED = "suspended"
    BLACKLISTED = "blacklisted"
    PROTECTED = "protected"
    THEFT_BLOCKED = "theft_blocked"


class SenderEntry(msgspec.Struct, frozen=True, gc=False):
    """What the registry knows of a sender: a number, or an alphanumeric name."""

    state: SenderState
    codes: tuple[str, ...] = ()  # the first senders it is registered to
    accounts: tuple[str, ...] = ()  # the accounts it is registered to, for senders that have no code


class SenderBook(Protocol):
    """The registry of sender numbers."""

    def sender(self, number: str) -> SenderEntry | None:
        """Return the entry of a sender, or None when it is not registered.

        ``number`` is in canonical form (:func:`filters.numbers.canonical`): E.164 digits without ``+``, or an
        alphanumeric name in lower case.
        """
        ...

    @property
    def version(self) -> int:
        """A number that changes with every change of the book."""
        ...


class ListEntry(msgspec.Struct, frozen=True, gc=False):
    """One entry of a list: where it comes from and why it is there."""

    source: str = ""
    reason: str = ""
    expires: float | None = None  # Unix seconds; None: never


class ListBook(Protocol):
    """Lists of things one look-up each. An entry that has expired may still be returned: rules look at ``expires``.

    Of sanctions, an entry that has expired is not returned, and ``version`` changes when one expires. Their ``reason``
    says what is to be done: :func:`filters.measures.measure`.

    ======================  ==========================================================================================
    kind                    key
    ======================  ==========================================================================================
    ``host``                a host or registered domain, lower case, in ASCII (punycode)
    ``url``                 host and path as ``example.com/a/b``: no scheme, port, query, fragment or final slash
    ``recipient_optout``    canonical number
    ``sender_blacklist``    canonical number
    ``account_sanction``    name of the account (system_id)
    ``owner_sanction``      business registration number of a code's owner
    ``text_cluster``        signature of near-identical texts, in hex (:mod:`filters.text.near`)
    ``host_sanction``       as ``host``
    ======================  ==========================================================================================
    """

    def listed(self, kind: str, key: str) -> ListEntry | None:
        """Return the entry of a key in the list of this kind, or None."""
        ...

    @property
    def version(self) -> int:
        """A number that changes with every change of any list."""
        ...


class ClusterBook(Protocol):
    """The clusters of near-identical texts under sanction, by the names :mod:`filters.text.near` gives them."""

    def clusters(self) -> tuple[int, list[bytes]]:
        """Return all names and a number that changes when they do, and with nothing else."""
        ...

    @property
    def version(self) -> int:
        """A number that changes with every change of the book; where books share one, with others' as well."""
        ...


class PatternKind(StrEnum):
    """How the text of a pattern is meant: as it stands, or as a regular expression of linear time (RE2)."""

    LITERAL = "literal"
    EXPRESSION = "expression"


class Pattern(msgspec.Struct, frozen=True, gc=False):
    """One pattern that a text must not hold."""

    id: str
    kind: PatternKind
    text: str
    reason: str = ""


class PatternBook(Protocol):
    """The patterns in force. The whole list is asked for when ``version`` changes, and compiled when it differs."""

    def patterns(self) -> tuple[int, list[Pattern]]:
        """Return all patterns and a number that changes when they do, and with nothing else."""
        ...

    @property
    def version(self) -> int:
        """A number that changes with every change of the patterns; where books share one, with others' as well."""
        ...
