"""Fields that stand once on the card and in no list: Khmer name, height, distinguishing mark; and the MRZ lines."""

from __future__ import annotations

import re

import numpy as np

from khid_eval.card import captions, mrz
from khid_eval.card.khmer import khmer_digits, latin_digits
from khid_eval.card.marks import MARK_WORDS
from khid_eval.engine import ctc, romanise, words
from khid_eval.engine.evidence import support
from khid_eval.engine.fuse import Card, mrz_name
from khid_eval.engine.guess import MAX_MARGIN, Guess, certainty

_HEIGHT = re.compile(r"\D*?(\d{2,3})(?!\d)")
_AROUND_NAME = " .,:;-"
_SURE = -0.02  # log posterior of all letters above which no other reading is worth its time
_SAME_NAME, _OTHER_NAME = 2.0, 4.5  # nats of `romanise.cost`
_MARK_PRIOR_NATS = 6.0  # how much worse than the free reading a text with a usual word may stand
_MRZ_PRIOR_NATS = 8.0  # how much worse than the free reading a line may stand that the fused fields spell


def mark(card: Card) -> Guess:
    """The distinguishing mark, letter by letter; slips inside the usual words of marks are mended."""
    read, chars = card.text("description"), card.chars("description")
    characters, weakest = certainty(chars)
    text, repaired = read, 0.0
    if characters < _SURE and len(card.spans.get("description", ())) == 1:
        text, repaired = words.mended(card.window("description"), read, MARK_WORDS, prior_nats=_MARK_PRIOR_NATS)
    return Guess(text, characters, weakest, MAX_MARGIN, 0, len(text) > 1, repaired, len(chars))


def name_kh(card: Card, latin: Guess) -> Guess:
    """The Khmer name letter by letter; between readings that the picture supports, the Latin name decides.

    latin: the same name in capitals. Its spelling is soft evidence (`romanise`): it never brings in what the picture
    does not show.
    """
    read = card.text("name_kh").strip(_AROUND_NAME)
    chars, window = card.chars("name_kh"), card.window("name_kh")
    characters, weakest = certainty(chars)
    if not read or not latin.text:
        return Guess(read, characters, weakest, MAX_MARGIN, 0, len(read) > 1, 0.0, len(chars))
    scores = {read: 0.0}
    if characters < _SURE:
        found = ctc.beam_search(window, width=14, classes_per_column=5)
        scores = {text: one.log_prob for one in found if len(text := one.text.strip(_AROUND_NAME)) > 1} or scores
    spelt = {text: romanise.cost(text, latin.text) for text in scores}
    ranked = sorted(scores, key=lambda text: spelt[text] - scores[text])
    chosen = ranked[0]
    margin = MAX_MARGIN
    if len(ranked) > 1:
        margin = min(MAX_MARGIN, spelt[ranked[1]] - scores[ranked[1]] - spelt[chosen] + scores[chosen])
    repaired = max(0.0, max(scores.values()) - scores[chosen])
    agreement = 1 if spelt[chosen] <= _SAME_NAME else -1 if spelt[chosen] > _OTHER_NAME else 0
    return Guess(chosen, characters, weakest, margin, agreement, len(chosen) > 1, repaired, len(chars))


def height(card: Card) -> Guess:
    """Centimetres in Khmer digits with the unit as the card prints it."""
    read = card.text("height")
    characters, weakest = certainty(card.chars("height"))
    match = _HEIGHT.match(latin_digits(read))
    if not match:
        return Guess(read, characters, weakest, 0.0, 0, False, 0.0, len(read))
    valid = 40 <= int(match[1]) <= 230
    text = f"{khmer_digits(match[1])} {captions.HEIGHT_UNIT}"
    return Guess(text, characters, weakest, MAX_MARGIN, 0, valid, 0.0, len(match[1]))


def mrz_line(card: Card, number: int, fused: str) -> Guess:
    """Line 1, 2 or 3: as read with its form mended, or as the fused fields spell it where the picture supports that.

    fused: the line that the other fields imply, "" for none.
    """
    spans = card.spans.get(f"machine_code{number}", ())
    mended, formed = card.mrz.lines[number - 1], card.mrz.formed[number - 1]
    if not spans:
        return Guess("", margin=0.0, valid=False)
    characters, weakest = certainty(card.chars(f"machine_code{number}"))
    if not fused or fused == mended:
        agreement = 1 if fused and formed else 0
        return Guess(mended, characters, weakest, MAX_MARGIN, agreement, formed, 0.0, len(mended))
    stop = len(fused.rstrip("<")) if number != 2 else 18  # behind it stand fillers, which nobody can count
    window = card.mrz_window(number, 0, stop)
    mine, theirs = support(window, [fused[:stop], mended[:stop]])
    if theirs - mine > _MRZ_PRIOR_NATS and formed:
        margin = float(np.clip(theirs - mine, 0.0, MAX_MARGIN))
        return Guess(mended, characters, weakest, margin, -1, formed, 0.0, len(mended))
    # The composite check digit speaks of the number too: where it was read otherwise, one of them is wrong.
    agreement = -1 if number == 2 and formed and fused[-1] != mended[-1] else 1
    return Guess(fused, characters, weakest, MAX_MARGIN, agreement, True, float(max(0.0, theirs - mine)), len(fused))


def fused_lines(card: Card, number: str, birth: str, sex: str, expiry: str, name: str) -> tuple[str, str, str]:
    """The MRZ that the fused fields spell, "" for a line that they do not fix.

    number: nine digits; birth, expiry: YYMMDD; sex: M or F; name: Latin capitals.
    """
    one = f"IDKHM{number}{mrz.check_digit(number)}".ljust(mrz.LINE_LENGTH, "<") if len(number) == 9 else ""
    two = ""
    if len(birth) == 6 and len(expiry) == 6 and sex:
        head = birth + mrz.check_digit(birth) + sex + expiry + mrz.check_digit(expiry) + "KHM" + "<" * 11
        last = mrz.check_digit(mrz.composite_source(one, head)) if one else card.mrz.lines[1][29:30]
        two = head + (last or "<")
    words = card.mrz.facts.surname.count(" ") + 1 if card.mrz.formed[2] else 1
    three = mrz_name(name, words) if name else ""
    return one, two, three


__all__ = ["fused_lines", "height", "mark", "mrz_line", "name_kh"]
