"""The packaged models: all there, small enough, and the files that their checksums name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest

import khid_eval

MODELS = Path(khid_eval.__file__).with_name("models")
SUMS = MODELS / "SHA256SUMS"
LIMIT_MB = 25


def test_the_stated_checksums_are_those_of_the_files() -> None:
    """After a new model: cd khid_eval/models && sha256sum *.onnx *.npz confidence.json > SHA256SUMS"""
    stated = {name: sum_ for sum_, name in (line.split() for line in SUMS.read_text(encoding="utf-8").splitlines())}
    files = {file.name: file for file in MODELS.iterdir() if file.suffix in (".onnx", ".npz", ".json")}
    assert {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()} == stated


def test_the_models_are_small() -> None:
    assert sum(file.stat().st_size for file in MODELS.iterdir()) < LIMIT_MB * 1_000_000


@pytest.mark.parametrize("file", sorted(MODELS.glob("*.onnx")), ids=lambda file: file.stem)
def test_no_processor_cuts_off_what_the_int8_weights_add_up_to(file: Path) -> None:
    """Without VNNI two products of an activation (0 to 255) and a weight are added in 16 bits, cut off at 32,767."""
    stored = [onnx.numpy_helper.to_array(one) for one in onnx.load(file).graph.initializer]
    weights = [one.astype(int) for one in stored if one.dtype == np.int8 and one.ndim > 1]
    assert all(2 * 255 * np.abs(one).max() <= np.iinfo(np.int16).max for one in weights)
    assert weights or file.stem != "recogniser"
