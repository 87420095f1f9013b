"""One place that knows ONNX Runtime: a model file of the package -> a function on arrays."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]


class OnnxModel:
    """A loaded model. One input; any number of outputs, in the order of the file."""

    def __init__(self, path: Path | str, *, threads: int = 1) -> None:
        """path: an .onnx file. threads: how many cores one call may use.

        Raises FileNotFoundError if the file is missing.
        """
        if not Path(path).is_file():
            raise FileNotFoundError(f"model file missing: {path}; install the package again, or train it")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Idle threads that spin would steal the core from the next stage.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: Float32Array) -> list[Float32Array]:
        """batch: float32 in the model's own input shape."""
        return [np.asarray(out, dtype=np.float32) for out in self._session.run(None, {self._input: batch})]


def packaged(name: str) -> Path:
    """Path of a model that comes with the package, such as "locator.onnx"."""
    return Path(str(resources.files("khid_eval") / "models" / name))
