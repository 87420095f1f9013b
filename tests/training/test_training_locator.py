"""The trainings of locator, rows and quality in miniature: they run, resume, export and repeat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from khid_eval.engine.geometry import as_quad, is_convex  # noqa: E402
from khid_eval.engine.locate import Locator  # noqa: E402
from khid_eval.engine.quality import NET_LABELS  # noqa: E402
from khid_eval.engine.rectify import rectify  # noqa: E402
from khid_eval.engine.rows import KINDS, NET_HEIGHT_PX, NET_WIDTH_PX, RowFinder, RowKind, decode_layout  # noqa: E402
from khid_eval.synth import render_negative, take_photo  # noqa: E402
from khid_eval.training import locator, quality, rows  # noqa: E402
from khid_eval.training.card_pool import CardPool, Fractions, PoolCard, draw_card, open_pool  # noqa: E402
from khid_eval.training.finding_figures import Finder, row_scores  # noqa: E402
from khid_eval.training.row_layouts import rearranged, stretched  # noqa: E402
from khid_eval.training.row_samples import row_sample, targets_of  # noqa: E402
from khid_eval.training.scenes import locator_sample  # noqa: E402

SHORT = 0.02
"""Minutes: enough for some steps."""


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> CardPool:
    torch.set_num_threads(1)
    return open_pool(tmp_path_factory.mktemp("cards"), 4, 3)


def test_pool_is_taken_up_again_as_it_is(tmp_path: Path) -> None:
    first = open_pool(tmp_path, 2, 5)
    again = open_pool(tmp_path, 2, 5)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.truth == again.truth
    assert set(first.truth[1].rows) == set(KINDS)
    assert first.of("validation") == [0]


def test_scenes_carry_their_truth(pool: CardPool) -> None:
    scenery = locator.scenery(pool, "train", np.random.default_rng(1), surfaces=5, others=4)
    for k in range(24):
        sample = locator_sample(scenery, np.random.default_rng([2, k]))
        assert sample.image.shape == (3, 256, 256)
        assert np.isfinite(sample.image).all()
        assert sample.corners.sum(axis=(1, 2)) == pytest.approx(np.ones(4), abs=1e-4)
        if sample.card:
            assert is_convex(as_quad(sample.quad))
            assert sample.area.max() > 0.9
        else:
            assert sample.area.max() == 0
    again = locator_sample(scenery, np.random.default_rng([2, 23]))
    assert np.array_equal(again.image, sample.image)


def test_row_targets_are_read_back_where_they_were_drawn(pool: CardPool) -> None:
    rng = np.random.default_rng(4)
    sample = row_sample(pool.pixels[1], pool.truth[1], pool.pixels[2], rng)
    targets = targets_of(sample.boxes, sample.kinds)
    maps = np.full((4 + len(KINDS), *targets.shape[1:]), -8.0, dtype=np.float32)
    maps[:2] = 16.0 * targets[:2] - 8.0
    maps[2:4] = targets[2:4]
    for k in range(len(KINDS)):
        maps[4 + k][targets[4] == k] = 8.0
    layout = decode_layout(maps, 0.0, (0.0, 0.0, NET_WIDTH_PX, NET_HEIGHT_PX))
    assert [KINDS.index(row.kind) for row in layout.rows] == sorted(sample.kinds)
    for kind, box in zip(sample.kinds, sample.boxes, strict=False):
        row = layout.row(KINDS[kind])
        assert row is not None
        assert row.box[1::2] == pytest.approx(box[1::2], abs=0.6)
        assert row.box[::2] == pytest.approx(box[::2], abs=5.0)
    assert layout.portrait is not None
    assert np.array(layout.portrait)[[0, 2]].ravel() == pytest.approx(sample.boxes[-1], abs=3.0)


@pytest.mark.parametrize("seed", range(12))
def test_rows_that_were_moved_are_where_they_are_said_to_be(seed: int) -> None:
    """Each row is a block of its own shade: a box that was moved with it holds that shade and no other."""
    kinds = KINDS[1:9]
    boxes: dict[RowKind, Fractions] = {
        kind: (0.3, 0.1 + 0.07 * at, 0.9, 0.15 + 0.07 * at) for at, kind in enumerate(kinds)
    }
    card = np.zeros((400, 640, 3), np.uint8)
    for at, (left, top, right, bottom) in enumerate(boxes.values()):
        card[round(top * 400) : round(bottom * 400), round(left * 640) : round(right * 640)] = 20 * (at + 1)
    moved, truth = rearranged(card, PoolCard(boxes, (0.02, 0.1, 0.25, 0.6)), np.random.default_rng(seed))
    assert len(kinds) - 1 <= len(truth.rows) <= len(kinds)
    for kind, (left, top, right, bottom) in truth.rows.items():
        inner = moved[round(top * 400) + 3 : round(bottom * 400) - 2, round(left * 640) + 3 : round(right * 640) - 2]
        assert inner.size
        assert (inner == 20 * (kinds.index(kind) + 1)).all()


def test_most_cards_are_stretched_and_keep_their_edges() -> None:
    card = np.zeros((400, 640, 3), np.uint8)
    card[:, :12], card[:, -12:], card[180:220, 300:340] = 50, 90, 200
    drawn = [stretched(card, np.random.default_rng(seed)) for seed in range(20)]
    middles = {round(float(np.argwhere(one[..., 0] > 150)[:, 1].mean())) for one in drawn}
    assert len(middles) > 8
    assert all(abs(int(one[200, 0, 0]) - 50) < 5 and abs(int(one[200, -1, 0]) - 90) < 5 for one in drawn)


def test_locator_trains_resumes_and_exports(pool: CardPool, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    material = tuple(locator.scenery(pool, split, rng, surfaces=5, others=4) for split in ("train", "validation"))
    given = {"seed": 1, "batch": 2, "check_every": 1, "checks": 8}
    first = locator.train(tmp_path / "work", material, minutes=SHORT, **given)  # type: ignore[arg-type]
    steps = torch.load(tmp_path / "work" / "checkpoint.pt", weights_only=True)["step"]
    assert steps >= 1
    second = locator.train(tmp_path / "work", material, minutes=2 * SHORT, **given)  # type: ignore[arg-type]
    assert torch.load(tmp_path / "work" / "checkpoint.pt", weights_only=True)["step"] > steps
    weights = [model.state_dict()["stem.0.weight"] for model in (first, second)]
    assert not torch.equal(weights[0], weights[1])
    assert (tmp_path / "work" / "curve.jsonl").read_text().count("separation") >= 1
    assert locator.export(second, tmp_path / "locator.onnx") < 1e-3
    photo = take_photo(draw_card(1, 3), np.random.default_rng(8))
    found = Locator(tmp_path / "locator.onnx")(photo.image)
    assert 0.0 <= found.presence <= 1.0
    assert is_convex(found.quad)


def test_rows_train_and_export(pool: CardPool, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    sets = tuple(rows.material(pool, split, rng, surfaces=2, others=3) for split in ("train", "validation"))
    model = rows.train(tmp_path / "work", sets, minutes=SHORT, seed=1, batch=2, check_every=1, checks=2)  # type: ignore[arg-type]
    assert rows.export(model, tmp_path / "rows.onnx") < 1e-3
    card = rectify(np.asarray(pool.pixels[1]), ((0, 0), (640, 0), (640, 404), (0, 404)))
    layout = RowFinder(tmp_path / "rows.onnx")(card)
    assert 0.0 <= layout.presence <= 1.0


def test_quality_trains_and_exports(pool: CardPool, tmp_path: Path) -> None:
    model = quality.train(tmp_path / "work", pool, minutes=SHORT, seed=1, batch=2, check_every=1, checks=2)
    assert quality.export(model, tmp_path / "quality.onnx") < 1e-3
    samples = [quality.draw(pool, "train", np.random.default_rng([3, k])) for k in range(25)]
    shares = np.mean([sample.labels for sample in samples], axis=0)
    assert dict(zip(NET_LABELS, shares > 0, strict=True)) == dict.fromkeys(NET_LABELS, True)
    assert set(quality.separations(model, samples[:3])) == set(NET_LABELS)


def test_figures_are_those_of_the_packaged_models() -> None:
    rng = np.random.default_rng(5)
    photo = take_photo(draw_card(0, 3), rng)
    finder = Finder()
    located, card, layout, seconds = finder(photo.image)
    assert located.presence > 0.5
    recall, precision = row_scores(photo, card, layout)
    assert recall > 0.8
    assert precision > 0.8
    assert seconds > 0
    assert finder(render_negative(rng, "train", "nothing").image)[0].presence < 0.5
