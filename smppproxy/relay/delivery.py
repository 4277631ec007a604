"""The way back: deliver_sm, receipts and alerts from the carrier to the bind they belong to, and the answers."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from smppproxy.relay.account import Account
from smppproxy.relay.alias import renamed
from smppproxy.relay.early import Early, EarlyReceipts
from smppproxy.relay.links import Carrier, Delivery, Link, Reseller
from smppproxy.relay.plan import Plan, RelayLimits
from smppproxy.relay.ports import Routes
from smppproxy.smpp import constants as c
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.receipts import parse_receipt
from smppproxy.smpp.segments import TextTwice, text_octets

#: Carrier requests that are handed to resellers; an alert_notification has no answer.
HANDED_ON = frozenset({c.DELIVER_SM, c.DATA_SM, c.ALERT_NOTIFICATION})

#: The bits of esm_class that mark a receipt, an acknowledgement or an intermediate notification (SMPP 3.4 s. 5.2.12).
RECEIPT = 0x3C

#: Different receipts whose refusals are counted per worker, so that the memory of them stays bounded.
RETRIES_REMEMBERED = 10_000


class Elsewhere(msgspec.Struct, gc=False):
    """A delivery for an account whose binds may live in another worker: the owner of the processes finds out."""

    account: str
    raw: bytes
    carrier: Carrier
    sequence: int
    command: int
    key: tuple[str, bytes]  # what the same delivery is known by when the SMSC tries again


class Deliveries:
    """Routes the carrier's requests and their answers. ``elsewhere`` is a tray for other workers."""

    __slots__ = (
        *("_accounts", "_dirty", "_numbers", "_retries", "_routes", "_siblings"),
        *("aliases", "delivered", "early", "elsewhere", "limits", "refused", "strays", "timeouts"),
    )

    def __init__(
        self,
        accounts: dict[bytes, Account],
        limits: RelayLimits,
        dirty: dict[Link, None],
        routes: Routes | None,
        siblings: bool,
    ) -> None:
        self.elsewhere: list[Elsewhere] = []
        self.delivered = 0  # handed to a reseller
        self.refused = 0  # answered to the SMSC in our name
        self.timeouts = 0
        self.strays = 0  # answers of resellers that matched nothing
        self.aliases = False  # messages were released under ids of ours: receipts of paired links are looked at too
        self._accounts = accounts
        self.limits = limits
        self._dirty = dirty
        self._routes = routes
        self._siblings = siblings
        self.early = EarlyReceipts(limits.early_receipt)
        self._retries: dict[tuple[str, bytes], int] = {}
        self._numbers: list[tuple[str, bytes]] = []

    def plan(self, plan: Plan) -> None:
        """Learn which destinations of mobile-originated messages are whose, the longest prefixes first."""
        pairs = [(n.removeprefix("+"), name) for name, account in plan.accounts.items() for n in account.numbers]
        self._numbers = sorted(pairs, key=lambda pair: -len(pair[0]))

    # ------------------------------------------------------------ from the carrier

    def arrived(self, carrier: Carrier, frame: Frame, now: float) -> None:
        """A request of the carrier."""
        reseller = carrier.reseller
        if reseller is not None:
            if self.aliases and frame.command_id != c.ALERT_NOTIFICATION and frame.esm_class & RECEIPT:
                frame = self._as_known(carrier, frame)
            self._hand(reseller, carrier, frame, now)
        elif frame.command_id == c.ALERT_NOTIFICATION:
            return  # names no message and no account of ours; there is nobody to tell
        elif frame.fault:
            self._refuse(carrier, frame, frame.fault)
        elif frame.esm_class & RECEIPT:
            self._receipt_arrived(carrier, frame, now)
        else:
            self._originated(carrier, frame, now)

    def _receipt_arrived(self, carrier: Carrier, frame: Frame, now: float) -> None:
        try:
            text, _ = text_octets(frame)
        except TextTwice:
            text = frame.short_message
        spellings = parse_receipt(text, frame.tlvs()).spellings()
        if not spellings:
            self._refuse(carrier, frame, c.ESME_RX_P_APPN)
        elif self._receipt(carrier, frame, spellings, now):
            return
        elif not self.early.add(Early(carrier, frame, spellings, now)):
            self._refuse(carrier, frame, c.ESME_RX_T_APPN)

    def _receipt(self, carrier: Carrier, frame: Frame, spellings: tuple[str, ...], now: float) -> bool:
        """Give a receipt to its owner; False while nobody is known to own it."""
        upstream = carrier.upstream.plan.name
        route = self._routes.find(upstream, spellings) if self._routes is not None and spellings else None
        if route is None:
            return False
        if route.alias:
            frame = renamed(frame, route.alias.encode("latin-1"))
        self._to_account(route.account, carrier, frame, (upstream, spellings[0].encode("latin-1")), now)
        return True

    def _as_known(self, carrier: Carrier, frame: Frame) -> Frame:
        """A receipt of a paired link under the id its client knows, where that is one of ours."""
        try:
            text, _ = text_octets(frame)
        except TextTwice:
            return frame
        spellings = parse_receipt(text, frame.tlvs()).spellings()
        route = self._routes.find(carrier.upstream.plan.name, spellings) if self._routes is not None else None
        return renamed(frame, route.alias.encode("latin-1")) if route is not None and route.alias else frame

    def _originated(self, carrier: Carrier, frame: Frame, now: float) -> None:
        destination = frame.destination_addr.decode("latin-1").removeprefix("+")
        for prefix, name in self._numbers:
            if destination.startswith(prefix):
                key = (carrier.upstream.plan.name, frame.raw[16:80])
                self._to_account(name.decode("latin-1"), carrier, frame, key, now)
                return
        self._refuse(carrier, frame, c.ESME_RX_P_APPN)

    def _to_account(self, name: str, carrier: Carrier, frame: Frame, key: tuple[str, bytes], now: float) -> None:
        account = self._accounts.get(name.encode("latin-1"))
        reseller = account.receiver() if account is not None else None
        if reseller is not None:
            self._retries.pop(key, None)
            self._hand(reseller, carrier, frame, now)
        elif self._siblings:
            self.elsewhere.append(Elsewhere(name, frame.raw, carrier, frame.sequence_number, frame.command_id, key))
        else:
            self._nobody_bound(carrier, frame.command_id, frame.sequence_number, key)

    def _nobody_bound(self, carrier: Carrier, command: int, sequence: int, key: tuple[str, bytes]) -> None:
        """Ask the SMSC to come again, but not for ever."""
        tries = self._retries.get(key, 0) + 1
        if tries > self.limits.receipt_retries:
            self._retries.pop(key, None)
            self._tell(carrier, command, c.ESME_RX_P_APPN, sequence)
            return
        if len(self._retries) >= RETRIES_REMEMBERED:
            del self._retries[next(iter(self._retries))]
        self._retries[key] = tries
        self._tell(carrier, command, c.ESME_RX_T_APPN, sequence)

    def _hand(self, reseller: Reseller, carrier: Carrier, frame: Frame, now: float) -> None:
        account = reseller.account
        if account is None or reseller.gone or reseller.ending or reseller.session.peer_unbound:
            self._refuse(carrier, frame, c.ESME_RX_T_APPN)
            return
        sequence = reseller.session.next_sequence()
        if frame.command_id != c.ALERT_NOTIFICATION:
            if account.deliveries >= self.limits.deliveries:
                self._refuse(carrier, frame, c.ESME_RX_T_APPN)
                return
            self._open(reseller, Delivery(carrier, frame.sequence_number, frame.command_id, now, account), sequence)
        reseller.send(frame, sequence)
        self.delivered += 1
        self._dirty[reseller] = None

    @staticmethod
    def _open(reseller: Reseller, delivery: Delivery, sequence: int) -> None:
        delivery.account.deliveries += 1
        reseller.deliveries.open(sequence, delivery)

    def _refuse(self, carrier: Carrier, frame: Frame, status: int) -> None:
        """Answer the SMSC in our own name; an alert_notification is dropped, for it has no answer."""
        if frame.command_id != c.ALERT_NOTIFICATION:
            self._tell(carrier, frame.command_id, status, frame.sequence_number)

    def _tell(self, carrier: Carrier, command: int, status: int, sequence: int) -> None:
        self.refused += 1
        if not carrier.gone:
            carrier.answer(command, status, sequence)
            self._dirty[carrier] = None

    # ------------------------------------------------------------ other workers

    def take_over(self, account: str, frame: Frame, answer: Callable[[int], None], now: float) -> bool:
        """Deliver for a link of another worker; ``answer`` gets the reseller's status. False: nobody is bound."""
        owner = self._accounts.get(account.encode("latin-1"))
        reseller = owner.receiver() if owner is not None else None
        if owner is None or reseller is None:
            return False
        if owner.deliveries >= self.limits.deliveries:
            answer(c.ESME_RX_T_APPN)
            return True
        sequence = reseller.session.next_sequence()
        self._open(reseller, Delivery(None, 0, frame.command_id, now, owner, answer), sequence)
        reseller.send(frame, sequence)
        self.delivered += 1
        self._dirty[reseller] = None
        return True

    def taken_over(self, item: Elsewhere, status: int | None) -> None:
        """Another worker's reseller answered; None: no worker has the account bound."""
        if status is None:
            self._nobody_bound(item.carrier, item.command, item.sequence, item.key)
        else:
            self._retries.pop(item.key, None)
            self._tell(item.carrier, item.command, status, item.sequence)

    # ------------------------------------------------------------ from the reseller

    def answered(self, reseller: Reseller, frame: Frame) -> None:
        """A reseller's answer goes back to the link its delivery came from."""
        delivery = reseller.deliveries.close(frame.sequence_number)
        if delivery is None:
            self.strays += 1
            return
        delivery.account.deliveries -= 1
        carrier = delivery.carrier
        if carrier is None:
            delivery.tell(frame.command_status)
        elif not carrier.gone:
            carrier.send(frame, delivery.sequence)
            self._dirty[carrier] = None

    def reseller_gone(self, reseller: Reseller) -> None:
        """What the reseller did not answer goes back to the SMSC, which will try again."""
        for delivery in reseller.deliveries.drain():
            self._give_back(delivery)

    def expire(self, reseller: Reseller, now: float) -> None:
        """Give back what the reseller did not answer in time."""
        for delivery in reseller.deliveries.expired(now - self.limits.deliver_timeout):
            self.timeouts += 1
            self._give_back(delivery)

    def _give_back(self, delivery: Delivery) -> None:
        delivery.account.deliveries -= 1
        if delivery.carrier is None:
            delivery.tell(c.ESME_RX_T_APPN)
        else:
            self._tell(delivery.carrier, delivery.command, c.ESME_RX_T_APPN, delivery.sequence)

    def sweep(self, now: float) -> None:
        """Look again for the owners of early receipts; refuse those that nobody turned out to own."""
        for early in self.early.due(now):
            if early.carrier.gone or self._receipt(early.carrier, early.frame, early.spellings, now):
                continue
            if not self.early.add(early):
                self._refuse(early.carrier, early.frame, c.ESME_RX_P_APPN)
