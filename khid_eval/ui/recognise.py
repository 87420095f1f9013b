"""The steps of the page Recognise: photo -> read (once, kept for this session) -> what is drawn below the card."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import Any

import streamlit as st

from khid_eval import readers
from khid_eval.errors import KhidError
from khid_eval.records import ReadOptions
from khid_eval.ui import boxes, card_view, choice, compare_targets, data, result, samples_view, session
from khid_eval.ui.photos import Photo
from khid_eval.ui.reading import Read, Timing, read
from khid_eval.ui.words import t

_READS_KEY = "recognise_reads"
_KEPT_READS = 24


def read_once(photo: Photo, target: readers.Target, options: ReadOptions) -> Read:
    """The read of this photo by this target; done anew only where it was not done before in this session."""
    key = (session.fingerprint(photo.data + photo.url.encode()), target, options, session.credentials())
    reads: dict[Any, Read] = st.session_state.setdefault(_READS_KEY, {})
    if key not in reads:
        with st.spinner(t("recognise.reading"), show_time=True):
            reads[key] = _read(photo, target, options)
        for oldest in list(reads)[:-_KEPT_READS]:
            del reads[oldest]
    return reads[key]


def _read(photo: Photo, target: readers.Target, options: ReadOptions) -> Read:
    started = perf_counter()
    try:
        return _light(_with_places(read(session.reader_of(target), photo, options), photo))
    except KhidError as error:  # no reader: models or credentials are missing
        body = {"error_code": error.code, "error_msg": error.message}
        return Read(None, error, Timing(perf_counter() - started, None, 0.0), body)


def _light(done: Read) -> Read:
    """Without the raw bodies: each holds the photo again as Base64, and this page shows none of them."""
    if done.exchange is None:
        return done
    return replace(done, exchange=replace(done.exchange, request_body=b"", answer_body=b""))


def _with_places(done: Read, photo: Photo) -> Read:
    """For an endpoint that sends no places: those that the engine here finds, if there is one."""
    if done.exchange is None or done.reading is None or not photo.data or not boxes.lacks_places(done.reading):
        return done
    try:
        placed = boxes.placed(done.reading, photo.data, data.engine())
    except KhidError:  # no engine here
        return done
    return done if boxes.lacks_places(placed) else replace(done, drawn=placed)


def read_again() -> None:
    """Forgets what was read, so that the next run reads anew."""
    st.session_state.pop(_READS_KEY, None)


def again_button(photo: Photo | None) -> None:
    """Of use only where there is a photo."""
    st.button(
        t("recognise.again"),
        key="recognise_again",
        icon=":material/refresh:",
        on_click=read_again,
        disabled=photo is None,
    )


def more(
    photo: Photo, read: Read, content: card_view.Content | None, target: readers.Target, options: ReadOptions
) -> None:
    """What stands under the card: one of downloads, JSON, code and comparison."""
    with st.container(key="recognise_view"):
        view = choice.segmented(
            t("recognise.view"),
            ("save", "json", "code", "compare"),
            format_func=lambda one: t(f"recognise.view_{one}"),
            key="recognise_view",
            label_visibility="collapsed",
            persist_state="session",  # it goes while there is no photo, and comes back with the next one
        )
    if view == "json":
        result.json_view(read)
    elif view == "code":
        samples_view.draw(samples_view.call_of(target, options, photo.url), key="recognise_code")
    elif view == "compare":
        compare_targets.draw(photo, options)
    else:
        result.downloads(read, content)


__all__ = ["again_button", "more", "read_again", "read_once"]
