"""The command khid-eval: one file a command, one line here for each. Heavy rooms are imported inside the functions."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from khid_eval import __version__
from khid_eval.cli import check, compare, dataset, read, report, run, serve, synth, thresholds
from khid_eval.cli.app import start as start_app
from khid_eval.errors import BadRequest, KhidError

app = typer.Typer(
    name="khid-eval",
    help="Read Cambodian ID cards, measure how well they are read, and decide which readings to trust.",
    no_args_is_help=True,
    # Tracebacks with local variables would show what stands on a card.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("app")(start_app)
app.command("check")(check.check)
app.command("compare")(compare.compare)
app.command("read")(read.read)
app.command("report")(report.report)
app.command("run")(run.run)
app.command("serve", epilog=serve.FILES_OF_CALLERS)(serve.serve)
app.command("synth")(synth.synth)
app.command("thresholds")(thresholds.thresholds)
app.add_typer(dataset.app, name="dataset")


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"khid-eval {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Options that every command has."""


def main() -> None:
    """Entry point. Exit 0: done; 1: an expected failure, said in one line; 2: wrong usage; 130: interrupted."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal without UTF-8 shows escapes instead of ending the command at the first Khmer letter.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream here, always
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # here a full disk can still be told; at the interpreter's end it would be a traceback
    except KhidError as error:
        typer.echo(f"khid-eval: {error}", err=True)
        raise SystemExit(2 if isinstance(error, BadRequest) else 1) from None
    except OSError as error:
        _drop_output()
        if not isinstance(error, BrokenPipeError):  # whoever read has seen enough
            typer.echo(f"khid-eval: {_in_words(error)}", err=True)
        raise SystemExit(1) from None


def _in_words(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return f"{error.filename}: {reason}." if isinstance(error.filename, str) else f"{reason}."


def _drop_output() -> None:
    """What standard output still holds goes nowhere if it cannot go where it should."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


__all__ = ["app", "main"]
