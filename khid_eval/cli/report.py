"""khid-eval report: the figures of a run, for a person, a wiki, a CI or a spreadsheet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from khid_eval.cli.run_options import LevelOption, RunArgument, WhereOption, slice_of, write_file
from khid_eval.errors import BadRequest

if TYPE_CHECKING:
    from khid_eval.runs.figures import Figures
    from khid_eval.runs.query import Tables


def report(
    run: RunArgument,
    html: Annotated[bool, typer.Option("--html", help="One printable page, on standard output.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdown, on standard output.")] = False,
    junit: Annotated[bool, typer.Option("--junit", help="JUnit XML, on standard output.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="One line a field, on standard output.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file instead: .html, .md, .xml, .csv or .parquet.")
    ] = None,
    rows: Annotated[
        Path | None, typer.Option(help="Also every reading with its truth, into a .csv or .parquet file.")
    ] = None,
    level: LevelOption = "canonical",
    where: WhereOption = None,
) -> None:
    """Figures of a run, with counts and intervals.

    Example: khid-eval report runs/first --html > report.html
    """
    from khid_eval import runs
    from khid_eval.metrics.fields import Level
    from khid_eval.runs import report as reports
    from khid_eval.runs.figures import figures
    from khid_eval.runs.query import Tables

    chosen = {"html": html, "markdown": markdown, "junit": junit, "csv": csv}
    form = _form([name for name, wanted in chosen.items() if wanted], output)
    chosen_slice = slice_of(where)
    with Tables(runs.Store(run)) as tables:
        tables.check(chosen_slice)
        if rows:
            _export(tables, rows)
        found = figures(tables, level=Level(level), where=chosen_slice)
    if not form:
        _show(found)
    elif output:
        write_file(output, reports.render(found, form))
    else:
        sys.stdout.buffer.write(reports.render(found, form))


def _export(tables: Tables, rows: Path) -> None:
    from khid_eval.runs.report import export_rows

    try:
        export_rows(tables, rows)
    except ValueError as exc:
        raise BadRequest(f"--rows {rows.name}: {exc}.") from exc


def _form(asked: list[str], output: Path | None) -> str:
    from khid_eval.runs.report import SUFFIXES

    if len(asked) > 1:
        raise BadRequest("One format at a time.")
    if asked:
        return asked[0]
    if output and output.suffix not in SUFFIXES:
        raise BadRequest(f"No format is known for {output.name}.", advice=f"Use one of {', '.join(SUFFIXES)}.")
    return SUFFIXES[output.suffix] if output else ""


def _show(found: Figures) -> None:
    from rich.table import Table

    from khid_eval.cli.run_options import wide_console
    from khid_eval.runs import tabulate

    console = wide_console()
    for name, value in (*tabulate.about(found), *tabulate.headline(found)):
        console.print(f"[bold]{name}[/bold]  ", end="", highlight=False)
        console.print(value, markup=False, highlight=False)
    for one in tabulate.tables(found):
        shown = Table(title=one.title, title_justify="left", caption=one.note, caption_justify="left")
        for position, header in enumerate(one.header):
            shown.add_column(header, justify="right" if position else "left")
        for row in one.rows:
            shown.add_row(*(cell.replace("[", "\\[") for cell in row))
        console.print(shown)


__all__ = ["report"]
