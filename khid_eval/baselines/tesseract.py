"""Stock Tesseract 5 as a CardReader: khm+eng for the text, eng with the MRZ's characters for the MRZ, captions found
by likeness. No learning and no card model: the floor that any reader should stand above.

`TesseractReader` takes the photo as it is; a benchmark that knows where the card is gives `corners` and so spares it
the locating. Needs the program `tesseract` with the languages khm and eng (Debian: tesseract-ocr, tesseract-ocr-khm).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from khid_eval.baselines.card_text import fields_of
from khid_eval.baselines.words import Word, words_of
from khid_eval.card import mrz
from khid_eval.card import photo as photo_file
from khid_eval.engine.geometry import as_quad
from khid_eval.engine.photo_decode import decode
from khid_eval.engine.rectify import rectify
from khid_eval.errors import BadData, BadPhoto
from khid_eval.records import FIELD_NAMES, CardReading, FieldReading, GreyImage, Quad, ReadOptions

WIDTH_PX: Final = 1600
"""Of the card, or of a photo with less. In trials 1600 read most; cutting out the text or the MRZ read less."""
TIMEOUT_S: Final = 120.0

_TEXT: Final = ("-l", "khm+eng", "--psm", "4")
_MRZ: Final = ("-l", "eng", "--psm", "6", "-c", f"tessedit_char_whitelist={mrz.ALPHABET}")
_INSTALL: Final = "Install it: apt-get install tesseract-ocr tesseract-ocr-khm"

Corners = Callable[[bytes], Quad | None]
"""Photo file -> the card's corners on it, as sent; None where they are not known."""


class TesseractReader:
    """CardReader over the tesseract program. Safe to share between threads; each call is a process of its own."""

    def __init__(self, *, corners: Corners | None = None) -> None:
        """corners: where the card is, from somebody who knows; without it the whole photo is read as it lies.

        Raises BadData where the program or a language is missing.
        """
        self._corners = corners
        self._program = shutil.which("tesseract") or ""
        if not self._program:
            raise BadData("The program tesseract is not installed.", advice=_INSTALL)
        missing = {"khm", "eng"} - _languages(self._program)
        if missing:
            raise BadData(f"Tesseract lacks the language {', '.join(sorted(missing))}.", advice=_INSTALL)

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        """Only the 14 fields, whatever is asked for. Raises BadPhoto, and BadRequest for too large a file."""
        photo_file.check(photo)
        picture = self._picture(photo)
        fields = fields_of(self._words(picture, _TEXT), self._words(picture, _MRZ))
        if not fields:
            raise BadPhoto(
                "No card was found on the photo.", "AIS.0104", "Photograph the card from above, in good light."
            )
        return CardReading(tuple(fields.get(name, FieldReading(name, "", 0.0)) for name in FIELD_NAMES))

    def _picture(self, photo: bytes) -> GreyImage:
        """The flat card where its corners are known, else the photo upright."""
        decoded = decode(photo)
        quad = self._corners(photo) if self._corners else None
        if quad is None:
            return _prepared(decoded.image)
        return _prepared(rectify(decoded.image, as_quad(decoded.from_sent(quad)), width_px=WIDTH_PX).image)

    def _words(self, picture: GreyImage, settings: Sequence[str]) -> list[Word]:
        command = [self._program, "stdin", "stdout", *settings, "tsv"]
        # One thread a call: the run decides how many calls there are at a time.
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        png = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
        try:
            done = subprocess.run(
                command, input=png, capture_output=True, timeout=TIMEOUT_S, check=True, env=environment
            )
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as exc:
            raise BadPhoto(f"Tesseract gave up on the photo ({type(exc).__name__}).", "AIS.0105") from exc
        return words_of(done.stdout.decode("utf-8", "replace"))


def _languages(program: str) -> set[str]:
    answer = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)
    return {Path(line).name for line in (answer.stdout + answer.stderr).split()}


def _prepared(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> GreyImage:
    """Grey, of full contrast, at least WIDTH_PX wide."""
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape[:2]
    if width < WIDTH_PX:
        size = (WIDTH_PX, min(photo_file.MAX_SIDE_PX, round(height * WIDTH_PX / width)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC)
    low, high = np.percentile(grey, (1, 99))
    stretched = (grey.astype(np.float32) - low) * (255.0 / max(high - low, 1.0))
    return np.asarray(np.clip(stretched, 0, 255), dtype=np.uint8)


__all__ = ["WIDTH_PX", "Corners", "TesseractReader"]
