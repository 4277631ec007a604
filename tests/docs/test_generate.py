"""The pages say what the code says, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

from smppproxy.app.metrics.table import METRICS, PREFIX
from smppproxy.relay.knock import Refusal

DOCS = Path(__file__).parents[2] / "docs"


def test_committed_pages_are_what_the_code_says(generate):
    stale = [name for name, page in generate.PAGES.items() if (DOCS / name).read_text(encoding="utf-8") != page()]
    assert not stale, "run: python docs/generate.py"


def test_every_log_event_is_explained(generate):
    found, explained = set(generate.events.found()), set(generate.events.MEANINGS)
    assert not found - explained, "say in docs/docpages/events.py what these mean"
    assert not explained - found, "these are logged no more: take them out of docs/docpages/events.py"


def test_every_reason_of_a_refused_bind_is_explained(generate):
    assert set(generate.events.REFUSED_BINDS) == set(Refusal)


def test_every_metric_a_page_names_exists(page):
    named = set(re.findall(r"\b(smppproxy_[a-z_]+[a-z])\b", page.read_text(encoding="utf-8")))
    known = {PREFIX + name for name in METRICS}
    known |= {PREFIX + name + part for name in METRICS for part in ("_bucket", "_sum", "_count")}
    assert not named - known


def test_every_page_is_linked(page):
    if page.name == "README.md" or DOCS not in page.parents:
        return
    index = (page.parent / "README.md") if (page.parent / "README.md").exists() else (page.parents[1] / "README.md")
    assert page.relative_to(index.parent).as_posix() in index.read_text(encoding="utf-8")


def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target, anchor in re.findall(r"\]\(([^)#]*)(#[^)]*)?\)", text):
        if "://" in target:
            continue
        other = page.parent / target if target else page
        assert other.exists(), f"{target} is linked, but does not exist"
        if anchor and other.suffix == ".md":
            assert anchor[1:] in anchors(other), f"{target}{anchor} is linked, but there is no such heading"


def anchors(page):
    """The anchors of a page's headings, as GitHub names them."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_verb_of_the_control_socket_is_told():
    source = "".join(path.read_text(encoding="utf-8") for path in (DOCS.parent / "smppproxy/state").glob("*.py"))
    page = (DOCS / "reference/control-socket.md").read_text(encoding="utf-8")
    verbs = set(re.findall(r'add_verb\(\s*"(\w+\.\w+)"', source))
    assert "codes.add" in verbs
    assert not {verb for verb in verbs if f"`{verb}`" not in page and f"`{verb.partition('.')[0]}.*`" not in page}
