"""What a reading looked like beside the truth: the part of the photo, and the letters that differ."""

from __future__ import annotations

import html
from collections.abc import Iterable
from itertools import groupby

import cv2
import numpy as np
import streamlit as st

from khid_eval.charts.style import MONO
from khid_eval.errors import KhidError
from khid_eval.metrics import text
from khid_eval.records import Quad, RgbImage
from khid_eval.runs.failures import photo_of
from khid_eval.runs.sweep import Step
from khid_eval.ui import frame, photos
from khid_eval.ui.conditions_page.kept import condition_name
from khid_eval.ui.words import t

_MARGIN = 0.6
"""Of the text's height, around it."""
_LEAST_ASPECT = 2.5
"""A short word is shown with what stands beside it, or it would fill the page."""
_LONGEST_PX = 1600
_BEYOND = (200, 208, 210)
"""Where the cut reaches over the photo's edge."""
Parts = list[tuple[str, bool]]
"""Letters in a row, and whether they differ."""


def picture(root: str, file_name: str, step: Step | None, quad: Quad | None) -> None:
    """The text's part of the photo, or the whole of it where no place is known. root: the dataset's folder."""
    try:
        seen = photos.shown(photo_of(root, file_name, step), 2400)
    except KhidError:
        st.caption(t("evaluate.photo_gone"))
        return
    moved = seen.quad(quad)
    shown = cut_out(seen.image, moved) if moved else seen.image
    st.image(photos.jpeg(shown), width="stretch", alt=f"{t('evaluate.photo')} {file_name}")


def step_in_words(step: Step | None) -> str:
    """What had been done to the photo before it was read, to stand behind its name; "" for nothing."""
    if step is None:
        return ""
    name = condition_name(step.condition)
    if step.angle_deg is not None:
        return f" · {name} {step.angle_deg:g}°"
    return f" · {t('conditions.at_severity', name=name, severity=step.severity)}"


def cut_out(image: RgbImage, quad: Quad) -> RgbImage:
    """The text inside the quad with a margin, upright however the card lies; the whole image where nothing of the
    quad is on it. quad: in reading order."""
    points = np.asarray(quad, np.float32)
    height, width = image.shape[:2]
    across = max(float(np.linalg.norm(points[1] - points[0])), float(np.linalg.norm(points[2] - points[3])))
    down = max(float(np.linalg.norm(points[3] - points[0])), float(np.linalg.norm(points[2] - points[1])))
    outside = np.any(points.max(axis=0) < 0) or np.any(points.min(axis=0) > (width, height))
    if outside or min(across, down) < 1.0:
        return image
    above = _MARGIN * min(across, down)
    beside = max(above, (_LEAST_ASPECT * (down + 2 * above) - across) / 2)
    zoom = min(1.0, _LONGEST_PX / max(across + 2 * beside, down + 2 * above))
    left, right = beside * zoom, (beside + across) * zoom
    top, bottom = above * zoom, (above + down) * zoom
    target = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    size = (max(1, round(right + left)), max(1, round(bottom + top)))
    turned = cv2.warpPerspective(
        image, cv2.getPerspectiveTransform(points, target), size, flags=cv2.INTER_LINEAR, borderValue=_BEYOND
    )
    return np.asarray(turned, np.uint8)


def difference(field: str, truth: str, reading: str) -> str:
    """Truth above reading, cluster by cluster; what differs is marked, by colour and by an underline."""
    steps = text.align(truth, reading)
    return _rows(
        [
            (t("evaluate.truth"), [(step.truth, step.kind != "equal") for step in steps], "ev-truth"),
            (t("evaluate.reading"), [(step.reading, step.kind != "equal") for step in steps], "ev-read"),
        ],
        field,
    )


def two_readings(field: str, truth: str, readings: Iterable[tuple[str, str]]) -> str:
    """Truth once, and under it each named reading with what differs from it."""
    rows = [(t("evaluate.truth"), [(truth, False)], "ev-truth")]
    for name, reading in readings:
        steps = text.align(truth, reading)
        rows.append((name, [(step.reading, step.kind != "equal") for step in steps], "ev-read"))
    return _rows(rows, field)


def _rows(rows: Iterable[tuple[str, Parts, str]], field: str) -> str:
    drawn = "".join(
        f'<div class="ev-name">{html.escape(name)}</div><div class="{kind}">{_marked(parts)}</div>'
        for name, parts, kind in rows
    )
    kind = "ev-diff ev-code" if frame.is_code(field) else "ev-diff"
    return f"<style>{_STYLE}</style><div class='{kind}'>{drawn}</div>"


def _marked(parts: Parts) -> str:
    """Neighbours that differ are one mark: where nothing stands against three letters, one ∅ says so."""
    said = ""
    for differs, run in groupby(parts, key=lambda part: part[1]):
        letters = "".join(letter for letter, _ in run)
        said += f"<mark>{html.escape(letters or '∅')}</mark>" if differs else html.escape(letters)
    return said or "∅"


_STYLE = """
.ev-diff { display: grid; grid-template-columns: max-content 1fr; gap: 0 .8rem; line-height: 1.8; font-size: 1.1rem }
.ev-diff > div { overflow-wrap: anywhere }
.ev-name { opacity: .7; font-size: .85rem; align-self: baseline }
.ev-diff mark { background: transparent; color: inherit; border-bottom: 3px solid #c0362c; padding: 0 1px }
.ev-truth mark { border-bottom-color: #1a7f4b }
"""
_STYLE += f".ev-code > :not(.ev-name) {{ font-family: {MONO}; font-feature-settings: 'zero'; font-size: .875rem }}\n"

__all__ = ["cut_out", "difference", "picture", "step_in_words", "two_readings"]
