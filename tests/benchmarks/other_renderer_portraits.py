"""The alarm for exchanged portraits on cards of a renderer that nothing learnt from.

`python tests/benchmarks/other_renderer_portraits.py --cards 180`: Chromium sets the cards (see `other_renderer.py`),
with portraits, grounds and a camera of its own. Each card is photographed twice alike: as printed, and with its
portrait exchanged in one of the ways of `khid_eval.training.exchanges` for that of the card before.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))

from khid_eval.engine.geometry import box_quad, homography, project_quad
from khid_eval.records import Quad, RgbImage
from khid_eval.synth.persons import random_person
from khid_eval.training.exchanges import WAYS, Way
from khid_eval.training.finding_figures import Finder
from khid_eval.training.portrait_figures import Judged, judged, tables
from khid_eval.training.portrait_pool import face
from khid_eval.training.portrait_samples import NONE
from tests.benchmarks.other_renderer_camera import photograph
from tests.benchmarks.other_renderer_card import (
    PIXELS_PER_CSS,
    SYSTEM_FONTS,
    Fonts,
    card_html,
    card_page,
    find_fonts,
    random_look,
    set_card,
)

SEVERITIES = (0, 1, 3)
SIZE = (225, 290)
"""Width and height of this renderer's portraits, in CSS pixels."""

Card = NDArray[np.uint8]
"""(H, W, 4) RGBA."""


def cards(fonts: Fonts, count: int, seed: int) -> Iterator[tuple[Card, Quad]]:
    """Each card and the quad of its portrait on it."""
    with card_page() as page:
        for number in range(count):
            rng = np.random.default_rng([seed, number])
            markup = card_html(random_person(rng, "validation"), random_look(rng, fonts), fonts, rng)
            place = re.search(r"<svg style=\"position:absolute;left:(\d+)px;top:(\d+)px", markup)
            assert place
            left, top = (int(one) for one in place.groups())
            corners = (left, top, left + SIZE[0], top + SIZE[1])
            yield set_card(page, markup), box_quad(*(PIXELS_PER_CSS * one for one in corners))


def cut_out(card: Card, portrait: Quad) -> RgbImage:
    (left, top), _, (right, bottom), _ = portrait
    return np.ascontiguousarray(card[round(top) : round(bottom), round(left) : round(right), :3])


def photo_of(
    card: Card, portrait: Quad, way: Way | None, other: RgbImage, seed: list[int], severity: int
) -> tuple[RgbImage, Quad]:
    """The photo as a JPEG shows it, and the portrait's quad on it."""
    if way and not way.pasted:
        drawn = way.draw(np.ascontiguousarray(card[..., :3]), portrait, other, np.random.default_rng([*seed, 1]))
        card = np.dstack([drawn, card[..., 3]])
    rng = np.random.default_rng([*seed, 2])
    photo, quad = photograph(card, rng, severity)
    place = project_quad(homography(box_quad(0, 0, card.shape[1], card.shape[0]), quad), portrait)
    if way and way.pasted:
        photo = way.draw(photo, place, other, np.random.default_rng([*seed, 1]))
    _, coded = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(70, 94))])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8), place


def pairs(fonts: Fonts, count: int, seed: int) -> Iterator[Judged]:
    """Two photos a card at a severity that goes round; way number k is that of every card whose number leaves k."""
    finder, names = Finder(), tuple(WAYS)
    other = face(np.random.default_rng(seed), "validation")  # of the first card: there is none before it
    for number, (card, portrait) in enumerate(cards(fonts, count, seed)):
        for name in (NONE, names[number % len(names)]):
            way, severity = WAYS[name] if name else None, SEVERITIES[number // len(names) % len(SEVERITIES)]
            photo, place = photo_of(card, portrait, way, other, [seed, number], severity)
            yield judged(name, photo, place, (), finder)
        other = cut_out(card, portrait)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=180, help="each is photographed twice")
    parser.add_argument("--fonts", type=Path, default=SYSTEM_FONTS, metavar="DIR", help="folder with the Khmer fonts")
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args()
    try:
        fonts = find_fonts(asked.fonts)
    except FileNotFoundError as exc:
        parser.error(str(exc))
    print("\n".join(tables(list(pairs(fonts, asked.cards, asked.seed)))))


if __name__ == "__main__":
    main()
