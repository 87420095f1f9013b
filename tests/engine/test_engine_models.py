"""The packaged models: all there, small enough, and the files that their checksums name."""

from __future__ import annotations

import hashlib
from pathlib import Path

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
