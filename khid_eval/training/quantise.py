"""int8 for convolutions and rectifiers of the recogniser: python -m khid_eval.training.quantise IN.onnx OUT.onnx

Static, with ranges from training lines; the LSTM and the last layer stay float32, because they lose more than they win.
Weights keep to 7 bits: processors without VNNI add two products of 8 by 8 bits in 16 and cut off what does not fit.
With 8 bits the character error rate of one and the same file was 5.1 % there and 3.2 % elsewhere.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from khid_eval.engine.recognise import normalised, steps_of
from khid_eval.training.card_lines import CardLines

Inputs = dict[str, NDArray[np.generic]]


class _Lines(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime ships no types
    """Training lines one by one, as the engine feeds them."""

    def __init__(self, cards: int, seed: int) -> None:
        self._inputs = self._each(cards, seed)

    @staticmethod
    def _each(cards: int, seed: int) -> Iterator[Inputs]:
        source = CardLines("train", seed)
        for number in range(cards):
            for line in source.photographed([("sensor_noise", 1 + number % 3)]):
                one = normalised(line.crop)
                steps = steps_of(one.shape[1])
                stack = np.zeros((1, 1, one.shape[0], steps * 4), np.float32)
                stack[0, 0, :, : one.shape[1]] = one
                yield {"lines": stack, "steps": np.array([steps], np.int32)}

    def get_next(self) -> Inputs | None:
        return next(self._inputs, None)


def quantise(source: Path, target: Path, *, cards: int = 8, seed: int = 3) -> None:
    """Writes the int8 model. cards: how many are read for the ranges."""
    logging.getLogger().setLevel(logging.ERROR)  # the quantiser warns about every node it leaves alone
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(target),
            _Lines(cards, seed),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Relu"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--cards", type=int, default=8)
    given = parser.parse_args(arguments)
    quantise(given.source, given.target, cards=given.cards)


if __name__ == "__main__":
    main()
