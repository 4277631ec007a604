"""The style sheet of the report: the page on a screen is the page on paper."""

STYLE = """
@page { size: A4; margin: 15mm 14mm 16mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 8.5pt sans-serif; color: #5a6572; } }
* { box-sizing: border-box; }
html { background: #fff; color: #16202b; font: 10pt/1.42 "Noto Sans KR", "Noto Sans CJK KR", "NanumGothic",
  "Malgun Gothic", "Apple SD Gothic Neo", "Helvetica Neue", Arial, sans-serif; -webkit-print-color-adjust: exact;
  print-color-adjust: exact; }
body { word-break: keep-all; max-width: 182mm; margin: 10mm auto; padding: 0 4mm; }
header { border-bottom: 2.5pt solid #0b3c6f; padding-bottom: 3mm; margin-bottom: 5mm; }
h1 { font-size: 19pt; line-height: 1.2; margin: 0 0 1mm; letter-spacing: -0.01em; }
header p { margin: 0; color: #46525f; font-size: 9.5pt; }
header .span { font-size: 12.5pt; color: #0b3c6f; font-weight: 600; }
h2 { font-size: 12pt; margin: 7mm 0 2mm; break-after: avoid; }
section { break-inside: auto; }
figure { margin: 0; break-inside: avoid; }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 3mm; }
.figures div { border: 0.6pt solid #c9d2db; border-radius: 1.4mm; padding: 2.4mm 3mm; break-inside: avoid; }
.figures b { display: block; font-size: 15.5pt; line-height: 1.25; font-variant-numeric: tabular-nums; }
.figures div > span { color: #46525f; font-size: 8.6pt; display: block; }
.legend { list-style: none;
  display: flex; flex-wrap: wrap; gap: 1mm 5mm; padding: 0; margin: 0 0 1mm; font-size: 8.8pt; }
.legend i { display: inline-block; width: 3mm; height: 3mm; border-radius: 0.6mm; margin-right: 1.4mm;
  vertical-align: -0.4mm; }
svg { width: 100%; height: auto; display: block; }
svg text { font-size: 11px; fill: #2b3744; }
svg .strong { font-weight: 600; fill: #16202b; }
svg .over { fill: #fff; font-weight: 600; }
svg .grid { stroke: #dfe5ea; stroke-width: 1; }
svg .axis { stroke: #5a6572; stroke-width: 1; }
table { width: 100%; border-collapse: collapse; font-size: 8.2pt; font-variant-numeric: tabular-nums; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th { text-align: right; font-weight: 600; color: #46525f; border-bottom: 0.9pt solid #5a6572; padding: 1mm 1.1mm;
  vertical-align: bottom; line-height: 1.25; }
td { text-align: right; padding: 0.75mm 1.1mm; border-bottom: 0.4pt solid #e1e6eb; white-space: nowrap; }
th.name, td.name { text-align: left; white-space: normal; overflow-wrap: break-word; min-width: 26mm; }
td.name { line-height: 1.25; }
th.rank, td.rank { width: 10mm; text-align: right; color: #6a7683; white-space: nowrap; }
.part { display: inline-block; min-width: 10.5mm; }
td.main { font-weight: 600; }
tr.total td { border-top: 0.9pt solid #5a6572; border-bottom: 0; font-weight: 600; }
tr.rest td { color: #46525f; }
.up { color: #a62c12; }
.down { color: #15694f; }
.meter { display: inline-block; width: 7mm; height: 2mm; background: #e9edf1;
  vertical-align: 0.3mm; margin-right: 1.6mm; }
.meter i { display: block; height: 100%; background: #0b3c6f; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 0 8mm; }
.notes { margin-top: 8mm; padding-top: 2.5mm; border-top: 0.6pt solid #c9d2db; color: #46525f; font-size: 8.6pt;
  break-inside: avoid; }
.notes h2 { font-size: 9.5pt; margin: 0 0 1mm; }
.notes p { margin: 0 0 1.2mm; }
.alert { border-left: 1.2mm solid #c8501e; padding: 1.5mm 3mm; margin: 3mm 0; background: #fdf3ee; }
@media print { body { margin: 0; padding: 0; max-width: none; } }
@media screen and (max-width: 700px) { .figures { grid-template-columns: 1fr 1fr; } .two { display: block; }
  section { overflow-x: auto; } th { white-space: nowrap; } }
"""
