"""The report as one HTML page ready to print: A4, no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Final

from smppproxy.admin.report import charts
from smppproxy.admin.report.style import STYLE
from smppproxy.admin.report.words import Words, days_of
from smppproxy.state.stats.counting import HAM, UNJUDGED
from smppproxy.state.stats.report import Line, Report, Sum, Table, Tally, change, share

#: The order of the tables on the page; those of one row that says nothing are left out.
ORDER: Final = ("relay", "reseller", "code", "class", "route", "upstream", "outcome", "reason")
_SPAM_HEADS: Final = ("spam", "share_of_spam", "before", "change", "messages", "rate", "blocked")
_MESSAGE_HEADS: Final = ("messages", "share_of_messages", "before", "change", "blocked")
_MINUS: Final = "\u2212"


def page(report: Report, words: Words, operator: str = "") -> str:
    """Return the whole page. ``operator`` is whose report it is; it stands in the head."""
    title = f"{words('title')} – {words.span(report)}"
    total = report.table("relay").total
    body = [_head(report, words, operator)]
    if report.waiting:
        body.append(f'<p class="alert">{escape(words("waiting", count=report.waiting))}</p>')
    if not total.now.messages and not total.before.messages and not report.reported:
        body.append(f"<p>{escape(words('none'))}</p>")
    else:
        body += [_figures(total, words), _course(report, words), _kinds(report, words), _routes(report, words)]
        body += [_table(report.table(name), words) for name in ORDER]
    pair = [_tallies(name, counts, words) for name, counts in _plain_counts(report) if counts]
    if pair:
        body.append(f'<div class="two">{"".join(pair)}</div>')
    body.append(_notes(report, words))
    return (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def percent(value: float) -> str:
    """Return a share as people read it; small ones with two digits."""
    digits = 2 if 0 < abs(value) < 0.01 else 1
    return f"{100 * value:.{digits}f} %"


def changed(now: int, before: int, words: Words) -> str:
    """Return a change as people read it: ``+12.0 %``, ``new`` where there was nothing before."""
    by = change(now, before)
    if by is None:
        return words("new") if now else "–"
    sign = "+" if by > 0 else _MINUS if by < 0 else "±"
    return f"{sign}{100 * abs(by):,.1f} %"


def made_at(report: Report) -> str:
    """Return when the report was made, in the operator's time."""
    local = datetime.fromtimestamp(report.made_at, UTC) + timedelta(hours=report.utc_offset)
    return f"{local:%Y-%m-%d %H:%M}"


def _plain_counts(report: Report) -> tuple[tuple[str, Sequence[Tally]], ...]:
    return ("sanctions", report.sanctions), ("reported", report.reported)


def _head(report: Report, words: Words, operator: str) -> str:
    before = days_of(report.before_first.isoformat(), report.before_last.isoformat())
    told = [f"{words('compared')} {before}", words.days(report), words("made", at=made_at(report))]
    whose = f"<p>{escape(operator)}</p>" if operator else ""
    return (
        f"<header>{whose}<h1>{escape(words('title'))}</h1>"
        f'<p class="span">{escape(words.span(report))}</p><p>{escape(" · ".join(told))}</p></header>'
    )


def _figures(total: Line, words: Words) -> str:
    now, before = total.now, total.before
    cells = [
        ("messages", now.messages, before.messages, ""),
        ("spam", now.spam, before.spam, f"{percent(share(now.spam, now.messages))} {words('of_messages')}"),
        ("malignant", now.malignant, before.malignant, f"{percent(share(now.malignant, now.spam))} {words('of_spam')}"),
        ("blocked", now.blocked, before.blocked, f"{percent(share(now.blocked, now.messages))} {words('of_messages')}"),
    ]
    told = [
        f"<div><span>{escape(words(name))}</span><b>{count:,}</b>"
        f"<span>{escape(words('change'))} {_change(count, past, words)}</span>"
        f"<span>{escape(part) or '&nbsp;'}</span></div>"
        for name, count, past, part in cells
    ]
    return f'<div class="figures">{"".join(told)}</div>'


def _course(report: Report, words: Words) -> str:
    classes = _classes(report)
    if not classes or len(report.steps) < 2:
        return ""
    months = len(report.steps[0].period) == 7
    title = words("course_months" if months else "course_days")
    labels = [step.period if months else step.period[5:] for step in report.steps]
    legend = "".join(
        f'<li><i style="background:{charts.colour(name)}"></i>{escape(words.key("class", name))}</li>'
        for name in classes
    )
    picture = charts.stacked(labels, [step.spam for step in report.steps], classes, title)
    return f'<figure><h2>{escape(title)}</h2><ul class="legend">{legend}</ul>{picture}</figure>'


def _kinds(report: Report, words: Words) -> str:
    lines = [line for line in report.table("class").lines if line.key in _classes(report)]
    title = words("by_class")
    if not lines:
        return f"<h2>{escape(title)}</h2><p>{escape(words('no_spam'))}</p>"
    spam = report.table("class").total.now.spam
    rows = [
        (line.key, words.key("class", line.key), line.now.spam,
         f"{line.now.spam:,}  ({percent(share(line.now.spam, spam))})")
        for line in sorted(lines, key=lambda line: -line.now.spam)
    ]  # fmt: skip
    return f"<figure><h2>{escape(title)}</h2>{charts.bars(rows, title)}</figure>"


def _routes(report: Report, words: Words) -> str:
    lines = report.table("route").lines
    if len(lines) < 2:
        return ""
    fills = dict(zip(sorted(line.key for line in lines), ("#0b3c6f", "#c8501e", charts.PLAIN), strict=False))
    rows = []
    for measure in ("spam", "messages"):
        parts = [
            (fills.get(line.key, charts.PLAIN), words.key("route", line.key), getattr(line.now, measure))
            for line in lines
        ]
        total = sum(count for _, _, count in parts)
        if total:
            rows.append((words(measure), f"{total:,}", parts))
    legend = "".join(
        f'<li><i style="background:{fills.get(line.key, charts.PLAIN)}"></i>{escape(words.key("route", line.key))}</li>'
        for line in lines
    )
    title = words("by_route")
    return f'<figure><h2>{escape(title)}</h2><ul class="legend">{legend}</ul>{charts.split(rows, title)}</figure>'


def _table(table: Table, words: Words) -> str:
    lines = [line for line in table.lines if not (table.name == "reason" and not line.key)]
    if not lines or (table.name == "upstream" and len(lines) < 2):
        return ""
    ranked = table.name in ("relay", "reseller", "code")
    by_spam = table.measure == "spam"
    heads = ['<th class="rank">' + escape(words("rank")) + "</th>"] if ranked else []
    heads.append(f'<th class="name">{escape(words(f"{table.name}_key"))}</th>')
    if _names_owners(table):
        heads.append(f'<th class="name">{escape(words("owner"))}</th>')
    if table.name == "reseller":
        heads.append(f"<th>{escape(words('codes'))}</th>")
    heads += [f"<th>{escape(words(name))}</th>" for name in (_SPAM_HEADS if by_spam else _MESSAGE_HEADS)]
    whole = getattr(table.total.now, table.measure)
    rows = [
        _row(
            table, line, words, whole, [f'<td class="rank">{n}</td>'] if ranked else [], words.key(table.name, line.key)
        )
        for n, line in enumerate(lines, start=1)
    ]
    blank = ['<td class="rank"></td>'] if ranked else []
    if table.rest is not None:
        name = words("rest", members=f"{table.rest.members:,}")
        rows.append(_row(table, table.rest, words, whole, blank, name, style="rest"))
    if table.name != "reason":
        rows.append(_row(table, table.total, words, whole, blank, words("total"), style="total"))
    return (
        f"<section><h2>{escape(words(table.name))}</h2><table><thead><tr>{''.join(heads)}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></section>"
    )


def _names_owners(table: Table) -> bool:
    """Whether the registry knows whose any of the codes is."""
    return table.name == "code" and any(line.name for line in table.lines)


def _row(table: Table, line: Line, words: Words, whole: int, first: Sequence[str], name: str, style: str = "") -> str:
    cells = [*first, f'<td class="name">{escape(name)}</td>']
    if _names_owners(table):
        cells.append(f'<td class="name">{escape(line.name)}</td>')
    if table.name == "reseller":
        cells.append(f"<td>{line.members:,}</td>" if not style else "<td></td>")
    now, before = _measured(line.now, table), _measured(line.before, table)
    part = share(now, whole)
    meter = f'<span class="meter"><i style="width:{min(100.0, 100 * part):.1f}%"></i></span>' if not style else ""
    cells += [
        f'<td class="main">{now:,}</td>',
        f'<td>{meter}<span class="part">{percent(part)}</span></td>',
        f"<td>{before:,}</td>",
        f"<td>{_change(now, before, words)}</td>",
    ]
    if table.measure == "spam":
        cells += [f"<td>{line.now.messages:,}</td>", f"<td>{percent(share(line.now.spam, line.now.messages))}</td>"]
    cells.append(f"<td>{line.now.blocked:,}</td>")
    return f'<tr class="{style}">{"".join(cells)}</tr>' if style else f"<tr>{''.join(cells)}</tr>"


def _tallies(name: str, counts: Iterable[Tally], words: Words) -> str:
    rows = "".join(
        f'<tr><td class="name">{escape(words.key(name, each.name))}</td><td class="main">{each.now:,}</td>'
        f"<td>{each.before:,}</td><td>{_change(each.now, each.before, words)}</td></tr>"
        for each in counts
    )
    heads = "".join(f"<th>{escape(words(head))}</th>" for head in ("count", "before", "change"))
    return (
        f'<section><h2>{escape(words(name))}</h2><table><thead><tr><th class="name">{escape(words(f"{name}_key"))}</th>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _notes(report: Report, words: Words) -> str:
    names = ["note_counted", "note_change", *(["note_reported"] if report.reported else [])]
    told = "".join(f"<p>{escape(words(name))}</p>" for name in names)
    return f'<div class="notes"><h2>{escape(words("notes"))}</h2>{told}</div>'


def _measured(counted: Sum, table: Table) -> int:
    return counted.spam if table.measure == "spam" else counted.messages


def _change(now: int, before: int, words: Words) -> str:
    style = "up" if now > before else "down" if now < before else ""
    return f'<span class="{style}">{escape(changed(now, before, words))}</span>'


def _classes(report: Report) -> list[str]:
    """Return the classes of spam there are, in the order of their colours."""
    there = {line.key for line in report.table("class").lines if line.now.spam} - {HAM, UNJUDGED}
    return [*(name for name in charts.COLOURS if name in there), *sorted(there - charts.COLOURS.keys())]
