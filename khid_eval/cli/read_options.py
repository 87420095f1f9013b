"""What `khid-eval read` can be asked for, as options of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def _part(flag: str, meaning: str) -> Any:
    return typer.Option(flag, help=meaning, rich_help_panel="What to ask for")


def _alarm(flag: str, meaning: str) -> Any:
    return typer.Option(flag, help=meaning, rich_help_panel="Alarms to ask for")


ImagesArgument = Annotated[
    list[Path], typer.Argument(metavar="IMAGE...", help="Photos of cards: PNG, JPEG, BMP, TIFF.")
]
JsonlOption = Annotated[bool, typer.Option("--jsonl", help="One JSON row a file instead of tables.")]
EverythingOption = Annotated[bool, typer.Option("--all-options", help="Everything below.")]

PortraitImageOption = Annotated[bool, _part("--portrait-image", "The portrait, as JPEG.")]
PortraitLocationOption = Annotated[bool, _part("--portrait-location", "Where the portrait is on the photo.")]
CardTypeOption = Annotated[bool, _part("--idcard-type", "Original or photocopy.")]
TextLocationOption = Annotated[bool, _part("--text-location", "Where each field is (not in the vendor's cloud).")]
AdjustedImageOption = Annotated[bool, _part("--adjusted-image", "The card cut out and set upright.")]

BorderOption = Annotated[bool, _alarm("--detect-border-integrity", "Part of it is cut off.")]
BlockingOption = Annotated[bool, _alarm("--detect-blocking-within-border", "Something lies on the card.")]
BlurOption = Annotated[bool, _alarm("--detect-blur", "The photo is not sharp.")]
GlareOption = Annotated[bool, _alarm("--detect-glare", "The card reflects light.")]
TamperingOption = Annotated[bool, _alarm("--detect-tampering", "The portrait was replaced.")]
ReproduceOption = Annotated[bool, _alarm("--detect-reproduce", "A photo of a screen or print.")]
