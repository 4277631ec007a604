"""The authority over a state directory: the lock, the store, the books and the service over them, taken together.

The control process holds it for its life; a command holds it for one request while control is away.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from smppproxy.state import (
    account_verbs,
    code_registry,
    code_verbs,
    desk_verbs,
    feedback_verbs,
    key_verbs,
    list_store,
    list_verbs,
    model_verbs,
    quarantine_verbs,
    sender_registry,
    sender_verbs,
    shared_key,
    text_verbs,
    tokens,
    trace_verbs,
)
from smppproxy.state.account_registry import AccountRegistry
from smppproxy.state.book_layout import CODES, FILE, SENDERS
from smppproxy.state.book_writer import BookWriter, Sources
from smppproxy.state.code_registry import CodeRegistry
from smppproxy.state.codes import ANY_SHAPE, CodeShape
from smppproxy.state.desk_persons import PersonRegistry
from smppproxy.state.exchange import verbs as exchange_verbs
from smppproxy.state.exchange.exchange import Exchange
from smppproxy.state.exchange.trust import Trust
from smppproxy.state.feedback import FeedbackRegistry
from smppproxy.state.list_keys import Keys
from smppproxy.state.lists import ListRegistry
from smppproxy.state.lock import ControlLock
from smppproxy.state.models import ModelRegistry
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.publishing import Publisher
from smppproxy.state.quarantine import Quarantine
from smppproxy.state.reports import verbs as report_verbs
from smppproxy.state.reports.registry import ReportRegistry
from smppproxy.state.sanctions import hands
from smppproxy.state.sanctions import verbs as sanction_verbs
from smppproxy.state.sanctions.hands import CodesHand
from smppproxy.state.sanctions.rules import Policy
from smppproxy.state.sanctions.whole import Sanctions
from smppproxy.state.sealed import Keyring
from smppproxy.state.sender_registry import SenderRegistry
from smppproxy.state.senders import COUNTRY
from smppproxy.state.service import Service
from smppproxy.state.stats import verbs as stats_verbs
from smppproxy.state.store import Store


class Authority:
    """The one writer of a state directory."""

    def __init__(
        self,
        lock: ControlLock,
        publisher: Publisher,
        codes: CodeRegistry,
        clock: Callable[[], float],
        policy: Policy,
        country: str = COUNTRY,
        database: str = "",
    ) -> None:
        self.store = publisher.store
        self.books = publisher.books
        self.codes = codes
        self.senders = SenderRegistry(publisher, country=country, clock=clock)
        self.publisher = publisher
        self.service = Service(publisher)
        code_verbs.add(self.service, codes)
        sender_verbs.add(self.service, self.senders)
        keys = Keys(lambda: Pseudonymiser.load(self.books.path.parent), country)
        self.lists = ListRegistry(publisher, keys, clock=clock)
        list_verbs.add(self.service, self.lists)
        exchange = Exchange(self.lists, Trust(publisher, clock), self.books.path.parent, clock)
        exchange_verbs.add(self.service, exchange)
        model_verbs.add(self.service, ModelRegistry(publisher, clock=clock))
        self.accounts = AccountRegistry(publisher, clock=clock)
        account_verbs.add(self.service, self.accounts)
        sealer = Keyring(self.books.path.parent)
        feedback_verbs.add(self.service, FeedbackRegistry(publisher, sealer, clock=clock))
        tokens.add(self.service, tokens.TokenRegistry(publisher, clock))
        desk_verbs.add(self.service, PersonRegistry(publisher, clock))
        trace_verbs.add(self.service, self.books.path.parent, database, clock)
        stats_verbs.add(self.service, publisher, self.books.path.parent, clock)
        self.quarantine = Quarantine(publisher, clock=clock)
        self.sealer = sealer
        quarantine_verbs.add(self.service, self.quarantine, sealer)
        self.sanctions = Sanctions(publisher, CodesHand(codes), hands.others(self.senders, self.lists), policy, clock)
        sanction_verbs.add(self.service, self.sanctions, self.books, self.senders.canonical)
        text_verbs.add(self.service, publisher, clock=clock)
        key_verbs.add(self.service, publisher, sealer, clock)
        report_verbs.add(self.service, ReportRegistry(publisher, clock=clock))
        self._lock = lock

    @classmethod
    def take(
        cls,
        state_dir: Path,
        *,
        database: str = "",
        shape: CodeShape = ANY_SHAPE,
        policy: Policy = Policy(),  # noqa: B008  immutable
        country: str = COUNTRY,
        clock: Callable[[], float] = time.time,
        thorough: bool = True,
    ) -> Authority:
        """Take the lock, open the store, and bring the books in line with it where they are not.

        ``country`` is the calling code of numbers that are written without one.

        Raises BusyError (another holds the lock), StoreError, CorruptStoreError, NewerSchemaError, BooksError.
        """
        lock = ControlLock.take(state_dir)
        try:
            store = Store.open(database or state_dir, thorough=thorough)
            try:
                shared_key.agree(store, state_dir)
                books = BookWriter(state_dir / FILE)
                publisher = Publisher(store, books, sources_of(store), clock)
                try:
                    publisher.catch_up()  # after a crash, a restored backup, changes of other nodes
                except BaseException:
                    books.close()
                    raise
            except BaseException:
                store.close()
                raise
        except BaseException:
            lock.release()
            raise
        return cls(lock, publisher, CodeRegistry(publisher, shape=shape, clock=clock), clock, policy, country, database)

    def close(self) -> None:
        """Finish what is being done and give the state directory free."""
        self.service.close()
        self.books.close()
        self.store.close()
        self._lock.release()


def sources_of(store: Store) -> Sources:
    """Return where each table of the books comes from."""
    return {
        CODES: lambda: code_registry.records(store),
        SENDERS: lambda: sender_registry.records(store),
        **list_store.sources(store),
    }
