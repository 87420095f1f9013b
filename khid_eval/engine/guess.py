"""What the engine believes about one field, and why: the input of its confidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from khid_eval.engine.recognise import CharReading

MAX_MARGIN = 20.0


@dataclass(frozen=True, slots=True)
class Guess:
    """A field's text with the evidence for it.

    characters, weakest: log of the product and of the least of the characters' posteriors, <= 0 (0 for none).
    margin: by how much the text beats the next candidate, in nats, 0..MAX_MARGIN.
    agreement: 1 another source on the card says the same, -1 it says otherwise, 0 there is none.
    valid: the text has the form that this field must have.
    repaired: log-probability that was given up against what the line alone says, >= 0.
    length: characters (clusters) read.
    whole: False where a part of the value is not in the picture, as far as can be told.
    """

    text: str
    characters: float = 0.0
    weakest: float = 0.0
    margin: float = MAX_MARGIN
    agreement: int = 0
    valid: bool = True
    repaired: float = 0.0
    length: int = 0
    whole: bool = True


def certainty(chars: Sequence[CharReading]) -> tuple[float, float]:
    """(characters, weakest) of a Guess: logs of the product and of the least posterior; (0, 0) for no characters."""
    logs = [math.log(max(char.confidence, 1e-9)) for char in chars]
    return (sum(logs), min(logs)) if logs else (0.0, 0.0)


__all__ = ["MAX_MARGIN", "Guess", "certainty"]
