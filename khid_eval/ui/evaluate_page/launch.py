"""Starts `khid-eval run` as a process of its own: closing the browser, or this app, stops nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from khid_eval import readers
from khid_eval.errors import BadData
from khid_eval.ui import run_shelf, session

_MAIN = "from khid_eval.cli import main; main()"
_LOGS = ".logs"
_LAST_BYTES = 600
_SAYS = "khid-eval: "
"""Begins the command's own words about what it cannot do; a fault's words may hold what stood on a card."""
_children: dict[str, subprocess.Popen[bytes]] = {}
"""By the run's name; kept so that the system can be told when they end."""
_resumed: dict[str, str] = {}
"""The run's name -> when it had last changed as it was resumed."""


def start(name: str, arguments: list[str], environment: Mapping[str, str]) -> None:
    """`khid-eval run` with these arguments. name: of the run's folder. environment: credentials, for the child alone.

    Raises BadData where this app has no folder for runs.
    """
    root = run_shelf.home()
    if root is None:
        raise BadData("This app has no folder for runs.", advice="Set KHID_RUNS to a folder, and start it again.")
    log = root / _LOGS / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        _children[name] = subprocess.Popen(
            [sys.executable, "-c", _MAIN, "run", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,  # a stop of this app's process group does not reach it
        )


def is_running(name: str) -> bool:
    """Whether the process that was started for that run still lives."""
    return name in _children and _children[name].poll() is None


def is_starting(run: run_shelf.Shelved) -> bool:
    """Whether it was resumed, and run.json does not say so yet: a big dataset is looked through first."""
    return is_running(run.info.id) and _resumed.get(run.info.id) == run.info.updated


def resume(run: run_shelf.Shelved) -> None:
    """The same run once more, from what is on disk. Credentials are those of the sidebar now."""
    info = run.info
    arguments = [str(info.dataset["path"]), "--out", run.path, "--resume", "--target", str(info.target["label"])]
    arguments += ["--executor", str(info.executor["kind"]), "--workers", str(info.executor["workers"])]
    arguments += ["--per-minute", str(info.executor["per_minute"]), "--price", str(info.price_per_call)]
    arguments += ["--text-location" if info.options.get("return_text_location") else "--no-text-location"]
    arguments += ["--idcard-type"] if info.options.get("return_idcard_type") else []
    arguments += ["--sweep", str(info.sweep["asked"])] if info.sweep else []
    arguments += ["--limit", str(info.dataset["limit"])] if info.dataset.get("limit") else []
    for option, key in (("--project-id", "project_id"), ("--enterprise-project-id", "enterprise_project_id")):
        arguments += [option, str(info.target[key])] if info.target.get(key) else []
    start(info.id, arguments, environment_of(session.credentials()))
    _resumed[info.id] = info.updated


def environment_of(credentials: readers.Credentials) -> dict[str, str]:
    """The variables that `readers` looks for, for the credentials that are set."""
    values = {name: str(getattr(credentials, name)) for name in readers.ENVIRONMENT}
    return {readers.ENVIRONMENT[name][0]: value for name, value in values.items() if value}


def refusal(name: str) -> str:
    """Why the process that was started for that run would not do it; "" where there is no such thing to tell."""
    if name not in _children or (_children[name].poll() or 0) <= 0:
        return ""
    said = last_words(name)
    return said.removeprefix(_SAYS) if said.startswith(_SAYS) else ""


def last_words(name: str) -> str:
    """The end of what a run said on its way; there is no card content in it."""
    root = run_shelf.home()
    log = root / _LOGS / f"{name}.log" if root else Path("none")
    if not log.is_file():
        return ""
    lines = log.read_bytes()[-_LAST_BYTES:].decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


__all__ = ["environment_of", "is_running", "is_starting", "last_words", "refusal", "resume", "start"]
