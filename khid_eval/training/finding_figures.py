"""Figures of locator, rows, portrait, presence and alarms on photos that training never saw.

`python -m khid_eval.training.finding_figures --count 300 --negatives 150` prints the tables of LOCATOR.md. Styles,
fonts and backdrops are the validation ones; each photo is under up to two conditions of any severity.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from time import perf_counter

import numpy as np
from PIL import Image

from khid_eval.conditions import CARD
from khid_eval.engine.geometry import as_array, card_width_px, intersection_over_union
from khid_eval.engine.locate import Located, Locator
from khid_eval.engine.quality import judge
from khid_eval.engine.reader import MIN_PRESENCE, EngineReader
from khid_eval.engine.rectify import RectifiedCard, rectify
from khid_eval.engine.rows import CardLayout, RowFinder, RowKind
from khid_eval.errors import BadPhoto
from khid_eval.records import RgbImage
from khid_eval.synth.cards import PORTRAIT, render_card
from khid_eval.synth.negatives import NEGATIVES, render_negative
from khid_eval.synth.persons import random_person
from khid_eval.synth.photos import Photo, random_conditions, take_photo
from khid_eval.synth.styles import random_style
from khid_eval.training.card_pool import row_kind

NO_ALARM = {"rotation", "perspective", "clutter", "scale", "dark", "bright", "uneven_light", "shadow", "colour_cast"}
"""Conditions under which none of the alarms is due."""
_BLURS = ("defocus", "motion_blur")
ALARM_OF = {
    "cut_border": "border_integrity",
    "occlusion": "blocking_within_border",
    "glare": "glare",
    "recapture": "reproduce",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One photo. error: worst corner, in percent of the card's width; inf where it was refused.

    conditions: (name, severity) it is under. recall, precision: of its rows. alarms: raised; copied: taken for a copy.
    """

    conditions: tuple[tuple[str, int], ...]
    error: float
    presence: float
    recall: float
    precision: float
    portrait_iou: float
    alarms: frozenset[str]
    copied: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Other:
    """A photo without a card. kind: of NEGATIVES. refused: by the whole engine, with AIS.0104."""

    kind: str
    presence: float
    refused: bool


class Finder:
    """The engine's steps up to the rows."""

    def __init__(self) -> None:
        self._locate, self._rows = Locator(), RowFinder()

    def __call__(self, image: RgbImage) -> tuple[Located, RectifiedCard, CardLayout, float]:
        """Also the seconds it took."""
        started = perf_counter()
        located = self._locate(image)
        card = rectify(image, located.quad)
        layout = self._rows(card)
        return located, card, layout, perf_counter() - started


def validation_photo(index: int, seed: int, *, most: int = 2) -> Photo:
    """Photo number `index`: validation person, style and backdrop, up to `most` conditions."""
    rng = np.random.default_rng([seed, index])
    card = render_card(random_person(rng, "validation"), random_style(rng, "validation"), rng)
    return take_photo(card, rng, steps=random_conditions(rng, most=most))


def measured(photo: Photo, finder: Finder) -> Found:
    """What the engine finds on a photo, against its truth."""
    located, card, layout, seconds = finder(photo.image)
    truth = photo.quads[CARD]
    error = float(np.linalg.norm(as_array(located.quad) - as_array(truth), axis=1).max()) / card_width_px(truth)
    recall, precision = row_scores(photo, card, layout)
    portrait = card.quad_to_photo(layout.portrait) if layout.portrait else None
    overlap = intersection_over_union(portrait, photo.quads[PORTRAIT]) if portrait else 0.0
    quality = judge(photo.image, located.quad, portrait)
    raised = frozenset(alarm.name for alarm in quality.alarms if alarm.raised)
    copied = quality.idcard_type == "copy"
    return Found(
        photo.conditions, 100.0 * error, located.presence, recall, precision, float(overlap), raised, copied, seconds
    )


def row_scores(photo: Photo, card: RectifiedCard, layout: CardLayout) -> tuple[float, float]:
    """Recall and precision: a row is right when it has the true kind and overlaps the true row by half in height."""
    wanted = {row_kind(row): as_array(card.quad_from_photo(row.quad))[:, 1] for row in photo.rows}
    wanted.pop(RowKind.UNKNOWN, None)
    right = 0
    for kind, ys in wanted.items():
        row = layout.row(kind)
        if row is None:
            continue
        top, bottom = float(ys[:2].mean()), float(ys[2:].mean())
        shared = min(bottom, row.box[3]) - max(top, row.box[1])
        right += shared >= 0.5 * max(bottom - top, row.box[3] - row.box[1])
    return right / max(len(wanted), 1), right / max(len(layout.rows), 1)


def other(kind: str, seed: Sequence[int], finder: Finder, reader: EngineReader) -> Other:
    """A photo of that kind of validation backdrops and fonts, and what the engine makes of it."""
    image = render_negative(np.random.default_rng(seed), "validation", kind).image
    file = BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=88)
    try:
        reader.read(file.getvalue())
        refused = False
    except BadPhoto as exc:
        refused = exc.code == "AIS.0104"
    return Other(kind, finder(image)[0].presence, refused)


def corner_table(found: Sequence[Found]) -> Iterable[str]:
    """Lines of a table: corner errors over all photos and by condition."""
    yield "| photos | n | median | p90 | p99 | over 1 % | over 10 % | rows recall | precision | portrait IoU > .7 |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    names = sorted({name for one in found for name, _ in one.conditions})
    groups: list[tuple[str, Callable[[Found], bool]]] = [
        ("all", lambda one: True),
        ("plain", lambda one: not one.conditions),
    ]
    groups += [("severity <= 3", lambda one: all(severity <= 3 for _, severity in one.conditions))]
    groups += [(name, lambda one, name=name: any(n == name for n, _ in one.conditions)) for name in names]  # type: ignore[misc]
    for title, belongs in groups:
        group = [one for one in found if belongs(one)]
        if group:
            yield _corner_row(title, group)


def _corner_row(title: str, group: Sequence[Found]) -> str:
    errors = np.array([one.error for one in group])
    median, p90, p99 = np.quantile(errors, [0.5, 0.9, 0.99])
    recall = np.mean([one.recall for one in group])
    precision = np.mean([one.precision for one in group])
    portrait = np.mean([one.portrait_iou > 0.7 for one in group])
    return (
        f"| {title} | {len(group)} | {median:.2f} | {p90:.2f} | {p99:.1f} | {(errors > 1).mean():.1%} |"
        f" {(errors > 10).mean():.1%} | {recall:.3f} | {precision:.3f} | {portrait:.3f} |"
    )


def presence_lines(found: Sequence[Found], negatives: Sequence[Other]) -> Iterable[str]:
    """Separation, what the locator alone lets through, and what the whole engine does."""
    cards, others = np.array([one.presence for one in found]), np.array([one.presence for one in negatives])
    separation = float((cards[:, None] > others[None, :]).mean())
    yield f"Presence: area under the ROC curve {separation:.4f}; cards below {MIN_PRESENCE}, which are refused unread:"
    yield f"{(cards < MIN_PRESENCE).mean():.1%}. Photos without a card:"
    yield ""
    for kind in NEGATIVES:
        of_kind = [one for one in negatives if one.kind == kind]
        if of_kind:
            read, refused = sum(one.presence >= MIN_PRESENCE for one in of_kind), sum(one.refused for one in of_kind)
            yield f"- {kind}: {refused} of {len(of_kind)} refused, {read} of them after reading"


def alarm_lines(found: Sequence[Found]) -> Iterable[str]:
    """How often each alarm is raised where it is due, and where no fault is."""
    clean = [one for one in found if {name for name, _ in one.conditions} <= NO_ALARM]
    for condition, alarm in ALARM_OF.items():
        due = [one for one in found if any(name == condition and severity >= 2 for name, severity in one.conditions)]
        yield f"- {alarm}: {_share(due, alarm)} where {condition} (severity 2+), {_share(clean, alarm)} without fault"
    yield f"- tampering: {_share(clean, 'tampering')} without fault"
    blurred = [one for one in found if any(n in _BLURS and severity >= 4 for n, severity in one.conditions)]
    sharp = [one for one in clean if not any(name == "scale" for name, _ in one.conditions)]  # small cards are coarse
    blurs = f"{_share(blurred, 'blur')} where {' or '.join(_BLURS)} (severity 4+)"
    yield f"- blur: {blurs}, {_share(sharp, 'blur')} without fault, small cards apart"
    copies = [one for one in found if any(name == "photocopy" for name, _ in one.conditions)]
    others = [one for one in found if not any(name == "photocopy" for name, _ in one.conditions)]
    right = sum(one.copied for one in copies) + sum(not one.copied for one in others)
    yield f"- card type: {right} of {len(found)} right ({sum(not one.copied for one in copies)} copies missed)"


def _share(group: Sequence[Found], alarm: str) -> str:
    return f"{sum(alarm in one.alarms for one in group)} of {len(group)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--negatives", type=int, default=150)
    parser.add_argument("--seed", type=int, default=77)
    given = parser.parse_args()
    finder = Finder()
    found = [measured(validation_photo(k, given.seed), finder) for k in range(given.count)]
    reader = EngineReader()
    kinds = [NEGATIVES[k % len(NEGATIVES)] for k in range(given.negatives)]
    negatives = [other(kind, [given.seed, 1, k], finder, reader) for k, kind in enumerate(kinds)]
    print("\n".join(corner_table(found)), end="\n\n")
    print("\n".join(presence_lines(found, negatives)), end="\n\n")
    print("\n".join(alarm_lines(found)), end="\n\n")
    print(f"Locate, rectify and find rows: median {1000 * np.median([one.seconds for one in found]):.0f} ms, one core.")


if __name__ == "__main__":
    main()
