"""The sample photos that come with the product: `python -m khid_eval.synth.samples sample_images`.

Fictional people, SPECIMEN across every card, one photo for each thing that a reader has to cope with.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from khid_eval import __version__
from khid_eval.datasets import DatasetWriter, PhotoCondition, Sample
from khid_eval.records import FIELD_NAMES, RgbImage
from khid_eval.synth.cards import FlatCard, render_card
from khid_eval.synth.generate import sample_of
from khid_eval.synth.negatives import render_negative
from khid_eval.synth.persons import Person, random_person
from khid_eval.synth.photos import Condition, Photo, Pose, take_photo
from khid_eval.synth.styles import nominal_style

_SEED = 2012
_SPECIMEN = 0.2
_SAVE: dict[str, dict[str, Any]] = {
    "jpg": {"format": "JPEG", "quality": 88},
    "png": {"format": "PNG", "optimize": True},
    "bmp": {"format": "BMP"},
    "tiff": {"format": "TIFF", "compression": "tiff_lzw"},
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """One sample. card: number of the card; scene: seed of backdrop and light, the same for photos to be compared."""

    file_name: str
    card: int
    pose: Pose
    backdrop: str
    scene: int
    steps: tuple[Condition, ...] = ()
    person: Callable[[Person], Person] = lambda person: person


_DESK = Pose(long_px=1400, aspect=4 / 3, fill=1.15, turn_deg=-1.5, tilt_deg=4, axis_rad=0.3)
_SMALL = replace(_DESK, long_px=900, aspect=3 / 2, fill=1.3)


def _with_suffix(person: Person) -> Person:
    return replace(person, suffix=" (01)")


def _with_long_address(person: Person) -> Person:
    """The holder lives at the longest address that a thousand others have."""
    rng = np.random.default_rng(_SEED)
    others = [random_person(rng) for _ in range(1000)]
    longest = max(others, key=lambda other: len(other.address_line1) + len(other.address_line2))
    return replace(person, address_line1=longest.address_line1, address_line2=longest.address_line2)


_PLANS = (
    _Plan("01-clean.jpg", 1, _DESK, "wood", 5),
    _Plan("02-phone-on-desk.jpg", 2, Pose(1600, 3 / 4, 0.95, 9.0, 24.0, 0.5, (0.1, -0.15)), "papers", 6),
    _Plan("03-upside-down.png", 3, replace(_SMALL, turn_deg=178.0), "ruled_paper", 2),
    _Plan("04-turned-37-degrees.jpg", 4, replace(_DESK, turn_deg=37.0, fill=1.1), "cloth", 8),
    _Plan("05-dark.jpg", 1, _DESK, "wood", 5, (("dark", 3),)),
    _Plan("06-bright.jpg", 1, _DESK, "wood", 5, (("bright", 3),)),
    _Plan("07-glare.jpg", 1, _DESK, "wood", 5, (("glare", 2),)),
    _Plan("08-blurred.jpg", 1, _DESK, "wood", 5, (("defocus", 3),)),
    _Plan("09-photocopy.tiff", 5, replace(_SMALL, long_px=1000), "flat", 1, (("photocopy", 2),)),
    _Plan("10-number-with-suffix.bmp", 6, replace(_SMALL, long_px=860), "wood", 2, (), _with_suffix),
    _Plan("11-long-address.jpg", 7, _DESK, "tiles", 6, (), _with_long_address),
    _Plan("12-sideways.jpg", 8, replace(_DESK, aspect=3 / 4, turn_deg=91.0, fill=1.25), "wood", 9),
    _Plan("13-from-the-side.jpg", 9, replace(_DESK, tilt_deg=38.0, axis_rad=1.2, turn_deg=-6), "cloth", 3),
    _Plan("14-shadow.png", 10, replace(_SMALL, turn_deg=3.0), "wood", 7, (("shadow", 2),)),
)


def _card(plan: _Plan) -> FlatCard:
    rng = np.random.default_rng([_SEED, plan.card])
    person = plan.person(random_person(rng, suffix_share=0.0))
    style = replace(nominal_style(1300, specimen=_SPECIMEN), face_share=1.0)
    return render_card(person, style, rng)


def _photo(plan: _Plan, card: FlatCard) -> Photo:
    rng = np.random.default_rng([_SEED, 1000 + plan.scene])
    return take_photo(card, rng, steps=plan.steps, pose=plan.pose, kind=plan.backdrop)


def _saved(image: RgbImage, file_name: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, **_SAVE[file_name.rsplit(".", 1)[1]])
    return file.getvalue()


def _failing(file_name: str, code: str, name: str) -> Sample:
    """The row of a photo that a reader must refuse. No field is on it."""
    return Sample(
        file_name=file_name,
        group_id=file_name.rsplit(".", 1)[0],
        fields=dict.fromkeys(FIELD_NAMES),
        condition=PhotoCondition(capture="synthetic", name=name),
        label_source="synthetic",
        label_version=f"khid-eval {__version__}",
        extra={"expected_error": code},
    )


def write_samples(root: Path) -> int:
    """Writes the sample photos with their metadata.jsonl into a folder that has none; returns how many."""
    with DatasetWriter(root) as writer:
        for plan in _PLANS:
            card = _card(plan)
            photo = _photo(plan, card)
            sample = sample_of(photo, card, plan.file_name, f"sample-{plan.card:02d}", None)
            writer.add(sample, _saved(photo.image, plan.file_name))
        other = render_negative(np.random.default_rng(_SEED + 4), "train", "business_card").image
        writer.add(_failing("15-not-the-card.jpg", "AIS.0104", "not_a_card"), _saved(other, "15-not-the-card.jpg"))
        tiny = _photo(_PLANS[0], _card(_PLANS[0])).image
        small = np.asarray(Image.fromarray(tiny).resize((14, 10), Image.Resampling.BOX))
        writer.add(_failing("16-too-small.png", "AIS.0103", "too_small"), _saved(small, "16-too-small.png"))
        return len(writer.done)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the sample photos.")
    parser.add_argument("root", type=Path, help="folder without a dataset")
    write_samples(parser.parse_args().root)


if __name__ == "__main__":
    main()


__all__ = ["write_samples"]
