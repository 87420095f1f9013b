"""The embedded engine: photo -> reading, in the steps decode, locate, rectify, find rows, recognise, weigh, answer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from time import perf_counter

import cv2
import numpy as np

from khid_eval.engine import confidence, spelling
from khid_eval.engine.alphabet import MRZ_CHARACTERS
from khid_eval.engine.answer import assemble
from khid_eval.engine.evidence import Line
from khid_eval.engine.fields import ReadFields, read_fields
from khid_eval.engine.geometry import card_width_px
from khid_eval.engine.locate import Located, Locator
from khid_eval.engine.photo_decode import DecodedPhoto, decode
from khid_eval.engine.recognise import LineColumns, LineReading, Recogniser
from khid_eval.engine.rectify import RectifiedCard, rectify
from khid_eval.engine.row_crop import crop_row, row_window
from khid_eval.engine.row_ink import with_whole_letters
from khid_eval.engine.rows import MRZ_KINDS, CardLayout, Row, RowFinder
from khid_eval.engine.text_lines import mostly_khmer
from khid_eval.errors import BadPhoto
from khid_eval.records import CardReading, GreyImage, ReadOptions, RgbImage

_OTHER_CROPS = ({"more_room": -0.06}, {"stretch": 1.12})
"""Crops from which a row is read again; trials: one lower or wider helps most, a third adds little."""
MIN_PRESENCE = 0.2
"""P(there is the front of a Cambodian card) below which a photo is refused unread. Above it the letters decide, which
know better: a card in colours that the locator does not know would be lost at one half.
"""
_IN_PLACE = 0.5
"""P(it is a card) by the row finder below which the locator may have been wrong by more than its search reaches: of 910
photos it was below on one, where a corner stood on a paper behind the card.
"""


@dataclass(frozen=True, slots=True)
class SeenCard:
    """What was seen on the way to the fields. card: the flat card in grey; its maps lead back to `photo.image`."""

    photo: DecodedPhoto
    located: Located
    card: RectifiedCard
    layout: CardLayout
    lines: tuple[Line, ...]


_Placed = tuple[Located, RectifiedCard, CardLayout]
"""A place on the photo and what was found in it."""


class Stopwatch:
    """Seconds by stage of one read."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - started


class EngineReader:
    """CardReader on this machine's CPU with the packaged models. May be shared between threads."""

    def __init__(self, *, threads: int = 1, number_suffix: bool = False) -> None:
        """threads: of the networks, >= 1. number_suffix: give id_number as printed, such as "012345678 (01)"; by
        default the nine digits alone, as in the MRZ. Raises FileNotFoundError if a model is missing.
        """
        self._locate = Locator(threads=threads)
        self._find_rows = RowFinder(threads=threads)
        self._recognise = Recogniser(threads=threads)
        self._calibration = confidence.load()
        spelling.names()  # so that a missing file is told now, and no card waits for it
        self._number_suffix = number_suffix

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        """Raises BadPhoto: AIS.0102 and AIS.0103 for the file, AIS.0104 where no readable card is on it."""
        return self.read_timed(photo, options)[0]

    def read_timed(self, photo: bytes, options: ReadOptions = ReadOptions()) -> tuple[CardReading, Mapping[str, float]]:
        """The reading and the seconds of each stage: decode, locate, rectify, rows, recognise, parse, answer."""
        watch = Stopwatch()
        seen = self.see(photo, watch)
        with watch("parse"):
            fields = self.fields_of(seen)
        if not fields.is_card:
            raise _no_card()
        with watch("answer"):
            reading = assemble(
                seen.photo, seen.located.quad, seen.card, seen.layout, fields, options, suffix=self._number_suffix
            )
        return reading, watch.seconds

    def see(self, photo: bytes, watch: Stopwatch) -> SeenCard:
        """Everything up to the recognised lines. Raises as `read`, but for the evidence of the text."""
        with watch("decode"):
            decoded = decode(photo)
        with watch("locate"):
            located = self._locate(decoded.image)
        if located.presence < MIN_PRESENCE:
            raise _no_card()
        grey = np.asarray(cv2.cvtColor(decoded.image, cv2.COLOR_RGB2GRAY), np.uint8)
        with watch("rectify"):
            card = rectify(grey, located.quad)
        with watch("rows"):
            layout = self._find_rows(card)
        if layout.presence < _IN_PLACE:
            with watch("locate"):
                located, card, layout = self._elsewhere(decoded.image, grey, (located, card, layout))
        with watch("rows"):
            layout = replace(layout, rows=with_whole_letters(card, layout.rows))
        with watch("recognise"):
            lines = self._lines(card, layout)
        return SeenCard(decoded, located, card, layout, lines)

    def _elsewhere(self, image: RgbImage, grey: GreyImage, first: _Placed) -> _Placed:
        """The place in which the row finder is surest of a card, where the first one shows it none."""
        places = [first]
        for quad in self._locate.others(image, first[0].quad):
            card = rectify(grey, quad)
            places.append((replace(first[0], quad=quad), card, self._find_rows(card)))
        return max(places, key=lambda place: place[2].presence)

    def fields_of(self, seen: SeenCard) -> ReadFields:
        """The 14 fields of a seen card, with their confidence."""
        sharpness = math.log2(max(card_width_px(seen.located.quad), 1.0) / 1000.0)
        return read_fields(seen.lines, self._calibration, sharpness, date.today())

    def _lines(self, card: RectifiedCard, layout: CardLayout) -> tuple[Line, ...]:
        crops: list[GreyImage] = [crop_row(card, row) for row in layout.rows]
        return tuple(
            Line(
                _read_as(seen, row),
                str(row.kind),
                row_window(card, row),
                partial(self._again, card, row),
            )
            for seen, row in zip(self._recognise.columns(crops), layout.rows, strict=True)
        )

    def _again(self, card: RectifiedCard, row: Row) -> list[LineColumns]:
        return self._recognise.columns([crop_row(card, row, **other) for other in _OTHER_CROPS])


def _read_as(seen: LineColumns, row: Row) -> LineReading:
    """A row of the MRZ can hold MRZ characters alone; one that is mostly Khmer only stands where an MRZ would."""
    plain = seen.read()
    return seen.read(MRZ_CHARACTERS) if row.kind in MRZ_KINDS and not mostly_khmer(plain.text) else plain


def _no_card() -> BadPhoto:
    return BadPhoto(
        "The image is not supported or the image quality is poor.",
        "AIS.0104",
        "Take the front of a Cambodian ID card, whole in the picture, sharp and evenly lit.",
    )


__all__ = ["MIN_PRESENCE", "EngineReader", "SeenCard", "Stopwatch"]
