"""khid-eval read: photos in, readings out, one row for every file whatever happens to it."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from khid_eval.cli.read_options import (
    AdjustedImageOption,
    BlockingOption,
    BlurOption,
    BorderOption,
    CardTypeOption,
    EverythingOption,
    GlareOption,
    ImagesArgument,
    JsonlOption,
    PortraitImageOption,
    PortraitLocationOption,
    ReproduceOption,
    TamperingOption,
    TextLocationOption,
)
from khid_eval.cli.target import AskTokenOption, EnterpriseOption, ProjectOption, TargetOption, credentials_for
from khid_eval.errors import AuthError, BadPhoto, KhidError

if TYPE_CHECKING:
    from khid_eval.readers import Target
    from khid_eval.records import CardReader, CardReading, ReadOptions

_MOST_THREADS = 4
"""Of the embedded engine; more do not make one photo faster."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: a reading or an error, never both."""

    file: Path
    reading: CardReading | None = None
    error: KhidError | None = None


def read(
    context: typer.Context,
    images: ImagesArgument,
    target: TargetOption = "embedded",
    project_id: ProjectOption = "",
    enterprise_project_id: EnterpriseOption = "",
    ask_token: AskTokenOption = False,
    jsonl: JsonlOption = False,
    all_options: EverythingOption = False,
    return_portrait_image: PortraitImageOption = False,
    return_portrait_location: PortraitLocationOption = False,
    return_idcard_type: CardTypeOption = False,
    return_text_location: TextLocationOption = False,
    return_adjusted_image: AdjustedImageOption = False,
    detect_border_integrity: BorderOption = False,
    detect_blocking_within_border: BlockingOption = False,
    detect_blur: BlurOption = False,
    detect_glare: GlareOption = False,
    detect_tampering: TamperingOption = False,
    detect_reproduce: ReproduceOption = False,
) -> None:
    """Read photos of cards. Every file gets one row, in the order given.

    Example: khid-eval read sample_images/*.jpg --jsonl > readings.jsonl

    Credentials for an endpoint come from the environment (KHID_TOKEN, or KHID_AK and KHID_SK, or KHID_DOMAIN,
    KHID_USER and KHID_PASSWORD) or a prompt.
    """
    from khid_eval import readers

    options = _everything() if all_options else _asked(context.params)
    chosen = readers.Target.parse(
        target, project_id=project_id, enterprise_project_id=enterprise_project_id, options=options
    )
    _read_all(images, chosen, ask_token=ask_token, jsonl=jsonl)


def _everything() -> ReadOptions:
    from khid_eval.records import ReadOptions

    return ReadOptions.everything()


def _asked(given: Mapping[str, Any]) -> ReadOptions:
    """given: the command's parameters; those of the API's switches have the switches' own names."""
    from khid_eval.contract import SWITCHES
    from khid_eval.records import ReadOptions

    return ReadOptions(**{name: given[name] for name in SWITCHES})


def _read_all(images: Sequence[Path], target: Target, *, ask_token: bool, jsonl: bool) -> None:
    from khid_eval import readers

    reader = readers.build(
        target,
        credentials_for(target, ask_token=ask_token),
        retrier=readers.Retrier(on_retry=_say_retry),
        threads=min(os.cpu_count() or 1, _MOST_THREADS),
    )
    write = _write_row(target.options) if jsonl else _write_table
    _write(_outcomes(reader, images, target.options), len(images), write)


def _say_retry(error: KhidError, wait_s: float) -> None:
    print(f"{error.code or type(error).__name__}: trying again in {wait_s:.1f} s", file=sys.stderr, flush=True)


def _outcomes(reader: CardReader, files: Sequence[Path], options: ReadOptions) -> Iterator[Outcome]:
    refused: AuthError | None = None
    for file in files:
        if refused:  # wrong credentials stay wrong, and five wrong tries in a row would lock the key
            yield Outcome(file, error=refused)
            continue
        outcome = _outcome(reader, file, options)
        refused = outcome.error if isinstance(outcome.error, AuthError) else None
        yield outcome


def _outcome(reader: CardReader, file: Path, options: ReadOptions) -> Outcome:
    try:
        return Outcome(file, reading=reader.read(_load(file), options))
    except KhidError as error:
        return Outcome(file, error=error)
    except Exception as exc:  # a bug: this file gets its row all the same, and the others their turn
        return Outcome(file, error=_bug(exc))


def _load(file: Path) -> bytes:
    """The file's bytes, after the checks that every target makes alike. Raises BadPhoto and BadRequest."""
    from khid_eval.card import photo as photo_file

    try:
        if file.exists() and not file.is_file():
            raise BadPhoto("It is not a file.", advice="Give the photos themselves, such as folder/*.jpg.")
        with file.open("rb") as opened:
            photo = opened.read(photo_file.MAX_BASE64_CHARS)  # of a longer file, enough for the check to refuse it
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
        raise BadPhoto(f"The file cannot be opened: {reason}.", advice="Check its name and your rights.") from exc
    photo_file.check(photo)
    return photo


def _bug(exc: Exception) -> KhidError:
    """Says where, not what: the words of an unexpected exception may hold what stands on the card."""
    frames = traceback.extract_tb(exc.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return KhidError(f"An unexpected {type(exc).__name__} at {place}.", "KHID.Bug", "Please report it.")


def _write(outcomes: Iterator[Outcome], total: int, write: Callable[[Outcome], None]) -> None:
    from khid_eval.cli.progress import progress

    with progress(total, "photos", beside_rows=True) as advance:
        for outcome in outcomes:
            write(outcome)
            advance()


def _write_row(options: ReadOptions) -> Callable[[Outcome], None]:
    from khid_eval import contract

    def write(outcome: Outcome) -> None:
        row: dict[str, Any] = {"file": str(outcome.file)}
        row |= contract.answer_of(outcome.reading, options) if outcome.reading else contract.body_of(_error(outcome))
        # A file name that is no Unicode has lone surrogates: escaped so, they are JSON again.
        line = json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace")
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()

    return write


def _error(outcome: Outcome) -> KhidError:
    assert outcome.error is not None
    return outcome.error


def _write_table(outcome: Outcome) -> None:
    from rich.console import Console

    from khid_eval.cli.reading_table import table_of

    console = Console(markup=False, emoji=False, highlight=False)
    if outcome.reading:
        console.print(table_of(str(outcome.file), outcome.reading))
    else:
        console.print(f"{outcome.file}: {_error(outcome)}", style="red")


__all__ = ["read"]
