"""Ways in for a photo: upload, sample, camera, address."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from khid_eval import readers
from khid_eval.errors import KhidError
from khid_eval.ui import choice, data, frame, gallery, paste, photos, recognise, session
from khid_eval.ui.photos import Photo
from khid_eval.ui.words import has, t

WAYS = ("upload", "sample", "camera", "url")
_ICONS = {
    "upload": ":material/upload:",
    "sample": ":material/collections:",
    "camera": ":material/photo_camera:",
    "url": ":material/link:",
}
_THUMBNAIL_PX = 272
_UPLOADS_KEY = "recognise_kept_uploads"
_UPLOADER_KEY = "recognise_uploader"
_PASTE_KEY = "recognise_paste"
_GALLERY_KEY = "recognise_uploads"
_THUMBNAILS_KEY = "recognise_thumbnails"
_SHOT_KEY = "recognise_kept_shot"
_HIDDEN = """<style>
[data-testid="stCameraInput"] img { filter: blur(2.5rem); }
[class*="st-key-recognise_url_"] input:not(:focus) { -webkit-text-security: disc; }
</style>"""
"""Covers what Streamlit's own widgets show of a photo: the shot, and the address, which may hold a name or a key."""


def choose(target: readers.Target) -> Photo | None:
    """The photo to read, or None while there is none. Draws the ways in."""
    with st.container(key="recognise_way"):
        way = choice.segmented(
            t("intake.way"),
            WAYS,
            default="sample" if data.sample_cards() else "upload",
            format_func=lambda one: f"{_ICONS[one]} {t(f'intake.{one}')}",
            key="recognise_way",
            label_visibility="collapsed",
        )
    if session.masked():
        st.html(_HIDDEN)
    if way == "sample":
        return _sample()
    if way == "camera":
        return _camera()
    return _address(target) if way == "url" else _upload()


def _sample() -> Photo | None:
    cards = data.sample_cards()
    if not cards:
        frame.empty("intake.no_samples")
        return None
    thumbnails = [
        gallery.Thumbnail(one.name, _sample_label(one.name, number), _covered(one.thumbnail))
        for number, one in enumerate(cards, start=1)
    ]
    name = gallery.choose(t("intake.sample"), thumbnails, key="recognise_samples")
    card = next(one for one in cards if one.name == name)
    return Photo(card.name, data.sample_photo(card.name), "sample", card.truth)


def _sample_label(file_name: str, number: int) -> str:
    """Of "05-dark.jpg": the words for "dark", or the number where there are none."""
    key = f"sample_cards.{PurePosixPath(file_name).stem.partition('-')[2]}"
    return t(key) if has(key) else t("intake.sample_number", number=number)


def _covered(thumbnail: str) -> str:
    """A sample's thumbnail; where masking is on, without face and numbers, as every other card on the screen."""
    return _thumbnail(base64.b64decode(thumbnail.partition(",")[2])) if session.masked() else thumbnail


def _uploads() -> dict[str, Photo]:
    """What was uploaded in this session and not removed, oldest first."""
    kept: dict[str, Photo] = st.session_state.setdefault(_UPLOADS_KEY, {})
    return kept


def _uploader() -> str:
    return f"recognise_upload_{session.epoch()}_{st.session_state.get(_UPLOADER_KEY, 0)}"


def _take() -> None:
    """Moves what was uploaded from the uploader, which forgets it on a change of page, into the session.

    The next run draws a new, empty uploader: each photo is listed once.
    """
    files: Sequence[UploadedFile] = st.session_state[_uploader()]
    for one in files:
        _uploads()[one.file_id] = Photo(one.name, one.getvalue(), "upload")
        st.session_state[f"{_GALLERY_KEY}_chosen"] = one.file_id  # the gallery shows the newest
        session.drop_upload(one)
    st.session_state[_UPLOADER_KEY] = st.session_state.get(_UPLOADER_KEY, 0) + 1


def _upload() -> Photo | None:
    with st.container(key=_PASTE_KEY):
        st.file_uploader(
            t("intake.upload_label"),
            type="image",
            accept_multiple_files=True,
            key=_uploader(),
            help=t("intake.upload_help"),
            on_change=_take,
        )
    paste.into(_PASTE_KEY)
    kept = _uploads()
    if not kept:
        frame.note("intake.upload_hint")
        return None
    labels = {name: _label(one, number) for number, (name, one) in enumerate(kept.items(), start=1)}
    chosen = next(iter(kept))
    if len(kept) > 1:
        thumbnails = [gallery.Thumbnail(name, labels[name], _upload_thumbnail(name)) for name in kept]
        chosen = gallery.choose(t("intake.uploaded"), thumbnails, key=_GALLERY_KEY) or chosen
    with st.container(horizontal=True, vertical_alignment="center", key="recognise_kept"):
        st.text(labels[chosen], width="content")
        _remover("intake.remove", (chosen,))
        if len(kept) > 1:
            _remover("intake.remove_all", tuple(kept))
    return kept[chosen]


def _label(photo: Photo, number: int) -> str:
    """A file is often named after the person on the card."""
    return t("intake.photo_number", number=number) if session.masked() else photo.name


def _remover(words: str, names: Sequence[str]) -> None:
    key = f"recognise_{words.rpartition('.')[2]}"
    st.button(t(words), key=key, icon=":material/close:", type="tertiary", on_click=_remove, args=(names,))


def _remove(names: Sequence[str]) -> None:
    """Forgets these photos, and with them what was read."""
    for name in names:
        _uploads().pop(name, None)
    if _SHOT_KEY in names:
        st.session_state.pop(_SHOT_KEY, None)
    st.session_state.pop(_THUMBNAILS_KEY, None)
    recognise.read_again()


def _upload_thumbnail(name: str) -> str:
    """Made once: to decode every photo at every click would take longer than all else here."""
    made: dict[tuple[str, bool], str] = st.session_state.setdefault(_THUMBNAILS_KEY, {})
    key = (name, session.masked())
    if key not in made:
        made[key] = _thumbnail(_uploads()[name].data)
    return made[key]


def _thumbnail(content: bytes) -> str:
    try:
        image = photos.shown(content, _THUMBNAIL_PX).image
    except KhidError:
        return ""
    return photos.data_url(photos.jpeg(photos.unrecognisable(image) if session.masked() else image, 75))


def _camera() -> Photo | None:
    key = f"recognise_camera_{session.epoch()}"
    shot = st.camera_input(
        t("intake.camera_label"),
        key=key,
        resolution="1080p",
        help=t("intake.camera_help"),
        on_change=_take_shot,
        args=(key,),
    )
    if not _secure_context():
        st.warning(t("intake.camera_insecure"), icon=":material/lock_open:")
    kept: Photo | None = st.session_state.get(_SHOT_KEY)
    if kept and not shot:  # taken before a change of page: the widget has forgotten it
        with st.container(horizontal=True, vertical_alignment="center", key="recognise_kept"):
            st.text(t("intake.kept_shot"), width="content")
            _remover("intake.remove", (_SHOT_KEY,))
    return kept


def _take_shot(key: str) -> None:
    """Keeps the photo that was just taken in the session; forgets it where it was cleared."""
    shot: UploadedFile | None = st.session_state[key]
    if shot is None:
        _remove((_SHOT_KEY,))
    else:
        st.session_state[_SHOT_KEY] = Photo("camera.jpg", shot.getvalue(), "camera")


def _secure_context() -> bool:
    """Whether the browser gives the camera to this address: https, or this very machine."""
    address = urlsplit(str(st.context.url or ""))
    return address.scheme == "https" or (address.hostname or "") in ("localhost", "127.0.0.1", "::1", "")


def _address(target: readers.Target) -> Photo | None:
    url = st.text_input(
        t("intake.url_label"),
        key=f"recognise_url_{session.epoch()}",
        type="url",
        placeholder="https://…",
        help=t("intake.url_help"),
        persist_state="session",
    ).strip()
    if not url:
        return None
    if target.kind == readers.API:
        return Photo(url, b"", "url", url=url)
    return _fetched(url)


def _fetched(url: str) -> Photo | None:
    """The photo at that address, fetched through the server's guard; kept for this session."""
    from khid_eval.server.fetch import fetch

    key = f"recognise_fetched_{session.fingerprint(url.encode())}"
    if key not in st.session_state:
        try:
            with st.spinner(t("intake.fetching")):
                st.session_state[key] = fetch(url)
        except KhidError as error:
            frame.failed(error)
            return None
    return Photo(url, st.session_state[key], "url")


def notice(target: readers.Target) -> None:
    """Where the photo goes: beside the photo itself, since the panel that says so is folded away on a phone."""
    if target.kind == readers.EMBEDDED:
        st.caption(f":material/lock: {t('panel.stays_here')}")
    else:
        host = target.endpoint.partition("://")[2]
        st.caption(f":material/cloud_upload: {t('panel.goes_to', host=host)}")


__all__ = ["WAYS", "choose", "notice"]
