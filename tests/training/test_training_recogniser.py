"""The recogniser's training from end to end, in miniature: render, learn, stop, resume, export, read."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from khid_eval.card.khmer import canonical
from khid_eval.engine import alphabet, ctc_search
from khid_eval.engine.recognise import Recogniser
from khid_eval.errors import BadData
from khid_eval.training import checkpoints, recogniser
from khid_eval.training.card_lines import CardLines
from khid_eval.training.crnn import Crnn
from khid_eval.training.line_ink import LineInks
from khid_eval.training.line_photo import photograph
from khid_eval.training.line_pool import LinePool, Stage, stage_at
from khid_eval.training.line_scores import rate, read_lines, scored, validation_lines
from khid_eval.training.line_text import KINDS, LineTexts
from khid_eval.training.line_words import altered, held_out_names, random_cluster, vocabulary, without_held_out
from khid_eval.training.quantise import quantise, training_lines


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_line_can_be_written_and_read_back(kind: str) -> None:
    texts = LineTexts("train", random.Random(4))
    for _ in range(60):
        text = texts.draw_kind(kind).text
        assert text == canonical(text)
        assert alphabet.decode(alphabet.encode(text)) == text


def test_validation_words_are_never_trained_on() -> None:
    train, validation = vocabulary("train"), vocabulary("validation")
    for name in ("villages", "communes", "districts", "surnames", "given", "general"):
        mine, other = set(getattr(train, name)), set(getattr(validation, name))
        assert mine
        assert other
        assert not mine & other


def test_no_word_of_the_dictionary_holds_a_long_name_of_validation() -> None:
    kept = held_out_names()
    long = [name for name in kept if len(name) >= 4]
    assert len(long) > 30
    words = vocabulary("train").general
    assert len(words) > 20_000
    assert not kept & set(words)
    assert not [word for word in words if any(name in word for name in long)]
    assert without_held_out([long[0], long[0] + "ក", "ក"]) == ("ក",)


def test_a_word_is_altered_in_one_letter_and_never_into_a_name_of_validation() -> None:
    rng = random.Random(5)
    words = [*vocabulary("train").villages[:2000], "ភូង", "ក"]
    others = [altered(rng, word) for word in words]
    distances = [Levenshtein.distance(word, other) for word, other in zip(words, others, strict=True)]
    assert set(distances) <= {0, 1, 2}  # two where the canonical order of marks changes with it
    assert sum(map(bool, distances)) > 1900
    assert {altered(rng, "ភូង") for _ in range(500)} & held_out_names() == set()
    assert altered(rng, "១២") == "១២"


def test_shifters_are_seen_under_stacks_of_vowels() -> None:
    """Names have them (អ៊ុំ), and a network that hardly met one reads the shifter away."""
    rng = random.Random(5)
    clusters = [random_cluster(rng, ["ក"]) for _ in range(8000)]
    assert sum(one.endswith(("៊ុំ", "៉ុំ")) for one in clusters) > 10


def test_same_seed_same_crops() -> None:
    for one, other in zip(*[[LineInks("train", 9).draw() for _ in range(5)] for _ in range(2)], strict=True):
        assert one.text == other.text
        assert np.array_equal(one.ink, other.ink)
        crop, again = (photograph(line, np.random.default_rng(3), "hard") for line in (one, other))
        assert np.array_equal(crop, again)


def test_the_curriculum_starts_with_words_and_ends_with_lines() -> None:
    assert stage_at(0.0, 100.0) == Stage(short=1.0, easy=1.0)
    assert stage_at(90.0, 100.0).short < 0.3
    assert stage_at(90.0, 100.0).easy == 0.0


def test_batches_hold_what_ctc_can_align() -> None:
    for batch in LinePool(5, chunk=64).batches(Stage(short=0.5, easy=0.5)):
        assert batch.lines.shape[1:3] == (1, 48)
        assert bool((batch.columns * 2 <= batch.lines.shape[3]).all())
        assert bool((batch.lengths <= batch.columns).all())
        assert int(batch.lengths.sum()) == len(batch.targets)


def test_rows_of_cards_are_cut_with_their_texts() -> None:
    cards = CardLines("train", 3)
    for lines in (cards.flat(), cards.photographed([("jpeg", 2)])):
        assert {line.kind for line in lines} <= {"mrz", "latin", "khmer"}
        for line in lines:
            assert line.text == canonical(line.text)
            assert min(line.crop.shape) >= 6
        assert [line.text for line in lines if line.kind == "mrz"]


def test_trains_resumes_exports_and_reads(tmp_path: Path) -> None:
    plan = recogniser.Plan(tmp_path, minutes=60.0, steps=6, validation_per_kind=1, chunk=16)
    first = recogniser.train(plan)
    longer = recogniser.Plan(tmp_path, minutes=60.0, steps=9, validation_per_kind=1, chunk=16, resume=True)
    assert recogniser.Training(longer).step == 6
    model = recogniser.train(longer)
    assert model == first
    lines = validation_lines(1)[:6]
    network = recogniser.Training(longer).averaged()
    readings = Recogniser(model=model)([line.crop for line in lines])
    for one, by_torch in zip(readings, read_lines(network, [line.crop for line in lines]), strict=True):
        mine = alphabet.decode([span.token for span in ctc_search.best_path(one.log_probs)])
        assert fuzz.ratio(mine, by_torch) > 80.0  # noise so far; only the padding at the right end differs
    assert rate(scored(network, lines)).lines == 6
    small = tmp_path / "int8.onnx"
    quantise(model, small, training_lines(cards=1))
    assert small.stat().st_size < model.stat().st_size
    assert len(Recogniser(model=small)([line.crop for line in lines])) == len(lines)
    assert len((tmp_path / "progress.txt").read_text().splitlines()) == 2


def test_a_new_training_can_start_from_compact_weights(tmp_path: Path) -> None:
    network = Crnn()
    checkpoints.save_weights(tmp_path / "weights.npz", network.state_dict())
    other = Crnn()
    checkpoints.load_weights(tmp_path / "weights.npz", other)
    assert torch.allclose(network.head.weight, other.head.weight, atol=1e-3)
    with pytest.raises(BadData, match="another network"):
        checkpoints.load_weights(tmp_path / "weights.npz", torch.nn.Linear(2, 2))


def test_an_exported_file_that_reads_otherwise_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from khid_eval.training import crnn

    monkeypatch.setattr(crnn, "_largest_difference", lambda network, path: 0.5)
    with pytest.raises(RuntimeError, match="differ"):
        crnn.export(Crnn(), tmp_path / "model.onnx", version="test")
    assert list(tmp_path.iterdir()) == []
