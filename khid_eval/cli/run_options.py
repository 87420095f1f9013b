"""Arguments that the commands over finished runs share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from khid_eval.errors import BadData, BadRequest

if TYPE_CHECKING:
    from rich.console import Console

    from khid_eval.runs.query import Slice

_LEVELS = ("raw", "canonical", "semantic")


def _level(value: str) -> str:
    if value not in _LEVELS:
        raise typer.BadParameter(f"one of {', '.join(_LEVELS)}")
    return value


RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Folder or URL of a run.")]
LevelOption = Annotated[
    str, typer.Option(metavar="raw|canonical|semantic", callback=_level, help="How strictly texts are compared.")
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="COLUMN=VALUE", help="Only photos of that condition; may be given more than once."),
]


def slice_of(where: list[str] | None) -> Slice:
    """Raises BadRequest for a pair that is none."""
    from khid_eval.runs.query import Slice, column_sql

    pairs = []
    for text in where or []:
        column, found, value = text.partition("=")
        if not found:
            raise BadRequest(f"--where {text}: give it as column=value, such as lighting=dark.")
        try:
            column_sql(column)
        except ValueError as exc:
            raise BadRequest(f"--where {text}: {exc}.") from exc
        pairs.append((column, value or None))
    return Slice(tuple(pairs))


def wide_console() -> Console:
    """For tables: as wide as the terminal, or wide enough where there is none."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=200)


def write_file(path: Path, content: bytes) -> None:
    """Raises BadData in place of the system's error."""
    try:
        path.write_bytes(content)
    except OSError as exc:
        raise BadData(f"Cannot write {path}: {exc.strerror}.", advice="Check the path and the space left.") from exc


__all__ = ["LevelOption", "RunArgument", "WhereOption", "slice_of", "wide_console"]
