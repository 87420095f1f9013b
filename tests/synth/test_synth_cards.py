"""Flat cards and photos: everything in its place, seeded, and apart by split."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from khid_eval.conditions import CARD
from khid_eval.records import FIELD_NAMES, FloatArray, Quad, RgbImage
from khid_eval.synth import (
    NEGATIVES,
    OTHER,
    PORTRAIT,
    SPLITS,
    FlatCard,
    Photo,
    Pose,
    Split,
    backdrop,
    backdrops,
    nominal_style,
    random_conditions,
    random_person,
    random_pose,
    random_style,
    render_card,
    render_negative,
    take_photo,
)
from khid_eval.synth.grounds import ornaments
from khid_eval.synth.photos import pose_matrix
from khid_eval.synth.styles import LEFT_EDGES, RATIO, CardStyle


def _card(seed: int, split: Split = "train", width_px: int = 700) -> FlatCard:
    rng = np.random.default_rng(seed)
    return render_card(random_person(rng, split), random_style(rng, split, width_px=width_px), rng)


CARDS = [_card(seed, split) for seed in range(6) for split in SPLITS]


def _bounds(quad: Quad) -> tuple[float, float, float, float]:
    points = np.asarray(quad)
    return (*points.min(axis=0), *points.max(axis=0))


def test_a_card_has_a_quad_for_everything() -> None:
    for card in CARDS:
        assert set(card.quads) == {CARD, PORTRAIT, *FIELD_NAMES}
        height, width = card.image.shape[:2]
        assert card.alpha.shape == (height, width)
        assert width / height == pytest.approx(RATIO, abs=0.01)
        for name, quad in card.quads.items():
            left, top, right, bottom = _bounds(quad)
            assert -3 <= left < right <= width + 3, name
            assert -3 <= top < bottom <= height + 3, name


def test_rows_say_the_whole_truth_from_top_to_bottom() -> None:
    for card in CARDS:
        printed = [row for row in card.rows if row.parts[0].field != "header"]
        assert len(printed) == 12
        tops = [row.quad[0][1] for row in printed]
        assert tops == sorted(tops)
        truth = card.person.fields()
        said = {name: " ".join(p.text for row in printed for p in row.parts if p.field == name) for name in FIELD_NAMES}
        assert said == truth | {"id_number": card.person.printed_number}
        assert all(row.text == " ".join(part.text for part in row.parts) for row in card.rows)


def test_ink_is_where_the_quads_say() -> None:
    """Where the MRZ is said to stand the picture is busy; a strip between its lines is quiet."""
    card = render_card(CARDS[0].person, nominal_style(1000), np.random.default_rng(3))
    grey = cv2.cvtColor(card.image, cv2.COLOR_RGB2GRAY).astype(float)
    for name in ("machine_code1", "machine_code2", "machine_code3", "id_number", "name_en"):
        left, top, right, bottom = (round(edge) for edge in _bounds(card.quads[name]))
        assert grey[top:bottom, left:right].min() < 70
        assert grey[max(0, top - 5) : top - 2, left:right].min() > 90
        assert grey[bottom + 2 : bottom + 5, left:right].min() > 90
        assert grey[top:bottom, right + 2 : right + 8].min() > 90


def test_the_same_seed_gives_the_same_card_and_photo() -> None:
    assert np.array_equal(_card(5).image, _card(5).image)
    first, second = (take_photo(_card(5), np.random.default_rng(9), steps=[("dark", 2)]) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert first.quads == second.quads
    assert not np.array_equal(_card(5).image, _card(6).image)


def test_styles_of_the_splits_never_meet() -> None:
    def look(style: CardStyle) -> set[str]:
        return {face.family for face in (style.caption, style.name, style.value, style.latin, style.mrz)}

    styles = {split: [random_style(np.random.default_rng(seed), split) for seed in range(200)] for split in SPLITS}
    used = {split: set().union(*(look(style) for style in styles[split])) for split in SPLITS}
    assert not used["train"] & used["validation"]
    edges = {split: [style.layout.left for style in styles[split]] for split in SPLITS}
    assert max(edges["train"]) <= LEFT_EDGES["train"][1] < LEFT_EDGES["validation"][0] <= min(edges["validation"])


@pytest.mark.parametrize("named", [ornaments, backdrops])
def test_ornaments_and_backdrops_of_the_splits_never_meet(named: object) -> None:
    assert callable(named)
    train, validation = set(named("train")), set(named("validation"))
    assert min(len(train), len(validation)) >= 3
    assert not train & validation


def test_text_lines_keep_their_distance() -> None:
    for seed in range(100):
        style = random_style(np.random.default_rng(seed), SPLITS[seed % 2])
        gaps = np.diff([*style.layout.baselines, *style.layout.mrz_baselines])
        assert gaps.min() > 0.04
        assert style.value.size * RATIO * 1.45 < np.diff(style.layout.baselines).min() + 1e-9


@pytest.mark.parametrize("split", SPLITS)
def test_every_backdrop_fills_the_picture(split: Split) -> None:
    for kind in backdrops(split):
        for size in ((90, 160), (160, 90)):
            image = backdrop(np.random.default_rng(1), *size, split, kind)
            assert image.shape == (*size, 3)
            assert image.dtype == np.uint8
    with pytest.raises(KeyError):
        backdrop(np.random.default_rng(1), 90, 160, split, "no such backdrop")


def _visible(photo: Photo) -> bool:
    height, width = photo.image.shape[:2]
    left, top, right, bottom = _bounds(photo.quads[CARD])
    return left >= 0 and top >= 0 and right <= width and bottom <= height


def test_the_whole_card_is_on_the_photo() -> None:
    for seed, card in enumerate(CARDS[:12]):
        photo = take_photo(card, np.random.default_rng(seed))
        assert _visible(photo)
        assert set(photo.quads) == set(card.quads)
        assert [row.text for row in photo.rows] == [row.text for row in card.rows]


def _shift(one: RgbImage, other: RgbImage) -> FloatArray:
    """How far the other picture lies off the one, in pixels: least squares over the gradients (Lucas and Kanade)."""
    first, second = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[20:-20, 20:-20].astype(float) for image in (one, other))
    slopes = [cv2.Sobel(first, cv2.CV_64F, 1, 0).ravel() / 8, cv2.Sobel(first, cv2.CV_64F, 0, 1).ravel() / 8]
    columns = np.column_stack([*slopes, np.ones(first.size)])
    return np.asarray(np.linalg.lstsq(columns, (second - first).ravel(), rcond=None)[0][:2], np.float64)


@pytest.mark.parametrize("turn_deg", [0.0, 33.0, 90.0, 180.0, 271.0])
@pytest.mark.parametrize("tilt_deg", [0.0, 35.0])
def test_quads_follow_the_picture_exactly(turn_deg: float, tilt_deg: float) -> None:
    """Rectified by its own quad, the photo shows the flat card again: the truth is right to a fraction of a pixel."""
    card = render_card(CARDS[0].person, nominal_style(700), np.random.default_rng(3))
    pose = Pose(long_px=1100, aspect=1.0, fill=0.8, turn_deg=turn_deg, tilt_deg=tilt_deg, axis_rad=0.7)
    photo = take_photo(card, np.random.default_rng(1), pose=pose, kind="flat", plain_camera=True)
    height, width = card.image.shape[:2]
    source = (np.asarray(photo.quads[CARD]) - 0.5).astype(np.float32)
    target = (np.asarray(card.quads[CARD]) - 0.5).astype(np.float32)
    back = cv2.warpPerspective(photo.image, cv2.getPerspectiveTransform(source, target), (width, height))
    assert np.abs(_shift(card.image, np.asarray(back, np.uint8))).max() < 0.05
    field = (np.asarray(photo.quads["machine_code2"]) - 0.5).astype(np.float32)
    moved = cv2.perspectiveTransform(field[None], cv2.getPerspectiveTransform(source, target))[0] + 0.5
    assert np.abs(moved - np.asarray(card.quads["machine_code2"])).max() < 0.1


def test_conditions_move_rows_with_the_card() -> None:
    card = CARDS[0]
    plain, turned = (
        take_photo(card, np.random.default_rng(2), pose=Pose(), steps=steps) for steps in ((), [("rotation", 4)])
    )
    assert turned.conditions == (("rotation", 4),)
    assert plain.rows[3].quad != turned.rows[3].quad
    across = np.linalg.norm(np.subtract(*turned.rows[3].quad[:2]))
    assert across == pytest.approx(np.linalg.norm(np.subtract(*plain.rows[3].quad[:2])), rel=0.01)


def test_a_pose_that_may_leave_the_photo_is_not_shrunk() -> None:
    pose = Pose(long_px=600, fill=2.5, whole=False)
    points = np.asarray([(0, 0, 1), (700, 0, 1)]) @ pose_matrix(pose, 700, 441).T
    length = np.linalg.norm(points[1, :2] / points[1, 2] - points[0, :2] / points[0, 2])
    assert length == pytest.approx(2.5 * pose.size_px[1], rel=0.01)


def test_poses_go_all_the_way_round() -> None:
    turns = [random_pose(np.random.default_rng(seed)).turn_deg % 360 for seed in range(400)]
    assert np.histogram(turns, bins=8, range=(0, 360))[0].min() > 5


def test_random_conditions_are_known_and_mostly_mild() -> None:
    drawn = [step for seed in range(300) for step in random_conditions(np.random.default_rng(seed))]
    assert {severity for _, severity in drawn} == {1, 2, 3, 4, 5}
    assert np.mean([severity for _, severity in drawn]) < 3
    assert {name for name, _ in random_conditions(np.random.default_rng(1), ["dark"], most=1)} <= {"dark"}


@pytest.mark.parametrize("kind", NEGATIVES)
@pytest.mark.parametrize("split", SPLITS)
def test_negatives_have_no_card(kind: str, split: Split) -> None:
    photo = render_negative(np.random.default_rng(4), split, kind)
    assert set(photo.quads) == (set() if kind == "nothing" else {OTHER})
    assert photo.rows == ()
    assert photo.image.ndim == 3
    again = render_negative(np.random.default_rng(4), split, kind)
    assert np.array_equal(photo.image, again.image)
