"""Known words in free text: mended where the picture is in doubt, left alone where it is not."""

from __future__ import annotations

import numpy as np

from khid_eval.card.marks import MARK_WORDS
from khid_eval.engine import alphabet
from khid_eval.engine.evidence import Line, Look
from khid_eval.engine.words import mended
from tests.engine.made_up import line

TRUTH = "សំលាក ក្បែរភ្នែកឆ្វេង"
READ = "សំលាក ក្បែរត្នែកឆ្វេង"
NOTHING = np.empty((0, len(alphabet.TOKENS)), np.float32)


def look_at(row: Line) -> Look:
    return row.look(0, len(row.text))


def test_a_doubtful_slip_in_a_known_word_is_mended() -> None:
    look = look_at(line("mark", READ, TRUTH, doubt=0.05))
    text, given_up = mended(look, READ, MARK_WORDS, prior_nats=5.0)
    assert text == TRUTH
    assert 2.0 < given_up < 5.0


def test_what_the_picture_says_clearly_stays() -> None:
    look = look_at(line("mark", READ))
    assert mended(look, READ, MARK_WORDS, prior_nats=5.0) == (READ, 0.0)


def test_words_at_starts_are_looked_for_nowhere_else() -> None:
    read, truth = "តូមិ តូមិ", "ភូមិ ភូមិ"
    look = look_at(line("address1", read, truth, doubt=0.05))
    assert mended(look, read, ("ភូមិ",), prior_nats=5.0, at_starts=True)[0] == truth
    joined = read.replace(" ", "ក")
    look = look_at(line("address1", joined, truth.replace(" ", "ក"), doubt=0.05))
    assert mended(look, joined, ("ភូមិ",), prior_nats=5.0, at_starts=True)[0] == "ភូមិកតូមិ"


def test_nothing_read_stays_nothing() -> None:
    look = look_at(line("mark", READ))
    assert mended(Look(READ, (NOTHING,)), READ, MARK_WORDS, prior_nats=5.0) == (READ, 0.0)
    assert mended(look, "", MARK_WORDS, prior_nats=5.0) == ("", 0.0)


def test_a_known_word_is_not_made_of_a_part_of_another() -> None:
    read = "ស្នាម លើ"  # the word for shoulder is nearly a part of the word for scar
    look = look_at(line("mark", read, "ស្មាម លើ", doubt=0.05))
    assert mended(look, read, MARK_WORDS, prior_nats=6.0) == (read, 0.0)
