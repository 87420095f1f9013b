"""Which datasets there are: the sample cards, and the folders of KHID_DATA.

Without KHID_DATA the folder is `datasets` where the app was started, but only for an app that this machine alone can
reach: visitors from elsewhere neither see nor fill a disk that nobody has set aside for them.

What a page computes about one is kept in this visitor's session under the state of its metadata files, so it is
computed anew when they change.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from khid_eval.datasets import Dataset
from khid_eval.errors import BadData
from khid_eval.ui import choice, site
from khid_eval.ui.words import t

ENVIRONMENT = "KHID_DATA"
SAMPLES = ""
"""Stands for the sample cards among the names."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,59}")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
CHOSEN_KEY = "datasets_choose"
"""Session state key of the chosen dataset's name."""
_KEPT = "datasets_kept"
_MOST_KEPT = 120
_SMALL_BYTES = 15_000_000

Value = TypeVar("Value")


def home() -> Path | None:
    """The folder of datasets, which may be missing yet; None where this app has none."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    return Path("datasets") if st.get_option("server.address") in _THIS_MACHINE else None


def names() -> list[str]:
    """The datasets' folder names, the sample cards first."""
    found = [SAMPLES] if _is_dataset(site.samples()) else []
    root = home()
    folders = sorted(root.iterdir()) if root and root.is_dir() else []
    return found + [folder.name for folder in folders if _is_dataset(folder)]


def _is_dataset(folder: Path) -> bool:
    try:
        return folder.is_dir() and bool(Dataset(folder).metadata_files)
    except BadData:
        return False


def is_name(name: str) -> bool:
    """Whether a new dataset may be called so: a plain folder name."""
    return bool(_NAME.fullmatch(name))


def choose() -> Dataset | None:
    """The chosen dataset; None where there is none."""
    found = names()
    return open_named(choice.select(t("datasets.choose"), found, key=CHOSEN_KEY, format_func=title)) if found else None


def title(name: str) -> str:
    """A dataset's name for people."""
    return name or t("datasets.samples")


def open_named(name: str) -> Dataset:
    """The dataset of that name, one of `names`. Raises BadData where it has gone."""
    root = home()
    return Dataset(root / name if root and name else site.samples())


def kept(what: str, dataset: Dataset, compute: Callable[[], Value]) -> Value:
    """The value computed for this dataset as it is now; computed once a session."""
    memory: dict[tuple[object, ...], Value] = st.session_state.setdefault(_KEPT, {})
    key = (what, *_state(dataset))
    if key not in memory:
        while len(memory) >= _MOST_KEPT:
            memory.pop(next(iter(memory)))
        memory[key] = compute()
    return memory[key]


def is_kept(what: str, dataset: Dataset) -> bool:
    """Whether `kept` would not compute."""
    return (what, *_state(dataset)) in st.session_state.get(_KEPT, {})


def is_small(dataset: Dataset) -> bool:
    """Whether its rows are counted in a second or two."""
    return sum(file.stat().st_size for file in _files(dataset)) <= _SMALL_BYTES


def _files(dataset: Dataset) -> list[Path]:
    return [Path(dataset.root) / file for file in dataset.metadata_files]


def _state(dataset: Dataset) -> tuple[object, ...]:
    return (dataset.root, *((file.stat().st_mtime_ns, file.stat().st_size) for file in _files(dataset)))


__all__ = [
    "CHOSEN_KEY",
    "ENVIRONMENT",
    "SAMPLES",
    "choose",
    "home",
    "is_kept",
    "is_name",
    "is_small",
    "kept",
    "names",
    "open_named",
    "title",
]
