"""The page in a real browser: nothing is cut off on a screen, and paper is A4 and not a book."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from smppproxy.admin.report.page import page
from smppproxy.admin.report.words import Language, Words
from smppproxy.state.stats.report import Report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 120  # s; a browser starts in two, and much later on a machine that does other things

#: Measures what a person would see: text outside its picture, a table or a picture wider than the page.
_LOOK = """<script>
const found = [];
for (const svg of document.querySelectorAll('svg')) {
  const frame = svg.getBoundingClientRect();
  for (const text of svg.querySelectorAll('text')) {
    const box = text.getBoundingClientRect();
    if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1)
      found.push('outside: ' + text.textContent);
  }
}
const width = document.documentElement.clientWidth;
for (const each of document.querySelectorAll('table, svg, header, .figures'))
  if (each.getBoundingClientRect().right > width + 1) found.push('wide: ' + each.tagName);
if (document.documentElement.scrollWidth > width) found.push('the page scrolls sideways');
document.title = 'seen ' + document.querySelectorAll('tbody tr').length + ': ' + found.join('; ');
</script>"""


@pytest.fixture
def browser(tmp_path: Path) -> list[str]:
    if CHROMIUM is None:
        pytest.skip("chromium is missing: run `deploy/debian-packages peers`")
    return [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
            f"--user-data-dir={tmp_path / 'profile'}"]  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize("language", Language)
def test_what_a_person_sees(browser: list[str], report: Report, tmp_path: Path, language: Language) -> None:
    html = page(report, Words(language), "Example Telecom")
    watched = re.sub(r"<meta http-equiv[^>]*>", "", html).replace("</body>", _LOOK + "</body>")
    (tmp_path / "watched.html").write_text(watched, encoding="utf-8")
    seen = subprocess.run(
        [*browser, "--window-size=794,1123", "--dump-dom", (tmp_path / "watched.html").as_uri()],
        capture_output=True, timeout=PATIENCE, check=True,
    ).stdout.decode()  # fmt: skip
    title = re.search(r"<title>(seen.*?)</title>", seen)
    assert title is not None, seen[:300]
    assert title[1] == f"seen {html.count('<tr') - html.count('<thead>')}: "


@pytest.mark.browser
def test_paper(browser: list[str], report: Report, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(page(report, Words(Language.KO)), encoding="utf-8")
    pdf = tmp_path / "report.pdf"
    printed = [*browser, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", (tmp_path / "report.html").as_uri()]
    subprocess.run(printed, capture_output=True, timeout=PATIENCE, check=True)
    octets = pdf.read_bytes()
    pages = len(re.findall(rb"/Type\s*/Page\b", octets))
    assert 4 <= pages <= 10
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45]\.?\d* 84[12]", octets)  # A4 in points
