"""Trains the line recogniser and exports it: python -m khid_eval.training.recogniser --work DIR --minutes 120

The learning rate stands still for half of the time and then falls to nothing, so a training that was exported can
be resumed with more minutes and loses nothing. Progress goes to stderr and to DIR/progress.txt.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import torch
from torch import nn
from torch.utils.data import DataLoader

from khid_eval.training import checkpoints, own_lines
from khid_eval.training.crnn import Crnn, export
from khid_eval.training.line_pool import Batch, BatchStream
from khid_eval.training.line_scores import (
    ValidationLine,
    own_validation,
    scored,
    table,
    validation_cards,
    validation_lines,
)
from khid_eval.training.precision import fast_bfloat16

WARM_START = Path(__file__).with_name("weights") / "recogniser.npz"
_PEAK_RATE = 2e-3
_FALL = 0.5  # last share of the training, in which the rate falls


@dataclass(frozen=True, slots=True)
class Plan:
    """work: folder of checkpoints. minutes: of training in all, resumed ones included. warm_start: weights or None.

    workers: processes that draw the lines; 0 draws them between the steps, and is then the same at each run.
    own: folder of lines of real photos (own_lines.py), which then are a third of all that is learnt. peak_rate: highest
    learning rate.
    """

    work: Path
    minutes: float
    threads: int = 1
    workers: int = 0
    seed: int = 1
    resume: bool = False
    warm_start: Path | None = None
    own: Path | None = None
    peak_rate: float = _PEAK_RATE
    steps: int | None = None  # stop after so many, whatever the minutes: for small trials
    save_every_s: float = 120.0
    validate_every_s: float = 600.0
    validation_per_kind: int = 6
    chunk: int = 512  # lines drawn at once


class Training:
    """A training under way: network, optimiser, average, clock."""

    def __init__(self, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        torch.set_num_threads(plan.threads)
        torch.set_flush_denormal(True)  # hardly ever met, but a hundred times slower than other numbers
        self.plan = plan
        self._half = fast_bfloat16()
        self.network = Crnn().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub
        self.step = self.started = 0
        self.skipped = 0  # steps whose gradient was no number
        self.seconds = 0.0
        if plan.warm_start:
            checkpoints.load_weights(plan.warm_start, self.network)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=plan.peak_rate, weight_decay=0.01)
        self.average = checkpoints.Average(self.network)
        self._file = plan.work / "checkpoint.pt"
        state = checkpoints.load(self._file) if plan.resume else None
        if state:
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.average.restore(state["average"])
            self.step, self.seconds = state["step"], state["seconds"]
            self.started = self.step

    def save(self) -> None:
        """The checkpoint, and nothing half-written."""
        checkpoints.save(
            self._file,
            {
                "network": self.network.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "average": self.average.snapshot(),
                "step": self.step,
                "seconds": self.seconds,
            },
        )

    @property
    def done(self) -> float:
        """Share of the training that is behind, in [0, 1]."""
        by_time = self.seconds / max(1e-9, 60.0 * self.plan.minutes)
        return min(1.0, by_time if self.plan.steps is None else max(by_time, self.step / self.plan.steps))

    def rate(self) -> float:
        """Learning rate now: a short rise, after a resumption too, a plateau, a linear fall."""
        rise = min(1.0, (self.step - self.started + 1) / 200)
        return self.plan.peak_rate * rise * min(1.0, max(0.01, (1.0 - self.done) / _FALL))

    def learn(self, batch: Batch) -> float:
        """One step; returns the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        self.network.train()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._half):
            answer = self.network(batch.lines)
        loss = nn.functional.ctc_loss(answer.float(), batch.targets, batch.columns, batch.lengths, zero_infinity=True)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's stub
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        if bool(torch.isfinite(norm)):
            self.optimiser.step()
            self.average.update(self.network)
        else:  # one such step would make every weight NaN
            self.skipped += 1
        self.step += 1
        return float(loss.detach())

    def averaged(self) -> Crnn:
        """A network in evaluation mode with the averaged weights."""
        network = Crnn()
        network.load_state_dict(self.average.state)
        return network.eval()


def _report(training: Training, lines: list[ValidationLine], loss: float) -> str:
    rates = " ".join(f"{name} {one}" for name, one in table(scored(training.averaged(), lines)).items())
    at = f"{training.seconds / 60:.1f} min, step {training.step}, skipped {training.skipped}"
    return f"{at}, loss {loss:.3f}, CER/exact %: {rates}"


def train(plan: Plan) -> Path:
    """Trains as planned and exports. Returns the ONNX file, DIR/recogniser.onnx; weights stand beside it."""
    plan.work.mkdir(parents=True, exist_ok=True)
    training = Training(plan)
    lines = validation_lines(plan.validation_per_kind) + validation_cards(2 * plan.validation_per_kind)
    lines += own_validation(own_lines.load(plan.own, held_out=True)) if plan.own else []
    loss, saved, validated, last = float("nan"), monotonic(), monotonic(), monotonic()
    for batch in _batches(training):
        now = training.learn(batch)
        loss = now if loss != loss else 0.995 * loss + 0.005 * now  # NaN at the first step
        training.seconds, last = training.seconds + monotonic() - last, monotonic()
        if training.done >= 1.0:
            break
        if monotonic() - saved > plan.save_every_s:
            training.save()
            saved = monotonic()
        if monotonic() - validated > plan.validate_every_s:
            _note(plan.work, _report(training, lines, loss))
            write(training, plan.work)
            validated = last = monotonic()
    training.save()
    _note(plan.work, _report(training, lines, loss))
    return write(training, plan.work)


def _batches(training: Training) -> Iterator[Batch]:
    """Batches for as long as they are asked for; the curriculum follows the training's clock."""
    plan = training.plan
    # A resumed training goes on with other lines: the pool is not kept.
    seed = plan.seed * 1_000_003 + training.step
    own = own_lines.load(plan.own, held_out=False) if plan.own else ()
    stream = BatchStream(seed, chunk=plan.chunk, planned_minutes=plan.minutes, own=own)
    ahead = 24 if plan.workers else None
    for batch in DataLoader(stream, batch_size=None, num_workers=plan.workers, prefetch_factor=ahead):
        stream.minutes.value = training.seconds / 60
        yield batch


def write(training: Training, work: Path) -> Path:
    """The averaged network as ONNX and as compact weights."""
    network = training.averaged()
    checkpoints.save_weights(work / "recogniser.npz", network.state_dict())
    export(network, work / "recogniser.onnx", version=f"step {training.step}")
    return work / "recogniser.onnx"


def _note(work: Path, text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
    with (work / "progress.txt").open("a", encoding="utf-8") as progress:
        progress.write(text + "\n")


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of checkpoints and of the exported model")
    parser.add_argument("--minutes", type=float, default=120.0, help="of training in all, earlier ones included")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw the lines")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --work, if there is one")
    parser.add_argument("--own", type=Path, help="folder of lines of real photos, made by khid_eval.training.own_lines")
    parser.add_argument("--peak-rate", type=float, default=_PEAK_RATE, help="highest learning rate")
    parser.add_argument("--warm-start", type=Path, nargs="?", const=WARM_START, help="start from committed weights")
    given = parser.parse_args(arguments)
    train(Plan(**vars(given)))


if __name__ == "__main__":
    main()
