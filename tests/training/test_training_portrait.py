"""Exchanged portraits are drawn where they belong, and their net's training runs in miniature."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from khid_eval.engine.geometry import as_array, box_quad  # noqa: E402
from khid_eval.engine.onnx_model import OnnxModel  # noqa: E402
from khid_eval.training import checkpoints, portrait  # noqa: E402
from khid_eval.training.exchanges import WAYS  # noqa: E402
from khid_eval.training.finding_figures import Finder  # noqa: E402
from khid_eval.training.portrait_figures import Judged, even_logit, exchanged_photo, judged, separation, tables  # noqa: E402
from khid_eval.training.portrait_net import PortraitNet  # noqa: E402
from khid_eval.training.portrait_pool import (  # noqa: E402
    CANVAS_HEIGHT_PX,
    CANVAS_WIDTH_PX,
    PLACE,
    PortraitPool,
    face,
    open_portraits,
)
from khid_eval.training.portrait_samples import NONE, TAUGHT, portrait_pair  # noqa: E402
from khid_eval.training.textures import Split  # noqa: E402

SHORT = 0.02
"""Minutes: enough for some steps."""
Pools = dict[Split, PortraitPool]


@pytest.fixture(scope="module")
def pools(tmp_path_factory: pytest.TempPathFactory) -> Pools:
    torch.set_num_threads(1)
    return open_portraits(tmp_path_factory.mktemp("cards"), 3, 3, faces=4, surfaces=2)


@pytest.mark.parametrize("way", WAYS)
def test_a_way_changes_the_portrait_and_little_else(way: str) -> None:
    rng = np.random.default_rng(4)
    picture = np.full((700, 600, 3), 180, np.uint8)
    before, quad = picture.copy(), ((200.0, 200.0), (400.0, 210.0), (395.0, 460.0), (195.0, 450.0))
    drawn = WAYS[way].draw(picture, quad, face(rng, "train"), rng)
    changed = np.argwhere((drawn != before).any(axis=2))
    assert np.array_equal(picture, before)
    assert drawn.shape == picture.shape
    assert drawn.dtype == np.uint8
    assert len(changed) > 0.15 * 200 * 250
    assert (changed.min(axis=0) >= [130, 125]).all()
    assert (changed.max(axis=0) <= [530, 470]).all()


@pytest.mark.parametrize("way", WAYS)
def test_a_portrait_at_the_border_can_be_exchanged(way: str) -> None:
    rng = np.random.default_rng(5)
    picture = np.full((120, 90, 3), 180, np.uint8)
    assert WAYS[way].draw(picture, box_quad(-20, -30, 80, 90), face(rng, "train"), rng).shape == picture.shape


def test_the_pool_shows_each_portrait_in_its_place(pools: Pools) -> None:
    card = pools["train"].cards[0]
    assert card.pixels.shape == (CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX, 4)
    assert 0.6 < card.aspect < 1.0
    left = as_array(card.card)[0, 0]
    assert 0 < left < PLACE[0][0]
    assert (card.pixels[200, : int(left) - 1, 3] == 0).all()
    assert (card.pixels[200, int(left) + 2 :, 3] == 255).all()
    assert len(pools["validation"].cards) == 1


def test_pairs_differ_by_the_exchange_alone(pools: Pools) -> None:
    for k in range(8):
        printed, exchanged = portrait_pair(pools["train"], "train", np.random.default_rng([6, k]))
        assert (printed.way, exchanged.way in TAUGHT) == (NONE, True)
        assert np.isfinite(printed.image).all()
        assert not np.array_equal(printed.image, exchanged.image)
    again = portrait_pair(pools["train"], "train", np.random.default_rng([6, 7]))
    assert np.array_equal(again[0].image, printed.image)
    assert np.array_equal(again[1].image, exchanged.image)


def test_it_trains_resumes_and_exports(pools: Pools, tmp_path: Path) -> None:
    work = tmp_path / "work"
    first = portrait.train(work, pools, minutes=SHORT, seed=1, batch=2, check_every=1, checks=2)
    steps = torch.load(work / "checkpoint.pt", weights_only=True)["step"]
    second = portrait.train(work, pools, minutes=2 * SHORT, seed=1, batch=2, check_every=1, checks=2)
    assert torch.load(work / "checkpoint.pt", weights_only=True)["step"] > steps >= 1
    assert not torch.equal(*(model.state_dict()["stem.0.weight"] for model in (first, second)))
    assert portrait.export(second, tmp_path / "portrait.onnx") < 1e-3
    sample = portrait_pair(pools["train"], "train", np.random.default_rng(1))[0]
    assert OnnxModel(tmp_path / "portrait.onnx")(sample.image[None])[0].shape == (1, 1)


def test_packaged_weights_are_those_of_the_packaged_model(tmp_path: Path) -> None:
    net = PortraitNet()
    checkpoints.load_weights(portrait.WEIGHTS, net)
    portrait.export(net, tmp_path / "portrait.onnx")
    image = np.random.default_rng(2).standard_normal((1, 3, 224, 192)).astype(np.float32)
    both = [float(OnnxModel(path)(image)[0][0, 0]) for path in (portrait.MODEL, tmp_path / "portrait.onnx")]
    assert both[0] == pytest.approx(both[1], abs=0.1)  # the weights are kept in 16 bits


def test_figures_tell_the_ways_apart() -> None:
    finder, rows = Finder(), []
    for name in (NONE, "torn", "pasted"):
        image, quad, steps = exchanged_photo(WAYS[name] if name else None, np.random.default_rng(12))
        rows.append(judged(name, image, quad, steps, finder))
    assert all(one.overlap > 0.6 for one in rows)
    lines = list(tables(rows))
    assert sum(line.startswith(("| torn |", "| pasted |", "| as printed |")) for line in lines) == 3


def test_separation_and_limit_by_hand() -> None:
    def at(*logits: float) -> list[Judged]:
        return [Judged(NONE, (), 100.0, logit, 1.0) for logit in logits]

    assert separation(at(1.0, 2.0), at(0.0, 2.0)) == pytest.approx(0.625)
    assert np.isnan(separation([], at(0.0)))
    assert even_logit(at(*range(100)), 0.02) == 98.0
