"""A new dataset: fictional cards made here, or a file brought in."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from khid_eval.conditions import CONDITIONS
from khid_eval.datasets.files import writing
from khid_eval.datasets.importers import import_labels
from khid_eval.errors import KhidError
from khid_eval.ui import choice, frame, session
from khid_eval.ui.dataset_page import contents, faults, shelf
from khid_eval.ui.words import t

_WAYS = ("synthetic", "import")
_MOST_PHOTOS = 200
_MOST_UPLOAD_MB = 200


def draw() -> None:
    """The choice of a way, then its form."""
    root = shelf.home()
    if root is None:
        frame.empty("datasets.read_only")
        return
    frame.note("datasets.place", folder=f"`{root}`")
    way = choice.segmented(
        t("datasets.way"), _WAYS, format_func=lambda one: t(f"datasets.way_{one}"), key="datasets_way"
    )
    if way == "import":
        _import(root)
    else:
        _synthetic(root)


def _name() -> str:
    return st.text_input(
        t("datasets.name"), key="datasets_name", help=t("datasets.name_help"), max_chars=60, persist_state="session"
    ).strip()


def _is_good(name: str) -> bool:
    if not shelf.is_name(name):
        st.error(t("datasets.bad_name"), icon=":material/error:")
    return shelf.is_name(name)


def _synthetic(root: Path) -> None:
    with st.container(border=True):  # no form: what was chosen stays over a look at another view
        name = _name()
        left, right = st.columns(2)
        with left:
            count = choice.amount(t("datasets.count"), 1, _MOST_PHOTOS, default=24, key="datasets_count")
        with right:
            per_card = choice.amount(t("datasets.per_card"), 1, 24, default=6, key="datasets_per_card")
        names = choice.several(
            t("datasets.conditions"),
            list(CONDITIONS),
            format_func=contents.condition_name,
            key="datasets_conditions",
        )
        seed = st.number_input(
            t("datasets.seed"), 0, 2**31 - 1, 0, key="datasets_seed", help=t("datasets.seed_help"), width=200,
            persist_state="session",
        )  # fmt: skip
        asked = st.button(
            t("datasets.make"), key="datasets_make", type="primary", icon=":material/add_photo_alternate:"
        )
    if asked and _is_good(name):
        _make(root / name, int(seed), count, per_card, tuple(names))
    frame.note("datasets.larger")
    options = f" --conditions {','.join(names)}" if names else ""
    command = f"khid-eval synth {root}/{name or 'cards'} --count 5000 --seed {seed}{options}"
    st.code(f"{command} --photos-per-card {per_card}", language="bash", wrap_lines=True)


def _make(out: Path, seed: int, count: int, per_card: int, names: tuple[str, ...]) -> None:
    # Here, not at the top: the renderer with its type faces is not needed to look at a dataset.
    from khid_eval.synth.generate import Recipe, write_dataset

    bar = st.progress(0.0)
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        bar.progress(done / count, t("datasets.making", done=done, count=count))

    try:
        recipe = Recipe(seed=seed, conditions=names, photos_per_card=per_card)
        made = write_dataset(out, recipe, count, workers=1, on_photo=advance)
    except KhidError as error:
        frame.failed(error)
        return
    finally:
        bar.empty()
    st.success(t("datasets.made", count=made), icon=":material/check_circle:")


def _import(root: Path) -> None:
    with st.form("datasets_import", border=True):
        name = _name()
        file = st.file_uploader(
            t("datasets.file_to_import"),
            type=["zip", "parquet"],
            key=f"datasets_upload_{session.epoch()}",
            help=t("datasets.file_help"),
            max_upload_size=_MOST_UPLOAD_MB,
        )
        asked = st.form_submit_button(t("datasets.import"), type="primary", icon=":material/upload:")
    if asked and file is None:
        st.error(t("datasets.file_needed"), icon=":material/error:")
    elif asked and file is not None and _is_good(name):
        bring_in(root / name, file.name, file.getvalue())


def bring_in(out: Path, file_name: str, content: bytes) -> None:
    """Imports an uploaded file into a new folder and tells what became of its rows."""
    try:
        with tempfile.TemporaryDirectory(prefix="khid-upload-") as folder:
            source = Path(folder) / f"upload{Path(file_name).suffix.lower()}"
            with writing(source):
                source.write_bytes(content)
            report = import_labels(source, out)
    except KhidError as error:
        frame.failed(error)
        return
    left_out = sum(fault.level == "error" for fault in report.faults)
    said = t("datasets.imported", written=report.written, left_out=left_out)
    (st.success if report.written else st.error)(said, icon=":material/info:")
    if report.faults:
        faults.table(report.faults, key="datasets_import_faults")


__all__ = ["bring_in", "draw"]
