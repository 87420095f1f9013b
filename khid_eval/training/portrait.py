"""Train the portrait net: `python -m khid_eval.training.portrait --work DIR --minutes 40`.

Draws its own pool of portraits into DIR/../cards. Stop it whenever you like: the same command goes on.
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from khid_eval.engine.portrait import NET_HEIGHT_PX, NET_WIDTH_PX
from khid_eval.training import checkpoints
from khid_eval.training.exchanges import WAYS
from khid_eval.training.portrait_net import PortraitNet, start_from_quality
from khid_eval.training.portrait_pool import PortraitPool, open_portraits
from khid_eval.training.portrait_samples import NONE, PortraitSample, portrait_pair
from khid_eval.training.quality import WEIGHTS as QUALITY_WEIGHTS
from khid_eval.training.textures import Split
from khid_eval.training.timed_run import TimedRun, export_onnx

PACKAGE = Path(__file__).resolve().parent.parent
MODEL = PACKAGE / "models" / "portrait.onnx"
WEIGHTS = PACKAGE / "training" / "weights" / "portrait.npz"
Pair = tuple[PortraitSample, PortraitSample]
BATCH = 16
"""Half of them as printed, the same ones exchanged."""


class Recent:
    """The last pairs drawn. Drawing one costs as much as learning from it, so each is shown about twice."""

    def __init__(self, most: int = 160) -> None:
        self._pairs: deque[Pair] = deque(maxlen=most)

    def next_batch(self, draw: Callable[[], Pair], size: int, rng: np.random.Generator) -> list[PortraitSample]:
        """size // 2 pairs, one after the other: half of them drawn now, the others met before where there are any."""
        count = size // 2
        again = min(count // 2, len(self._pairs))
        pairs = [self._pairs[int(k)] for k in rng.choice(len(self._pairs), again, replace=False)] if again else []
        for _ in range(count - again):
            self._pairs.append(draw())
            pairs.append(self._pairs[-1])
        return [one for pair in pairs for one in pair]


def train(
    work: Path,
    pools: Mapping[Split, PortraitPool],
    *,
    minutes: float,
    seed: int,
    batch: int = BATCH,
    check_every: int = 50,
    checks: int = 240,
    warm_start: Path | None = None,
) -> torch.nn.Module:
    """Returns the averaged model. Resumes from a checkpoint in `work`. The checks show ways that are not taught too."""
    torch.manual_seed(seed)
    model = PortraitNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own idiom
    if warm_start is None:
        start_from_quality(model, QUALITY_WEIGHTS)
    else:
        checkpoints.load_weights(warm_start, model)
    shown = drawn(pools, "validation", checks, np.random.default_rng([seed, 1]), tuple(WAYS))
    run = TimedRun(model, work, minutes=minutes, peak_rate=1.5e-3)
    rng, recent = np.random.default_rng([seed, run.step]), Recent()
    while True:
        model.train()
        image, exchanged = stacked(recent.next_batch(lambda: portrait_pair(pools["train"], "train", rng), batch, rng))
        loss = exchange_loss(model(image)[:, 0], exchanged)
        run.descend(loss)
        if run.step % check_every == 0:
            run.note(loss=float(loss.detach()), **separations(run.averaged(), shown))
            run.save()
        if run.finished:
            break
    run.save()
    return run.averaged()


def drawn(
    pools: Mapping[Split, PortraitPool], split: Split, count: int, rng: np.random.Generator, ways: Sequence[str]
) -> list[PortraitSample]:
    """An even number of samples, pair by pair."""
    return [one for _ in range(count // 2) for one in portrait_pair(pools[split], split, rng, ways)]


def exchange_loss(logits: Tensor, exchanged: Tensor) -> Tensor:
    """logits, exchanged: (N,), pair by pair: as printed, then exchanged. Each for itself, and the order of the two."""
    own = functional.binary_cross_entropy_with_logits(logits, exchanged)
    return own + functional.softplus(logits[0::2] - logits[1::2]).mean()


def stacked(samples: Sequence[PortraitSample]) -> tuple[Tensor, Tensor]:
    """Images, and 1.0 where the portrait was exchanged."""
    image = torch.from_numpy(np.stack([one.image for one in samples])).contiguous(memory_format=torch.channels_last)
    return image, torch.tensor([float(one.way != NONE) for one in samples])


def separations(model: torch.nn.Module, samples: Sequence[PortraitSample]) -> dict[str, float]:
    """Area under the ROC curve of every way against the portraits as printed; NaN where one of the two is missing."""
    with torch.no_grad():
        answers = [float(model(torch.from_numpy(one.image[None]))[0, 0]) for one in samples]
    by_way = {name: [a for a, one in zip(answers, samples, strict=True) if one.way == name] for name in (NONE, *WAYS)}
    printed = np.asarray(by_way.pop(NONE))
    return {
        name: float((np.asarray(found)[:, None] > printed).mean()) if found and printed.size else float("nan")
        for name, found in by_way.items()
    }


def export(model: torch.nn.Module, path: Path) -> float:
    """Write the ONNX model. Returns the largest difference between its answers and the trained model's."""
    plain = PortraitNet()
    plain.load_state_dict(model.state_dict())
    return export_onnx(plain, torch.rand(1, 3, NET_HEIGHT_PX, NET_WIDTH_PX) - 0.5, path, ["logit"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and the curve")
    parser.add_argument("--minutes", type=float, default=40.0, help="training time in all, interruptions not counted")
    parser.add_argument("--cards", type=int, default=900, help="portraits with surroundings in the pool")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="do not start from the weights that come with the package")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    pools = open_portraits(given.work.parent / "cards", given.cards, given.seed)
    start = given.weights if given.weights.exists() and not given.fresh else None
    model = train(given.work, pools, minutes=given.minutes, seed=given.seed, warm_start=start)
    difference = export(model, given.model)
    checkpoints.save_weights(given.weights, model.state_dict())
    print(f"{given.model}: largest difference to the trained model {difference:.1e}")


if __name__ == "__main__":
    main()
