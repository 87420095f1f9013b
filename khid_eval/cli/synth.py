"""khid-eval synth: a dataset of fictional cards with complete truth."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from khid_eval.errors import BadRequest

if TYPE_CHECKING:
    from khid_eval.synth.generate import Recipe

# Rendering allocates and frees large pictures; kept by the allocator they cost a quarter of the time.
_ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "2000000000", "MALLOC_TRIM_THRESHOLD_": "4000000000"}


class SplitChoice(StrEnum):
    """Which families of type, names and backdrops."""

    train = "train"
    validation = "validation"


class StyleChoice(StrEnum):
    """How far the looks of a card may go."""

    random = "random"
    nominal = "nominal"


class FormatChoice(StrEnum):
    """File format of the photos."""

    jpg = "jpg"
    png = "png"


OutArgument = Annotated[Path, typer.Argument(help="Folder of the dataset; made where it is missing.")]
CountOption = Annotated[int, typer.Option("--count", "-n", min=1, help="Number of photos.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")]
ConditionsOption = Annotated[
    str, typer.Option("--conditions", help='Names with commas, "all", "random", or nothing for clean photos.')
]
SeveritiesOption = Annotated[str, typer.Option("--severities", help="Severities of named conditions.")]
PhotosOption = Annotated[
    int, typer.Option("--photos-per-card", min=1, help="Photos of each card, over the conditions in turn.")
]
SplitOption = Annotated[
    SplitChoice, typer.Option("--split", help="Families the engine was trained on, or the ones kept from it.")
]
StyleOption = Annotated[StyleChoice, typer.Option("--style", help="Any looks, or the known look.")]
LongSideOption = Annotated[int, typer.Option("--long-side", min=200, max=4000, help="Pixels of the longer side.")]
FormatOption = Annotated[FormatChoice, typer.Option("--format", help="File format.")]
WorkersOption = Annotated[int, typer.Option("--workers", min=1, help="Processes.")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on with a folder begun with the same options.")]


def synth(
    out: OutArgument,
    count: CountOption = 100,
    seed: SeedOption = 0,
    conditions: ConditionsOption = "",
    severities: SeveritiesOption = "1,2,3,4,5",
    photos_per_card: PhotosOption = 1,
    split: SplitOption = SplitChoice.validation,
    style: StyleOption = StyleChoice.random,
    long_px: LongSideOption = 1500,
    image_format: FormatOption = FormatChoice.jpg,
    workers: WorkersOption = 2,
    resume: ResumeOption = False,
) -> None:
    """Write a dataset of photos of fictional cards.

    Example: khid-eval synth data/dark --count 200 --seed 7 --conditions dark,glare --photos-per-card 11

    Photo after photo, the clean case and every condition at every severity come in turn. Photos of one card share
    one scene, so they differ in nothing but the condition.
    """
    from khid_eval.synth.generate import Recipe

    recipe = Recipe(
        seed=seed,
        split=split.value,
        conditions=_names(conditions),
        severities=_numbers(severities),
        photos_per_card=photos_per_card,
        style=style.value,
        long_px=long_px,
        image_format=image_format.value,
    )
    _write(out, recipe, count, workers=workers, resume=resume)


def _write(out: Path, recipe: Recipe, count: int, *, workers: int, resume: bool) -> None:
    from khid_eval.cli.progress import progress
    from khid_eval.synth.generate import write_dataset

    if count < len(recipe.cases):
        typer.echo(f"only the first {count} of {len(recipe.cases)} cases fit: raise --count", err=True)
    for name, value in _ALLOCATOR.items():
        os.environ.setdefault(name, value)  # for the processes that are started below
    with progress(count, "photos") as advance:
        made = write_dataset(out, recipe, count, workers=workers, resume=resume, on_photo=advance)
    typer.echo(f"{out}: {made} photos made, {count - made} were there", err=True)


def _names(text: str) -> tuple[str, ...]:
    from khid_eval.conditions import CONDITIONS

    if text.strip() == "all":
        return tuple(CONDITIONS)
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(one) for one in text.split(","))
    except ValueError as exc:
        raise BadRequest("--severities takes whole numbers with commas, such as 1,3,5.") from exc


__all__ = ["synth"]
