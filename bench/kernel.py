"""How long the kernels take, in ns per PDU: ``python bench/kernel.py``.

A read of 100 submit_sm with 70 Korean letters and the first sender's code, and one of 100 responses, are cut,
looked at and gathered with new sequence numbers, as the proxy does. Best of several runs; a noisy machine lies upwards.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from time import perf_counter_ns

from smppproxy.smpp import codec
from smppproxy.smpp.constants import SUBMIT_SM, SUBMIT_SM_RESP
from smppproxy.smpp.kernel import BUILD_COMMAND
from smppproxy.smpp.pdu import Pdu

BATCH = 100  # PDUs per read: what a busy connection brings in one 64 KiB read, at most about 300
CODE = 0x1400
MAX_PDU = 70_000


def submits() -> bytes:
    """A read of submit_sm of 203 octets."""
    fields = {
        "source_addr_ton": 2,
        "source_addr_npi": 1,
        "source_addr": b"0212345678",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": b"821012345678",
        "registered_delivery": 1,
        "data_coding": 8,
        "short_message": ("안녕하세요 고객님, 주문하신 상품이 " * 4)[:70].encode("utf-16-be"),
    }
    tlvs = [(CODE, b"301150232")]
    return b"".join(codec.encode(Pdu(SUBMIT_SM, 0, n, fields, tlvs)) for n in range(1, BATCH + 1))


def responses() -> bytes:
    """A read of submit_sm_resp."""
    return b"".join(codec.encode(Pdu(SUBMIT_SM_RESP, 0, n, {"message_id": b"%08X" % n})) for n in range(1, BATCH + 1))


def best(deed: Callable[[], object], runs: int) -> float:
    """The best time of one call, in ns per PDU of the batch."""
    times = []
    for _ in range(runs):
        started = perf_counter_ns()
        deed()
        times.append(perf_counter_ns() - started)
    return min(times) / BATCH


def rows(name: str, runs: int) -> dict[str, float]:
    """Every measurement of one kernel."""
    kernel = importlib.import_module(f"smppproxy.smpp.{name}")
    read, answers, numbers = submits(), responses(), list(range(BATCH))
    cut, gather = kernel.cut, kernel.gather
    walked = cut(read, MAX_PDU)[0]
    for frame in walked:
        assert frame.fault == 0

    def header() -> None:
        for frame in cut(read, MAX_PDU)[0]:
            frame.command_id, frame.sequence_number  # noqa: B018 (reading is what is measured)

    def walk() -> None:
        for frame in cut(read, MAX_PDU)[0]:
            frame.fault  # noqa: B018

    def tlv_once() -> None:
        for frame in walked:
            frame.tlv_once(CODE)

    def fields() -> None:
        for frame in walked:
            frame.source_addr, frame.destination_addr, frame.data_coding, frame.short_message  # noqa: B018

    def road() -> None:
        frames = cut(read, MAX_PDU)[0]
        for frame in frames:
            frame.tlv_once(CODE)
        gather(frames, numbers)

    def back() -> None:
        frames = cut(answers, MAX_PDU)[0]
        for frame in frames:
            frame.sequence_number  # noqa: B018
        gather(frames, numbers)

    return {
        "cut": best(lambda: cut(read, MAX_PDU), runs),
        "cut + header": best(header, runs),
        "cut + walk": best(walk, runs),
        "tlv_once, walked": best(tlv_once, runs),
        "four fields, walked": best(fields, runs),
        "gather": best(lambda: gather(walked, numbers), runs),
        "cut + tlv_once + gather": best(road, runs),
        "responses: cut + header + gather": best(back, runs),
        "headers": best(lambda: kernel.headers(SUBMIT_SM_RESP, numbers, numbers), runs),
        "codec.decode": best(lambda: [codec.decode(frame.raw) for frame in walked], max(runs // 20, 5)),
    }


def main() -> None:
    """Measure both kernels side by side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2_000, help="runs of each measurement, the best counts")
    runs = parser.parse_args().runs
    pure = rows("_pure", max(runs // 10, 5))
    try:
        compiled = rows("_kernel", runs)
    except ImportError:
        compiled = {}
        print(f"the compiled kernel is not built; build it with: {BUILD_COMMAND}")
    print(f"{'ns per PDU':34}{'pure':>10}{'cython':>10}")
    for name, value in pure.items():
        print(f"{name:34}{value:10.0f}{compiled.get(name, float('nan')):10.0f}")


if __name__ == "__main__":
    main()
