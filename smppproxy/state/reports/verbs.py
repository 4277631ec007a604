"""The requests about reports, as typed records, and what answers them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from smppproxy.state.registry import Progress
from smppproxy.state.reports.registry import ReportRegistry
from smppproxy.state.reports.tables import MatchRow, ReportRow, SourceRow, TextRow
from smppproxy.state.requests import LIST_LIMIT, Nothing, Request
from smppproxy.state.service import Service
from smppproxy.state.texts import KeptText

Hashes = tuple[bytes, ...]


class Begin(Request, frozen=True):
    """Begin the import of a file, or take it up again."""

    digest: str
    name: str
    form: str


class Known(Request, frozen=True):
    """Which of these reports are there already?"""

    marks: Hashes


class Placed(Request, frozen=True):
    """Which campaigns have these texts?"""

    texts: Hashes


class Spread(Request, frozen=True):
    """Which texts have these campaigns, and when were they reported?"""

    campaigns: Hashes


class Suspected(Request, frozen=True):
    """Which texts was something found against in a span of time?"""

    since: int
    until: int


class Rows(Request, frozen=True):
    """Reports, with the campaigns of their texts and the texts to keep."""

    file: int
    reports: tuple[ReportRow, ...]
    texts: tuple[TextRow, ...] = ()
    kept: tuple[KeptText, ...] = ()


class Matches(Request, frozen=True):
    """Which messages reports are about, and who sent campaigns."""

    matches: tuple[MatchRow, ...] = ()
    sources: tuple[SourceRow, ...] = ()


class Finish(Request, frozen=True):
    """Let a file count."""

    file: int
    duplicates: Annotated[int, msgspec.Meta(ge=0)] = 0
    rejected: Annotated[int, msgspec.Meta(ge=0)] = 0


class Campaigns(Request, frozen=True):
    """List campaigns, those with the most reports first."""

    least: Annotated[int, msgspec.Meta(ge=0)] = 2
    code: str = ""
    category: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=LIST_LIMIT)] = 100


class Show(Request, frozen=True):
    """Tell of one campaign."""

    campaign: int


class Labelled(Request, frozen=True):
    """Texts with the label most reports give them, those behind ``after``."""

    after: bytes = b""
    least: Annotated[int, msgspec.Meta(ge=1)] = 1
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500


def add(service: Service, reports: ReportRegistry) -> None:
    """Let a service answer the verbs of reports."""

    def rows(r: Rows, _: Progress) -> dict[str, Any]:
        return {"added": reports.add(r.file, r.texts, r.kept, r.reports)}

    def matches(r: Matches, _: Progress) -> dict[str, Any]:
        reports.match(r.matches, r.sources)
        return {}

    def finish(r: Finish, _: Progress) -> Any:
        return reports.finish(r.file, duplicates=r.duplicates, rejected=r.rejected, who=r.who, why=r.why)

    def campaigns(r: Campaigns, _: Progress) -> dict[str, Any]:
        found = reports.campaigns(least=r.least, code=r.code, category=r.category, limit=r.limit)
        return {"campaigns": found}

    def labelled(r: Labelled, _: Progress) -> dict[str, Any]:
        return reports.labelled(r.after, r.least, r.limit, who=r.who, why=r.why)

    service.add_verb("reports.begin", Begin, lambda r, _: reports.begin(r.digest, r.name, r.form, who=r.who, why=r.why))
    service.add_verb("reports.known", Known, lambda r, _: {"marks": reports.known(r.marks)})
    service.add_verb("reports.placed", Placed, lambda r, _: {"texts": [*reports.placed(r.texts).items()]})
    service.add_verb("reports.spread", Spread, lambda r, _: {"campaigns": reports.spread(r.campaigns)})
    service.add_verb("reports.suspected", Suspected, lambda r, _: {"texts": reports.suspected(r.since, r.until)})
    service.add_verb("reports.signatures", Nothing, lambda _, __: {"campaigns": reports.campaigns_known()})
    service.add_verb("reports.rows", Rows, rows)
    service.add_verb("reports.matches", Matches, matches)
    service.add_verb("reports.finish", Finish, finish)
    service.add_verb("reports.list", Nothing, lambda _, __: {"files": reports.files()})
    service.add_verb("reports.campaigns", Campaigns, campaigns)
    service.add_verb("reports.show", Show, lambda r, _: reports.campaign(r.campaign))
    service.add_verb("reports.labelled", Labelled, labelled)
