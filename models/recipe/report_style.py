"""The style sheet of the report: one column, light and dark as the reader has it, colours told apart by everybody."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2330; --faint: #667085; --line: #e3e7ee; --soft: #f6f8fb;
  --gambling: #d55e00; --loan: #b8860b; --drug: #009e73; --adult: #cc79a7; --investment: #0072b2; --smishing: #7b3fb5;
  --spam: #1d2330; --cell: #1f5fbf; --over: #fff; --bad: #c8372d; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171d; --ink: #e6e9ef; --faint: #98a2b3; --line: #2a303b;
  --soft: #1b2028; --gambling: #ff8c42; --loan: #e0b83d; --drug: #3ecf9f; --adult: #e9a3c9; --investment: #5ab0ee;
  --smishing: #b58cf0; --spam: #e6e9ef; --cell: #6ea3f5; --over: #10131a; --bad: #ff7a6e; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Noto Sans", sans-serif }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px }
h1 { font-size: 26px; margin: 0 0 4px } h1 code { font-size: 20px; font-weight: 400; color: var(--faint) }
h2 { font-size: 20px; margin: 44px 0 8px; padding-top: 14px; border-top: 1px solid var(--line) }
h3 { font-size: 15px; margin: 26px 0 8px }
p { margin: 4px 0 12px; max-width: 80ch } .note { color: var(--faint); font-size: 13px }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: 8px 12px; margin: 12px 0;
  font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere }
a { color: var(--cell) }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th { text-align: right; font-weight: 600; font-size: 12.5px; line-height: 1.3; color: var(--faint);
  vertical-align: bottom }
th, td { padding: 6px 8px; border-bottom: 1px solid var(--line) }
td { text-align: right; white-space: nowrap } th:first-child, td:first-child { text-align: left }
tbody tr:hover { background: var(--soft) }
td small { display: block; color: var(--faint); font-size: 11.5px; line-height: 1.2 }
.categories { width: auto } .categories td small { display: inline; margin-left: 8px }
.categories td:last-child, .categories th:last-child, .categories td:nth-child(2), .categories th:nth-child(2)
  { text-align: left }
.bar { display: inline-block; width: 160px; height: 9px; margin-right: 10px; border-radius: 5px;
  background: var(--line); overflow: hidden } .bar i { display: block; height: 100% }
.bar.found i { background: var(--cell) } .bar.wrong i { background: var(--bad) }
.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; padding: 0; margin: 8px 0; list-style: none }
.legend b { font-weight: 400; color: var(--faint); margin-left: 4px }
.swatch { display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin-right: 8px;
  vertical-align: middle }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 18px; margin: 10px 0 }
.pictures figure { margin: 0; max-width: 420px } figcaption { font-size: 13px; color: var(--faint); text-align: center }
svg { display: block; max-width: 100% } .pictures svg { width: 100%; height: auto } .wide svg { max-width: none }
svg text { fill: var(--ink); font: 11px system-ui, "Noto Sans", sans-serif }
svg .tick { fill: var(--faint) } svg .axis { fill: var(--ink) } svg .over { fill: var(--over) }
svg .small { font-size: 9.5px; opacity: .75 }
svg .grid { stroke: var(--line) } svg .guide { stroke: var(--faint); stroke-dasharray: 4 4 }
svg .mark { fill: var(--paper); stroke-width: 2 }
svg .error { stroke: var(--faint) } svg .cell { fill: var(--cell) } svg .dot { fill-opacity: .85 }
svg .line { fill: none; stroke-width: 1.6; stroke-linejoin: round } svg .line.spam { stroke-width: 2.4 }
svg .line.spam.thin { stroke-width: 1.2 }
""" + "".join(
    f".swatch.{name} {{ background: var(--{name}) }} svg .line.{name} {{ stroke: var(--{name}) }} "
    f"svg .dot.{name} {{ fill: var(--{name}) }} svg .mark.{name} {{ stroke: var(--{name}) }}\n"
    for name in ("gambling", "loan", "drug", "adult", "investment", "smishing", "spam")
)
