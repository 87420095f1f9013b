"""One row of the dataset and its photo."""

from __future__ import annotations

import random

from khid_eval.card.captions import CAPTIONS
from khid_eval.datasets import PhotoCondition, Sample
from khid_eval.engine.geometry import as_quad
from tests.benchmarks.second_renderer.camera import Shot, shoot
from tests.benchmarks.second_renderer.card import Card, make_card
from tests.benchmarks.second_renderer.conditions import Condition, choose_condition
from tests.benchmarks.second_renderer.people import Person
from tests.benchmarks.second_renderer.plan import plan

FONTS, PRINT, PHOTO = "fonts", "print", "photo"
"""Keys of the rows beyond the format: font of each field in Khmer letters; layout, other fonts and what stands behind
the number; background, size and JPEG quality.
"""
_LIGHTING = {"glare": "glare", "shadow": "shadow", "low_light": "dark", "colour_cast": "colour_cast"}
_BLURS = ("defocus", "motion")


def draw(seed: int, number: int) -> tuple[Sample, bytes]:
    """Depends on seed, number and the faces that are installed, on nothing else."""
    rng = random.Random(f"{seed}/{number}")
    condition = choose_condition(rng)
    pose = plan(rng, condition)
    edge = pose.card_px()
    person, card = make_card(rng, round(min(1800, max(900, edge * 1.1))))
    shot, photo = shoot(rng, pose, card, condition)
    return _row(f"r{seed}-{number:04d}", number, condition, person, card, shot, edge), photo


def _row(
    group: str, number: int, condition: Condition, person: Person, card: Card, shot: Shot, card_px: float
) -> Sample:
    height, width = shot.image.shape[:2]
    printed = {"layout": card.layout, "id_suffix": person.id_suffix}
    photo = {**shot.notes, "width": width, "height": height, "card_px": round(card_px)}
    return Sample(
        f"{number:04d}.jpg",
        group,
        person.fields,
        idcard_type="normal",
        portrait_location=as_quad(shot.portrait_quad.round(1)),
        card_quad=as_quad(shot.card_quad.round(1)),
        condition=PhotoCondition(
            rotation_deg=round(shot.rotation_deg, 1),
            lighting=_LIGHTING.get(condition.name, "normal"),
            blur=condition.name if condition.name in _BLURS else "none",
            device="scanner" if condition.name == "scan" else "phone",
            capture="synthetic",
            name=condition.name,
            severity=condition.severity,
        ),
        label_source="renderer",
        extra={FONTS: fonts_of_fields(card), PRINT: printed | dict(card.faces), PHOTO: photo},
    )


def fonts_of_fields(card: Card) -> dict[str, str]:
    """Of the fields in Khmer letters: what their values are set in."""
    return dict.fromkeys(CAPTIONS, card.faces["value"]) | {"name_kh": card.faces["name"]}
