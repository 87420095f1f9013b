"""Fields that stand once on the card and in no list: Khmer name, height, distinguishing mark; and the MRZ lines."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
from rapidfuzz import fuzz

from khid_eval.card import captions, mrz
from khid_eval.card.khmer import khmer_digits, latin_digits
from khid_eval.card.marks import MARK_WORDS, settled
from khid_eval.engine import alphabet, ctc_search, romanise, spelling, words
from khid_eval.engine.ctc import LogProbs
from khid_eval.engine.evidence import Look, support
from khid_eval.engine.fuse import mrz_name, runners_up
from khid_eval.engine.guess import MAX_MARGIN, Guess, certainty
from khid_eval.engine.name_rivals import sounding_closer
from khid_eval.engine.read_card import Card
from khid_eval.records import FloatArray

_HEIGHT = re.compile(r"\D*?(\d{2,3})(?!\d)")
_HEIGHT_CHARACTERS = "០១២៣៤៥៦៧៨៩ .សម"
_AROUND_NAME = " .,:;-"
_SURE = -0.02  # log posterior of all letters above which no other reading is worth its time
_NAME_BEAM = 110  # readings of the Khmer name that are followed; trials: with 70 the right one is more often not there
_LATIN_WEIGHT = 4.0  # trials on 760 validation cards: 2 settles 636 names, 3 660, 4 663, 5 664, 6 658
_DOUBT = 3.0  # nats between the two best names below which the row is looked at again
_RIVALS = 8  # names that are compared then
_HARDLY_SHOWN = 7.0
"""Nats by which the picture may speak less for a reading that the search did not follow. Trials on 1,400 names: those
that were right needed 6 at most; a clear letter says 9 and more.
"""
_APART = 1.5  # nats of `romanise.cost` for a word more or less than the Latin name has: the card parts both alike
_SAME_NAME, _OTHER_NAME = 0.5, 3.0  # nats of `romanise.cost`
_DECIMAL = re.compile("(?<=[០-៩])[.,](?=[០-៩])")
_DOT_NATS = (
    1.5  # by which the recogniser sees a comma too easily; trials on 243 marks: 18 wrong signs without, 6 with it
)
_MARK_PRIOR_NATS = 10.0
"""How much worse than the free reading a text with a usual word may stand. Trials on 490 marks: slips in such words
cost 9 at most, other words 20.
"""
_MRZ_PRIOR_NATS = 20.0  # how much worse than the free reading a line may stand that the fused fields spell
# Log posterior of all letters of the MRZ's name below which the printed one is believed instead: of a name that is
# much the same, and of any other, which may be there by fraud.
_SLIPPED_NATS, _ILLEGIBLE_NATS = -0.05, -1.5
_MUCH_THE_SAME = 0.75  # share of letters in common
_LEAST_SHOWN = 0.5  # of a name's letters in the MRZ: with fewer left it may be another one
_GROWN_CM = (120, 210)
_GROWN_NATS = 6.0  # how much more the picture must say for a height outside of that
_USUAL_CM, _SPREAD_CM = 160.0, 12.0  # of the adults of the country, men and women together, with room


def mark(card: Card) -> Guess:
    """The distinguishing mark, letter by letter; slips inside the usual words of marks are mended."""
    read, chars, spans = card.text("description"), card.chars("description"), card.spans.get("description", ())
    characters, weakest = certainty(chars)
    text, repaired = read, 0.0
    if characters < _SURE and len(spans) == 1:
        look = card.lines[spans[0].line].look(spans[0].start, spans[0].end)
        text, repaired = words.mended(look, look.text, MARK_WORDS, prior_nats=_MARK_PRIOR_NATS)
        text = _with_decimal_sign(look, text)
    return Guess(settled(text), characters, weakest, MAX_MARGIN, 0, len(text) > 1, repaired, len(chars))


def _with_decimal_sign(look: Look, text: str) -> str:
    """The text with dot or comma in its number, whichever the picture shows; cards have both."""
    found = _DECIMAL.search(text)
    if not found:
        return text
    dotted, with_comma = (text[: found.start()] + sign + text[found.end() :] for sign in ".,")
    dot, comma = look.support([dotted, with_comma])
    return dotted if dot - comma > -_DOT_NATS else with_comma


def name_kh(card: Card, latin: Guess) -> Guess:
    """The Khmer name letter by letter; between readings that the picture supports, its spelling and the Latin name
    decide.

    latin: the same name in capitals. How Khmer names are spelt (`spelling`) and how this one is in Latin (`romanise`)
    are soft evidence: neither brings in what the picture does not show.
    """
    read = _name_in(card.text("name_kh"))
    chars, window = card.chars("name_kh"), card.window("name_kh")
    characters, weakest = certainty(chars)
    if not read:
        return Guess(read, characters, weakest, MAX_MARGIN, 0, False, 0.0, len(chars))
    pictured, spelling_nats = _readings(window) if characters < _SURE else ({}, {})
    if not pictured:
        pictured, spelling_nats = {read: 0.0}, {read: 0.0}
    ranked, worth, spelt = _ranked(pictured, spelling_nats, latin.text)
    if len(ranked) > 1 and worth[ranked[0]] - worth[ranked[1]] < _DOUBT:
        pictured = _looked_again(card, ranked[:_RIVALS])
        ranked, worth, spelt = _ranked(pictured, spelling_nats, latin.text)
    rivals = sounding_closer(ranked[0], latin.text) if spelt[ranked[0]] > _SAME_NAME else []
    if rivals:
        seen = _looked_again(card, [*ranked[:_RIVALS], *rivals])
        pictured = {text: nats for text, nats in seen.items() if nats > seen[ranked[0]] - _HARDLY_SHOWN}
        spelling_nats |= {text: spelling.names().whole(alphabet.encode(text)) for text in rivals}
        ranked, worth, spelt = _ranked(pictured, spelling_nats, latin.text)
    chosen = ranked[0]
    margin = min(MAX_MARGIN, worth[chosen] - worth[ranked[1]]) if len(ranked) > 1 else MAX_MARGIN
    repaired = max(0.0, max(pictured.values()) - pictured[chosen])
    agreement = 0
    if latin.text:
        agreement = 1 if spelt[chosen] <= _SAME_NAME else -1 if spelt[chosen] > _OTHER_NAME else 0
    return Guess(chosen, characters, weakest, margin, agreement, len(chosen) > 1, repaired, len(chars))


def _name_in(read: str) -> str:
    """Without the signs around it and what is left of the caption: a name holds no colon."""
    return read.strip(_AROUND_NAME).rpartition(":")[2].strip()


def _readings(window: LogProbs) -> tuple[dict[str, float], dict[str, float]]:
    """Readings of the Khmer name with what the picture and what the spelling says for each, in nats."""
    found = ctc_search.beam_search(window, width=_NAME_BEAM, classes_per_column=6, prior=spelling.names())
    # Worst first: of readings that differ in what stands around the name, the best one counts.
    named = {name: one for one in reversed(found) if len(name := _name_in(one.text)) > 1}
    return {name: one.log_prob for name, one in named.items()}, {name: one.prior for name, one in named.items()}


def _looked_again(card: Card, names: Sequence[str]) -> dict[str, float]:
    """What the picture says for each name, in nats: the mean over several crops of the row. What was read around the
    name stands around each.
    """
    look = Look("", (card.window("name_kh"), *card.other_windows("name_kh")))
    read = card.text("name_kh")
    before, _, after = read.partition(_name_in(read))
    texts = [f"{before}{one}{after}" for one in names]
    return dict(zip(names, look.support(texts).tolist(), strict=True))


def _ranked(
    pictured: Mapping[str, float], spelling_nats: Mapping[str, float], latin: str
) -> tuple[list[str], dict[str, float], dict[str, float]]:
    """The readings, best first, and `_worth` of each."""
    worth, spelt = _worth(pictured, spelling_nats, latin)
    return sorted(worth, key=lambda text: -worth[text]), worth, spelt


def _worth(
    pictured: Mapping[str, float], spelling_nats: Mapping[str, float], latin: str
) -> tuple[dict[str, float], dict[str, float]]:
    """What all evidence together says for each reading, in nats, and how far it is from the Latin name.

    latin: "" where it was not read. Readings that cannot be among the two best whatever they spell are left out.
    """
    scores = {text: value + spelling_nats[text] for text, value in pictured.items()}
    worth: dict[str, float] = {}
    spelt: dict[str, float] = {}
    best = second = -math.inf
    for text, score in sorted(scores.items(), key=lambda item: -item[1]):
        if score < second:
            break
        apart = _APART * abs(text.count(" ") - latin.count(" "))
        spelt[text] = romanise.cost(text, latin) + apart if latin else 0.0
        worth[text] = score - _LATIN_WEIGHT * spelt[text]
        best, second = max(best, worth[text]), max(second, min(best, worth[text]))
    return worth, spelt


def height(card: Card) -> Guess:
    """Centimetres in Khmer digits with the unit as the card prints it; holders are 15 years old at least."""
    read = card.text("height")
    characters, weakest = certainty(card.chars("height"))
    texts = [read] if characters > _SURE else [read, *runners_up(card.window("height"), _HEIGHT_CHARACTERS)]
    heights = list(dict.fromkeys(match[1] for text in texts if (match := _HEIGHT.match(latin_digits(text)))))
    if heights and characters <= _SURE:  # the search may not have followed the right digit: ask for every height
        heights = list(dict.fromkeys([*heights, *map(str, range(_GROWN_CM[0], _GROWN_CM[1] + 1))]))
    if not heights:
        return Guess(read, characters, weakest, 0.0, 0, False, 0.0, len(read))
    forms = [_printed_height(one, read) for one in heights]
    prior = np.array([_height_nats(one) for one in heights])
    scores = support(card.window("height"), forms) + prior
    if _lead(scores) < _DOUBT:
        scores = Look("", (card.window("height"), *card.other_windows("height"))).support(forms) + prior
    chosen = heights[int(np.argmax(scores))]
    text = f"{khmer_digits(chosen)} {captions.HEIGHT_UNIT}"
    return Guess(text, characters, weakest, _lead(scores), 0, _is_grown(chosen), 0.0, len(chosen))


def _lead(scores: FloatArray) -> float:
    """By how much the best score beats the next, in nats; MAX_MARGIN for one alone."""
    best = np.sort(scores)[::-1]
    return min(MAX_MARGIN, float(best[0] - best[1])) if len(best) > 1 else MAX_MARGIN


def _is_grown(centimetres: str) -> bool:
    return _GROWN_CM[0] <= int(centimetres) <= _GROWN_CM[1]


def _height_nats(centimetres: str) -> float:
    """What is known of heights before the picture is seen."""
    apart = min(3.0, abs(int(centimetres) - _USUAL_CM) / _SPREAD_CM)
    return _GROWN_NATS - 0.5 * apart**2 if _is_grown(centimetres) else 0.0


def _printed_height(centimetres: str, read: str) -> str:
    """As the card shows it: what was read with its digits replaced, or the usual form."""
    found = re.search("[០-៩0-9]+", read)
    digits = khmer_digits(centimetres)
    return read[: found.start()] + digits + read[found.end() :] if found else f"{digits} {captions.HEIGHT_UNIT}"


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
    contested = theirs - mine > _MRZ_PRIOR_NATS
    if number == 3 and (_is_gapped(mended, fused) or (contested and _is_worse(mended, fused, characters))):
        return Guess(fused, characters, weakest, MAX_MARGIN, -1, True, float(max(0.0, theirs - mine)), len(fused))
    if contested and formed:
        margin = float(np.clip(theirs - mine, 0.0, MAX_MARGIN))
        return Guess(mended, characters, weakest, margin, -1, formed, 0.0, len(mended))
    # The composite check digit speaks of the number too: where it was read otherwise, one of them is wrong.
    agreement = -1 if number == 2 and formed and fused[-1] != mended[-1] else 1
    return Guess(fused, characters, weakest, MAX_MARGIN, agreement, True, float(max(0.0, theirs - mine)), len(fused))


def _is_gapped(line: str, whole: str) -> bool:
    """Whether a line is the other one with some letters hidden: by a finger, glare or the border of the photo."""
    letters, every = line.replace("<", ""), iter(whole.replace("<", ""))
    shown = len(letters) / max(1, len(whole.replace("<", "")))
    return _LEAST_SHOWN <= shown < 1.0 and all(letter in every for letter in letters)


def _is_worse(line: str, whole: str, characters: float) -> bool:
    """Whether the print is the better witness of a name than the line of the MRZ, which is cut, stained or blurred."""
    alike = fuzz.ratio(line.replace("<", ""), whole.replace("<", "")) / 100.0 > _MUCH_THE_SAME
    return characters < (_SLIPPED_NATS if alike else _ILLEGIBLE_NATS)


def fused_lines(card: Card, number: str, birth: str, sex: str, expiry: str, name: str) -> tuple[str, str, str]:
    """The MRZ that the fused fields spell, "" for a line that they do not fix.

    number: nine digits, or anything else where it could not be read; birth, expiry: YYMMDD; sex: M or F; name: Latin
    capitals.
    """
    known = re.fullmatch("[0-9]{9}", number)
    one = f"IDKHM{number}{mrz.check_digit(number)}".ljust(mrz.LINE_LENGTH, "<") if known else ""
    two = ""
    if len(birth) == 6 and len(expiry) == 6 and sex:
        head = birth + mrz.check_digit(birth) + sex + expiry + mrz.check_digit(expiry) + "KHM" + "<" * 11
        last = mrz.check_digit(mrz.composite_source(one, head)) if one else card.mrz.lines[1][29:30]
        two = head + (last or "<")
    facts = card.mrz.facts
    # Two fillers part surname and given names. One alone is a slip: the card prints more than a surname.
    words = facts.surname.count(" ") + 1 if card.mrz.formed[2] and facts.given else 1
    three = mrz_name(name, words) if name else ""
    return one, two, three


__all__ = ["fused_lines", "height", "mark", "mrz_line", "name_kh"]
