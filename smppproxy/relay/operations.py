"""Requests about a message that was sent before: query, cancel, replace, and their broadcast kin."""

from __future__ import annotations

from filters.contract import Reason
from smppproxy.relay import intake
from smppproxy.relay.account import Account
from smppproxy.relay.carriage import Carriage
from smppproxy.relay.desk import Desk
from smppproxy.relay.links import Reseller
from smppproxy.relay.ticket import Cause, Ticket
from smppproxy.smpp import constants as c


class Operations:
    """Passes such requests on where the message is the account's own; a replace_sm's new text is judged."""

    __slots__ = ("_carriage", "_desk")

    def __init__(self, desk: Desk, carriage: Carriage) -> None:
        self._desk = desk
        self._carriage = carriage

    def take(self, reseller: Reseller, account: Account, frame: Ticket, now: float) -> None:
        """Take one request; it is a ticket like any other."""
        desk = self._desk
        desk.count.taken += 1
        reseller.in_flight += 1
        reseller.peak = max(reseller.peak, reseller.in_flight)
        if desk.draining:
            desk.close(frame, Cause.GATE, Reason.DRAINING)
        elif reseller.in_flight > account.plan.window:
            desk.close(frame, Cause.GATE, Reason.WINDOW_FULL)
        elif account.plan.rate and not account.within_rate(now):
            desk.close(frame, Cause.GATE, Reason.ACCOUNT_RATE)
        elif frame.fault:
            desk.close(frame, Cause.GATE, intake.fault_reason(frame.fault), status=frame.fault)
        else:
            self._consider(frame, account, now)

    def _consider(self, frame: Ticket, account: Account, now: float) -> None:
        desk, plan = self._desk, account.plan
        paired = self._carriage.paired(plan.upstream)
        message_id = frame.message_id
        if not paired and not message_id:
            # Without an id the SMSC would pick a message by its addresses, on a bind that many accounts share.
            desk.close(frame, Cause.GATE, Reason.NOT_OWNED, status=_no_id(frame.command_id))
            return
        known = None
        if not paired or frame.command_id == c.REPLACE_SM:
            known = self._carriage.message(account.name, plan.upstream, message_id, paired)
        if frame.command_id == c.REPLACE_SM and known is None:
            desk.close(frame, Cause.GATE, Reason.NOT_OWNED, status=c.ESME_RREPLACEFAIL)
        elif not paired and (known is None or known.account != account.name):
            desk.close(frame, Cause.GATE, Reason.NOT_OWNED)
        elif frame.command_id == c.REPLACE_SM and known is not None:
            request = intake.read(frame, plan)
            if request.reason is not None:
                desk.close(frame, Cause.GATE, request.reason, status=request.status)
                return
            request.code = known.code
            request.extras = ()  # they were judged with the message
            request.data_coding = known.data_coding
            desk.inherit(frame, account, request, now)
        else:
            self._carriage.send(frame.link, [frame])


def _no_id(command: int) -> int:
    """The status that fits a request which names no message."""
    return {c.CANCEL_SM: c.ESME_RCANCELFAIL, c.REPLACE_SM: c.ESME_RREPLACEFAIL}.get(command, c.ESME_RINVMSGID)
