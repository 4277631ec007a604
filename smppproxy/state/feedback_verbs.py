"""The requests about feedback, as typed records, and what answers them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from smppproxy.state.codes import print_instant
from smppproxy.state.feedback import FeedbackRegistry, Outcome, Verdict, digest_of
from smppproxy.state.feedback_rows import Authority, Said, read
from smppproxy.state.registry import Progress
from smppproxy.state.requests import LIST_LIMIT, Import, Request
from smppproxy.state.service import Service


class Take(Import, frozen=True):
    """A file of verdicts; what a row leaves out is said here. ``by`` is who said so, where that is not ``who``."""

    label: str = ""
    authority: Authority = Authority.PERSON
    source: str = ""
    by: str = ""


class List(Request, frozen=True):
    """Verdicts in the order they came; ``texts`` also shows the texts."""

    label: str = ""
    source: str = ""
    fingerprint: str = ""
    texts: bool = False
    after: int = 0
    limit: int = 1000


class Export(Request, frozen=True):
    """All verdicts as CSV; ``effective``: only those in force."""

    effective: bool = False


class Remove(Request, frozen=True):
    """Take out the verdicts of a text, of a source, or of both together."""

    fingerprint: str = ""
    source: str = ""


def add(service: Service, feedback: FeedbackRegistry) -> None:
    """Let a service answer the verbs of feedback."""

    def take(r: Take, progress: Progress) -> Outcome:
        text = service.uploaded(r.upload, r.text)
        # the line and the text of the defaults are never used: every row has its own
        defaults = Said(line=0, text="", label=r.label, authority=r.authority, source=r.source, who=r.by or r.who)
        digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        rows = read(text, defaults)
        return feedback.take(rows, who=r.who, why=r.why, dry_run=r.dry_run, digest=digest, progress=progress)

    def page(r: List, _: Progress) -> dict[str, Any]:
        limit = max(1, min(r.limit, LIST_LIMIT))
        found = feedback.page(label=r.label, source=r.source, fingerprint=r.fingerprint, after=r.after, limit=limit + 1)
        shown = [_told(each, r.texts) for each in found[:limit]]
        return {"feedback": shown, "next": found[limit - 1].id if len(found) > limit else None}

    def export(r: Export, _: Progress) -> dict[str, Any]:
        found = [each for each in feedback.everything() if each.effective or not r.effective]
        return {"text": render(found), "rows": len(found), "sha256": digest_of(found)}

    service.add_verb("feedback.import", Take, take)
    service.add_verb("feedback.list", List, page)
    service.add_verb("feedback.export", Export, export)
    service.add_verb(
        "feedback.remove",
        Remove,
        lambda r, _: {"removed": feedback.remove(fingerprint=r.fingerprint, source=r.source, who=r.who, why=r.why)},
    )


def render(verdicts: Iterable[Verdict]) -> str:
    """Return verdicts as CSV, as ``feedback import`` and ``model eval`` read it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = ("label", "category", "lang", "text", "authority", "source", "who", "why", "at", "fingerprint", "effective")
    writer.writerow(names)
    for each in verdicts:
        said = each.label, each.subclass, each.lang, each.text, each.authority.value, each.source, each.who, each.why
        writer.writerow((*said, print_instant(each.at // 1000), each.fingerprint, "yes" if each.effective else "no"))
    return out.getvalue()


def _told(verdict: Verdict, texts: bool) -> dict[str, Any]:
    told = {name: getattr(verdict, name) for name in Verdict.__struct_fields__}
    if not texts:
        del told["text"]
    return told
