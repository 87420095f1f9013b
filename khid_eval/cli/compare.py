"""khid-eval compare: two runs on the same photos, field by field, with a verdict in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from khid_eval.cli.run_options import LevelOption

if TYPE_CHECKING:
    from khid_eval.metrics.compare import FieldVerdict
    from khid_eval.runs.compare import Comparison

IntersectOption = Annotated[
    bool, typer.Option("--intersect", help="Compare on the photos that both have, where the sets differ.")
]


def compare(
    run_a: Annotated[str, typer.Argument(metavar="RUN_A", help="Folder or URL of a run.")],
    run_b: Annotated[str, typer.Argument(metavar="RUN_B", help="The run to compare with it.")],
    intersect: IntersectOption = False,
    level: LevelOption = "canonical",
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Which of two runs is better, by how much, and whether that is decided at all.

    Example: khid-eval compare runs/tesseract runs/engine
    """
    from khid_eval import runs
    from khid_eval.metrics.fields import Level
    from khid_eval.runs.compare import Pair

    with Pair(runs.Store(run_a), runs.Store(run_b), intersect=intersect) as pair:
        found = pair.compare(Level(level))
    if as_json:
        typer.echo(json.dumps(_plain(found), ensure_ascii=False, indent=1))
    else:
        _show(found)


def _plain(found: Comparison) -> dict[str, Any]:
    return {
        "a": found.a.id,
        "b": found.b.id,
        "level": found.level.value,
        "photos": found.photos,
        "only_a": found.only_a,
        "only_b": found.only_b,
        "unfinished": found.unfinished,
        "verdict": found.verdict,
        "comparisons": [_row(one, found) for one in (*found.fields, found.cards)],
    }


def _row(one: FieldVerdict, found: Comparison) -> dict[str, Any]:
    from dataclasses import asdict

    row = asdict(one.pair) | {"adjusted_p_value": one.adjusted, "verdict": one.verdict, "words": one.words}
    letters = found.cer.get(one.pair.name)
    return row | {"cer": asdict(letters) if letters else None}


def _show(found: Comparison) -> None:
    from rich.table import Table

    from khid_eval.cli.run_options import wide_console

    console = wide_console()
    console.print(f"A {found.a.id}, B {found.b.id}: {found.photos} photos in both", markup=False, highlight=False)
    if found.only_a or found.only_b:
        console.print(f"left out: {found.only_a} only in A, {found.only_b} only in B", highlight=False)
    table = Table()
    for header in ("Field", "A", "B", "B less A, points", "flips to B, to A", "p (Holm)", "Verdict"):
        table.add_column(header, justify="left" if header in ("Field", "Verdict") else "right", overflow="fold")
    for one in (*found.fields, found.cards):
        table.add_row(*_cells(one))
    console.print(table)
    console.print(found.verdict, markup=False, highlight=False)


def _cells(one: FieldVerdict) -> tuple[str, ...]:
    pair = one.pair
    return (
        pair.name,
        f"{pair.right_a / pair.n * 100:.1f} %" if pair.n else "–",
        f"{pair.right_b / pair.n * 100:.1f} %" if pair.n else "–",
        f"{pair.delta * 100:+.1f} ({pair.low * 100:+.1f} to {pair.high * 100:+.1f})",
        f"{pair.only_b}, {pair.only_a}",
        f"{one.adjusted:.3g}",
        one.verdict,
    )


__all__ = ["IntersectOption", "compare"]
