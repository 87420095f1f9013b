"""A whole dataset of synthetic photos: the same recipe and index, the same bytes, on however many processes."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from khid_eval import __version__
from khid_eval.conditions import CARD, CONDITIONS, SEVERITIES, Picture, apply, rotation_deg, seeded
from khid_eval.datasets import DatasetWriter, PhotoCondition, Sample
from khid_eval.errors import BadData, BadRequest
from khid_eval.records import Quad, RgbImage
from khid_eval.synth.cards import PORTRAIT, FlatCard, render_card
from khid_eval.synth.fonts import Split
from khid_eval.synth.persons import random_person
from khid_eval.synth.photos import Condition, Photo, Pose, random_conditions, take_photo
from khid_eval.synth.styles import CardStyle, nominal_style, random_style

RECIPE = ".synth.json"
"""File in the dataset that says how it was made; a resumed run must ask for the same."""
CLEAN, MIXED, RANDOM = "clean", "mixed", "random"
_LIGHTING = {"dark": "dark", "bright": "bright", "uneven_light": "uneven", "glare": "glare", "shadow": "shadow"}
_LIGHTING |= {"colour_cast": "colour_cast"}
_AHEAD = 8  # photos in work beyond the next one to be written, per process


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides the bytes of every photo.

    conditions: names of khid_eval.conditions, each at all of `severities`, beside the clean photo; () for clean ones
    only; (RANDOM,) for free poses under none to two random conditions.
    photos_per_card: photos of one card follow one another, over the cases in turn. With named conditions they share
    one scene, so that they differ in nothing but the condition.
    split: of type faces, names, ornaments and backdrops. style: "random", or "nominal" for the known look alone.
    """

    seed: int
    split: Split = "validation"
    conditions: tuple[str, ...] = ()
    severities: tuple[int, ...] = SEVERITIES
    photos_per_card: int = 1
    style: Literal["random", "nominal"] = "random"
    long_px: int = 1500
    image_format: Literal["jpg", "png"] = "jpg"

    def __post_init__(self) -> None:
        """Raises BadRequest for what cannot be made."""
        if self.seed < 0 or self.photos_per_card < 1 or not 200 <= self.long_px <= 4000:
            raise BadRequest("Need a seed >= 0, photos per card >= 1, and 200 to 4000 pixels.")
        for name in () if self.conditions == (RANDOM,) else self.conditions:
            if name not in CONDITIONS:
                known = ", ".join(CONDITIONS)
                raise BadRequest(f"There is no condition {name!r}.", advice=f"Conditions: all, random, {known}.")
        if not set(self.severities) <= set(SEVERITIES) or not self.severities:
            raise BadRequest("Severities are whole numbers from 1 to 5.")

    @property
    def cases(self) -> tuple[tuple[Condition, ...], ...]:
        """The steps of photo i are cases[i % len(cases)]; unused where conditions are random."""
        named = self.conditions if self.conditions != (RANDOM,) else ()
        return ((), *(((name, severity),) for name in named for severity in self.severities))

    def file_name(self, index: int) -> str:
        return f"images/{index:06d}.{self.image_format}"


def _rng(recipe: Recipe, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(recipe.seed, spawn_key=key))


def _card(recipe: Recipe, number: int) -> FlatCard:
    rng = _rng(recipe, number, 0)
    width = round(min(1500, max(700, 0.95 * recipe.long_px)))
    style: CardStyle = random_style(rng, recipe.split, width_px=width)
    if recipe.style == "nominal":
        style = replace(nominal_style(width), split=recipe.split)
    return render_card(random_person(rng, recipe.split), style, rng)


def controlled_pose(rng: np.random.Generator, long_px: int) -> Pose:
    """A photo taken with care: nearly upright, large, seen from above."""
    return Pose(
        long_px=long_px,
        aspect=float(rng.choice((4 / 3, 3 / 2))),
        fill=float(rng.uniform(0.95, 1.3)),
        turn_deg=float(rng.normal(0, 2)),
        tilt_deg=float(min(10, abs(rng.normal(0, 4)))),
        axis_rad=float(rng.uniform(0, 2 * np.pi)),
        shift=(float(rng.uniform(-0.3, 0.3)), float(rng.uniform(-0.3, 0.3))),
    )


def _photo(recipe: Recipe, index: int, card: FlatCard) -> Photo:
    number = index // recipe.photos_per_card
    if recipe.conditions == (RANDOM,):
        rng = _rng(recipe, number, 2, index)
        return take_photo(card, rng, steps=random_conditions(rng))
    scene = _rng(recipe, number, 1)
    base = take_photo(card, scene, pose=controlled_pose(scene, recipe.long_px))
    steps = recipe.cases[index % len(recipe.cases)]
    picture = Picture(base.image, base.quads)
    for name, severity in steps:
        # Seeded by card and name, not severity: the five strengths of a condition share one scene.
        picture = apply(picture, name, severity, seeded(f"{recipe.seed}/{number}", name))
    return replace(base, image=picture.image, quads=picture.quads, rows=(), conditions=steps)


def encoded(image: RgbImage, image_format: str, quality: int = 92) -> bytes:
    """The picture as a whole file. image_format: as a file name's ending, such as "jpg"."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if image_format == "jpg" else []
    done, data = cv2.imencode(f".{image_format}", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise BadData(f"OpenCV cannot write {image_format} files.")
    return data.tobytes()


def _rounded(quad: Quad) -> Quad:
    a, b, c, d = ((round(x, 2), round(y, 2)) for x, y in quad)
    return a, b, c, d


def photo_condition(photo: Photo, parent: str | None = None) -> PhotoCondition:
    """The photo's condition as a row of a dataset says it."""
    steps = photo.conditions
    name = steps[0][0] if len(steps) == 1 else (MIXED if steps else CLEAN)
    lighting = next((_LIGHTING[step] for step, _ in steps if step in _LIGHTING), "normal")
    return PhotoCondition(
        rotation_deg=round(rotation_deg(photo.quads[CARD]), 2),
        lighting=lighting,
        capture="synthetic",
        name=name,
        severity=max((severity for _, severity in steps), default=0),
        parent=parent,
        extra={"steps": [list(step) for step in steps]} if len(steps) > 1 else {},
    )


def sample_of(photo: Photo, card: FlatCard, file_name: str, group_id: str, split: str | None) -> Sample:
    """The row of a photo: its complete truth."""
    copied = any(name == "photocopy" for name, _ in photo.conditions)
    return Sample(
        file_name=file_name,
        group_id=group_id,
        fields=card.person.fields(),
        split=split,
        idcard_type="copy" if copied else "normal",
        portrait_location=_rounded(photo.quads[PORTRAIT]),
        card_quad=_rounded(photo.quads[CARD]),
        condition=photo_condition(photo),
        label_source="synthetic",
        label_version=f"khid-eval {__version__}",
    )


def make_photo(recipe: Recipe, index: int) -> tuple[Sample, bytes]:
    """Row and file of photo `index` of the recipe; independent of all the others."""
    cv2.setNumThreads(1)  # one process a core is faster, and the bytes cannot depend on the number of threads
    number = index // recipe.photos_per_card
    card = _card(recipe, number)
    photo = _photo(recipe, index, card)
    sample = sample_of(photo, card, recipe.file_name(index), f"synthetic-{recipe.seed}-{number:06d}", recipe.split)
    return sample, encoded(photo.image, recipe.image_format)


def _in_order(executor: Executor, recipe: Recipe, indices: Iterable[int], ahead: int) -> Iterator[tuple[Sample, bytes]]:
    waiting: deque[Future[tuple[Sample, bytes]]] = deque()
    for index in indices:
        waiting.append(executor.submit(make_photo, recipe, index))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _check_recipe(root: Path, recipe: Recipe, resume: bool) -> None:
    """Writes the recipe beside the photos, or refuses to go on with another one."""
    text = json.dumps(asdict(recipe) | {"version": __version__}, indent=1, sort_keys=True) + "\n"
    path = root / RECIPE
    if resume and path.exists() and path.read_text(encoding="utf-8") != text:
        raise BadData("The folder was made with another recipe.", advice="Resume with the same options and version.")
    path.write_text(text, encoding="utf-8")


def write_dataset(
    root: Path,
    recipe: Recipe,
    count: int,
    *,
    workers: int = 2,
    resume: bool = False,
    on_photo: Callable[[], None] = lambda: None,
) -> int:
    """Makes photos 0..count-1 that are not there yet; returns how many it made. on_photo: called after each.

    Rows are written in order and photos atomically, so an interrupted run can be resumed to the same bytes.
    Raises BadData where the folder holds another dataset, or its recipe differs.
    """
    with DatasetWriter(root, resume=resume) as writer:
        _check_recipe(Path(root), recipe, resume)
        missing = [index for index in range(count) if recipe.file_name(index) not in writer.done]
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn")) if workers > 1 else None
        with pool or nullcontext():
            made = _in_order(pool, recipe, missing, _AHEAD * workers) if pool else _one_by_one(recipe, missing)
            try:
                for sample, data in made:
                    writer.add(sample, data)
                    on_photo()
            except BaseException:
                if pool:
                    pool.shutdown(wait=False, cancel_futures=True)
                raise
    return len(missing)


def _one_by_one(recipe: Recipe, indices: Sequence[int]) -> Iterator[tuple[Sample, bytes]]:
    return (make_photo(recipe, index) for index in indices)


__all__ = [
    "CLEAN",
    "MIXED",
    "RANDOM",
    "RECIPE",
    "Recipe",
    "controlled_pose",
    "encoded",
    "make_photo",
    "photo_condition",
    "sample_of",
    "write_dataset",
]
