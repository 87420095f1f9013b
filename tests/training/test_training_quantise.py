"""int8 nets answer as the float32 ones do, and a net that needs photos says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from khid_eval.datasets import Dataset  # noqa: E402
from khid_eval.engine.onnx_model import OnnxModel  # noqa: E402
from khid_eval.training import locator, quantise, rows  # noqa: E402
from khid_eval.training.locator_net import LocatorNet  # noqa: E402
from khid_eval.training.quantise import Inputs, flat_cards, looks  # noqa: E402
from khid_eval.training.row_net import RowNet  # noqa: E402

SAMPLES = Path(__file__).parents[2] / "sample_images"


@pytest.mark.parametrize(
    ("make", "export", "shown"), [(LocatorNet, locator.export, looks), (RowNet, rows.export, flat_cards)]
)
def test_an_int8_net_answers_as_the_one_it_was_made_from(
    make: Callable[[], Any],
    export: Callable[[Any, Path], float],
    shown: Callable[[Dataset], Iterator[Inputs]],
    tmp_path: Path,
) -> None:
    torch.manual_seed(1)
    plain, small = tmp_path / "plain.onnx", tmp_path / "int8.onnx"
    export(make(), plain)
    inputs = [one for _, one in zip(range(4), shown(Dataset(SAMPLES)), strict=False)]
    quantise.quantise(plain, small, inputs)
    assert small.stat().st_size < 0.4 * plain.stat().st_size
    for one in inputs:
        maps, theirs = (OnnxModel(file)(one["image"].astype(np.float32))[0] for file in (plain, small))
        assert np.abs(maps - theirs).mean() < 0.1 * maps.std()


def test_a_net_that_needs_photos_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        quantise.main(["in.onnx", "out.onnx", "--net", "rows"])
    assert "--photos" in capsys.readouterr().err
