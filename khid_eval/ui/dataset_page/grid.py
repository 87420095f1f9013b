"""The photos of a dataset, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import streamlit as st

from khid_eval.datasets import Dataset, Sample, Summary, summary
from khid_eval.datasets.summary import NO_SPLIT, UNKNOWN
from khid_eval.errors import KhidError
from khid_eval.ui import frame, photos, session
from khid_eval.ui.dataset_page import contents, shelf
from khid_eval.ui.words import t

_PER_PAGE = 12
_COLUMNS = 4
_THUMBNAIL_PX = 360
_ALL = ""


def draw(dataset: Dataset) -> None:
    """Choices by split and condition, then twelve photos."""
    if session.masked():
        frame.note("datasets.hidden")
        return
    counts = shelf.kept("summary", dataset, lambda: summary(dataset))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = _pick("split", sorted({one.split for one in counts.splits}))
        name = _pick("condition", sorted({one.name for one in counts.conditions}))
        total = count(counts, split, name)
        pages = max(1, -(-total // _PER_PAGE))
        page = st.number_input(t("datasets.page"), 1, pages, 1, key=f"datasets_page_{split}_{name}", width=160)
    if not total:
        frame.empty("datasets.none_match")
        return
    chosen = list(islice(matching(dataset, split, name), (page - 1) * _PER_PAGE, page * _PER_PAGE))
    for start in range(0, len(chosen), _COLUMNS):
        for column, sample in zip(st.columns(_COLUMNS), chosen[start : start + _COLUMNS], strict=False):
            with column:
                _photo(dataset, sample)


def _pick(key: str, values: list[str]) -> str:
    return (
        st.selectbox(
            t(f"datasets.{key}"),
            [_ALL, *values],
            key=f"datasets_{key}",
            format_func=lambda one: contents.condition_name(one) if one else t("datasets.all"),
            width=220,
        )
        or _ALL
    )


def count(counts: Summary, split: str, name: str) -> int:
    """Number of photos of that split and condition; "" is any."""
    return sum(one.photos for one in counts.conditions if split in (_ALL, one.split) and name in (_ALL, one.name))


def matching(dataset: Dataset, split: str, name: str) -> Iterator[Sample]:
    """Samples of that split and condition in file order; "" is any."""
    for sample in dataset:
        of_split = split in (_ALL, sample.split or NO_SPLIT)
        if of_split and name in (_ALL, sample.condition.name or UNKNOWN):
            yield sample


def _photo(dataset: Dataset, sample: Sample) -> None:
    try:
        small = photos.shown(dataset.read(sample), _THUMBNAIL_PX).image
    except KhidError as error:
        st.warning(t("datasets.unreadable") + (f" `{error.code}`" if error.code else ""), icon=":material/hide_image:")
    else:
        st.image(small, width="stretch")
    severity = "" if not sample.condition.severity else f" {sample.condition.severity}"
    st.caption(f"`{sample.file_name}` · {contents.condition_name(sample.condition.name or UNKNOWN)}{severity}")


__all__ = ["count", "draw", "matching"]
