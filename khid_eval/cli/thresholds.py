"""khid-eval thresholds: cut-offs that keep a promised error rate, certified on a run's labelled cards, as a policy."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from khid_eval.errors import BadRequest

if TYPE_CHECKING:
    from khid_eval.metrics.split import Cards
    from khid_eval.metrics.study import Sequence, Study
    from khid_eval.runs import RunInfo

EXIT_NOTHING_CERTIFIED = 3
LOG_COLUMNS = 140


class By(StrEnum):
    """What the promise is about."""

    DOCUMENT = "document"
    FIELD = "field"


class AtLevel(StrEnum):
    """How strictly truth and reading are compared."""

    RAW = "raw"
    CANONICAL = "canonical"
    SEMANTIC = "semantic"


RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run over a labelled set: folder or fsspec URL.")]
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The policy, as JSON.")]
MaxErrorOption = Annotated[
    float, typer.Option(min=0.0001, max=0.5, help="At most this share of the accepted is wrong.")
]
ConfidenceOption = Annotated[
    float, typer.Option(min=0.5, max=0.9999, help="How sure the promise is, over the draw of the labelled cards.")
]
ByOption = Annotated[By, typer.Option("--by", help="Whole cards (all required fields right), or each field alone.")]
FieldsOption = Annotated[
    str, typer.Option(metavar="NAMES", help="Required fields, with commas between; default: all labelled ones.")
]
ConditionOption = Annotated[
    str, typer.Option(metavar="COLUMN", help="Certify each value of a condition apart too, such as lighting.")
]
LevelOption = Annotated[AtLevel, typer.Option(help="How strictly truth and reading are compared.")]
SeedOption = Annotated[int, typer.Option(help="Of the split into tuning and certifying cards.")]
TuneShareOption = Annotated[
    float, typer.Option(min=0.05, max=0.9, help="Share of the cards that choose cut-offs and never certify.")
]
RecalibrateOption = Annotated[bool, typer.Option(help="Map confidences to truer ones where that helps.")]
TogetherOption = Annotated[bool, typer.Option("--together", help="Let all certificates hold at once.")]
NameOption = Annotated[str, typer.Option(help="The policy's name; default: the run's.")]
UnfinishedOption = Annotated[
    bool,
    typer.Option(
        "--allow-unfinished",
        help="Certify on the photos read so far, and say so in the policy: only where the "
        "dataset's order means nothing.",
    ),
]


def thresholds(
    run: RunArgument,
    out: OutOption = Path("policy.json"),
    max_error: MaxErrorOption = 0.01,
    confidence: ConfidenceOption = 0.95,
    by: ByOption = By.DOCUMENT,
    fields: FieldsOption = "",
    condition: ConditionOption = "",
    level: LevelOption = AtLevel.CANONICAL,
    seed: SeedOption = 1,
    tune_share: TuneShareOption = 0.3,
    recalibrate: RecalibrateOption = True,
    together: TogetherOption = False,
    name: NameOption = "",
    allow_unfinished: UnfinishedOption = False,
) -> None:
    """Find the cut-offs that accept most cards and still keep a promised error rate, and write them as a policy.

    Example: khid-eval thresholds runs/first --max-error 0.01 --by document --out policy.json

    Exit 0: certified. Exit 3: nothing could be certified; the answer says how many more labelled cards it takes, and
    the policy sends everything to review.
    """
    from khid_eval.metrics.study import Question, study
    from khid_eval.metrics.trials import Promise
    from khid_eval.policy import build, save

    wanted = _wanted(fields)
    cards, info, unread = _cards(run, level, condition, allow_unfinished)
    missing = [one for one in wanted if one not in cards.fields]
    if missing:
        raise BadRequest(f"--fields: not labelled in this run: {', '.join(missing)}.")
    promise, required = Promise(max_error, confidence), wanted or cards.fields
    found = study(cards, Question(required, promise, by.value, seed, tune_share, recalibrate, together=together))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    save(build(found, name=name or info.id, run_id=info.id, level=level.value, created_at=now, unread=unread), out)
    _tell(found)
    if unread:
        typer.echo(f"{unread:,} photos of the run are not read yet: this is about its first ones alone.", err=True)
    typer.echo(str(out))
    if not found.certified:
        raise typer.Exit(EXIT_NOTHING_CERTIFIED)


def _cards(run: str, level: AtLevel, condition: str, allow_unfinished: bool) -> tuple[Cards, RunInfo, int]:
    """Also the run, and how many of its photos are not read yet."""
    from khid_eval.metrics.fields import Level
    from khid_eval.runs import Store
    from khid_eval.runs.labelled import labelled_cards
    from khid_eval.runs.query import Tables

    with Tables(Store(run)) as tables:
        if not allow_unfinished:
            tables.info.check_finished("certify on it")
        try:
            if condition:
                tables.check_column(condition)
            cards = labelled_cards(tables, level=Level(level.value), condition_column=condition)
        except ValueError as exc:
            raise BadRequest(f"--condition: {exc}.") from exc
        return cards, tables.info, tables.unread()


def _wanted(fields: str) -> tuple[str, ...]:
    from khid_eval.records import FIELD_NAMES

    names = tuple(dict.fromkeys(part.strip() for part in fields.split(",") if part.strip()))
    unknown = [name for name in names if name not in FIELD_NAMES]
    if unknown:
        raise BadRequest(
            f"--fields: no such field: {', '.join(unknown)}.", advice=f"There are {', '.join(FIELD_NAMES)}."
        )
    return names


def _tell(found: Study) -> None:
    """The answer as tables on stderr; stdout holds the policy's path alone."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    # A log has no edge to wrap at.
    console = Console(stderr=True, width=None if sys.stderr.isatty() else LOG_COLUMNS)
    promise = found.question.promise
    table = Table(
        title=f"Accepted and wrong at most {promise.max_error:.2%}, with {promise.confidence:.1%} confidence",
        caption=f"{found.cards:,} cards; cut-offs chosen on some, certified on the others",
    )
    for column in ("promise about", "cut-off", "accepted", "wrong", "error at most", "naive breaks", "more labels"):
        table.add_column(column, justify="left" if column == "promise about" else "right")
    for key, sequence in found.sequences.items():
        table.add_row(*_row(key, sequence, found.naive[key].chance_of_breaking))
        for condition, one in sequence.conditions.items():
            kept = sequence.kept.get(condition)
            cutoff = _cutoff_text(one.cutoffs)
            broken = "general cut-off fails" if kept is not None and kept.verdict == "broken" else ""
            table.add_row(
                f"  {escape(condition)}",
                cutoff,
                f"{one.coverage:.1%}",
                _counts(one.wrong, one.accepted),
                "",
                broken,
                "",
            )
    console.print(table)


def _row(key: str, sequence: Sequence, chance: float) -> list[str]:
    one = sequence.overall
    more = sequence.labels.more
    certified = one.cutoffs is not None
    return [
        key,
        _cutoff_text(one.cutoffs),
        f"{one.coverage:.1%}",
        _counts(one.wrong, one.accepted),
        f"{one.bound:.2%}" if certified else "–",
        "–" if chance != chance else f"{chance:.0%} of the time",
        "" if certified else ("no number helps" if more is None else f"at least {more:,}"),
    ]


def _cutoff_text(cutoffs: tuple[float, ...] | None) -> str:
    if cutoffs is None:
        return "none certified"
    return f"{cutoffs[0]:.4f}" if len(cutoffs) == 1 else f"{min(cutoffs):.3f}–{max(cutoffs):.3f}"


def _counts(wrong: int, accepted: int) -> str:
    return f"{wrong:,} of {accepted:,}"


__all__ = ["EXIT_NOTHING_CERTIFIED", "thresholds"]
