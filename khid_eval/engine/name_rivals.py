"""Readings of a Khmer name that differ from one in a letter and sound more like the Latin name on the same card.

The search follows what the picture shows best and drops a rare subscript early. Where the best reading does not sound
like the Latin name, these are weighed with it: by the same picture, so that nothing comes in that it does not show.
"""

from __future__ import annotations

from collections.abc import Iterator

from khid_eval.card.khmer import canonical
from khid_eval.engine import alphabet, orthography, romanise

_CONSONANTS = "កខគឃងចឆជឈញដឋឌឍណតថទធនបផពភមយរលវសហឡអ"
_VOWELS = "ាិីឹឺុូួើឿៀេែៃោៅំ"
_CLOSER = 0.7  # nats of `romanise.cost` by which a reading must sound more like the Latin name


def sounding_closer(name: str, latin: str) -> list[str]:
    """The readings one letter away from `name` that sound more like `latin`, the nearest first; most often none.

    name: canonical; latin: capitals.
    """
    most, laid = romanise.cost(name, latin) - _CLOSER, romanise.Laid(name, latin)
    costs: dict[str, float] = {}
    for number, (start, end) in enumerate(laid.clusters):
        for cluster in _one_letter_away(name[start:end]):
            cost = laid.cost_with(number, cluster)
            if cost <= most:
                costs[name[:start] + cluster + name[end:]] = cost
    return [other for other in sorted(costs, key=lambda one: costs[one]) if _can_be_read(other)]


def _one_letter_away(cluster: str) -> Iterator[str]:
    for at, letter in enumerate(cluster):
        for letters in (_CONSONANTS, _VOWELS):
            if letter in letters:
                yield from (cluster[:at] + other + cluster[at + 1 :] for other in letters if other != letter)


def _can_be_read(name: str) -> bool:
    try:
        return canonical(name) == name and orthography.is_legal(alphabet.encode(name))
    except ValueError:
        return False


__all__ = ["sounding_closer"]
