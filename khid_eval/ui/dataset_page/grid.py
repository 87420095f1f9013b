"""The photos of a dataset, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import cv2
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from khid_eval.datasets import Dataset, Sample, Summary, summary
from khid_eval.datasets.summary import NO_SPLIT, UNKNOWN
from khid_eval.errors import KhidError
from khid_eval.records import RgbImage
from khid_eval.ui import choice, frame, photos, session
from khid_eval.ui.dataset_page import contents, shelf
from khid_eval.ui.words import t

_PER_PAGE = 12
_COLUMNS = 4
_TILE_PX = (360, 270)
_ALL = ""


def draw(dataset: Dataset) -> None:
    """Choices by split and condition, then twelve photos."""
    if session.masked():
        frame.note("datasets.hidden")
        return
    counts = shelf.kept("summary", dataset, lambda: summary(dataset))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = _pick("split", sorted({one.split for one in counts.splits}), contents.split_name)
        name = _pick("condition", sorted({one.name for one in counts.conditions}), contents.condition_name)
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


def _pick(key: str, values: list[str], words: Callable[[str], str]) -> str:
    return choice.select(
        t(f"datasets.{key}"),
        [_ALL, *values],
        key=f"datasets_{key}",
        format_func=lambda one: words(one) if one else t("datasets.all"),
        width=220,
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


def on_tile(image: RgbImage) -> NDArray[np.uint8]:
    """(270, 360, 4) RGBA: the picture in the middle of a clear tile, so that rows of the grid stand level."""
    width, height = _TILE_PX
    scale = min(width / image.shape[1], height / image.shape[0])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    tile = np.zeros((height, width, 4), np.uint8)
    tile[top : top + size[1], left : left + size[0], :3] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    tile[top : top + size[1], left : left + size[0], 3] = 255
    return tile


def _photo(dataset: Dataset, sample: Sample) -> None:
    try:
        small = photos.shown(dataset.read(sample), _TILE_PX[0]).image
    except KhidError as error:
        st.warning(t("datasets.unreadable") + (f" `{error.code}`" if error.code else ""), icon=":material/hide_image:")
    else:
        st.image(on_tile(small), width="stretch", alt=f"{t('datasets.photo')} {sample.file_name}")
    severity = "" if not sample.condition.severity else f" {sample.condition.severity}"
    st.caption(f"`{sample.file_name}` · {contents.condition_name(sample.condition.name or UNKNOWN)}{severity}")


__all__ = ["count", "draw", "matching", "on_tile"]
