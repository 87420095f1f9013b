"""From evidence to P(the field's text is right): one logistic model a field, fitted on validation cards.

The weights are in models/confidence.json (made by khid_eval.training.confidence). The recogniser's own posterior is one
input among several: alone it is overconfident on hard photos, and it does not know of check digits or the gazetteer.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from khid_eval.engine.guess import Guess
from khid_eval.records import FloatArray

FEATURES = (
    "bias",
    "characters",
    "weakest",
    "margin",
    "agrees",
    "disagrees",
    "valid",
    "repaired",
    "length",
    "card",
    "sharpness",
)
"""The inputs in order; see `features`."""
EMPTY = 0.02
"""Confidence of a field that could not be read."""
CEILING = 0.999
"""No evidence on one photo proves more than this."""

UNPROVEN = 0.1
"""Most that a text too short to be the field's can have, or a height that no holder has: no validation card taught the
weights about the one, and the other was wrong each of 36 times.
"""
ILLEGIBLE = 0.5
"""Most that any field of a card can have that is too small in the photo to be read (SMALLEST)."""
CONTRADICTED = 0.9
"""Most that any field can have that another place of the card contradicts: one of the two is misread or not whole."""
ALONE = 0.9
"""Most that an issue date can have without an expiry that it goes with: on all but broken photos there is one."""
ONCE = 0.95
"""Most that a field can have that the card says twice and that was read in one place, and most that a mark can have, or
a place of no list, which nothing confirms, and all that stands on a card that the photo does not show all of: where a
piece of it is gone, what is left looks sharp and sure.
"""
_SAID_TWICE = ("id_number", "name_kh", "name_en", "birth_date", "sex", "expiry_date")
UNCONFIRMED = 0.95
"""What the chance of a Khmer name is multiplied by: nothing on the card says it again letter by letter. Names were half
of all that was surer than 0.95 and wrong, most of them on clear photos, with a rare subscript misread.
"""
ONE_WORD = 0.9
"""Most that a name of one word can have: cards print surname and given name, so a part may be missing."""
UNSHOWN = 0.5
"""Most that a text can have of which the photo does not show every part, see `Guess.whole`."""
TIED = 0.9
"""Most that a text can have beside another that fits the photo as well."""
CLOSE, CLOSE_NATS = 0.9, 3.0
"""Most that a Khmer name can have that beats the next one by less: by what two names are weighed, a name of no list
loses to one that is spelt like others. Of 760 cards 40 such names were sure, and 7 of them wrong.
"""
SMALLEST = -2.0  # `Surroundings.sharpness`: a card 250 px wide, whose Khmer letters are five pixels high
_NAMES = ("name_kh", "name_en")
_PLACES = ("birth_place", "address")
_UNCLEAR_NATS = -1.25
"""Log of the product of the letters' posteriors below which a Khmer name or an address is no surer than ONCE: neither
is said twice, and of 251 such values that were surer 10 were wrong, of 2,421 others 10 (1,804 validation cards).
"""
_LONG_KHMER = ("name_kh", "address")
_FEWEST = {"name_kh": 2, "name_en": 4, "birth_place": 5, "address": 5, "description": 3, "id_number": 5}
_FEWEST |= dict.fromkeys(("machine_code1", "machine_code2", "machine_code3"), 30)
"""Clusters below which a text cannot be the field's."""

# Where no fitted weights exist for a field: the recogniser's posterior, moved by what the other sources say.
_PLAIN = {"bias": 0.5, "characters": 1.0, "agrees": 2.0, "disagrees": -1.5, "valid": 1.0, "repaired": -0.4, "card": 1.0}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all fields of a card share. card: mean log posterior of all its characters, <= 0.

    sharpness: log2 of the card's width in the photo over 1000 px; blur and smallness cost every field.
    whole: False where the photo does not show all of the card, or not as it is, as far as its MRZ and its print tell.
    """

    card: float
    sharpness: float
    whole: bool = True


def features(guess: Guess, around: Surroundings) -> FloatArray:
    """(len(FEATURES),) float64, each within a few units of 0."""
    return np.array(
        [
            1.0,
            max(guess.characters, -12.0),
            max(guess.weakest, -8.0),
            guess.margin / 10.0,
            float(guess.agreement > 0),
            float(guess.agreement < 0),
            float(guess.valid),
            min(guess.repaired, 15.0) / 3.0,
            math.log2(1 + guess.length) / 4.0,
            max(around.card, -3.0),
            float(np.clip(around.sharpness, -2.0, 1.0)),
        ]
    )


class Calibration:
    """Weights by field; see the module."""

    def __init__(self, weights: Mapping[str, FloatArray]) -> None:
        """weights: field -> (len(FEATURES),) float64. Raises ValueError for another shape."""
        for field, values in weights.items():
            if values.shape != (len(FEATURES),):
                raise ValueError(f"{field}: {len(FEATURES)} weights wanted, got {values.shape}")
        self._weights = dict(weights)
        self._plain = np.array([_PLAIN.get(name, 0.0) for name in FEATURES])

    def __call__(self, field: str, guess: Guess, around: Surroundings) -> float:
        """P(guess.text is right), in [0, CEILING]."""
        if not guess.text:
            return EMPTY
        chance = min(self._fitted(field, guess, around), _ceiling(field, guess, around))
        return chance * UNCONFIRMED if field == "name_kh" else chance

    def _fitted(self, field: str, guess: Guess, around: Surroundings) -> float:
        logit = float(features(guess, around) @ self._weights.get(field, self._plain))
        return 1.0 / (1.0 + math.exp(-max(min(logit, 30.0), -30.0)))


def _ceiling(field: str, guess: Guess, around: Surroundings) -> float:
    """What no weights may exceed: they are fitted on readable cards and know nothing of what lies outside those."""
    known_once = field == "description" or (field in _SAID_TWICE and guess.agreement == 0)
    ceilings = (
        (guess.length < _FEWEST.get(field, 1), UNPROVEN),
        (around.sharpness < SMALLEST, ILLEGIBLE),
        (field == "height" and not guess.valid, UNPROVEN),
        (field == "issue_date" and guess.agreement == 0, ALONE),
        (field in _NAMES and " " not in guess.text, ONE_WORD),
        (guess.agreement < 0, CONTRADICTED),
        (guess.margin <= 0.0, TIED),
        (field == "name_kh" and guess.margin < CLOSE_NATS, CLOSE),
        (not guess.whole, UNSHOWN),
        (field in _PLACES and not guess.valid, ONCE),
        (field in _LONG_KHMER and guess.characters < _UNCLEAR_NATS, ONCE),
        (not around.whole, ONCE),
        (known_once, ONCE),
    )
    return min((ceiling for holds, ceiling in ceilings if holds), default=CEILING)


def load(path: Path | None = None) -> Calibration:
    """The packaged calibration, or that of another file. Raises FileNotFoundError if a named file is missing."""
    source = path or resources.files("khid_eval") / "models" / "confidence.json"
    if path is None and not source.is_file():
        return Calibration({})
    stored = json.loads(source.read_text(encoding="utf-8"))
    if stored["features"] != list(FEATURES):
        raise ValueError(f"{source}: made for other features; fit it again")
    return Calibration({field: np.array(values) for field, values in stored["weights"].items()})


def dump(weights: Mapping[str, FloatArray], path: Path) -> None:
    """Write weights in the form that `load` reads."""
    rounded = {field: [round(float(value), 5) for value in values] for field, values in weights.items()}
    path.write_text(json.dumps({"features": list(FEATURES), "weights": rounded}, indent=1), encoding="utf-8")


__all__ = ["CEILING", "EMPTY", "FEATURES", "Calibration", "Surroundings", "dump", "features", "load"]
