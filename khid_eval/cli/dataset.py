"""khid-eval dataset: check, describe, import, export, split and compare ground truth."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from khid_eval.errors import BadRequest

if TYPE_CHECKING:
    from khid_eval.datasets import Fault, Summary

app = typer.Typer(
    name="dataset",
    help="Check, describe, import, export, split and compare ground truth.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
DatasetArgument = Annotated[str, typer.Argument(metavar="DATASET", help="Its folder, or an fsspec URL (s3://…).")]
LocalArgument = Annotated[Path, typer.Argument(metavar="DATASET", help="Its folder.")]


class SourceKind(StrEnum):
    """What an import reads."""

    auto = "auto"
    dataset = "dataset"
    csv = "csv"
    parquet = "parquet"
    label_studio = "label-studio"
    aws = "aws"
    folder = "folder"
    zip = "zip"


@app.command("check")
def check_command(
    dataset: DatasetArgument,
    photos: Annotated[bool, typer.Option(help="Open every photo and compare its hash.")] = True,
    near: Annotated[bool, typer.Option("--near", help="Also look for photos that look alike (slower).")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a fault.")] = False,
) -> None:
    """List every fault with its file and line. Exit 1 when there are errors.

    Example: khid-eval dataset check data/cards --near
    """
    from khid_eval.datasets import Dataset, check

    opened = Dataset(dataset)
    counts = _print_faults(check(opened, photos=photos), jsonl)
    if near:
        counts += _print_faults(_near_faults(dataset), jsonl)
    typer.echo(f"{counts['error']} errors, {counts['warning']} warnings", err=True)
    if counts["error"] or (strict and counts["warning"]):
        raise typer.Exit(1)


def _print_faults(faults: Iterable[Fault], jsonl: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    for fault in faults:
        counts[fault.level] += 1
        typer.echo(json.dumps(dataclasses.asdict(fault), ensure_ascii=False) if jsonl else str(fault))
    return counts


def _near_faults(dataset: str) -> Iterable[Fault]:
    """Alike photos as warnings; rows that cannot be read have been listed before."""
    from khid_eval.datasets import METADATA, Dataset, Fault
    from khid_eval.datasets.near import near_duplicates

    for pair in near_duplicates(Dataset(dataset)):
        if not pair.same_group:
            message = f"looks like {pair.first} ({pair.bits} of 64 bits apart), which has another group_id"
            yield Fault(METADATA, None, pair.second, "near-duplicate", message, "warning")


@app.command("info")
def info(
    dataset: DatasetArgument,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of tables.")] = False,
) -> None:
    """Count photos, cards, labels and conditions; give the fingerprint.

    Example: khid-eval dataset info data/cards
    """
    from khid_eval.datasets import Dataset, fingerprint, summary

    opened = Dataset(dataset)
    counts, identity = summary(opened), fingerprint(opened)
    if as_json:
        typer.echo(json.dumps({"fingerprint": identity, **dataclasses.asdict(counts)}, ensure_ascii=False, indent=2))
    else:
        _print_summary(opened.name, identity, counts)


def _print_summary(name: str, identity: str, counts: Summary) -> None:
    from rich.console import Console
    from rich.table import Table

    # Names of splits and conditions are data: no brackets or colons in them mean anything.
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    console.print(f"{name}: {counts.photos} photos of {counts.cards} cards, {counts.fully_labelled} fully labelled")
    console.print(f"fingerprint {identity}")
    splits = Table("split", "photos", "cards", title="Splits")
    for split in counts.splits:
        splits.add_row(split.split, str(split.photos), str(split.cards))
    fields = Table("field", "text", "not on the card", "not labelled", title="Labels")
    for field in counts.fields:
        fields.add_row(field.name, str(field.text), str(field.absent), str(field.not_labelled))
    conditions = Table("split", "condition", "severity", "photos", "cards", title="Conditions")
    for one in counts.conditions:
        severity = "" if one.severity is None else str(one.severity)
        conditions.add_row(one.split, one.name, severity, str(one.photos), str(one.cards))
    for table in (splits, fields, conditions):
        console.print(table)


@app.command("import")
def import_command(
    source: Annotated[Path, typer.Argument(help="Folder, CSV, Parquet, Label Studio JSON, AWS test set or zip.")],
    out: Annotated[Path, typer.Argument(help="Folder of the new dataset.")],
    kind: Annotated[SourceKind, typer.Option("--kind", help="What the source is.")] = SourceKind.auto,
    photos: Annotated[
        Path | None, typer.Option("--photos", help="Folder of the photos, where they are not beside the labels.")
    ] = None,
) -> None:
    """Make a dataset from labels and photos of another tool. Exit 1 when rows had to be left out.

    Example: khid-eval dataset import export.json data/cards --photos uploads
    """
    from khid_eval.datasets.importers import KINDS, import_labels

    chosen = next((one for one in KINDS if one == kind.value), None)  # None: found out by the import itself
    report = import_labels(source, out, kind=chosen, photos=photos)
    counts = _print_faults(report.faults, jsonl=False)
    typer.echo(f"{report.written} rows written, {counts['error']} left out", err=True)
    if counts["error"]:
        raise typer.Exit(1)


@app.command("export")
def export_command(
    dataset: DatasetArgument,
    out: Annotated[Path, typer.Argument(help="File to write; its ending says what: .csv or .parquet.")],
    with_photos: Annotated[bool, typer.Option("--with-photos", help="Put the photos into the Parquet file.")] = False,
) -> None:
    """Write all rows as CSV or Parquet.

    Example: khid-eval dataset export data/cards cards.parquet --with-photos
    """
    from khid_eval.datasets import Dataset
    from khid_eval.datasets.export import export_csv, export_parquet

    ending = out.suffix.lower()
    if ending not in (".csv", ".parquet") or (with_photos and ending != ".parquet"):
        raise BadRequest("The file must end in .csv, or in .parquet (which alone takes photos).")
    opened = Dataset(dataset)
    count = export_csv(opened, out) if ending == ".csv" else export_parquet(opened, out, with_photos=with_photos)
    typer.echo(f"{out}: {count} rows", err=True)


@app.command("split")
def split_command(
    dataset: LocalArgument,
    fractions: Annotated[
        str, typer.Option("--fractions", help="Shares that sum to 1.")
    ] = "train=0.7,validation=0.15,test=0.15",
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same splits.")] = 0,
) -> None:
    """Give every card a split, all its photos the same one. Writes metadata.jsonl anew.

    Example: khid-eval dataset split data/cards --fractions tune=0.5,certify=0.5 --seed 1
    """
    from khid_eval.datasets import Dataset, split_groups, summary, with_splits, write_metadata

    shares = _shares(fractions)
    opened = Dataset(dataset)
    try:
        assignment = split_groups((sample.group_id for sample in opened), shares, seed)
    except ValueError as exc:
        raise BadRequest(f"--fractions: {exc}.") from exc
    write_metadata(dataset, with_splits(opened, assignment))
    for split in summary(Dataset(dataset)).splits:
        typer.echo(f"{split.split}: {split.photos} photos of {split.cards} cards", err=True)


@app.command("diff")
def diff_command(
    first: Annotated[str, typer.Argument(metavar="FIRST", help="Folder or URL of the older version.")],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="Folder or URL of the newer version.")],
) -> None:
    """Say which photos were added (+), removed (-) or relabelled (~), and in which keys. Exit 1 when any was.

    Example: khid-eval dataset diff data/cards-1 data/cards-2
    """
    from khid_eval.datasets import Dataset
    from khid_eval.datasets.diff import difference

    found = difference(Dataset(first), Dataset(second))
    for sign, names in (("-", found.removed), ("+", found.added)):
        for name in names:
            typer.echo(f"{sign} {name}")
    for change in found.changed:
        typer.echo(f"~ {change.file_name}: {', '.join(change.keys)}")
    typer.echo(f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed", err=True)
    if found:
        raise typer.Exit(1)


def _shares(text: str) -> dict[str, float]:
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {name.strip(): float(share) for name, share in pairs}
    except ValueError as exc:
        raise BadRequest("--fractions takes name=share with commas, such as train=0.8,test=0.2.") from exc


__all__ = ["app"]
