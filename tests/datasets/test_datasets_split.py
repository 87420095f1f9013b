"""Splits by card, counts, and photos that look alike."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from khid_eval.datasets import Dataset, DatasetWriter, PhotoCondition, split_groups, summary, with_splits
from khid_eval.datasets.near import difference_hash, near_duplicates
from tests.datasets.dataset_helpers import make_dataset, photo, sample

GROUPS = st.lists(st.text(min_size=1, max_size=8).filter(lambda text: text.isprintable()), max_size=60)


@settings(max_examples=60, deadline=None)
@given(GROUPS, st.integers(0, 9), st.integers(0, 10))
def test_shares_are_kept_and_order_does_not_matter(groups: list[str], seed: int, tenths: int) -> None:
    fractions = {"train": tenths / 10, "test": 1 - tenths / 10}
    assignment = split_groups(groups, fractions, seed)
    assert split_groups(reversed(groups), fractions, seed) == assignment
    assert set(assignment) == set(groups)
    trained = sum(split == "train" for split in assignment.values())
    assert abs(trained - fractions["train"] * len(assignment)) <= 0.5 + 1e-6


def test_another_seed_gives_another_split_and_new_cards_move_few() -> None:
    groups = [f"card-{index}" for index in range(400)]
    fractions = {"train": 0.6, "validation": 0.2, "test": 0.2}
    one, two = split_groups(groups, fractions, 1), split_groups(groups, fractions, 2)
    assert one != two
    more = split_groups([*groups, *(f"new-{index}" for index in range(20))], fractions, 1)
    assert sum(more[group] != one[group] for group in groups) < 20


@pytest.mark.parametrize(
    "fractions", [{}, {"a": 0.5}, {"a": 1.5, "b": -0.5}, {"a": float("nan")}, {"a": 0.6, "b": 0.6}]
)
def test_other_fractions_are_refused(fractions: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="fractions"):
        split_groups(["x"], fractions, 0)


def test_all_photos_of_a_card_stay_together() -> None:
    rows = [sample(index, split=None) for index in range(20)]
    assignment = split_groups((row.group_id for row in rows), {"a": 0.5, "b": 0.5}, 0)
    splits = {(row.group_id, row.split) for row in with_splits(rows, assignment)}
    assert len(splits) == 10
    assert {split for _, split in splits} == {"a", "b"}


def test_counts() -> None:
    rows = [
        sample(0),
        sample(1, split=None, condition=PhotoCondition(capture="real", rotation_deg=-10.0)),
        sample(2, fields={"sex": "ស្រី", "height": None}, idcard_type="copy"),
    ]
    counts = summary(rows)
    assert (counts.photos, counts.cards, counts.fully_labelled) == (3, 2, 2)
    assert [(one.split, one.photos, one.cards) for one in counts.splits] == [("none", 1, 1), ("test", 2, 2)]
    assert [(one.split, one.name, one.severity, one.photos) for one in counts.conditions] == [
        ("none", "unknown", None, 1),
        ("test", "dark", 1, 1),
        ("test", "dark", 3, 1),
    ]
    height = next(one for one in counts.fields if one.name == "height")
    assert (height.text, height.absent, height.not_labelled) == (2, 1, 0)
    description = next(one for one in counts.fields if one.name == "description")
    assert (description.text, description.absent, description.not_labelled) == (0, 2, 1)
    assert counts.capture == {"real": 1, "synthetic": 2}
    assert counts.idcard_type == {"copy": 1, "normal": 2}
    assert counts.rotation == {"0": 1, "unknown": 2}
    assert counts.lighting == {"normal": 2, "unknown": 1}


@pytest.mark.parametrize(("angle", "name"), [(0, "0"), (22, "0"), (23, "45"), (181, "180"), (359, "0"), (-91, "270")])
def test_eight_directions(angle: float, name: str) -> None:
    assert summary([sample(condition=PhotoCondition(rotation_deg=angle))]).rotation == {name: 1}


def test_an_empty_set_counts_nothing() -> None:
    counts = summary([])
    assert (counts.photos, counts.cards, counts.splits, counts.capture) == (0, 0, (), {})


def picture(seed: int, kind: str = "PNG", size: tuple[int, int] = (160, 100)) -> bytes:
    rough = np.random.default_rng(seed).integers(0, 256, (10, 16, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rough).resize(size, Image.Resampling.BICUBIC).save(buffer, kind)
    return buffer.getvalue()


def test_photos_that_look_alike_are_found(tmp_path: Path) -> None:
    with DatasetWriter(tmp_path) as writer:
        writer.add(sample(0, group_id="a"), picture(1))
        writer.add(sample(1, group_id="b"), picture(2))
        writer.add(sample(2, group_id="c"), picture(1, "JPEG"))
        writer.add(sample(3, group_id="a"), picture(1, size=(320, 200)))
        writer.add(sample(4, group_id="d"), b"no photo")
    (tmp_path / "photos" / "0001.png").unlink()
    assert [(pair.first[-5], pair.second[-5], pair.same_group) for pair in near_duplicates(Dataset(tmp_path))] == [
        ("0", "2", False),
        ("0", "3", True),
        ("2", "3", False),
    ]
    with pytest.raises(ValueError, match="most_bits"):
        list(near_duplicates(Dataset(tmp_path), most_bits=9))


def test_different_photos_have_different_hashes() -> None:
    hashes = [difference_hash(picture(seed)) for seed in range(12)]
    assert all(one is not None for one in hashes)
    distances = [((a or 0) ^ (b or 0)).bit_count() for index, a in enumerate(hashes) for b in hashes[index + 1 :]]
    assert min(distances) > 10
    assert difference_hash(b"") is None


def test_splitting_a_dataset_on_disk(tmp_path: Path) -> None:
    dataset = Dataset(make_dataset(tmp_path, 10))
    assert dataset.read(next(iter(dataset))) == photo(0)
    assert [one.cards for one in summary(dataset).splits] == [5]
