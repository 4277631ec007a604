"""The first page: what waits for a person, what today looks like, how the node is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from starlette.routing import Route

from smppproxy.admin.desk.door import Door, Visit
from smppproxy.admin.desk.html import Child, Html, join, tag
from smppproxy.admin.desk.layout import Page
from smppproxy.admin.desk.parts import address, badge, code_link, facts, heading, link, section, table
from smppproxy.admin.report.page import percent
from smppproxy.admin.report.words import Language, Words
from smppproxy.state.stats.report import Report, share

CAMPAIGNS: Final = 5  # shown; the command line lists them all
_WORDS: Final = Words(Language.EN)


def routes(door: Door) -> list[Route]:
    """Return the route."""
    return [door.route("/desk", _overview)]


async def _overview(visit: Visit) -> Page:
    sanctions = (await visit.ask("sanctions.count"))["counts"]
    held = (await visit.ask("quarantine.count"))["counts"]
    files = (await visit.ask("reports.list"))["files"]
    campaigns = (await visit.ask("reports.campaigns", limit=CAMPAIGNS))["campaigns"]
    today = day_of(visit.now, visit.backend.utc_offset)
    report = msgspec.convert(
        await visit.ask(
            "stats.report", kind="day", first=today, last=today, utc_offset=visit.backend.utc_offset, top=5
        ),
        Report,
    )
    reasons, status = await visit.backend.health()
    waiting = sum(each["state"] == "open" for each in files)
    tiles = [
        _tile(sanctions["proposed"], "proposals to decide", address("/desk/sanctions", state="proposed")),
        _tile(sanctions["appealed"], "appeals to decide", address("/desk/sanctions", state="appealed")),
        _tile(held.get("held", 0), "messages held", "/desk/quarantine"),
        _tile(held.get("unknown", 0), "released, fate unknown", address("/desk/quarantine", state="unknown")),
        _tile(sanctions["standing"], "sanctions in force", address("/desk/sanctions", state="standing")),
        _tile(waiting, "report files half read", ""),
    ]
    body = [
        heading("Overview"),
        tag("ul", tiles, class_="tiles"),
        _today(report, today),
        _campaigns(campaigns),
        _node(reasons, status),
    ]
    return Page("Overview", "overview", join(body))


def day_of(now: float, utc_offset: float) -> str:
    """Return the operator's day of an instant (Unix seconds)."""
    return (datetime.fromtimestamp(now, UTC) + timedelta(hours=utc_offset)).date().isoformat()


def _tile(number: int, told: str, path: str) -> Html:
    inner = [tag("b", f"{number:,}"), " ", tag("span", told)]
    return tag("li", tag("a", inner, href=path) if path else inner, class_="quiet" if not number else None)


def _today(report: Report, today: str) -> Html:
    total = report.table("relay").total.now
    rows: list[tuple[Child, ...]] = [
        (_WORDS.key("class", line.key), f"{line.now.messages:,}", percent(share(line.now.messages, total.messages)),
         f"{line.before.messages:,}", f"{line.now.blocked:,}")
        for line in report.table("class").lines
    ]  # fmt: skip
    figures = facts([
        ("Messages", f"{total.messages:,}"),
        ("Spam found", f"{total.spam:,} ({percent(share(total.spam, total.messages))})"),
        ("Of the malignant four", f"{total.malignant:,}"),
        ("Blocked", f"{total.blocked:,}"),
    ])  # fmt: skip
    later = tag("p", f"{report.waiting} files of the last minutes are still to be counted.", class_="hint")
    heads = ("kind", "messages", "share", "day before", "blocked")
    return section(
        f"Today, {today} (UTC{report.utc_offset:+g})",
        figures,
        table("By kind of text", heads, rows, empty="Nothing was counted today yet.", numbers=heads[1:]),
        later if report.waiting else None,
        tag("p", link("/desk/statistics", "All statistics", day=today)),
    )


def _campaigns(campaigns: list[dict[str, Any]]) -> Html:
    rows = [
        (f"{each['campaign']}", badge(each["category"] or "unknown"), f"{each['reports']:,}", f"{each['texts']:,}",
         tag("span", [(", " if n else "", code_link(code)) for n, code in enumerate(each["codes"][:5])]))
        for each in campaigns
    ]  # fmt: skip
    heads = ("campaign", "kind", "reports", "texts", "codes")
    return section(
        "Reported most",
        table("Near-identical texts that people reported", heads, rows,
              empty="No reports were imported yet.", numbers=("reports", "texts")),
    )  # fmt: skip


def _node(reasons: list[str], status: dict[str, Any]) -> Html:
    workers = status.get("workers", [])
    ready = sum(bool(each.get("ready")) for each in workers)
    told: list[tuple[str, Child]] = [
        ("State", badge("ready") if not reasons else tag("span", badge("not ready"), " ", "; ".join(reasons))),
        ("Version", status.get("version", "")),
        ("Workers", f"{ready} of {len(workers)} ready"),
    ]
    return section("This node", facts(told))
