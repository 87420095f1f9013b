"""Printed text and MRZ say several things twice: number, birth, expiry, sex, Latin name. Here both are weighed.

For each such field a few candidates are drawn up (as printed, as in the MRZ, runners-up of both) and each candidate is
scored on both places of the picture: log P(candidate | printed window) + log P(candidate with its check digit | MRZ
window). The check digits speak through that score. The best candidate is the reading; the two MRZ lines follow it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

import numpy as np
from rapidfuzz.distance import Levenshtein

from khid_eval.card import captions, dates, mrz
from khid_eval.card.khmer import latin_digits
from khid_eval.engine import alphabet, ctc, ctc_search
from khid_eval.engine.ctc import LogProbs
from khid_eval.engine.evidence import support
from khid_eval.engine.guess import MAX_MARGIN, Guess, certainty
from khid_eval.engine.mrz_lines import digits
from khid_eval.engine.read_card import Card

_SURE_LETTER = -0.1  # log P of each letter of the MRZ's name above which it stands for one that is partly hidden
_FEWEST_HIDDEN = 2  # letters of a name that are hidden together: one alone may be a slip of either place
_SURE = -0.02  # log P of a reading above which no second one is worth its time
FIRST_CARDS = date(1996, 1, 1)  # the sub-decree that brought the cards: none was issued before, none expired
RULE_BONUS = 6.0
"""Nats for an issue date that lies ten years less a day before the expiry: nearly all do, and another day would be one
of thousands.
"""
_MOST_SLIPPED = 4.0
"""Nats by which a number may be less likely than what was read, in one of its two places at least, to count as seen:
with glare over both, some nine digits with their check digit fit what is left.
"""
_SEXES = {"M": captions.MALE, "F": captions.FEMALE}
T = TypeVar("T")


def _decide(
    candidates: Iterable[T], printed: LogProbs, coded: LogProbs, say: Callable[[T], str], code: Callable[[T], str]
) -> tuple[T, float] | None:
    """The candidate with the best joint score and its margin over the next; None for no candidate."""
    unique = list(dict.fromkeys(candidates))
    if not unique:
        return None
    if len(unique) == 1:
        return unique[0], MAX_MARGIN
    scores = support(printed, [say(one) for one in unique]) + support(coded, [code(one) for one in unique])
    order = np.argsort(-scores, kind="stable")
    return unique[order[0]], min(float(scores[order[0]] - scores[order[1]]), MAX_MARGIN)


def runners_up(window: LogProbs, characters: str) -> list[str]:
    """Readings of a short window in a small alphabet: the best alone where it holds nearly all of the probability."""
    if len(window) == 0:
        return []
    allowed = ctc.restricted(window, characters)
    best = [span.token for span in ctc_search.best_path(allowed)]
    if ctc.score_classes(allowed, [best])[0] > _SURE:
        return [alphabet.decode(best)]
    return [one.text for one in ctc_search.beam_search(allowed, width=6, classes_per_column=3)]


def _repaired(window: LogProbs, chosen: str, read: str) -> float:
    """Nats given up in this window by taking `chosen` instead of what was read."""
    if chosen == read or len(window) == 0:
        return 0.0
    mine, theirs = support(window, [chosen, read])
    return float(max(0.0, theirs - mine))


def _agreement(printed: str, coded: str, chosen: str) -> int:
    if not printed or not coded:
        return 0
    return 1 if printed == coded == chosen else -1


def number(card: Card) -> Guess:
    """The nine digits; `text` without the printed suffix. Both sources missing gives ""."""
    read = re.sub(r"\s", "", latin_digits(card.text("id_number")))
    printed = digits(re.sub(r"\(.*|\).*", "", read))
    coded = card.mrz.facts.number if card.mrz.formed[0] else ""
    window, code_window = card.window("id_number"), card.mrz_window(1, 5, 15)
    suffix = read[len(printed) :] if len(printed) == 9 else ""
    runners = [re.sub(r"[^0-9].*", "", text) for text in runners_up(window, "0123456789()")]
    runners += [text[:9] for text in runners_up(code_window, "0123456789")]
    candidates = [one for one in (printed, coded, *runners) if len(one) == 9 and one.isdigit()]
    decided = _decide(
        candidates,
        window,
        code_window,
        lambda n: f"{n} {suffix}" if suffix and " " in card.text("id_number") else f"{n}{suffix}",
        lambda n: n + mrz.check_digit(n),
    )
    characters, weakest = certainty(card.chars("id_number"))
    if decided is None:
        return Guess(read if len(read) > 4 else "", characters, weakest, 0.0, 0, False, 0.0, len(read))
    chosen, margin = decided
    code_read = card.mrz_text(1, 5, 15)
    given_up = [
        _repaired(seen, wanted, found)
        for seen, wanted, found in ((window, chosen, read), (code_window, chosen + mrz.check_digit(chosen), code_read))
        if len(seen)
    ]
    shown = chosen in (printed, coded) or min(given_up, default=0.0) < _MOST_SLIPPED
    agreement = _agreement(printed, coded, chosen)
    repaired = _repaired(window, chosen, printed)
    return Guess(chosen, characters, weakest, margin, agreement, True, repaired, 9, shown)


def suffix(card: Card) -> str:
    """The printed suffix in brackets, such as "(01)", or ""."""
    match = re.search(r"\(?\s*([0-9OI]{1,2})\s*\)\s*$", latin_digits(card.text("id_number")))
    return f"({digits(match[1]).zfill(2)})" if match else ""


def _century(yymmdd: str, earliest: date, latest: date) -> list[date]:
    """The days between `earliest` and `latest` that six digits can mean."""
    found = []
    for century in ("19", "20"):
        day = dates.parse(f"{yymmdd[4:6]}.{yymmdd[2:4]}.{century}{yymmdd[:2]}") if len(yymmdd) == 6 else None
        if day and earliest <= day <= latest:
            found.append(day)
    return found


def _coded(day: date) -> str:
    text = f"{day:%y%m%d}"
    return text + mrz.check_digit(text)


def _date(
    card: Card, field: str, coded_text: str, code_window: LogProbs, span: tuple[date, date], today: date
) -> Guess:
    """span: the earliest and the latest day that the date can be."""
    coded = _century(coded_text, *span)
    if field == "birth_date" and len(coded) > 1:  # both centuries are possible: holders are 15 at least
        coded = [day for day in coded if dates.years_after(day, 15) <= today] or coded
    window = card.window(field)
    texts = (card.text(field), *runners_up(window, alphabet.KHMER_DATE_CHARACTERS))
    possible = [day for text in texts if (day := dates.parse(text)) and span[0] <= day <= span[1]]
    printed = possible[0] if possible and possible[0] == dates.parse(card.text(field)) else None
    decided = _decide([*possible, *coded], window, code_window, dates.printed, _coded)
    characters, weakest = certainty(card.chars(field))
    if decided is None:
        return Guess(card.text(field), characters, weakest, 0.0, 0, False, 0.0, len(card.text(field)))
    chosen, margin = decided
    said = dates.printed(printed) if printed else ""
    match = next((day for day in coded if day == printed), coded[-1] if coded else None)
    agreement = _agreement(said, dates.printed(match) if match else "", dates.printed(chosen))
    repaired = _repaired(window, dates.printed(chosen), card.text(field))
    return Guess(dates.printed(chosen), characters, weakest, margin, agreement, True, repaired, 10)


def birth_date(card: Card, today: date) -> Guess:
    coded = card.mrz.facts.birth if card.mrz.formed[1] else ""
    return _date(card, "birth_date", coded, card.mrz_window(2, 0, 7), (dates.years_after(today, -120), today), today)


def expiry_date(card: Card, today: date) -> Guess:
    coded = card.mrz.facts.expiry if card.mrz.formed[1] else ""
    return _date(
        card, "expiry_date", coded, card.mrz_window(2, 8, 15), (FIRST_CARDS, dates.years_after(today, 60)), today
    )


def issue_date(card: Card, expiry: Guess, today: date) -> Guess:
    """The issue is not in the MRZ; the ten-year rule fixes it from the expiry, unless the print clearly objects."""
    printed, ends, window = dates.parse(card.text("issue_date")), dates.parse(expiry.text), card.window("issue_date")
    by_rule = [day for day in _ten_years_before(ends) if dates.expiry_of(day) == ends] if ends else []
    runners = [dates.parse(text) for text in runners_up(window, alphabet.KHMER_DATE_CHARACTERS)]
    found = (printed, *runners, *(by_rule if len(window) else ()))
    candidates = list(dict.fromkeys(day for day in found if day and FIRST_CARDS <= day <= today))
    characters, weakest = certainty(card.chars("issue_date"))
    if not candidates:
        return Guess(card.text("issue_date"), characters, weakest, 0.0, 0, False, 0.0, len(card.text("issue_date")))
    scores = support(window, [dates.printed(day) for day in candidates])
    scores = scores + np.array([RULE_BONUS if day in by_rule else 0.0 for day in candidates])
    order = np.argsort(-scores, kind="stable")
    chosen = candidates[order[0]]
    margin = float(scores[order[0]] - scores[order[1]]) if len(candidates) > 1 else MAX_MARGIN
    agreement = (1 if chosen in by_rule and chosen == printed else -1) if by_rule else 0
    repaired = _repaired(window, dates.printed(chosen), card.text("issue_date"))
    text = dates.printed(chosen)
    return Guess(text, characters, weakest, min(margin, MAX_MARGIN), agreement, True, repaired, 10)


def _ten_years_before(ends: date) -> list[date]:
    """Days whose ten-year card ends on that day (29 February makes it more than one)."""
    start = dates.years_after(ends, -10)
    return [date.fromordinal(start.toordinal() + shift) for shift in (0, 1, 2)]


def sex(card: Card) -> Guess:
    read = card.text("sex")
    window, code_window = card.window("sex"), card.mrz_window(2, 7, 8)
    coded = _SEXES.get(card.mrz.facts.sex, "") if card.mrz.formed[1] else ""
    if len(window) == 0 and len(code_window) == 0:
        return Guess("", margin=0.0, valid=False)
    letters = {text: letter for letter, text in _SEXES.items()}
    decided = _decide(letters, window, code_window, str, lambda text: letters[text])
    assert decided is not None  # two candidates always stand
    chosen, margin = decided
    characters, weakest = certainty(card.chars("sex"))
    agreement = _agreement(read, coded, chosen)
    return Guess(chosen, characters, weakest, margin, agreement, read in letters, _repaired(window, chosen, read), 1)


def name_en(card: Card) -> Guess:
    """Surname and given names in capitals, as printed; the MRZ's line 3 says the same, cut at 30."""
    printed = " ".join(re.sub(r"[^A-Z ]", "", card.text("name_en")).split())
    facts = card.mrz.facts
    coded = f"{facts.surname} {facts.given}".strip() if card.mrz.formed[2] else ""
    window = card.window("name_en")
    code_window = card.mrz_window(3, 0, len(card.mrz.lines[2].rstrip("<")) + 1)
    runners = [" ".join(text.split()) for text in runners_up(window, alphabet.LATIN_CHARACTERS)]
    cut = facts.surname.count(" ") + 1 if coded else 1
    letters = [char for char in card.chars("machine_code3") if char.text != "<"]
    hidden = _is_torn(printed, coded) and certainty(letters)[1] > _SURE_LETTER
    decided = _decide(
        [coded] if hidden else [name for name in (printed, coded, *runners) if name],
        window,
        code_window,
        str,
        lambda name: mrz_name(name, cut).rstrip("<") + "<",
    )
    characters, weakest = certainty(card.chars("name_en"))
    if decided is None:
        return Guess("", characters, weakest, 0.0, 0, False)
    chosen, margin = decided
    agreement = _agreement(printed, coded, chosen)
    repaired = _repaired(window, chosen, printed)
    return Guess(chosen, characters, weakest, margin, agreement, True, repaired, len(chosen))


def _is_torn(part: str, whole: str) -> bool:
    """Whether a name is the other one without some letters that stand together: a finger or glare hides them."""
    one, other = part.replace(" ", ""), whole.replace(" ", "")
    changes = [change for change in Levenshtein.opcodes(one, other) if change.tag != "equal"]
    if not one or len(changes) != 1 or changes[0].tag != "insert":
        return False
    return changes[0].dest_end - changes[0].dest_start >= _FEWEST_HIDDEN and 3 * len(one) >= len(other)


def mrz_name(name: str, surname_words: int) -> str:
    """Line 3 for a printed name whose first words are the surname."""
    words = name.split()
    return mrz.name_line(" ".join(words[:surname_words]), " ".join(words[surname_words:]))


__all__ = [
    "birth_date",
    "expiry_date",
    "issue_date",
    "mrz_name",
    "name_en",
    "number",
    "runners_up",
    "sex",
    "suffix",
]
