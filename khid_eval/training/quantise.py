"""int8 for the nets that read: python -m khid_eval.training.quantise IN.onnx OUT.onnx [--net NET --photos DATASET]

Convolutions are static, with ranges from training lines (recogniser) or from the photos of a dataset (locator, rows).
The recogniser's LSTM and its last layer find their ranges as they run: static ones would lose more than they win.
Weights keep to 7 bits: processors without VNNI add two products of 8 by 8 bits in 16 and cut off what does not fit.
With 8 bits the character error rate of one and the same file was 5.1 % there and 3.2 % elsewhere.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from khid_eval.datasets import Dataset
from khid_eval.engine import heat_maps, rows
from khid_eval.engine.geometry import as_quad
from khid_eval.engine.locate import SECOND_LOOK_MARGIN, SECOND_LOOK_PX
from khid_eval.engine.photo_decode import decode
from khid_eval.engine.recognise import normalised, steps_of
from khid_eval.engine.rectify import rectify
from khid_eval.records import Quad, RgbImage
from khid_eval.training.card_lines import CardLines

NETS: Final = ("recogniser", "locator", "rows")
Inputs = dict[str, NDArray[np.generic]]


class _Shown(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime ships no types
    """What the engine shows a net, one at a time."""

    def __init__(self, inputs: Iterable[Inputs]) -> None:
        self._inputs = iter(inputs)

    def get_next(self) -> Inputs | None:
        return next(self._inputs, None)


def training_lines(*, cards: int = 8, seed: int = 3) -> Iterator[Inputs]:
    """What the recogniser is shown: the rows of that many training cards, one by one."""
    source = CardLines("train", seed)
    for number in range(cards):
        for line in source.photographed([("sensor_noise", 1 + number % 3)]):
            one = normalised(line.crop)
            steps = steps_of(one.shape[1])
            stack = np.zeros((1, 1, one.shape[0], steps * 4), np.float32)
            stack[0, 0, :, : one.shape[1]] = one
            yield {"lines": stack, "steps": np.array([steps], np.int32)}


def looks(dataset: Dataset, *, photos: int = 48) -> Iterator[Inputs]:
    """What the locator is shown: each photo, and the card in it laid flat with some of the photo around it."""
    for image, quad in _cards(dataset, photos):
        near = rectify(image, quad, width_px=SECOND_LOOK_PX, margin=SECOND_LOOK_MARGIN).image
        for picture in (image, near):
            yield {"image": heat_maps.normalised(*heat_maps.letterbox(picture))[None]}


def flat_cards(dataset: Dataset, *, photos: int = 48) -> Iterator[Inputs]:
    """What the row finder is shown: each card laid flat."""
    for image, quad in _cards(dataset, photos):
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
        yield {"image": rows.net_input(rectify(grey, quad))[None]}


def _cards(dataset: Dataset, photos: int) -> Iterator[tuple[RgbImage, Quad]]:
    """That many photos, taken evenly, whose card is labelled; the quad is on the picture as it is decoded."""
    known = [sample for sample in dataset if sample.card_quad]
    for sample in known[:: max(1, len(known) // photos)][:photos]:
        photo = decode(dataset.read(sample))
        assert sample.card_quad is not None
        yield photo.image, as_quad(photo.from_sent(sample.card_quad))


def quantise(source: Path, target: Path, inputs: Iterable[Inputs]) -> None:
    """Writes the int8 model. source, target: may be the same file. inputs: what the net is shown, for the ranges."""
    logging.getLogger().setLevel(logging.ERROR)  # the quantiser warns about every node it leaves alone
    graph = onnx.load(str(source)).graph
    answers = {output.name for output in graph.output}
    # Maps are logits and distances side by side: one scale for all of them is too coarse.
    last = [node.name for node in graph.node if node.op_type == "Conv" and answers & set(node.output)]
    with tempfile.TemporaryDirectory() as folder:
        prepared, static = Path(folder) / "prepared.onnx", Path(folder) / "static.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(static),
            _Shown(inputs),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Relu"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=last,
        )
        quantize_dynamic(
            str(static),
            str(target),
            op_types_to_quantize=["LSTM", "MatMul"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--net", choices=NETS, default="recogniser", help="which of the engine's nets it is")
    parser.add_argument("--photos", type=Path, help="dataset folder with labelled corners, for locator and rows")
    given = parser.parse_args(arguments)
    if given.net == "recogniser":
        shown = training_lines()
    elif given.photos is None:
        parser.error(f"--net {given.net} needs --photos: a dataset folder, such as one of `khid-eval synth`")
    else:
        shown = (looks if given.net == "locator" else flat_cards)(Dataset(given.photos))
    quantise(given.source, given.target, shown)


if __name__ == "__main__":
    main()
