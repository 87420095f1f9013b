"""The catalogue: no phrase lacks a language, a name to fill in, or a use."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from khid_eval.errors import BadData
from khid_eval.ui import told, words

ROOT = Path(__file__).parents[2]
FIXED = re.compile(r"\{\w+\}")
KHMER = re.compile("[\u1780-\u17ff]")


def names(phrase: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


@pytest.mark.parametrize("key", sorted(words.catalogue()))
def test_phrase_has_both_languages_and_the_same_names(key: str) -> None:
    phrase = words.catalogue()[key]
    assert set(phrase) == set(words.LANGUAGES)
    assert all(text.strip() for text in phrase.values())
    assert names(phrase["en"]) == names(phrase["km"])


def test_khmer_is_khmer() -> None:
    """Names of formats and parameters, a few words long, may stay as they are; all else is written in Khmer."""
    for key, one in words.catalogue().items():
        is_name = one["km"] == one["en"] and len(one["en"].split()) <= 3
        assert is_name or KHMER.search(one["km"]), key


def test_every_phrase_that_code_names_exists() -> None:
    files = [ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("khid_eval/ui/**/*.py")]
    call = re.compile(r"""(?:\bt|\bempty|\bnote)\(\s*"([a-z_]+\.[\w.]+)\"""")
    used = {key for file in files for key in call.findall(file.read_text(encoding="utf-8"))}
    assert used <= set(words.catalogue())


def test_errors_are_still_written_as_pages_know_them() -> None:
    """A sentence that changed would reach people in English and with a terminal's advice."""
    rooms = [file for file in ROOT.glob("khid_eval/**/*.py") if file.name != "told.py"]
    written = re.sub(r'"\s*\n\s*f?"', "", "".join(file.read_text(encoding="utf-8") for file in rooms))  # as one literal
    gone = {key for key, sentence in told.sentences().items() if max(FIXED.split(sentence), key=len) not in written}
    assert gone == set()


def test_the_more_particular_sentence_is_recognised_with_what_varies_in_it() -> None:
    sentence = "metadata.jsonl line 7: the line is not JSON"
    assert told.say(sentence) == sentence
    advice = (
        "Give embedded, a region such as ap-x, or an address such as https://a.b; credentials never belong into it."
    )
    assert told.say(advice) == words.say("en", "told.region_or_address", region="ap-x", address="https://a.b")
    assert told.say("nobody wrote this down") is None


def test_a_whole_error_is_said_as_a_page_says_it() -> None:
    error = BadData("Run a is not finished (failed).", code="AIS.0101", advice="Go on with --resume, then compare.")
    told_so = f"AIS.0101: {error.message} {words.say('en', 'told.finish_the_run')}"
    assert told.in_a_row(str(error)) == told_so
    assert told.in_a_row("Interrupted.") == "Interrupted."
    assert told.in_a_row("Nobody wrote this. Nor this: at all.") == "Nobody wrote this. Nor this: at all."


def test_no_line_ends_within_a_figure() -> None:
    figure = "97.4 % (96.1–98.3, n 812)"
    shown = words.unbroken(figure)
    assert shown == "97.4\u00a0% (96.1–\u206098.3,\u00a0n\u00a0812)"
    assert words.unbroken(shown) == shown
    assert words.say("en", "thresholds.nothing_certified", error="1.0 %").endswith("1.0\u00a0%.")
    for text in ("A – B", "100 photos", "50%", "see n 3"):
        assert words.unbroken(text) == text


def test_unknown_phrase_is_an_error() -> None:
    with pytest.raises(KeyError):
        words.say("en", "nowhere.nothing")
