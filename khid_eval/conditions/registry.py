"""The one table of conditions: what each is, in which unit, and what its five severities are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from khid_eval.conditions import geometric, light, optics, surface
from khid_eval.conditions.picture import Picture

Effect = Callable[[Picture, float, np.random.Generator], Picture]
SEVERITIES = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Condition:
    """One way in which a photo gets harder to read.

    name: as in datasets and reports. title_en, title_km: for people.
    kind: "geometric" moves the quads (and may change the size of the photo), "photometric" changes pixels only.
    parameter, unit: what `levels` counts. neutral: the value that changes nothing. levels: severities 1 to 5.
    imagenet_c: name of the same corruption in ImageNet-C (Hendrycks and Dietterich 2019), or "".
    same_constants: whether the levels are ImageNet-C's too.
    """

    name: str
    title_en: str
    title_km: str
    about_en: str
    about_km: str
    kind: Literal["geometric", "photometric"]
    parameter: str
    unit: str
    neutral: float
    levels: tuple[float, float, float, float, float]
    effect: Effect
    imagenet_c: str = ""
    same_constants: bool = False

    def value_at(self, amount: float) -> float:
        """The parameter at an amount in [0, 1]: severity s stands at s / 5, straight lines between."""
        if not 0.0 <= amount <= 1.0:
            raise ValueError(f"amount must be in [0, 1], got {amount}")
        return float(np.interp(amount * len(SEVERITIES), (0, *SEVERITIES), (self.neutral, *self.levels)))


_ALL = (
    Condition(
        "rotation", "Rotation", "ការបង្វិល",
        "The photo is turned.", "រូបថតត្រូវបានបង្វិល។",
        "geometric", "angle_deg", "degrees", 0.0, (5.0, 15.0, 45.0, 90.0, 180.0), geometric.rotation,
    ),
    Condition(
        "perspective", "Perspective", "ថតពីចំហៀង",
        "The camera looks at the card from the side.", "កាមេរ៉ាថតកាតពីចំហៀង។",
        "geometric", "tilt_deg", "degrees", 0.0, (10.0, 20.0, 30.0, 40.0, 50.0), geometric.perspective,
    ),
    Condition(
        "scale", "Small photo", "រូបថតតូច",
        "The photo has fewer pixels.", "រូបថតមានភីកសែលតិច។",
        "geometric", "factor", "share of size", 1.0, (0.7, 0.5, 0.35, 0.25, 0.18), geometric.scale,
    ),
    Condition(
        "cut_border", "Cut border", "គែមត្រូវបានកាត់",
        "One side of the card lies outside the photo.", "ផ្នែកម្ខាងនៃកាតនៅក្រៅរូបថត។",
        "geometric", "share", "share of the card", 0.0, (0.03, 0.06, 0.1, 0.15, 0.22), geometric.cut_border,
    ),
    Condition(
        "clutter", "Cluttered background", "ផ្ទៃខាងក្រោយរញ៉េរញ៉ៃ",
        "Other things lie around the card.", "មានវត្ថុផ្សេងៗនៅជុំវិញកាត។",
        "geometric", "count", "things", 0.0, (6.0, 12.0, 24.0, 48.0, 96.0), surface.clutter,
    ),
    Condition(
        "dark", "Dark", "ងងឹត",
        "Too little light reached the sensor.", "ពន្លឺមិនគ្រប់គ្រាន់។",
        "photometric", "stops", "stops under", 0.0, (1.0, 2.0, 3.0, 4.0, 5.0), light.dark,
    ),
    Condition(
        "bright", "Bright", "ភ្លឺពេក",
        "Too much light: pale colours burn out.", "ពន្លឺខ្លាំងពេក ពណ៌ស្រាលបាត់។",
        "photometric", "lift", "share of white", 0.0, (0.1, 0.2, 0.3, 0.4, 0.5), light.bright,
        imagenet_c="brightness", same_constants=True,
    ),
    Condition(
        "uneven_light", "Uneven light", "ពន្លឺមិនស្មើ",
        "One side is lit much less than the other.", "ម្ខាងភ្លឺ ម្ខាងងងឹត។",
        "photometric", "loss", "share of light", 0.0, (0.4, 0.6, 0.75, 0.86, 0.94), light.uneven_light,
    ),
    Condition(
        "glare", "Glare", "ចំណាំងផ្លាត",
        "A lamp is mirrored in the card.", "ពន្លឺចំណាំងផ្លាតលើកាត។",
        "photometric", "radius_share", "share of card length", 0.0, (0.04, 0.07, 0.1, 0.14, 0.19), light.glare,
    ),
    Condition(
        "shadow", "Shadow", "ស្រមោល",
        "A shadow falls over part of the card.", "ស្រមោលធ្លាក់លើកាត។",
        "photometric", "depth", "share of light", 0.0, (0.35, 0.55, 0.7, 0.82, 0.92), light.shadow,
    ),
    Condition(
        "colour_cast", "Colour cast", "ពណ៌ខុសធម្មជាតិ",
        "Coloured light or a wrong white balance.", "ពន្លឺមានពណ៌ ឬតុល្យភាពសមិនត្រឹមត្រូវ។",
        "photometric", "strength", "share of light", 0.0, (0.2, 0.35, 0.5, 0.65, 0.8), light.colour_cast,
    ),
    Condition(
        "defocus", "Out of focus", "មិនច្បាស់ (ខុសហ្វូកឹស)",
        "The lens was not focused on the card.", "កាមេរ៉ាមិនបានហ្វូកឹសលើកាត។",
        "photometric", "radius_permille", "thousandths of card length", 0.0, (0.8, 1.6, 2.6, 3.8, 5.2), optics.defocus,
        imagenet_c="defocus_blur",
    ),
    Condition(
        "motion_blur", "Motion blur", "ព្រិលដោយសារចលនា",
        "Hand or card moved.", "ដៃ ឬកាតបានកម្រើក។",
        "photometric", "length_permille", "thousandths of card length", 0.0, (3.0, 6.0, 10.0, 15.0, 21.0),
        optics.motion_blur, imagenet_c="motion_blur",
    ),
    Condition(
        "sensor_noise", "Sensor noise", "ចំណុចរំខានក្នុងរូប",
        "Grain of a small sensor in little light.", "ចំណុចរំខានពីឧបករណ៍ចាប់រូបតូច។",
        "photometric", "sigma", "share of white", 0.0, (0.04, 0.07, 0.11, 0.16, 0.23), optics.sensor_noise,
        imagenet_c="shot_noise",
    ),
    Condition(
        "jpeg", "JPEG", "ការបង្ហាប់ JPEG",
        "Saved with strong compression.", "រក្សាទុកដោយបង្ហាប់ខ្លាំង។",
        "photometric", "quality", "JPEG quality", 95.0, (25.0, 18.0, 15.0, 10.0, 7.0), optics.jpeg,
        imagenet_c="jpeg_compression", same_constants=True,
    ),
    Condition(
        "low_resolution", "Low resolution", "គុណភាពបង្ហាញទាប",
        "Blown up from a smaller photo.", "ពង្រីកពីរូបថតតូច។",
        "photometric", "factor", "share of size", 1.0, (0.6, 0.5, 0.4, 0.3, 0.25), optics.low_resolution,
        imagenet_c="pixelate", same_constants=True,
    ),
    Condition(
        "occlusion", "Finger", "ម្រាមដៃបាំង",
        "A finger covers part of the card.", "ម្រាមដៃបាំងផ្នែកខ្លះនៃកាត។",
        "photometric", "share", "share of card height", 0.0, (0.14, 0.24, 0.34, 0.46, 0.6), surface.occlusion,
    ),
    Condition(
        "photocopy", "Photocopy", "ច្បាប់ថតចម្លង",
        "A black-and-white copy of the card.", "ច្បាប់ថតចម្លងសខ្មៅនៃកាត។",
        "photometric", "wear", "0 to 1", 0.0, (0.2, 0.4, 0.6, 0.8, 1.0), surface.photocopy,
    ),
    Condition(
        "recapture", "Screen recapture", "ថតពីអេក្រង់",
        "Photographed off a screen: moiré and cold light.", "ថតពីអេក្រង់ មានលំនាំម័រេ និងពន្លឺត្រជាក់។",
        "photometric", "depth", "0 to 1", 0.0, (0.15, 0.3, 0.45, 0.6, 0.75), surface.recapture,
    ),
)  # fmt: skip

CONDITIONS: Mapping[str, Condition] = MappingProxyType({one.name: one for one in _ALL})
"""name -> condition, in the order in which pages show them."""
_BY_IMAGENET_C = {one.imagenet_c: one for one in _ALL if one.imagenet_c}


def find(name: str) -> Condition:
    """The condition of that name, or of that ImageNet-C name. Raises ValueError that lists the names."""
    condition = CONDITIONS.get(name) or _BY_IMAGENET_C.get(name)
    if condition is None:
        raise ValueError(f"no condition {name!r}; there are: {', '.join(CONDITIONS)}")
    return condition


def parameters(name: str, severity: int) -> dict[str, float]:
    """The fixed parameter of that severity, as a manifest records it: {"angle_deg": 45.0}."""
    condition = find(name)
    return {condition.parameter: condition.value_at(_amount(severity))}


def apply(picture: Picture, name: str, severity: int, rng: np.random.Generator) -> Picture:
    """The picture under a condition at severity 1..5. Pure: the same picture, name, severity and seed, the same result.

    Every condition draws its random numbers before it looks at the severity, so one seed gives one scene in five
    strengths. Raises ValueError for an unknown name or another severity.
    """
    return apply_amount(picture, name, _amount(severity), rng)


def apply_amount(picture: Picture, name: str, amount: float, rng: np.random.Generator) -> Picture:
    """The same on a slider: amount in [0, 1], severity s stands at s / 5, and 0 gives the picture back as it is."""
    condition = find(name)
    value = condition.value_at(amount)
    return picture if amount == 0.0 else condition.effect(picture, value, rng)


def apply_all(picture: Picture, steps: Iterable[tuple[str, int]], rng: np.random.Generator) -> Picture:
    """Several (name, severity) one after the other."""
    for name, severity in steps:
        picture = apply(picture, name, severity, rng)
    return picture


def seeded(key: str, name: str) -> np.random.Generator:
    """The generator for one photo and condition: key is the sha256 of the image, or any string that names the photo.

    The severity is left out on purpose: the five severities of a photo then share one scene.
    """
    digest = hashlib.sha256(f"{key}\0{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def _amount(severity: int) -> float:
    if severity not in SEVERITIES:
        raise ValueError(f"severity must be 1 to 5, got {severity!r}")
    return severity / len(SEVERITIES)
