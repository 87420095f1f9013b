"""A training run with a time budget: cosine by time spent, averaged weights, checkpoints that resume."""

from __future__ import annotations

import copy
import json
import math
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from khid_eval.training import checkpoints
from khid_eval.training.checkpoints import Average

CHECKPOINT = "checkpoint.pt"
CURVE = "curve.jsonl"


class TimedRun:
    """Drives a model for `minutes` of work in all, over as many interruptions as come.

    The learning rate follows one cosine over the time spent, after a short warm-up. An exponential moving average
    of the weights is kept beside the model: that is what gets exported.
    """

    def __init__(
        self, model: nn.Module, folder: Path, *, minutes: float, peak_rate: float, decay: float = 0.998
    ) -> None:
        """folder: made if missing; a checkpoint in it is taken up again."""
        self.model, self.folder = model, folder
        self.budget_s, self._peak = 60.0 * minutes, peak_rate
        self._mean = Average(model, decay=decay)
        self.optimiser = torch.optim.AdamW(model.parameters(), lr=peak_rate, weight_decay=0.01)
        self.step, self._spent_before = 0, 0.0
        folder.mkdir(parents=True, exist_ok=True)
        self._load()
        self._started = time.monotonic()

    @property
    def spent_s(self) -> float:
        """Seconds of work, those before an interruption included."""
        return self._spent_before + time.monotonic() - self._started

    @property
    def share(self) -> float:
        """How much of the budget is spent, in [0, 1]."""
        return min(1.0, self.spent_s / self.budget_s)

    @property
    def finished(self) -> bool:
        return self.share >= 1.0

    def descend(self, loss: Tensor) -> None:
        """One step of the optimiser and of the average."""
        warm = min(1.0, (self.step + 1) / 100.0)
        rate = self._peak * warm * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * self.share)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch ships it without types
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        self._mean.update(self.model)

    def averaged(self) -> nn.Module:
        """A copy of the model with the averaged weights, ready to answer."""
        copied = copy.deepcopy(self.model)
        copied.load_state_dict(self._mean.state)
        return copied.eval()

    def note(self, **values: float) -> None:
        """Add a line to the curve."""
        row = {"step": self.step, "minutes": round(self.spent_s / 60.0, 2)} | {
            k: round(v, 5) for k, v in values.items()
        }
        with (self.folder / CURVE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def save(self) -> None:
        """Write the checkpoint; an interruption in the middle leaves the one before."""
        state = {
            "model": self.model.state_dict(),
            "average": self._mean.snapshot(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "spent_s": self.spent_s,
        }
        checkpoints.save(self.folder / CHECKPOINT, state)

    def _load(self) -> None:
        state = checkpoints.load(self.folder / CHECKPOINT)
        if state is None:
            return
        self.model.load_state_dict(state["model"])
        self._mean.restore(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self._spent_before = int(state["step"]), float(state["spent_s"])


def export_onnx(model: nn.Module, example: Tensor, path: Path, outputs: list[str]) -> float:
    """Write the ONNX file and run it. Returns the largest difference between its answers and the model's own."""
    import onnxruntime

    model.eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # The new exporter needs another package and writes the same graph; the old one announces its end each time.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            model, (example,), str(path), input_names=["image"], output_names=outputs, dynamo=False, opset_version=17
        )
    with torch.no_grad():
        wanted = model(example)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    got = session.run(None, {"image": example.numpy()})
    return max(float(np.abs(one - two.numpy()).max()) for one, two in zip(got, wanted, strict=True))
