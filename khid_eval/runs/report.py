"""A run's report as a file: HTML (one page, no outside parts, made to be printed), Markdown, JUnit, CSV, Parquet."""

from __future__ import annotations

import csv
import html
import io
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq

from khid_eval.datasets.files import writing
from khid_eval.datasets.flat import guarded
from khid_eval.metrics.intervals import Rate
from khid_eval.runs import tabulate
from khid_eval.runs.figures import Figures
from khid_eval.runs.query import Tables

FORMATS: Final = ("html", "markdown", "junit", "csv", "parquet")
SUFFIXES: Final = {".html": "html", ".md": "markdown", ".xml": "junit", ".csv": "csv", ".parquet": "parquet"}

_ROW_FORMS: Final = {".csv": "FORMAT csv, HEADER", ".parquet": "FORMAT parquet, COMPRESSION zstd"}
_SUMS: Final = "judged, missed, invented, absent, confidence_sum, char_edits, char_length, khmer_edits, khmer_length"

_STYLE: Final = """
:root { --ink: #1b2a2f; --quiet: #5b6b70; --line: #d5dde0; --accent: #0b6b6b; --wash: #f3f7f7 }
body { font: 15px/1.7 "Source Sans 3", "Noto Sans Khmer", "Khmer OS", system-ui, sans-serif; color: var(--ink);
  background: #fff; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; font-variant-numeric: tabular-nums }
h1 { font-size: 1.7rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2.2rem 0 0 }
p { color: var(--quiet); margin: .2rem 0 }
dl.big { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem; margin: 1.5rem 0 }
dl.big div { background: var(--wash); border-radius: .5rem; padding: .7rem 1rem } dt { color: var(--quiet) }
dl.big dd { margin: 0; font-size: 1.05rem; font-weight: 600 }
dl.about { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem } dl.about dd { margin: 0 }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; margin-top: .5rem }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { text-align: left } thead th { color: var(--quiet); font-weight: 600 }
tbody tr:last-child { font-weight: 600 } table.plain tbody tr:last-child { font-weight: inherit }
svg { max-width: 100%; height: auto; margin-top: .5rem } svg text { font-size: 13px; fill: var(--ink) }
@media print { body { margin: 0; max-width: none; font-size: 11px } h2 { break-after: avoid }
  td, th { padding: .1rem .3rem } }
"""


def to_html(found: Figures) -> str:
    """The whole report as one page."""
    title = f"Evaluation of {found.info.id}"
    big = "".join(f"<div><dt>{_e(name)}</dt><dd>{_e(value)}</dd></div>" for name, value in tabulate.headline(found))
    facts = "".join(f"<dt>{_e(name)}</dt><dd>{_e(value)}</dd>" for name, value in tabulate.about(found))
    body = [f"<h1>{_e(title)}</h1>", f'<dl class="big">{big}</dl>', f'<dl class="about">{facts}</dl>']
    if found.labelled:
        body += ["<h2>Which fields are read best?</h2>", "<p>Share exact, with its 95 % interval.</p>", _forest(found)]
    body += [_html_table(table) for table in tabulate.tables(found)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_e(title)}</title><style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _html_table(table: tabulate.Table) -> str:
    head = "".join(f'<th scope="col">{_e(name)}</th>' for name in table.header)
    rows = "".join("<tr>" + "".join(f"<td>{_e(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    kind = "" if table.header[0] == "Field" else ' class="plain"'
    return (
        f'<h2>{_e(table.title)}</h2><p>{_e(table.note)}</p><div class="wide"><table{kind}>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _forest(found: Figures) -> str:
    """Dots with intervals, one line a field, on one axis."""
    lines = [(one.field, one.exact[found.level]) for one in found.fields if one.outcomes.judged]
    low = max(0.0, min((share.low for _, share in lines), default=0.0) - 0.02)
    left, width, step = 150, 560, 26

    def x(value: float) -> float:
        return left + width * (value - low) / (1.0 - low)

    marks = "".join(_forest_line(name, share, x, 20 + step * row) for row, (name, share) in enumerate(lines))
    bottom = 20 + step * len(lines)
    ticks = [low + (1.0 - low) * part / 4 for part in range(5)]
    axis = "".join(
        f'<line x1="{x(t):.1f}" x2="{x(t):.1f}" y1="5" y2="{bottom - 8}" stroke="#d5dde0"/>'
        f'<text x="{x(t):.1f}" y="{bottom + 10}" text-anchor="middle">{t * 100:.0f} %</text>'
        for t in ticks
    )
    size = f'viewBox="0 0 {left + width + 40} {bottom + 20}" width="{left + width + 40}"'
    return f'<svg {size} role="img" aria-label="Share exact of each field">{axis}{marks}</svg>'


def _forest_line(name: str, share: Rate, x: object, y: int) -> str:
    assert callable(x)
    return (
        f'<text x="0" y="{y + 4}">{_e(name)}</text><line x1="{x(share.low):.1f}" x2="{x(share.high):.1f}" y1="{y}" '
        f'y2="{y}" stroke="#0b6b6b" stroke-width="2"/><circle cx="{x(share.value):.1f}" cy="{y}" r="4.5" '
        f'fill="#0b6b6b"><title>{_e(tabulate.rate(share))}</title></circle>'
    )


def _e(text: str) -> str:
    return html.escape(text)


def to_markdown(found: Figures) -> str:
    """For a merge request or a wiki."""
    lines = [f"# Evaluation of {_cell(found.info.id)}", ""]
    lines += [f"- **{name}**: {_cell(value)}" for name, value in (*tabulate.headline(found), *tabulate.about(found))]
    for table in tabulate.tables(found):
        lines += ["", f"## {table.title}", "", table.note, ""]
        lines += [_row(table.header), "|---" + "|---:" * (len(table.header) - 1) + "|", *map(_row, table.rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def to_junit(found: Figures) -> str:
    """For a CI's test page: a case a field with its figures; photos that failed are one failed case a code."""
    suite = ElementTree.Element("testsuite", name=f"khid-eval {found.info.id}")
    for one in (*found.fields, found.overall):
        case = ElementTree.SubElement(suite, "testcase", classname="fields", name=one.field)
        share = tabulate.rate(one.exact[found.level])
        ElementTree.SubElement(case, "system-out").text = f"exact {share}; CER {tabulate.estimate(one.cer)}"
    for code, count in found.errors.items():
        case = ElementTree.SubElement(suite, "testcase", classname="photos", name=code)
        ElementTree.SubElement(case, "failure", message=f"{count} of {found.photos} photos failed with {code}")
    return finish_junit(suite)


def finish_junit(suite: ElementTree.Element) -> str:
    """The suite as a file, with its counts."""
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def to_csv(found: Figures) -> str:
    rows = tabulate.flat(found)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: guarded(one) if isinstance(one, str) else one for key, one in row.items()} for row in rows)
    return out.getvalue()


def to_parquet(found: Figures) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(tabulate.flat(found)), out)
    return out.getvalue()


def render(found: Figures, form: str) -> bytes:
    """form: one of FORMATS. Raises ValueError for another."""
    if form == "parquet":
        return to_parquet(found)
    makers = {"html": to_html, "markdown": to_markdown, "junit": to_junit, "csv": to_csv}
    if form not in makers:
        raise ValueError(f"a report can be {', '.join(FORMATS)}, got {form!r}")
    return makers[form](found).encode()


def export_rows(tables: Tables, out: str | os.PathLike[str]) -> None:
    """Every reading with its photo's facts, one row a photo x field, into a local .csv or .parquet file.

    It holds what stood on the cards: the caller says where it goes. In CSV no text is a formula to a spreadsheet.
    Raises ValueError for another suffix, BadData where the file cannot be written; an older one is there until then.
    """
    path = Path(out)
    form = _ROW_FORMS.get(path.suffix.lower())
    if form is None:
        raise ValueError("rows go to a .csv or .parquet file")
    sql = f"""SELECT i.* EXCLUDE (key, {_SUMS}), f.* EXCLUDE (seq, quad) FROM images i JOIN fields f USING (seq)
              ORDER BY seq, field"""
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    with writing(path):
        try:
            part.touch()
            tables.copy(sql, part, form, guard=guarded if "csv" in form else None)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


__all__ = [
    "FORMATS",
    "SUFFIXES",
    "export_rows",
    "finish_junit",
    "render",
    "to_csv",
    "to_html",
    "to_junit",
    "to_markdown",
    "to_parquet",
]
