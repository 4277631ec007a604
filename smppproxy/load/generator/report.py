"""What a load run says at its end: one JSON object, or a few lines for people."""

from __future__ import annotations

from typing import Any

from smppproxy.load.generator.plan import Expected, Plan
from smppproxy.load.generator.tally import Tally
from smppproxy.smpp.constants import STATUSES


def to_dict(plan: Plan, tally: Tally) -> dict[str, Any]:
    """The report of ``--json``. Latencies are microseconds."""
    seconds = max(1e-9, (tally.ended - tally.began) / 1e9)
    kinds: dict[str, Any] = {}
    for index, kind in enumerate(tally.kinds):
        statuses = {status: times for (k, status), times in sorted(tally.answers.items()) if k == index}
        expected = tally.expected[index]
        kinds[kind] = {
            "answered": sum(statuses.values()),
            "statuses": {_hex(status): times for status, times in statuses.items()},
            "expected": "any" if expected is None else [_hex(status) for status in sorted(expected)],
            "unexpected": 0 if expected is None else sum(n for status, n in statuses.items() if status not in expected),
        }
    totals: dict[int, int] = {}
    for (_, status), times in tally.answers.items():
        totals[status] = totals.get(status, 0) + times
    return {
        "ok": not tally.failed,
        "engine": plan.engine,
        "mode": "open" if plan.rate else "closed",
        "sessions": plan.sessions,
        "bound": tally.bound,
        "window": plan.window,
        "rate": plan.rate,
        "sent": tally.sent,
        "answered": tally.answered,
        "counted": tally.counted,
        "seconds": round(seconds, 4),
        "msgs_per_s": round(tally.counted / seconds, 1),
        "statuses": {_hex(status): times for status, times in sorted(totals.items())},
        "kinds": kinds,
        "latency_us": tally.latency.summary(),
        "lateness_us": tally.lateness.summary() if plan.rate else None,
        "unexpected": tally.unexpected,
        "unanswered": tally.unanswered,
        "timeouts": tally.timeouts,
        "lost": tally.lost,
        "strays": tally.strays,
        "nacks": tally.nacks,
        "delivered": tally.delivered,
        "receipts": tally.receipts,
        "connect_errors": tally.connect_errors,
        "bind_errors": {_hex(status): times for status, times in sorted(tally.bind_errors.items())},
        "disconnects": tally.disconnects,
        "notes": tally.notes,
        "checksum": tally.checksum,
    }


def to_text(plan: Plan, tally: Tally) -> str:
    """The report for people."""
    row = to_dict(plan, tally)
    latency = row["latency_us"]
    lines = [
        f"{row['answered']:,} of {row['sent']:,} answered, {row['msgs_per_s']:,.0f} msgs/s "
        f"over {row['seconds']:.2f} s, {row['bound']} of {row['sessions']} sessions x window {row['window']} "
        f"({row['mode']} loop, engine {row['engine']})",
    ]
    if row["answered"]:
        lines.append(
            f"latency p50 {_ms(latency['p50'])}, p90 {_ms(latency['p90'])}, p99 {_ms(latency['p99'])}, "
            f"p99.9 {_ms(latency['p99_9'])}, max {_ms(latency['max'])}"
        )
    for index, kind in enumerate(tally.kinds):
        for (k, status), times in sorted(tally.answers.items()):
            if k == index:
                lines.append(f"  {kind:8} {_named(status):32} {times:>12,}  {_judged(status, tally.expected[index])}")
    if tally.delivered:
        lines.append(f"{tally.delivered:,} deliver_sm came in, {tally.receipts:,} of them receipts")
    troubles = {
        "unanswered": tally.unanswered,
        "unexpected statuses": tally.unexpected,
        "responses to nothing": tally.strays,
        "generic_nacks": tally.nacks,
        "failed connects": tally.connect_errors,
        "refused binds": sum(tally.bind_errors.values()),
        "lost connections": tally.disconnects,
    }
    lines += [f"{count:,} {trouble}" for trouble, count in troubles.items() if count]
    lines += [f"  {note}" for note in tally.notes]
    lines.append(f"checksum {tally.checksum}")
    lines.append("every expectation held" if row["ok"] else "FAILED: see above")
    return "\n".join(lines)


def _judged(status: int, expected: Expected) -> str:
    if expected is None:
        return "any allowed"
    if status in expected:
        return "expected"
    return "UNEXPECTED, wanted " + " or ".join(_hex(allowed) for allowed in sorted(expected))


def _named(status: int) -> str:
    known = STATUSES.get(status)
    return f"{_hex(status)} {known.name34 or known.name50 if known else ''}".rstrip()


def _hex(status: int) -> str:
    return f"0x{status:02x}"


def _ms(microseconds: float) -> str:
    return f"{microseconds / 1000:.3g} ms"
