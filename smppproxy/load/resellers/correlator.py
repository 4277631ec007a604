"""A correlator for aiosmpplib that takes constant time per message.

The library's own one looks through every stored request and every receipt awaited at each put and get, so its
throughput falls with the square of the traffic. This one keeps insertion order and drops from the old end.
"""

from __future__ import annotations

from collections import OrderedDict

from aiosmpplib import AbstractCorrelator, DeliverSm, SmppMessage, SubmitSm
from aiosmpplib.correlator import STATUS_SENT, SegmentStatus

_REQUESTS = 100_000  # unanswered requests remembered; above any window
_DELIVERIES = 100_000  # receipts awaited; an older one is delivered uncorrelated, which the library allows


class FlatCorrelator(AbstractCorrelator):  # type: ignore[misc]
    """Requests by sequence_number, receipts by message_id. Segments are not followed: each is a message."""

    def __init__(self) -> None:
        self._requests: OrderedDict[int, SmppMessage] = OrderedDict()
        self._deliveries: OrderedDict[str, SubmitSm] = OrderedDict()

    def get_cumulated_status(self, ref_num: int) -> int:
        """Without segments everything counts as sent."""
        return int(STATUS_SENT)

    async def expired(self, smpp_message: SmppMessage) -> None:
        """Tell the hook that a request was never answered."""
        await self.hook.send_error(smpp_message, TimeoutError("no response came"), self.client_id)

    async def put(self, smpp_message: SmppMessage) -> None:
        """Remember a request."""
        self._requests[smpp_message.sequence_num] = smpp_message
        if len(self._requests) > _REQUESTS:
            await self.expired(self._requests.popitem(last=False)[1])

    async def get(self, response: SmppMessage) -> SmppMessage | None:
        """The request a response belongs to."""
        return self._requests.pop(response.sequence_num, None)

    async def put_delivery(self, smsc_message_id: str, submit_sm: SubmitSm) -> None:
        """Remember which message a receipt will speak of."""
        self._deliveries[smsc_message_id] = submit_sm
        if len(self._deliveries) > _DELIVERIES:
            self._deliveries.popitem(last=False)

    async def put_delivery_segmented(self, deliver_sm: DeliverSm) -> DeliverSm | None:
        """A segment is handed on as it is."""
        return deliver_sm

    async def get_segmented(self, smpp_seq_num: int, remove: bool = False) -> tuple[SegmentStatus | None, int]:
        """No message counts as segmented."""
        return None, 0

    async def get_delivery(self, receipt: DeliverSm) -> SubmitSm | None:
        """The message a receipt speaks of."""
        return self._deliveries.pop(str(receipt.parse_receipt().get("id", "")), None)
