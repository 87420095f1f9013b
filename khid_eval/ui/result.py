"""A reading on the screen: the card view, the time it took, the tabs and the downloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from khid_eval.card import checks
from khid_eval.errors import BadPhoto, KhidError
from khid_eval.policy import decide
from khid_eval.records import CardReading
from khid_eval.ui import card_view, exports, frame, photos, session, verdict
from khid_eval.ui.photos import Photo
from khid_eval.ui.reading import Read
from khid_eval.ui.words import language, t

_JSON_HEIGHT_PX = 480
_CARD_KEY = "recognise_card"
_STYLES = Path(__file__).parent / "assets" / "recognise.css"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts of a result go. harder: what changes the photo, right under it. below: what goes with it all."""

    photo: DeltaGenerator
    harder: DeltaGenerator
    fields: DeltaGenerator
    facts: DeltaGenerator
    below: DeltaGenerator


def places() -> Places:
    """Two columns; on a narrow screen one, in which the list of fields comes right after the photo."""
    st.html(_STYLES)
    with st.container(key=_CARD_KEY):
        left, right = st.columns([57, 43], gap="medium")
    photo, harder, facts, below = (
        left.container(key=f"recognise_{name}") for name in ("photo", "drawer", "facts", "below")
    )
    return Places(photo, harder, right.container(key="recognise_fields"), facts, below)


def content_of(photo: Photo, reading: CardReading, *, approximate: bool = False) -> card_view.Content:
    """All that is drawn of a reading, under this visitor's policy or cut-off, language and masking."""
    lang, policy, cutoff = language(), session.policy(), session.cutoff()
    found = checks.check({one.name: one.text for one in reading.fields})
    decision = decide(policy, reading) if policy else None
    if policy is None and cutoff is not None:
        decision = verdict.by_cutoff(reading, cutoff)
    return card_view.Content(
        picture=_picture(photo),
        reading=reading,
        checks=found,
        decision=decision,
        banner=verdict.banner(reading, policy, decision, found, lang, date.today()),
        facts=verdict.facts(reading, lang),
        masked=session.masked(),
        approximate=approximate,
        subject=session.fingerprint(f"{photo.source} {photo.name}".encode()),
    )


def _picture(photo: Photo) -> photos.Shown | None:
    """None where an endpoint fetched the photo itself, or reads what cannot be decoded here."""
    try:
        return photos.shown(photo.data) if photo.data else None
    except BadPhoto:
        return None


def draw(photo: Photo, read: Read, into: Places) -> card_view.Content | None:
    """The reading, or why there is none beside the photo, and where the time went. Gives back what was drawn."""
    started = perf_counter()
    content = None
    if read.reading is None:
        _failed(photo, read, into)
    else:
        content = content_of(photo, read.drawn or read.reading, approximate=read.drawn is not None)
        data = card_view.payload(content, language())
        parts: tuple[tuple[card_view.Part, DeltaGenerator], ...] = (
            ("photo", into.photo),
            ("fields", into.fields),
            ("facts", into.facts),
        )
        for part, place in parts:
            with place:
                card_view.draw(data, part, key=_CARD_KEY)
    with into.below:
        time_split(read, perf_counter() - started)
    return content


def _failed(photo: Photo, read: Read, into: Places) -> None:
    with into.fields:
        assert read.error is not None  # a read is one or the other
        frame.failed(read.error)
    with into.photo:
        try:
            picture = photos.shown(photo.data)
        except KhidError:
            frame.note("result.no_picture")
        else:
            image = photos.unrecognisable(picture.image) if session.masked() else picture.image
            st.image(photos.jpeg(image), width="stretch", alt=t("card.photo"))


def time_split(read: Read, drawing_s: float = 0.0) -> None:
    """Where the time went, as one bar and in words; a part too short to see is in the words alone.

    drawing_s: what the page took to draw the reading, beside its work around the call.
    """
    timing = read.timing
    if read.reading is None and read.exchange is None:
        return  # nothing was sent or read: there is no time to split
    parts = [("engine", timing.engine_s), ("network", timing.network_s or None), ("page", timing.page_s + drawing_s)]
    known = [(name, seconds) for name, seconds in parts if seconds]
    words = " · ".join(f"{t(f'result.{name}')} {seconds:.2f} s" for name, seconds in known)
    whole = sum(seconds for _, seconds in known)  # shares: growth that adds up to less than 1 would not fill the bar
    bar = "".join(
        f'<span class="split-{name}" style="flex-grow:{100 * seconds / whole:.1f}"></span>' for name, seconds in known
    )
    st.html(
        f'<div class="split" aria-hidden="true">{bar}</div>'
        f'<p class="split-words"><b>{timing.total_s + drawing_s:.2f} s</b> — {words}</p>'
    )


def downloads(read: Read, content: card_view.Content | None) -> None:
    """JSON, CSV, annotated and redacted picture; where masking is on, they hide what the screen hides."""
    masked = session.masked()
    if masked:
        frame.note("result.save_hidden")
    with st.container(horizontal=True):
        answer = exports.hidden(read.answer) if masked else read.answer
        _button("json", lambda: exports.as_json(answer), "reading.json", "application/json")
        if content is None:
            return
        drawn = content
        _button(
            "csv",
            lambda: exports.as_csv(drawn.reading, drawn.checks, drawn.decision, masked=masked),
            "reading.csv",
            "text/csv",
        )
        if (picture := content.picture) is not None:
            _button("annotated", lambda: photos.png(exports.annotated(drawn)), "annotated.png", "image/png")
            _button(
                "redacted", lambda: photos.png(photos.redacted(picture, drawn.reading)), "redacted.png", "image/png"
            )


def _button(name: str, data: Callable[[], str | bytes], file_name: str, media_type: str) -> None:
    st.download_button(
        t(f"result.save_{name}"),
        data,
        file_name,
        media_type,
        key=f"recognise_save_{name}",
        icon=":material/download:",
        on_click="ignore",
    )


def json_view(read: Read) -> None:
    """The answer as JSON, pictures cut; covered where masking is on."""
    answer = exports.hidden(read.answer) if session.masked() else exports.shortened(read.answer)
    with st.container(height=_JSON_HEIGHT_PX, border=False):  # unlike a code block of that height, keys can scroll it
        st.code(exports.as_json(answer), language="json", wrap_lines=True)


__all__ = ["Places", "content_of", "downloads", "draw", "json_view", "places", "time_split"]
