"""Train the locator: `python -m khid_eval.training.locator --work DIR --minutes 40`.

Draws a pool of flat cards once, then every sample anew. Stop it whenever you like: the same command goes on from the
last checkpoint. At the end (or with --export) it writes khid_eval/models/locator.onnx and the float16 weights that a
later run starts from.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from khid_eval.engine.geometry import card_width_px
from khid_eval.engine.heat_maps import SIDE_PX, decode_corners
from khid_eval.synth.backdrops import backdrop
from khid_eval.training import checkpoints
from khid_eval.training.card_pool import CardPool, open_pool
from khid_eval.training.locator_net import LocatorNet, locator_loss
from khid_eval.training.other_documents import mangled, other_documents
from khid_eval.training.precision import fast_bfloat16
from khid_eval.training.scenes import LocatorSample, Scenery, locator_sample
from khid_eval.training.textures import Split, texture
from khid_eval.training.timed_run import TimedRun, export_onnx

PACKAGE = Path(__file__).resolve().parent.parent
MODEL = PACKAGE / "models" / "locator.onnx"
WEIGHTS = PACKAGE / "training" / "weights" / "locator.npz"
BATCH = 16
Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Images, corner maps, areas, card flags."""


@dataclass(frozen=True, slots=True)
class LocatorFigures:
    """Single looks at validation scenes. Corner errors (the worst corner of a card) in percent of the card's width.

    separation: P(a card gets a higher presence than another picture), the area under the ROC curve.
    """

    median: float
    p90: float
    p99: float
    separation: float


def scenery(pool: CardPool, split: Split, rng: np.random.Generator, *, surfaces: int, others: int) -> Scenery:
    """Everything scenes of that split are made of."""
    # Print around the card is what misleads most: every fifth surface is a page.
    page = "printed_paper" if split == "train" else "page"
    drawn = [backdrop(rng, 320, 320, split, page) for _ in range(surfaces // 5)]
    drawn += [
        texture(320, rng, split) if k % 2 else backdrop(rng, 320, 320, split) for k in range(surfaces - len(drawn))
    ]
    documents = other_documents(others, split, rng)
    for k in rng.choice(pool.of(split), others // 4):
        documents.append(mangled(pool.pixels[k], pool.truth[k], rng))
    return Scenery(pool.images(split), documents, drawn)


def train(
    work: Path,
    material: tuple[Scenery, Scenery],
    *,
    minutes: float,
    seed: int,
    batch: int = BATCH,
    check_every: int = 200,
    checks: int = 96,
    peak_rate: float = 2e-3,
    warm_start: Path | None = None,
    workers: int = 0,
) -> torch.nn.Module:
    """material: training and validation scenery. checks: validation samples. peak_rate: highest learning rate.
    workers: processes that draw the samples; 0 draws them between the steps, and is then the same at each run.

    Returns the averaged model. Resumes from a checkpoint in `work`.
    """
    torch.manual_seed(seed)
    model = LocatorNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own idiom
    if warm_start is not None:
        checkpoints.load_weights(warm_start, model)
    shown = [locator_sample(material[1], np.random.default_rng([seed, 1, k])) for k in range(checks)]
    run = TimedRun(model, work, minutes=minutes, peak_rate=peak_rate)
    half = fast_bfloat16()
    # A resumed run must not see the first samples again.
    stream = SampleStream(material[0], (seed, run.step), batch)
    for image, corners, area, card in DataLoader(stream, batch_size=None, num_workers=workers):
        model.train()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            maps, presence = model(image)
        loss, parts = locator_loss((maps.float(), presence.float()), corners, area, card)
        run.descend(loss)
        if run.step % check_every == 0:
            found = figures(run.averaged(), shown)
            run.note(**parts, median=found.median, p90=found.p90, separation=found.separation)
            run.save()
        if run.finished:
            break
    run.save()
    return run.averaged()


class SampleStream(IterableDataset[Batch]):
    """Batches without end."""

    def __init__(self, material: Scenery, seed: tuple[int, int], batch: int) -> None:
        self._material, self._seed, self._batch = material, seed, batch

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        rng = np.random.default_rng([*self._seed, worker.id if worker else 0])
        while True:
            yield stacked([locator_sample(self._material, rng) for _ in range(self._batch)])


def stacked(samples: list[LocatorSample]) -> Batch:
    """Images, corner maps, areas and card flags of a batch."""
    image = torch.from_numpy(np.stack([s.image for s in samples])).contiguous(memory_format=torch.channels_last)
    corners = torch.from_numpy(np.stack([s.corners for s in samples]))
    area = torch.from_numpy(np.stack([s.area for s in samples]))
    return image, corners, area, torch.tensor([s.card for s in samples])


def figures(model: torch.nn.Module, samples: list[LocatorSample]) -> LocatorFigures:
    """What the model does on samples, of which at least one is a card and one is not."""
    model.eval()
    errors, there, absent = list[float](), list[float](), list[float]()
    with torch.no_grad():
        for sample in samples:
            maps, presence = model(torch.from_numpy(sample.image[None]))
            (there if sample.card else absent).append(float(presence))
            if sample.card:
                corners, _ = decode_corners(maps[0].numpy())
                wanted = np.clip(sample.quad, 0.0, SIDE_PX)
                worst = float(np.linalg.norm(corners - wanted, axis=1).max())
                quad = tuple((float(x), float(y)) for x, y in sample.quad)
                errors.append(100.0 * worst / card_width_px(quad))  # type: ignore[arg-type]  # four points by shape
    median, p90, p99 = (float(v) for v in np.quantile(errors, [0.5, 0.9, 0.99]))
    wins = np.asarray(there)[:, None] > np.asarray(absent)[None, :]
    return LocatorFigures(median, p90, p99, float(wins.mean()))


def export(model: torch.nn.Module, path: Path) -> float:
    """Write the ONNX model. Returns the largest difference between its answers and the trained model's."""
    plain = LocatorNet()
    plain.load_state_dict(model.state_dict())
    return export_onnx(plain, torch.randn(1, 3, SIDE_PX, SIDE_PX), path, ["maps", "presence"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for the card pool, checkpoints and the curve")
    parser.add_argument("--minutes", type=float, default=40.0, help="training time in all, interruptions not counted")
    parser.add_argument("--cards", type=int, default=1400, help="flat cards in the pool")
    parser.add_argument(
        "--rate", type=float, default=2e-3, help="highest learning rate; less to go on from good weights"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw the samples")
    parser.add_argument("--fresh", action="store_true", help="do not start from the weights that come with the package")
    parser.add_argument("--export", action="store_true", help="only export what the last checkpoint holds")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.export:
        model = TimedRun(LocatorNet(), given.work, minutes=given.minutes, peak_rate=2e-3).averaged()
    else:
        pool = open_pool(given.work.parent / "cards", given.cards, given.seed)
        rng = np.random.default_rng([given.seed, 2])
        material = (
            scenery(pool, "train", rng, surfaces=500, others=400),
            scenery(pool, "validation", rng, surfaces=40, others=60),
        )
        start = given.weights if given.weights.exists() and not given.fresh else None
        model = train(
            given.work,
            material,
            minutes=given.minutes,
            seed=given.seed,
            peak_rate=given.rate,
            warm_start=start,
            workers=given.workers,
        )
    difference = export(model, given.model)
    checkpoints.save_weights(given.weights, model.state_dict())
    print(f"{given.model}: largest difference to the trained model {difference:.1e}")


if __name__ == "__main__":
    main()
