"""The embedded engine against stock Tesseract on the same validation photos:
`python tests/benchmarks/bench_engine.py --count 100` (or `pytest -s tests/benchmarks/bench_engine.py`).

Photos are fictional cards of families that no model has seen, one a condition and severity in turn. Tesseract is given
the TRUE corners of every card and the engine's own parser of lines, so that reading alone is compared. Times are of the
processor, one thread each, and so stand on a busy machine too. Stages, memory and scaling follow (bench_engine_speed).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from khid_eval.baselines.tesseract import TesseractReader
from khid_eval.conditions import CONDITIONS
from khid_eval.datasets import Dataset, Sample
from khid_eval.engine import EngineReader
from khid_eval.engine.reader import Stopwatch
from khid_eval.errors import KhidError
from khid_eval.metrics import calibration, intervals, selective, tally
from khid_eval.metrics.fields import FieldScore, Level, Outcome, score_field
from khid_eval.records import FIELD_NAMES, CardReader, CardReading, Quad, ReadOptions
from khid_eval.synth.generate import Recipe, write_dataset

SEED = 20_001
KHMER = ("name_kh", "sex", "birth_place", "address", "description")
MRZ = ("machine_code1", "machine_code2", "machine_code3")
Keep = Callable[[Sample, str], bool]
"""Whether a photo and a field of it count."""
OPTIONS = ReadOptions(return_portrait_location=True, return_idcard_type=True)


@dataclass
class Scores:
    """What one reader made of all photos. rows: (sample, field, score, confidence), a field in each."""

    rows: list[tuple[Sample, str, FieldScore, float]] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    refused: int = 0
    portrait_iou: list[float] = field(default_factory=list)
    type_right: list[bool] = field(default_factory=list)

    def add(self, sample: Sample, reading: CardReading | None, cpu_s: float) -> None:
        self.cpu_s.append(cpu_s)
        self.refused += reading is None
        for name in FIELD_NAMES:
            one = reading.get(name) if reading else None
            score = score_field(name, sample.fields.get(name), one.text if one else None)
            self.rows.append((sample, name, score, one.confidence if one else 0.0))
        if reading and sample.portrait_location:
            found = reading.portrait_quad
            self.portrait_iou.append(overlap(found, sample.portrait_location) if found else 0.0)
            self.type_right.append(reading.idcard_type == sample.idcard_type)

    def exact(self, keep: Keep) -> intervals.Rate:
        """Fields read exactly among those that are on the card or were read."""
        seen = [s.canonical for sample, name, s, _ in self.rows if keep(sample, name)]
        judged = [one for one in seen if one is not Outcome.ABSENT]
        return intervals.rate(sum(one is Outcome.EXACT for one in judged), len(judged))

    def cer(self, names: Iterable[str]) -> float:
        """Edits per letter of truth, NFC code points; what was not read counts as deleted."""
        chosen = [s for _, name, s, _ in self.rows if name in set(names)]
        return sum(s.char_edits for s in chosen) / max(sum(s.char_length for s in chosen), 1)

    def cards_right(self) -> intervals.Rate:
        whole: dict[str, bool] = {}
        for sample, _, score, _ in self.rows:
            whole[sample.file_name] = whole.get(sample.file_name, True) and score.at(Level.CANONICAL).is_right
        return intervals.rate(sum(whole.values()), len(whole))

    def tally(self) -> tally.Tally:
        """Confidence against truth over all fields that were read or should have been."""
        judged = [(c, s.canonical is Outcome.EXACT) for _, _, s, c in self.rows if s.canonical is not Outcome.ABSENT]
        return tally.tally([c for c, _ in judged], [right for _, right in judged])


def overlap(one: Quad, other: Quad) -> float:
    """Intersection over union of two convex quads."""
    a, b = np.asarray(one, np.float32), np.asarray(other, np.float32)
    common = cv2.intersectConvexConvex(a, b)[0]
    return float(common / max(cv2.contourArea(a) + cv2.contourArea(b) - common, 1e-9))


def field_is(*names: str) -> Keep:
    return lambda _, name: name in names


def severity_is(severity: int) -> Keep:
    return lambda sample, _: sample.condition.severity == severity


def condition_is(condition: str) -> Keep:
    return lambda sample, _: sample.condition.name == condition


def cpu_seconds() -> float:
    """Of this process and of those it has waited for."""
    here, below = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return here.ru_utime + here.ru_stime + below.ru_utime + below.ru_stime


def read_all(reader: CardReader, dataset: Dataset, samples: Sequence[Sample]) -> Scores:
    scores = Scores()
    for sample in samples:
        photo, started = dataset.read(sample), cpu_seconds()
        try:
            reading = reader.read(photo, OPTIONS)
        except KhidError:
            reading = None
        scores.add(sample, reading, cpu_seconds() - started)
    return scores


def corner_errors(reader: EngineReader, dataset: Dataset, samples: Iterable[Sample]) -> list[float]:
    """Largest distance of a corner from its true place, as a share of the card's width; inf where none was found."""
    errors = []
    for sample in samples:
        assert sample.card_quad
        truth = np.asarray(sample.card_quad)
        try:
            seen = reader.see(dataset.read(sample), Stopwatch())
        except KhidError:
            errors.append(float("inf"))
            continue
        found = np.asarray(seen.photo.quad_to_sent(seen.located.quad))
        width = (np.linalg.norm(truth[1] - truth[0]) + np.linalg.norm(truth[2] - truth[3])) / 2
        errors.append(float(np.linalg.norm(found - truth, axis=1).max() / width))
    return errors


def rate_text(rate: intervals.Rate) -> str:
    return f"{100 * rate.value:5.1f} ({100 * rate.low:.0f}-{100 * rate.high:.0f})" if rate.total else "-"


def times_fewer(ours: intervals.Rate, theirs: intervals.Rate) -> str:
    """Errors of the peer for each error of ours."""
    if not theirs.total:
        return "-"
    wrong, peers = ours.total - ours.part, theirs.total - theirs.part
    return f"{peers / wrong:.1f}x" if wrong else f">{peers}x" if peers else "-"


def line(name: str, keep: Keep, ours: Scores | None, peer: Scores) -> str:
    theirs = peer.exact(keep)
    mine = ours.exact(keep) if ours else None
    left = f"{rate_text(mine):>16}{times_fewer(mine, theirs):>9}" if mine else f"{'-':>16}{'-':>9}"
    return f"{name:22}{left}{rate_text(theirs):>18}{theirs.total:>8}"


def print_accuracy(ours: Scores | None, peer: Scores) -> None:
    print(f"\n{'exact match, % (95 %)':22}{'engine':>16}{'errors':>9}{'Tesseract':>18}{'fields':>8}")
    print(line("all fields", field_is(*FIELD_NAMES), ours, peer))
    for name in FIELD_NAMES:
        print(line(f"  {name}", field_is(name), ours, peer))
    print(line("MRZ lines", field_is(*MRZ), ours, peer))
    conditions = [sample.condition for sample, *_ in peer.rows or (ours.rows if ours else [])]
    for severity in sorted({one.severity for one in conditions if one.severity is not None}):
        print(line(f"severity {severity}", severity_is(severity), ours, peer))
    present = {one.name for one in conditions}
    for name in (one for one in ("clean", *CONDITIONS) if one in present):
        print(line(f"  {name}", condition_is(name), ours, peer))


def print_summary(name: str, scores: Scores) -> None:
    cards, spent = scores.cards_right(), np.asarray(scores.cpu_s)
    counted = scores.tally()
    print(f"\n{name}: cards wholly right {rate_text(cards)} of {cards.total}, refused {scores.refused}")
    print(f"  CER % all {100 * scores.cer(FIELD_NAMES):.2f}, Khmer {100 * scores.cer(KHMER):.2f}", end="")
    print(f", MRZ {100 * scores.cer(MRZ):.2f}")
    print(f"  processor ms a card: median {1000 * np.median(spent):.0f}, p95 {1000 * np.quantile(spent, 0.95):.0f}")
    accepted = selective.coverage_at_risk(selective.risk_coverage(counted), 0.01).coverage
    print(f"  ECE {calibration.ece(counted):.3f}, signed error {calibration.signed_error(counted):+.3f}", end="")
    print(f", AUROC {calibration.auroc(counted):.3f}, coverage at 1 % error {accepted:.3f}")
    if any(scores.portrait_iou):
        print(f"  portrait IoU > 0.7: {100 * np.mean(np.asarray(scores.portrait_iou) > 0.7):.1f} %", end="")
        print(f", card type right: {100 * np.mean(scores.type_right):.1f} %")


def print_corners(errors: Sequence[float]) -> None:
    worst = np.asarray(errors)
    found = worst[np.isfinite(worst)]
    if found.size:
        print(f"  corners: median error {100 * np.median(found):.2f} % of the card's width", end="")
    print(f", under 1 %: {100 * np.mean(worst < 0.01):.1f} %, not found {np.sum(~np.isfinite(worst))}")


def engine() -> EngineReader | None:
    try:
        return EngineReader(threads=1)
    except FileNotFoundError as exc:
        print(f"The engine is left out: {exc}")
        return None


def compare(folder: Path, *, only: str = "") -> None:
    """Prints everything about the photos of a dataset. only: "engine" leaves the slow peer out."""
    dataset = Dataset(folder)
    samples = list(dataset)
    corners = {dataset.read(one): one.card_quad for one in samples}
    ours_reader = engine()
    ours = read_all(ours_reader, dataset, samples) if ours_reader else None
    peer = Scores()
    if only != "engine":
        peer = read_all(TesseractReader(corners=corners.get), dataset, samples)
    print_accuracy(ours, peer)
    if ours and ours_reader:
        print_summary("engine", ours)
        print_corners(corner_errors(ours_reader, dataset, samples))
    if peer.rows:
        print_summary("Tesseract with true corners", peer)
    if ours and peer.rows:
        print(f"\ntime: engine {np.median(peer.cpu_s) / np.median(ours.cpu_s):.1f} times faster than Tesseract")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=101, help="photos; 101 is one of each condition and severity")
    parser.add_argument("--severities", default="1,2,3,4,5", help="of every condition, beside the clean photo")
    parser.add_argument("--dataset", type=Path, help="a labelled dataset instead of new photos")
    parser.add_argument("--only", choices=["engine"], default="", help="leave Tesseract out")
    parser.add_argument("--no-speed", action="store_true", help="leave stages, memory and scaling out")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.dataset or Path(made) / "photos"
        if not asked.dataset:
            started = time.perf_counter()
            severities = tuple(int(one) for one in asked.severities.split(","))
            recipe = Recipe(SEED, conditions=tuple(CONDITIONS), severities=severities)
            write_dataset(folder, recipe, asked.count, workers=2)
            print(f"{asked.count} photos made in {time.perf_counter() - started:.0f} s (seed {SEED}, unseen families)")
        compare(folder, only=asked.only)
        if not asked.no_speed:
            speed = Path(__file__).with_name("bench_engine_speed.py")
            subprocess.run([sys.executable, str(speed), "--dataset", str(folder)], check=True)


@pytest.mark.benchmark
@pytest.mark.timeout(3600)
def test_engine_against_tesseract(tmp_path: Path) -> None:
    write_dataset(tmp_path / "photos", Recipe(SEED, conditions=tuple(CONDITIONS)), 101, workers=2)
    compare(tmp_path / "photos")


if __name__ == "__main__":
    main()
