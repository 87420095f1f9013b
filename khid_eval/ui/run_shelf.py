"""Which runs there are: the examples that ship with the app, and the folders of KHID_RUNS.

Without KHID_RUNS the folder is `runs` where the app was started, but only for an app that this machine alone can reach:
visitors from elsewhere neither see nor start runs on a disk that nobody has set aside for them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from khid_eval import runs
from khid_eval.errors import BadData
from khid_eval.metrics import intervals
from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.runs.figures import Figures, figures
from khid_eval.runs.query import ALL, Slice, Tables
from khid_eval.ui import choice, run_address, site
from khid_eval.ui.run_address import ADDRESS, RUN_KEY
from khid_eval.ui.words import t

ENVIRONMENT = "KHID_RUNS"
_EXAMPLES = Path(__file__).parent / "assets" / "runs"
PHOTOS_OF_LARGE_EXAMPLE = "khid-eval synth synthetic_cards --count 1044 --seed 777 --conditions all --severities 1,2,3"
"""Draws the photos of the large example; `make examples` reads them."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")

_NOBODY = intervals.rate(0, 0)


@dataclass(frozen=True, slots=True)
class Shelved:
    """A run that can be looked at. stamp changes when the run does."""

    path: str
    info: runs.RunInfo
    stamp: str
    is_example: bool

    @property
    def store(self) -> runs.Store:
        return runs.Store(self.path)

    @property
    def name(self) -> str:
        """Its folder's name."""
        return Path(self.path).name

    @property
    def title(self) -> str:
        """For a menu: name, date, reader, headline figure, dataset and number of photos."""
        name = t("evaluate.example") if self.is_example else self.info.id
        right = headline(self)
        figure = f"{right.value * 100:.1f} % (n {right.total:,})" if right.total else ""
        dataset = f"{self.dataset_name} ({self.info.counts.done:,})"
        parts = (name, self.info.created[:10], str(self.info.target.get("label", "")), figure, dataset)
        return " · ".join(part for part in parts if part)

    @property
    def dataset_name(self) -> str:
        """For people, as the page Datasets calls it."""
        return t("datasets.samples") if self._is_of_samples else str(self.info.dataset.get("name", ""))

    @property
    def dataset_root(self) -> str:
        """Where the photos are. The samples are the app's own, wherever it is installed."""
        return str(site.samples()) if self._is_of_samples else str(self.info.dataset.get("path", ""))

    @property
    def _is_of_samples(self) -> bool:
        samples, dataset = site.samples(), self.info.dataset
        here = self.is_example and dataset.get("name") == samples.name
        return here or str(dataset.get("path", "")) == str(samples)

    @property
    def lacks_photos(self) -> bool:
        """Whether this is the example whose photos do not come with the app, and nobody has drawn them here yet."""
        return self.is_example and not Path(self.dataset_root).is_dir()


def home() -> Path | None:
    """The folder of runs, which may be missing yet; None where this app has none."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    return Path("runs") if st.get_option("server.address") in _THIS_MACHINE else None


def shelf() -> list[Shelved]:
    """All runs, the newest first, the examples last."""
    root = home()
    folders = sorted(root.iterdir()) if root and root.is_dir() else []
    own = [found for folder in folders if (found := _shelved(folder))]
    own.sort(key=lambda one: one.info.created, reverse=True)
    folders = sorted(_EXAMPLES.iterdir()) if _EXAMPLES.is_dir() else []
    examples = [found for folder in folders if (found := _shelved(folder, is_example=True))]
    return own + examples


def larger_example(run: Shelved) -> Shelved | None:
    """For an example the one with the most photos by the same reader, if it has more."""
    label = run.info.target.get("label")
    others = [one for one in shelf() if one.is_example and one.info.target.get("label") == label]
    largest = max(others, key=lambda one: one.info.counts.done, default=run)
    return largest if run.is_example and largest.info.counts.done > run.info.counts.done else None


def look_at(run: Shelved) -> None:
    """For a button: all pages look at that run from now on."""
    st.session_state[RUN_KEY] = run.path


def find(path: str) -> Shelved | None:
    """The run of that folder as it is now."""
    return next((one for one in shelf() if one.path == path), None)


def _shelved(folder: Path, *, is_example: bool = False) -> Shelved | None:
    store = runs.Store(str(folder))
    try:
        info = store.load() if store.exists() else None
    except BadData:  # a folder that is no run of this version does not hide the others
        return None
    if info is None:
        return None
    stamp = f"{info.state} {info.updated} {0 if info.parts else len(store.parts(info))}"
    return Shelved(str(folder), info, stamp, is_example)


def choose(page: str, *, label: str = "") -> Shelved | None:
    """A menu for the run that all pages look at, named in the address as well; None where there is no run.

    page: start of the menu's key for styles. Whatever changed last counts: the menu or the address.
    """
    found = {one.path: one for one in shelf()}
    if not found:
        return None
    asked = st.query_params.get(ADDRESS)
    last_asked, last_path = run_address.last()
    known = {one.name: one.path for one in reversed(found.values())}  # one's own before an example of that name
    if asked != last_asked and asked in known:
        st.session_state[RUN_KEY] = known[asked]
    with st.container(key=f"{page}_run_menu"):
        note = st.empty()
        path = choice.select(
            label or t("evaluate.choose"), list(found), format_func=lambda one: found[one].title, key=RUN_KEY
        )
        if asked and asked not in known and path == (last_path or path):
            note.warning(t("shell.unknown_run", run=f"`{asked}`"), icon=":material/search_off:")
        elif asked != found[path].name:
            asked = st.query_params[ADDRESS] = found[path].name
    run_address.note(asked, path)
    return found[path]


def headline(run: Shelved) -> intervals.Rate:
    """Share of judged fields read exactly; of none where the run has no labels or its tables cannot be read."""
    try:
        return _headline(run.path, run.stamp)
    except BadData:  # said on the page that looks at the run
        return _NOBODY


@st.cache_data(show_spinner=False, max_entries=512)
def _headline(path: str, stamp: str) -> intervals.Rate:
    level = DEFAULT_LEVEL
    with Tables(runs.Store(path)) as tables:
        counts = tables.one(
            f"SELECT count(*) FILTER ({level} = 'exact') AS part, count(*) FILTER ({level} <> 'absent') AS total "
            "FROM fields"
        )
    return intervals.rate(counts["part"], counts["total"])


def all_figures(run: Shelved, level: Level = DEFAULT_LEVEL, where: Slice = ALL) -> Figures:
    """All figures of a run; kept for runs and slices that were looked at lately. They hold counts, no card content."""
    return _figures(run.path, run.stamp, level, where)


@st.cache_data(show_spinner=False, max_entries=48)
def _figures(path: str, stamp: str, level: Level, where: Slice) -> Figures:
    with Tables(runs.Store(path)) as tables:
        return figures(tables, level=level, where=where)


__all__ = [
    "ENVIRONMENT",
    "PHOTOS_OF_LARGE_EXAMPLE",
    "Shelved",
    "all_figures",
    "choose",
    "find",
    "headline",
    "home",
    "larger_example",
    "look_at",
    "shelf",
]
