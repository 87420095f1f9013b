"""Train the quality net: `python -m khid_eval.training.quality --work DIR --minutes 15`.

Shares the card pool with the locator's training (DIR/../cards). Stop it whenever you like: the same command goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from khid_eval.engine.quality import NET_HEIGHT_PX, NET_LABELS, NET_WIDTH_PX
from khid_eval.training import checkpoints
from khid_eval.training.card_pool import CardPool, open_pool
from khid_eval.training.quality_net import QualityNet, quality_loss
from khid_eval.training.quality_samples import QualitySample, quality_sample
from khid_eval.training.textures import Split
from khid_eval.training.timed_run import TimedRun, export_onnx

PACKAGE = Path(__file__).resolve().parent.parent
MODEL = PACKAGE / "models" / "quality.onnx"
WEIGHTS = PACKAGE / "training" / "weights" / "quality.npz"
BATCH = 16


def draw(pool: CardPool, split: Split, rng: np.random.Generator) -> QualitySample:
    """A sample from a random card of the split."""
    cards = pool.of(split)
    return quality_sample(pool.pixels[cards[int(rng.integers(len(cards)))]], rng)


def train(
    work: Path,
    pool: CardPool,
    *,
    minutes: float,
    seed: int,
    batch: int = BATCH,
    check_every: int = 100,
    checks: int = 80,
    warm_start: Path | None = None,
) -> torch.nn.Module:
    """Returns the averaged model. Resumes from a checkpoint in `work`."""
    torch.manual_seed(seed)
    model = QualityNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own idiom
    if warm_start is not None:
        checkpoints.load_weights(warm_start, model)
    shown = [draw(pool, "validation", np.random.default_rng([seed, 1, k])) for k in range(checks)]
    run = TimedRun(model, work, minutes=minutes, peak_rate=2e-3)
    rng = np.random.default_rng([seed, run.step])
    while True:
        model.train()
        image, labels, known = stacked([draw(pool, "train", rng) for _ in range(batch)])
        loss = quality_loss(model(image), labels, known)
        run.descend(loss)
        if run.step % check_every == 0:
            run.note(loss=float(loss.detach()), **separations(run.averaged(), shown))
            run.save()
        if run.finished:
            break
    run.save()
    return run.averaged()


def stacked(samples: list[QualitySample]) -> tuple[Tensor, Tensor, Tensor]:
    """Images, labels and which of them are known."""
    image = torch.from_numpy(np.stack([s.image for s in samples])).contiguous(memory_format=torch.channels_last)
    labels = torch.from_numpy(np.stack([s.labels for s in samples]))
    return image, labels, torch.from_numpy(np.stack([s.known for s in samples]))


def separations(model: torch.nn.Module, samples: list[QualitySample]) -> Mapping[str, float]:
    """Area under the ROC curve of every label, over samples where it is known; NaN where only one side occurs."""
    with torch.no_grad():
        answers = np.concatenate([model(torch.from_numpy(s.image[None])).numpy() for s in samples])
    found = {}
    for k, name in enumerate(NET_LABELS):
        yes = [a[k] for a, s in zip(answers, samples, strict=True) if s.known[k] and s.labels[k] > 0.5]
        no = [a[k] for a, s in zip(answers, samples, strict=True) if s.known[k] and s.labels[k] < 0.5]
        both = bool(yes) and bool(no)
        found[name] = float((np.asarray(yes)[:, None] > np.asarray(no)).mean()) if both else float("nan")
    return found


def export(model: torch.nn.Module, path: Path) -> float:
    """Write the ONNX model. Returns the largest difference between its answers and the trained model's."""
    plain = QualityNet()
    plain.load_state_dict(model.state_dict())
    return export_onnx(plain, torch.rand(1, 3, NET_HEIGHT_PX, NET_WIDTH_PX) - 0.5, path, ["logits"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and the curve")
    parser.add_argument("--minutes", type=float, default=15.0, help="training time in all, interruptions not counted")
    parser.add_argument("--cards", type=int, default=1400, help="flat cards in the pool")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="do not start from the weights that come with the package")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    pool = open_pool(given.work.parent / "cards", given.cards, given.seed)
    start = given.weights if given.weights.exists() and not given.fresh else None
    model = train(given.work, pool, minutes=given.minutes, seed=given.seed, warm_start=start)
    difference = export(model, given.model)
    checkpoints.save_weights(given.weights, model.state_dict())
    print(f"{given.model}: largest difference to the trained model {difference:.1e}")


if __name__ == "__main__":
    main()
