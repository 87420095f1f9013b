"""Documents that are no front of a Cambodian card: refused, whatever stands where a card has its rows."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from khid_eval.errors import BadPhoto
from khid_eval.records import CardReader
from khid_eval.synth.negatives import NEGATIVES, render_negative

LIKE_A_CARD = {"foreign_id": (6, 16, 29), "back": (24, 31, 41), "bank_card": (3,)}
"""Numbers of photos on which a card is seen and rows of its kinds are found; only their letters tell."""


def photo(kind: str, number: int) -> bytes:
    rng = np.random.default_rng([7, NEGATIVES.index(kind), number])
    out = io.BytesIO()
    Image.fromarray(render_negative(rng, "validation", kind).image).save(out, "JPEG", quality=88)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "number"), [("back", 69), ("business_card", 312)])
def test_a_sheet_of_khmer_text_is_refused(reader: CardReader, kind: str, number: int) -> None:
    """It has all the letters of a card, in rows where a card may have them, and neither captions nor MRZ; the first has
    neither number nor date, the second telephone numbers.
    """
    rng = np.random.default_rng([78, 1, number])
    out = io.BytesIO()
    Image.fromarray(render_negative(rng, "validation", kind).image).save(out, "JPEG", quality=88)
    with pytest.raises(BadPhoto, match=r"AIS\.0104"):
        reader.read(out.getvalue())


@pytest.mark.parametrize("kind", NEGATIVES)
def test_another_document_is_refused(reader: CardReader, kind: str) -> None:
    for number in LIKE_A_CARD.get(kind, (0, 1)):
        with pytest.raises(BadPhoto, match=r"AIS\.0104"):
            reader.read(photo(kind, number))
