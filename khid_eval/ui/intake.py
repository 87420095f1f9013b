"""Ways in for a photo: upload, sample, camera, address."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from khid_eval import readers
from khid_eval.errors import KhidError
from khid_eval.ui import data, frame, gallery, paste, photos, session
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


def choose(target: readers.Target) -> Photo | None:
    """The photo to read, or None while there is none. Draws the ways in."""
    way = st.segmented_control(
        t("intake.way"),
        WAYS,
        default="sample" if data.sample_cards() else "upload",
        required=True,
        format_func=lambda one: f"{_ICONS[one]} {t(f'intake.{one}')}",
        key="recognise_way",
        label_visibility="collapsed",
        persist_state="session",
    )
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
        gallery.Thumbnail(one.name, _sample_label(one.name, number), one.thumbnail)
        for number, one in enumerate(cards, start=1)
    ]
    name = gallery.choose(t("intake.sample"), thumbnails, key="recognise_samples")
    card = next(one for one in cards if one.name == name)
    return Photo(card.name, data.sample_photo(card.name), "sample", card.truth)


def _sample_label(file_name: str, number: int) -> str:
    """Of "05-dark.jpg": the words for "dark", or the number where there are none."""
    key = f"sample_cards.{PurePosixPath(file_name).stem.partition('-')[2]}"
    return t(key) if has(key) else t("intake.sample_number", number=number)


def _upload() -> Photo | None:
    key = f"recognise_upload_{session.epoch()}"
    files: Sequence[UploadedFile] = st.file_uploader(
        t("intake.upload_label"), type="image", accept_multiple_files=True, key=key, help=t("intake.upload_help")
    )
    paste.into(key)
    if not files:
        frame.note("intake.upload_hint")
        return None
    found = {f"{number}:{one.name}": one for number, one in enumerate(files)}
    chosen = next(iter(found))
    if len(found) > 1:
        thumbnails = [gallery.Thumbnail(name, one.name, _thumbnail(one.getvalue())) for name, one in found.items()]
        chosen = gallery.choose(t("intake.uploaded"), thumbnails, key="recognise_uploads") or chosen
    return Photo(found[chosen].name, found[chosen].getvalue(), "upload")


def _thumbnail(content: bytes) -> str:
    try:
        return photos.data_url(photos.jpeg(photos.shown(content, _THUMBNAIL_PX).image, 75))
    except KhidError:
        return ""


def _camera() -> Photo | None:
    shot = st.camera_input(
        t("intake.camera_label"),
        key=f"recognise_camera_{session.epoch()}",
        resolution="1080p",
        help=t("intake.camera_help"),
    )
    if not _secure_context():
        st.warning(t("intake.camera_insecure"), icon=":material/lock_open:")
    return Photo("camera.jpg", shot.getvalue(), "camera") if shot else None


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
