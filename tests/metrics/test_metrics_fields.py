"""Correctness of a field at three levels."""

from __future__ import annotations

import math
import unicodedata

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khid_eval.metrics.fields import Level, Outcome, OutcomeCounts, normalise, score_field
from khid_eval.records import FIELD_NAMES

ANY_TEXT = st.text(alphabet=[chr(c) for c in range(0x1780, 0x17EA)] + list("\u200b .,:()<059AaKM½"), max_size=14)
LEVELS = (Level.RAW, Level.CANONICAL, Level.SEMANTIC)


@pytest.mark.parametrize(
    ("field", "truth", "reading", "expected"),
    [
        ("name_kh", "ស្រី", "ស្រី", "exact exact exact"),
        ("name_kh", "ក\u17d2រ\u17bb\u17c6", "ក\u17d2រ\u17c6\u17bb", "wrong exact exact"),  # mark order only
        ("name_kh", "ភ្នំពេញ", "ភ្នំ\u200bពេញ", "wrong exact exact"),
        ("description", "មើលស្តាំ", "មើលស្ដាំ", "wrong wrong exact"),  # COENG TA and COENG DA look alike
        ("birth_date", "១០.០៧.១៩៩៩", "10/07/1999", "wrong wrong exact"),
        ("birth_date", "១០.០៧.១៩៩៩", "០៧.១០.១៩៩៩", "wrong wrong wrong"),
        ("birth_date", "១០.០៧.១៩៩៩", "១០.០៧.១៩៩", "wrong wrong wrong"),
        ("sex", "ស្រី", "F", "wrong wrong exact"),
        ("sex", "ស្រី", "ប្រុស", "wrong wrong wrong"),
        ("height", "១៥៨ ស.ម", "158cm", "wrong wrong exact"),
        ("height", "១៥៨ ស.ម", "១៥៦ ស.ម", "wrong wrong wrong"),
        ("id_number", "123456789 (01)", "123456789", "wrong wrong exact"),
        ("id_number", "123456789", "123456780", "wrong wrong wrong"),
        ("name_en", "SOK-DARA", "Sok Dara", "wrong wrong exact"),
        ("address", "ផ្ទះ៤១ ផ្លូវ៤៤៤", "ផ្ទះ ៤១ ផ្លូវ 444", "wrong wrong exact"),
        ("description", "ចំ.០,៥ស.ម", "ចំ ០.៥ ស.ម", "wrong wrong exact"),
        ("description", "ចំ.០,៥ស.ម", "ចំ ០៥ ស.ម", "wrong wrong wrong"),
        ("machine_code1", "IDKHM123<<", "IDKHM 123«", "wrong wrong exact"),
        ("address", "ភ្នំពេញ", "", "miss miss miss"),
        ("address", "ភ្នំពេញ", None, "miss miss miss"),
        ("address", "ភ្នំពេញ", "\u200b ", "miss miss miss"),
        ("address", None, "ក", "hallucination hallucination hallucination"),
        ("address", None, "", "absent absent absent"),
    ],
)
def test_outcomes(field: str, truth: str | None, reading: str | None, expected: str) -> None:
    score = score_field(field, truth, reading)
    assert [score.at(level) for level in LEVELS] == expected.split()


@pytest.mark.parametrize("blank", ["", " ", "\u200b"])
def test_blank_truth_is_refused(blank: str) -> None:
    with pytest.raises(ValueError, match="never blank"):
        score_field("sex", blank, "")


@given(st.sampled_from(FIELD_NAMES), ANY_TEXT, st.sampled_from(LEVELS))
def test_normalise_is_idempotent(field: str, text: str, level: Level) -> None:
    once = normalise(field, text, level)
    assert normalise(field, once, level) == once


@given(st.sampled_from(FIELD_NAMES), ANY_TEXT, ANY_TEXT)
def test_what_is_right_at_a_strict_level_is_right_at_a_looser_one(field: str, truth: str, reading: str) -> None:
    if not normalise(field, truth):
        return
    rights = [score_field(field, truth, reading).at(level).is_right for level in LEVELS]
    assert rights == sorted(rights)  # raw right => canonical right => semantic right


@given(st.text(min_size=1, max_size=12), st.text(max_size=12))
def test_character_counts_agree_with_jiwer(truth: str, reading: str) -> None:
    expected, answer = (unicodedata.normalize("NFC", text.strip()) for text in (truth, reading))
    if not normalise("name_en", truth) or not expected:
        return
    score = score_field("name_en", truth, reading)
    theirs = jiwer.process_characters([expected], [answer])
    assert score.char_edits == theirs.substitutions + theirs.deletions + theirs.insertions
    assert score.char_length == len(expected)


def test_clusters_count_a_syllable_once() -> None:
    score = score_field("name_kh", "ភ្នំពេញ", "ភ្នុំពេញ")
    assert (score.cluster_edits, score.cluster_length) == (1, 3)
    assert (score.char_edits, score.char_length) == (1, 7)


def test_counts_pool_and_rates_of_nothing_are_nan() -> None:
    total = OutcomeCounts(exact=8, wrong=1, miss=1) + OutcomeCounts(hallucination=2, absent=6)
    assert total.accuracy == pytest.approx(8 / 12)
    assert total.miss_rate == pytest.approx(0.1)
    assert total.hallucination_rate == pytest.approx(0.25)
    assert math.isnan(OutcomeCounts().accuracy)
    assert [outcome for outcome in Outcome if outcome.is_right] == [Outcome.EXACT, Outcome.ABSENT]
