from __future__ import annotations

from aiosmpplib import DeliverSm, SubmitSm, SubmitSmResp

from smppproxy.load.resellers import correlator as module
from smppproxy.load.resellers.correlator import FlatCorrelator


class Hook:
    def __init__(self) -> None:
        self.errors: list[str] = []

    async def send_error(self, message: SubmitSm, error: Exception, client_id: str) -> None:
        self.errors.append(message.log_id)


async def test_requests_and_receipts_are_found_once():
    correlator = FlatCorrelator()
    request = SubmitSm(sequence_num=7, log_id="a", short_message="x")
    await correlator.put(request)
    response = SubmitSmResp(7, message_id="m1")
    assert await correlator.get(response) is request
    assert await correlator.get(response) is None

    await correlator.put_delivery("m1", request)
    receipt = DeliverSm(short_message="id:m1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:", esm_class=4)
    assert await correlator.get_delivery(receipt) is request
    assert await correlator.get_delivery(receipt) is None
    assert await correlator.get_segmented(7) == (None, 0)
    assert await correlator.put_delivery_segmented(receipt) is receipt


async def test_memory_is_bounded_and_the_oldest_goes(monkeypatch):
    monkeypatch.setattr(module, "_REQUESTS", 2)
    monkeypatch.setattr(module, "_DELIVERIES", 2)
    correlator = FlatCorrelator()
    correlator.hook, correlator.client_id = Hook(), "c"
    messages = [SubmitSm(sequence_num=n, log_id=str(n), short_message="x") for n in (1, 2, 3)]
    for message in messages:
        await correlator.put(message)
        await correlator.put_delivery(f"m{message.sequence_num}", message)
    assert correlator.hook.errors == ["1"]
    assert await correlator.get(SubmitSmResp(1)) is None
    assert await correlator.get(SubmitSmResp(3)) is messages[2]
    gone = DeliverSm(short_message="id:m1 stat:DELIVRD err:000 text:", esm_class=4)
    assert await correlator.get_delivery(gone) is None
