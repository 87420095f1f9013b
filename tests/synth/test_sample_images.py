"""The photos that come with the product are what they say, and can be made again."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from khid_eval.card import khmer
from khid_eval.datasets import Dataset, Sample
from khid_eval.records import FIELD_NAMES
from khid_eval.synth.samples import write_samples

FOLDER = Path(__file__).parents[2] / "sample_images"
SAMPLES = list(Dataset(FOLDER))


def _named(part: str) -> Sample:
    return next(sample for sample in SAMPLES if part in sample.file_name)


def test_sixteen_photos_of_at_most_eight_megabytes() -> None:
    photos = [path for path in FOLDER.iterdir() if path.name != "metadata.jsonl"]
    assert sorted(path.name for path in photos) == sorted(sample.file_name for sample in SAMPLES)
    assert len(SAMPLES) == 16
    assert sum(path.stat().st_size for path in photos) <= 8_000_000


def test_every_format_is_there_and_opens() -> None:
    formats = set()
    for sample in SAMPLES:
        with Image.open(io.BytesIO(Dataset(FOLDER).read(sample))) as image:
            image.load()
            formats.add(image.format)
    assert formats == {"PNG", "JPEG", "BMP", "TIFF"}


def test_two_photos_must_fail_and_say_how() -> None:
    codes = {sample.file_name: sample.extra["expected_error"] for sample in SAMPLES if "expected_error" in sample.extra}
    assert codes == {"15-not-the-card.jpg": "AIS.0104", "16-too-small.png": "AIS.0103"}
    for name in codes:
        assert set(_named(name).fields.values()) == {None}
    with Image.open(FOLDER / "16-too-small.png") as image:
        assert min(image.size) < 15


def test_the_others_have_the_whole_truth() -> None:
    for sample in SAMPLES[:14]:
        assert tuple(sample.fields) == FIELD_NAMES
        assert all(text and khmer.canonical(text) == text for text in sample.fields.values())
        assert sample.card_quad
        assert sample.portrait_location
    assert _named("photocopy").idcard_type == "copy"
    assert _named("dark").condition.lighting == "dark"
    assert _named("37").condition.rotation_deg == pytest.approx(37, abs=8)
    assert _named("upside").condition.rotation_deg == pytest.approx(178, abs=8)
    address = _named("long-address").fields["address"]
    assert address == max((sample.fields["address"] or "" for sample in SAMPLES), key=len)


def test_photos_to_compare_are_of_one_card() -> None:
    compared = [_named(word) for word in ("clean", "dark", "bright", "glare", "blurred")]
    assert len({sample.group_id for sample in compared}) == 1
    assert len({sample.card_quad for sample in compared}) == 1


def test_the_samples_can_be_made_again(tmp_path: Path) -> None:
    write_samples(tmp_path / "again")
    assert [_without_digest(sample) for sample in Dataset(tmp_path / "again")] == [
        _without_digest(sample) for sample in SAMPLES
    ]


def _without_digest(sample: Sample) -> dict[str, object]:
    """A row without what depends on the versions of the image libraries."""
    return {key: value for key, value in sample.to_json().items() if key != "sha256"}
