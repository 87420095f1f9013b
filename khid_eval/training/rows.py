"""Train the row net: `python -m khid_eval.training.rows --work DIR --minutes 25`.

Shares the card pool with the locator's training (DIR/../cards). Stop it whenever you like: the same command goes on.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from khid_eval.engine.geometry import box_quad, intersection_over_union
from khid_eval.engine.rows import KINDS, NET_HEIGHT_PX, NET_WIDTH_PX, CardLayout, decode_layout
from khid_eval.records import RgbImage
from khid_eval.synth.backdrops import backdrop
from khid_eval.training import checkpoints
from khid_eval.training.card_pool import CardPool, open_pool
from khid_eval.training.other_documents import mangled, other_documents
from khid_eval.training.row_net import RowNet, row_loss
from khid_eval.training.row_samples import RowSample, row_sample
from khid_eval.training.textures import Split
from khid_eval.training.timed_run import TimedRun, export_onnx

PACKAGE = Path(__file__).resolve().parent.parent
MODEL = PACKAGE / "models" / "rows.onnx"
WEIGHTS = PACKAGE / "training" / "weights" / "rows.npz"
BATCH = 8


@dataclass(frozen=True, slots=True)
class RowMaterial:
    """What samples are drawn from."""

    pool: CardPool
    which: list[int]
    others: list[RgbImage]
    surfaces: list[RgbImage]

    def sample(self, rng: np.random.Generator) -> RowSample:
        surface = self.surfaces[int(rng.integers(len(self.surfaces)))]
        if self.others and rng.random() < 0.12:
            return row_sample(self.others[int(rng.integers(len(self.others)))], None, surface, rng)
        which = self.which[int(rng.integers(len(self.which)))]
        return row_sample(self.pool.pixels[which], self.pool.truth[which], surface, rng)


def material(pool: CardPool, split: Split, rng: np.random.Generator, *, surfaces: int, others: int) -> RowMaterial:
    documents = other_documents(others, split, rng)
    for k in rng.choice(pool.of(split), others // 3):
        documents.append(mangled(pool.pixels[k], pool.truth[k], rng))
    drawn = [backdrop(rng, 200, 320, split) for _ in range(surfaces)]
    return RowMaterial(pool, pool.of(split), documents, drawn)


@dataclass(frozen=True, slots=True)
class RowFigures:
    """recall: rows found with the right kind and a box that overlaps the true one by half or more in height.

    precision: the same, of the rows given. portrait_iou: mean. separation: area under the ROC curve of presence.
    top_px, bottom_px: median error of the edges, in pixels of the net's picture.
    """

    recall: float
    precision: float
    portrait_iou: float
    separation: float
    top_px: float
    bottom_px: float


def train(
    work: Path,
    sets: tuple[RowMaterial, RowMaterial],
    *,
    minutes: float,
    seed: int,
    batch: int = BATCH,
    check_every: int = 200,
    checks: int = 48,
    warm_start: Path | None = None,
) -> torch.nn.Module:
    """sets: training and validation. Returns the averaged model. Resumes from a checkpoint in `work`."""
    torch.manual_seed(seed)
    model = RowNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own idiom
    if warm_start is not None:
        checkpoints.load_weights(warm_start, model)
    shown = [sets[1].sample(np.random.default_rng([seed, 1, k])) for k in range(checks)]
    run = TimedRun(model, work, minutes=minutes, peak_rate=2e-3)
    rng = np.random.default_rng([seed, run.step])
    while True:
        model.train()
        image, targets, card = stacked([sets[0].sample(rng) for _ in range(batch)])
        loss, parts = row_loss(model(image), targets, card)
        run.descend(loss)
        if run.step % check_every == 0:
            found = figures(run.averaged(), shown)
            run.note(**parts, **{name: getattr(found, name) for name in found.__dataclass_fields__})
            run.save()
        if run.finished:
            break
    run.save()
    return run.averaged()


def stacked(samples: list[RowSample]) -> tuple[Tensor, Tensor, Tensor]:
    """Images, targets and card flags of a batch."""
    image = torch.from_numpy(np.stack([s.image for s in samples])).contiguous(memory_format=torch.channels_last)
    return image, torch.from_numpy(np.stack([s.targets for s in samples])), torch.tensor([s.card for s in samples])


def figures(model: torch.nn.Module, samples: list[RowSample]) -> RowFigures:
    """What the model does on samples."""
    right = given = wanted = 0
    overlaps, there, absent, tops, bottoms = (list[float]() for _ in range(5))
    with torch.no_grad():
        for sample in samples:
            maps, presence = model(torch.from_numpy(sample.image[None]))
            (there if sample.card else absent).append(float(presence))
            if not sample.card:
                continue
            layout = decode_layout(maps[0].numpy(), float(presence), (0.0, 0.0, NET_WIDTH_PX, NET_HEIGHT_PX))
            given, wanted = given + len(layout.rows), wanted + len(sample.kinds)
            matched = _matched(layout, sample)
            right += len(matched)
            tops += [abs(top) for top, _ in matched]
            bottoms += [abs(bottom) for _, bottom in matched]
            true_portrait = box_quad(*sample.boxes[-1].tolist())
            overlaps.append(intersection_over_union(layout.portrait, true_portrait) if layout.portrait else 0.0)
    separation = float((np.asarray(there)[:, None] > np.asarray(absent)[None, :]).mean()) if absent else float("nan")
    edges = (float(np.median(errors)) if errors else float("nan") for errors in (tops, bottoms))
    return RowFigures(right / max(wanted, 1), right / max(given, 1), float(np.mean(overlaps)), separation, *edges)


def _matched(layout: CardLayout, sample: RowSample) -> list[tuple[float, float]]:
    """(top error, bottom error) of every true row that was found as what it is."""
    found = []
    for kind, (_, top, _, bottom) in zip(sample.kinds, sample.boxes[:-1].tolist(), strict=True):
        row = layout.row(KINDS[kind])
        if row is None:
            continue
        shared = min(bottom, row.box[3]) - max(top, row.box[1])
        if shared >= 0.5 * max(bottom - top, row.box[3] - row.box[1]):
            found.append((row.box[1] - top, row.box[3] - bottom))
    return found


def export(model: torch.nn.Module, path: Path) -> float:
    """Write the ONNX model. Returns the largest difference between its answers and the trained model's."""
    plain = RowNet()
    plain.load_state_dict(model.state_dict())
    return export_onnx(plain, torch.randn(1, 1, NET_HEIGHT_PX, NET_WIDTH_PX), path, ["maps", "presence"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and the curve")
    parser.add_argument("--minutes", type=float, default=25.0, help="training time in all, interruptions not counted")
    parser.add_argument("--cards", type=int, default=1400, help="flat cards in the pool")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="do not start from the weights that come with the package")
    parser.add_argument("--export", action="store_true", help="only export what the last checkpoint holds")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.export:
        model = TimedRun(RowNet(), given.work, minutes=given.minutes, peak_rate=2e-3).averaged()
    else:
        pool = open_pool(given.work.parent / "cards", given.cards, given.seed)
        rng = np.random.default_rng([given.seed, 3])
        sets = (
            material(pool, "train", rng, surfaces=100, others=300),
            material(pool, "validation", rng, surfaces=20, others=40),
        )
        start = given.weights if given.weights.exists() and not given.fresh else None
        model = train(given.work, sets, minutes=given.minutes, seed=given.seed, warm_start=start)
    difference = export(model, given.model)
    checkpoints.save_weights(given.weights, model.state_dict())
    print(f"{given.model}: largest difference to the trained model {difference:.1e}")


if __name__ == "__main__":
    main()
