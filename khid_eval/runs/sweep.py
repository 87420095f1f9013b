"""One photo, read under every step of some conditions: what `--sweep` asks for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps

from khid_eval import conditions
from khid_eval.errors import BadPhoto
from khid_eval.records import Quad

AS_IT_IS: Final = "none"
ROTATION: Final = "rotation"
ROTATION_STEP_DEG: Final = 15
NEAR: Final = "near"
"""rotation=near: small angles either way, as a hand turns a card or a phone. rotation alone has them too."""
NEAR_DEG: Final = (2, 4, 6, 8, 10)
JPEG_QUALITY: Final = 95
"""Of the degraded photo as sent: high enough not to be a condition of its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """One condition at one strength. severity: 0 (the photo as it is) to 5; angle_deg: for rotation only, clockwise."""

    condition: str
    severity: int = 0
    angle_deg: float | None = None
    card_quad: Quad | None = None

    def describe(self) -> dict[str, Any]:
        """The condition columns that this step sets over those of the dataset; the photo as it is stays what it was."""
        if self.condition == AS_IT_IS:
            return {"name": self.condition, "severity": self.severity}
        if self.angle_deg is not None:
            turned = {"name": self.condition, "rotation_deg": self.angle_deg, "severity": None}
            return turned | {"capture": "synthetic"}
        return {"name": self.condition, "severity": self.severity, "capture": "synthetic"}


def steps_of(sweep: str) -> tuple[Step, ...]:
    """What a --sweep argument asks for: "rotation", "rotation=30" (degrees a step), "rotation=near", "dark,glare" or
    "all".

    The photo as it is comes first, once. Raises ValueError that lists the names for an unknown one.
    """
    names = list(conditions.CONDITIONS) if sweep == "all" else [name.strip() for name in sweep.split(",")]
    found = [Step(AS_IT_IS)]
    for name in names:
        found.extend(_steps_of_one(name))
    return tuple(dict.fromkeys(found))


def _steps_of_one(name: str) -> Iterator[Step]:
    name, _, argument = name.partition("=")
    if name == ROTATION:
        yield from (Step(ROTATION, angle_deg=float(angle)) for angle in _angles(argument))
        return
    if argument:
        raise ValueError(f"only rotation takes a number, got {name}={argument}")
    found = conditions.find(name).name
    yield from (Step(found, severity) for severity in conditions.SEVERITIES)


def _angles(argument: str) -> list[int]:
    """In [0, 360), sorted."""
    near = {0, *NEAR_DEG, *(360 - angle for angle in NEAR_DEG)}
    if argument == NEAR:
        return sorted(near)
    if not argument:
        return sorted(near | set(range(0, 360, ROTATION_STEP_DEG)))
    degrees = int(argument) if argument.isdigit() else 0
    if not 1 <= degrees <= 180:
        raise ValueError(f"rotation step must be 1 to 180 whole degrees or {NEAR!r}, got {argument!r}")
    return list(range(0, 360, degrees))


def degrade(photo: bytes, step: Step) -> bytes:
    """The photo under that step as a JPEG file; upright as its EXIF says. The same photo and step, the same picture.

    Raises BadPhoto when the photo cannot be decoded.
    """
    if step.condition == AS_IT_IS:
        return photo
    try:
        with Image.open(io.BytesIO(photo)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as exc:
        raise BadPhoto("The photo cannot be decoded.", "AIS.0103", "Look at the file.") from exc
    quads = {conditions.CARD: step.card_quad} if step.card_quad else {}
    picture = conditions.Picture(np.asarray(upright, dtype=np.uint8), quads)
    if step.angle_deg is not None:
        image = conditions.rotate(picture, step.angle_deg).image
    else:
        rng = conditions.seeded(Image.Image.tobytes(upright.resize((32, 32))).hex(), step.condition)
        image = conditions.apply(picture, step.condition, step.severity, rng).image
    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return out.getvalue()


__all__ = ["AS_IT_IS", "Step", "degrade", "steps_of"]
