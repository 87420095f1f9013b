"""Figures of the alarm for exchanged portraits: `python -m khid_eval.training.portrait_figures --count 600`.

Validation persons, styles, fonts and backdrops, each card photographed twice under the same conditions: as printed, and
with its portrait exchanged in one of the ways, those that training never showed included. The engine itself finds
card and portrait.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from khid_eval.conditions import Picture, apply_all
from khid_eval.engine.geometry import intersection_over_union
from khid_eval.engine.portrait import EVEN_LOGIT, exchange_logit, width_px
from khid_eval.engine.reader import MIN_PRESENCE
from khid_eval.metrics import intervals
from khid_eval.records import Quad, RgbImage
from khid_eval.synth.cards import PORTRAIT, render_card
from khid_eval.synth.persons import random_person
from khid_eval.synth.photos import Condition, random_conditions, take_photo
from khid_eval.synth.styles import random_style
from khid_eval.training.exchanges import WAYS, Way
from khid_eval.training.finding_figures import Finder
from khid_eval.training.portrait_pool import face
from khid_eval.training.portrait_samples import NONE

SILENT = -99.0
"""Stands for the net's answer where the engine says nothing: no card, no portrait or too small a one."""
_NEW_AND_GLUED = ("oval", "torn", "curled")
_BLURS = ("defocus", "motion_blur", "low_resolution")


@dataclass(frozen=True, slots=True)
class Judged:
    """One photo. way: of WAYS, or NONE. portrait_px: true width of its portrait. logit: the net's answer, or SILENT.

    overlap: of the portrait that was found with the true one, intersection over union; 0 where none was.
    """

    way: str
    steps: tuple[Condition, ...]
    portrait_px: float
    logit: float
    overlap: float

    @property
    def raised(self) -> bool:
        return self.logit > EVEN_LOGIT

    def blur(self) -> int:
        """The severest of the conditions that blur, 0 for none."""
        return max((severity for name, severity in self.steps if name in _BLURS), default=0)


def pairs(count: int, seed: int, start: int = 0) -> Iterator[Judged]:
    """Two photos of each of `count` cards from number `start` on. The ways take turns."""
    finder, names = Finder(), tuple(WAYS)
    for index in range(start, start + count):
        for name in (NONE, names[index % len(names)]):
            rng = np.random.default_rng([seed, index])
            yield judged(name, *exchanged_photo(WAYS[name] if name else None, rng), finder)


def exchanged_photo(way: Way | None, rng: np.random.Generator) -> tuple[RgbImage, Quad, tuple[Condition, ...]]:
    """A validation photo, the quad of its portrait and the conditions it is under. way: None for a card as printed."""
    card = render_card(random_person(rng, "validation"), random_style(rng, "validation"), rng)
    steps, seed = random_conditions(rng), int(rng.integers(2**32))
    other = face(np.random.default_rng([seed, 0]), "validation")
    own = np.random.default_rng([seed, 1])
    if way and not way.pasted:
        card = replace(card, image=way.draw(card.image, card.portrait_quad, other, own))
    photo = take_photo(card, rng)
    image = photo.image
    if way and way.pasted:
        image = way.draw(image, photo.quads[PORTRAIT], other, own)
    picture = apply_all(Picture(image, photo.quads), steps, rng)
    return picture.image, picture.quads[PORTRAIT], steps


def judged(name: str, image: RgbImage, portrait: Quad, steps: tuple[Condition, ...], finder: Finder) -> Judged:
    """What the engine's own steps make of a photo."""
    located, card, layout, _ = finder(image)
    found = card.quad_to_photo(layout.portrait) if layout.portrait and located.presence >= MIN_PRESENCE else None
    logit = exchange_logit(image, found) if found else None
    overlap = float(intersection_over_union(found, portrait)) if found else 0.0
    return Judged(name, steps, width_px(portrait), SILENT if logit is None else logit, overlap)


def separation(exchanged: Sequence[Judged], printed: Sequence[Judged]) -> float:
    """Area under the ROC curve, ties counted by half; NaN where one of the two is missing."""
    if not exchanged or not printed:
        return float("nan")
    ones, others = (np.array([one.logit for one in group]) for group in (exchanged, printed))
    return float(((ones[:, None] > others) + 0.5 * (ones[:, None] == others)).mean())


def even_logit(printed: Sequence[Judged], share: float) -> float:
    """The answer that no more than `share` of the portraits as printed exceed."""
    return float(np.quantile([one.logit for one in printed], 1.0 - share, method="higher"))


def tables(rows: Sequence[Judged]) -> Iterable[str]:
    """Lines of two tables: ways, and groups of photos."""
    printed = [one for one in rows if one.way == NONE]
    yield "| way | taught | photos | AUC | alarm (95 %) |"
    yield "|---|---|---|---|---|"
    for title, names in _families():
        group = [one for one in rows if one.way in names]
        if group:
            taught = "yes" if WAYS[names[0]].taught else "no"
            yield f"| {title} | {taught} | {len(group)} | {separation(group, printed):.3f} | {_raised(group)} |"
    yield f"| as printed | | {len(printed)} | | {_raised(printed)} |"
    yield ""
    yield "| photos | as printed: alarm (95 %) | glued on, not taught: photos | AUC | alarm (95 %) |"
    yield "|---|---|---|---|---|"
    for title, belongs in _groups(rows):
        group = [one for one in rows if belongs(one)]
        own = [one for one in group if one.way == NONE]
        new = [one for one in group if one.way in _NEW_AND_GLUED]
        yield f"| {title} | {_raised(own)} | {len(new)} | {separation(new, own):.3f} | {_raised(new)} |"


def _families() -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a line of the first table stands for, and the ways it counts."""
    yield "all glued on, taught", tuple(name for name, way in WAYS.items() if way.taught and not way.pasted)
    yield "all glued on, not taught", _NEW_AND_GLUED
    yield from ((name, (name,)) for name in WAYS)


def _groups(rows: Sequence[Judged]) -> Iterator[tuple[str, Callable[[Judged], bool]]]:
    yield "all", lambda one: True
    yield "no condition", lambda one: not one.steps
    yield "not blurred", lambda one: one.blur() == 0
    yield "blurred, severity 1 or 2", lambda one: one.blur() in (1, 2)
    yield "blurred, severity 3 to 5", lambda one: one.blur() >= 3
    for low, high in ((0, 100), (100, 160), (160, 9999)):
        yield f"portrait of {low} to {high} px", lambda one, low=low, high=high: low <= one.portrait_px < high  # type: ignore[misc]
    for name in sorted({name for one in rows for name, _ in one.steps}):
        yield name, lambda one, name=name: any(name == other for other, _ in one.steps)  # type: ignore[misc]


def _raised(group: Sequence[Judged]) -> str:
    """How many raise the alarm, with Wilson's interval."""
    if not group:
        return "-"
    rate = intervals.rate(sum(one.raised for one in group), len(group))
    return f"{sum(one.raised for one in group)} of {len(group)} ({rate.low:.1%} to {rate.high:.1%})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=600, help="cards; each is photographed twice")
    parser.add_argument("--start", type=int, default=0, help="number of the first card")
    parser.add_argument("--seed", type=int, default=92)
    parser.add_argument("--most-false", type=float, default=0.02, help="false alarms for which a limit is printed")
    given = parser.parse_args()
    rows = list(pairs(given.count, given.seed, given.start))
    print("\n".join(tables(rows)))
    print(f"\nEVEN_LOGIT for {given.most_false:.1%} false alarms here:", end=" ")
    print(f"{even_logit([one for one in rows if one.way == NONE], given.most_false):.2f}, now {EVEN_LOGIT:.2f}")


if __name__ == "__main__":
    main()
