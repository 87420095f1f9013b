"""A new run in three steps: which photos, which reader, then what it takes, and start."""

from __future__ import annotations

import re
import time
from datetime import datetime
from pathlib import Path

import streamlit as st

from khid_eval import readers, runs
from khid_eval.conditions import CONDITIONS
from khid_eval.errors import KhidError
from khid_eval.runs.progress import duration
from khid_eval.runs.sweep import ROTATION
from khid_eval.ui import choice, frame, run_shelf, session, site, told
from khid_eval.ui.dataset_page import contents
from khid_eval.ui.dataset_page import shelf as datasets
from khid_eval.ui.evaluate_page import launch, wanted
from khid_eval.ui.words import t

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,59}")
_NAME_KEY = "evaluate_proposed"
_TYPICAL_S = {readers.EMBEDDED: 0.3, readers.TESSERACT: 3.0, readers.API: 1.0}
_WAIT_S = 20.0
_ROTATIONS = f"{ROTATION}=30,{ROTATION}=near"


def draw() -> None:
    """The three steps one under the other; each is small."""
    root = run_shelf.home()
    if root is None:
        frame.empty("evaluate.read_only")
        return
    folder, sweep, limit = _photos()
    target = _reader()
    if folder is None or target is None:
        return
    _check_and_start(root, folder, sweep, limit, target)


def _photos() -> tuple[Path | None, str, int]:
    st.subheader(t("evaluate.step_photos"), anchor=False)
    names, home = datasets.names(), datasets.home()
    if not names:
        frame.empty("evaluate.no_datasets")
        return None, "", 0
    left, right, end = st.columns([2, 3, 1], vertical_alignment="bottom")
    with left:
        name = choice.select(
            t("evaluate.dataset"),
            names,
            format_func=lambda one: one or t("datasets.samples"),
            key="evaluate_new_dataset",
        )
    with right:
        sweep = choice.several(
            t("evaluate.sweep"),
            list(CONDITIONS),
            format_func=contents.condition_name,
            key="evaluate_new_sweep",
            help=t("evaluate.sweep_help"),
            placeholder=t("evaluate.as_they_are"),
        )
    limit = end.number_input(
        t("evaluate.limit"), 0, 10_000_000, 0, key="evaluate_new_limit", help=t("evaluate.limit_help"),
        persist_state="session",
    )  # fmt: skip
    folder = home / name if home and name else site.samples()
    return folder, ",".join(_ROTATIONS if one == ROTATION else one for one in sweep), int(limit)


def _reader() -> readers.Target | None:
    st.subheader(t("evaluate.step_reader"), anchor=False)
    try:
        active = session.target()
    except KhidError as error:
        frame.failed(error)
        return None
    offered = {str(active): active, readers.TESSERACT: readers.Target(kind=readers.TESSERACT)}
    chosen = choice.radio(
        t("evaluate.reader"),
        list(offered),
        format_func=lambda one: (
            t("evaluate.tesseract") if one == readers.TESSERACT else t("evaluate.active", target=f"`{one}`")
        ),
        key="evaluate_new_target",
        horizontal=True,
    )
    return offered[chosen]


def _check_and_start(root: Path, folder: Path, sweep: str, limit: int, target: readers.Target) -> None:
    st.subheader(t("evaluate.step_start"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = _name()
        per_minute = st.number_input(
            t("evaluate.per_minute"), 0, 100_000, 0, key="evaluate_new_rate", width=260, persist_state="session"
        )
        price = st.number_input(
            t("evaluate.price"), 0.0, 1000.0, 0.0, format="%.4f", key="evaluate_new_price", width=180,
            persist_state="session",
        )  # fmt: skip
    job = runs.Job(str(folder), runs.TargetSpec(target), sweep=sweep, limit=limit or None, price_per_call=price)
    pace = runs.Pace(workers=2 if target.kind != readers.API else 8, per_minute=float(per_minute))
    expected = runs.estimate(job, pace, seconds_per_call=_TYPICAL_S[target.kind])
    st.markdown(
        t(
            "evaluate.expected",
            photos=f"{expected.photos:,}",
            calls=f"{expected.calls:,}",
            time=duration(expected.seconds or 0.0),
            price=f"{expected.price:,.2f}",
        )
    )
    if not expected.photos:
        frame.empty("evaluate.no_photo")
    elif target.kind == readers.API:
        frame.note("evaluate.goes_out", target=f"`{target}`")
    asked = st.button(
        t("evaluate.start"),
        type="primary",
        key="evaluate_start",
        icon=":material/play_arrow:",
        disabled=not expected.photos,
    )
    if asked and _is_free(root, name):
        _start(root / name, job, per_minute, target)


def _name() -> str:
    """Of the run; what was typed stays over a look at another view, until a run has it."""
    proposed = st.session_state.get(_NAME_KEY) or f"{datetime.now():%Y%m%d-%H%M%S}"
    name = st.text_input(t("evaluate.name"), proposed, key="evaluate_new_name", max_chars=60, width=260).strip()
    st.session_state[_NAME_KEY] = name
    return name


def _is_free(root: Path, name: str) -> bool:
    if not _NAME.fullmatch(name):
        st.error(t("evaluate.bad_name"), icon=":material/error:")
        return False
    if (root / name).exists():
        st.error(t("evaluate.name_taken"), icon=":material/error:")
        return False
    return True


def _start(out: Path, job: runs.Job, per_minute: int, target: readers.Target) -> None:
    arguments = [job.dataset, "--out", str(out), "--target", str(target)]
    arguments += ["--per-minute", str(per_minute), "--price", str(job.price_per_call)]
    arguments += ["--sweep", job.sweep] if job.sweep else []
    arguments += ["--limit", str(job.limit)] if job.limit else []
    for option, value in (
        ("--project-id", target.project_id),
        ("--enterprise-project-id", target.enterprise_project_id),
    ):
        arguments += [option, value] if value else []
    launch.start(out.name, arguments, launch.environment_of(session.credentials()))
    with st.spinner(t("evaluate.starting")):
        deadline = time.monotonic() + _WAIT_S
        while not runs.Store(str(out)).exists() and launch.is_running(out.name) and time.monotonic() < deadline:
            time.sleep(0.2)
    if not runs.Store(str(out)).exists():
        reason = launch.refusal(out.name) or launch.last_words(out.name)
        st.error(told.in_a_row(reason) or t("evaluate.did_not_start"), icon=":material/error:")
        return
    st.session_state.pop(_NAME_KEY, None)
    wanted.show_started(str(out))
    st.rerun()


__all__ = ["draw"]
