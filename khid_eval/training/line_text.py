"""What stands in a line: texts as the card prints them, and enough invented ones that nothing can be guessed.

Half of all Khmer content is made of random clusters or of words with a letter exchanged, so that a name never seen has
to be read letter by letter.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from khid_eval.card import captions, dates, khmer, mrz
from khid_eval.synth.fonts import Role, Split
from khid_eval.training.line_words import altered, random_cluster, vocabulary

_COLONS = (":", ":", ":", ":", ":", " :", "ៈ", "៖")
_HOUSE_LETTERS = ("", "", "", "អា", "បេ", "សេ", "A", "B")
_MARK_KINDS = ("ប្រជ្រុយ", "ប្រជ្រុយ", "សំលាក", "ស្នាម", "ស្លាកស្នាម", "ស្លាក", "កន្ទុយ", "ថ្លោះ")
_MARK_SIZES = ("", "", "", "តូច", "ធំ", "ខ្មៅ", "កាំបិត", "ដុំ", "រលាក")
_MARK_POSITIONS = ("លើ", "លើ", "ក្រោម", "ក្រោយ", "ចុង", "ក្បែរ", "កន្ទុយ", "ខាងលើ", "កណ្ដាល", "គល់", "មុខ")
_MARK_PARTS = tuple(
    "ចិញ្ចើម ចំព្នើម ភ្នែក ថ្ងាស ច្រមុះ មាត់ បបូរមាត់ ចង្កា ថ្ពាល់ ត្រចៀក ក កញ្ចឹងក ស្មា ដៃ កដៃ ម្រាមដៃ មេដៃ ខ្នង ទ្រូង "
    "ផ្ចិត ជើង ជង្គង់ កំភួនជើង ថ្គាម សៀត ក្បាល ដើមដៃ កែងដៃ ស្មងជើង".split()
)
_MARK_SIDES = ("", "ឆ្វេង", "ស្តាំ", "ស្ដាំ", "ខាងឆ្វេង", "ខាងស្តាំ", "ខាងស្ដាំ")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a line in one face. gap_em: paper before it, in em."""

    text: str
    role: Role
    gap_em: float = 0.0


@dataclass(frozen=True, slots=True)
class LineText:
    """kind: what sort of line, for the tables of figures. segments: from left to right."""

    kind: str
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """All segments, canonical; a gap before a segment is read as a space."""
        return khmer.canonical("".join((" " if one.gap_em else "") + one.text for one in self.segments))


class LineTexts:
    """Draws lines. rng: the only source of chance; short: words alone, for the first minutes of a training."""

    def __init__(self, split: Split, rng: random.Random) -> None:
        self._words = vocabulary(split)
        self._rng = rng

    def draw(self, *, short: bool = False) -> LineText:
        """One line of any kind."""
        table = _SHORT if short else _ALL
        kind = self._rng.choices(list(table), weights=list(table.values()))[0]
        return self.draw_kind(kind)

    def draw_kind(self, kind: str) -> LineText:
        """One line of that kind (a key of `KINDS`)."""
        return LineText(kind, tuple(KINDS[kind](self)))

    # Words

    def khmer_word(self) -> str:
        """An invention, a word with a letter exchanged, a word of the dictionary, a village or a name."""
        rng = self._rng
        if rng.random() < 0.24:
            return altered(rng, self._real_word())
        if rng.random() < 0.35:
            return "".join(random_cluster(rng, self._words.clusters) for _ in range(rng.choice((1, 2, 2, 3, 3, 4, 5))))
        return self._real_word()

    def _real_word(self) -> str:
        rng = self._rng
        draw = rng.random()
        if draw < 0.31:
            return rng.choice(self._words.general)
        if draw < 0.64:
            return rng.choice(self._words.villages)
        return rng.choice(rng.choice((self._words.surnames, self._words.given)))[0]

    def latin_word(self) -> str:
        """A name or random letters."""
        rng = self._rng
        if rng.random() < 0.4:
            return rng.choice(rng.choice((self._words.surnames, self._words.given)))[1].upper()
        return "".join(rng.choices(string.ascii_uppercase, k=rng.randint(1, 9)))

    def _digits(self, count: int) -> str:
        return "".join(self._rng.choices(string.digits, k=count))

    def _date(self) -> str:
        rng = self._rng
        if rng.random() < 0.3:
            text = f"{self._digits(2)}.{self._digits(2)}.{self._digits(4)}"
        else:
            text = dates.printed(date(1930, 1, 1) + timedelta(days=rng.randrange(40_000)))
        if rng.random() < 0.06:
            text = text.replace(".", rng.choice("-/"))
        return khmer.latin_digits(text) if rng.random() < 0.05 else khmer.khmer_digits(text)

    def _height(self) -> str:
        number = self._rng.randint(100, 210) if self._rng.random() < 0.7 else self._digits(3)
        return khmer.khmer_digits(f"{number}") + self._rng.choice((" ", " ", "")) + captions.HEIGHT_UNIT

    def _captioned(self, field: str, value: str, role: Role = "value") -> list[Segment]:
        """A caption and its value; often the value alone: captions are few and soon learnt, and cards show them too."""
        rng = self._rng
        word = captions.CAPTIONS[field] + rng.choice(_COLONS)
        draw = rng.random()
        if draw < 0.45:
            return [Segment(value, role)]
        if draw < 0.48:
            return [Segment(word, "caption")]
        gap = 0.0 if draw < 0.53 else rng.uniform(0.25, 1.2)
        return [Segment(word, "caption"), Segment(value, role, gap)]

    # Kinds of line

    def words(self) -> list[Segment]:
        role: Role = self._rng.choice(("value", "value", "name", "caption"))
        return [Segment(" ".join(self.khmer_word() for _ in range(self._rng.choice((1, 1, 2)))), role)]

    def caption(self) -> list[Segment]:
        return [Segment(self._rng.choice(list(captions.CAPTIONS.values())) + self._rng.choice(_COLONS), "caption")]

    def name(self) -> list[Segment]:
        words = [self.khmer_word() for _ in range(self._rng.choice((2, 2, 2, 3)))]
        if self._rng.random() < 0.35:
            return self._captioned("name_kh", " ".join(words), "name")
        return [Segment(" ".join(words), "name")]

    def place(self) -> list[Segment]:
        """Commune, district, province: any of them, not only where they belong together."""
        rng, words = self._rng, self._words
        commune, district = rng.choice(words.communes), rng.choice(words.districts)
        if rng.random() < 0.3:
            commune = rng.choice(("ឃុំ", "សង្កាត់")) + self.khmer_word()
        if rng.random() < 0.15:
            district = rng.choice(("ស្រុក", "ខណ្ឌ", "ក្រុង")) + self.khmer_word()
        if rng.random() < 0.15 and commune[-1] not in khmer.khmer_digits(string.digits):
            commune += "ទី" * (rng.random() < 0.7) + khmer.khmer_digits(str(rng.randint(1, 14)))
        text = f"{commune} {district} {rng.choice(('', '', '', 'ខេត្ត'))}{rng.choice(words.provinces)}"
        draw = rng.random()
        return [Segment(text, "value")] if draw < 0.45 else self._captioned("birth_place", text)

    def address(self) -> list[Segment]:
        """House, street and village, each of them optional."""
        rng, parts = self._rng, list[str]()
        number = khmer.khmer_digits if rng.random() < 0.9 else khmer.latin_digits
        if rng.random() < 0.6:
            parts.append(
                "ផ្ទះ" + rng.choice(("", "លេខ", "#")) + number(str(rng.randint(1, 999))) + rng.choice(_HOUSE_LETTERS)
            )
        if rng.random() < 0.5:
            street = number(str(rng.randint(1, 699))) if rng.random() < 0.7 else self.khmer_word()
            parts.append("ផ្លូវ" + rng.choice(("", "", "លេខ")) + street)
        if rng.random() < 0.25:
            parts.append("ក្រុម" + rng.choice(("", "ទី")) + number(str(rng.randint(1, 40))))
        village = rng.choice(self._words.villages) if rng.random() < 0.6 else self.khmer_word()
        parts.append(rng.choice(("ភូមិ", "ភូមិ", "ភូមិ", "")) + village)
        text = " ".join(parts)
        return [Segment(text, "value")] if rng.random() < 0.3 else self._captioned("address", text)

    def birth(self) -> list[Segment]:
        """Birth date, sex and height in one row, or only some of them."""
        rng = self._rng
        found = self._captioned("birth_date", self._date()) if rng.random() < 0.9 else []
        for field, value in (("sex", rng.choice((captions.MALE, captions.FEMALE))), ("height", self._height())):
            if rng.random() < 0.85:
                more = self._captioned(field, value)
                found += [Segment(more[0].text, more[0].role, rng.uniform(0.3, 3.0) if found else 0.0), *more[1:]]
        return found or self._captioned("height", self._height())

    def validity(self) -> list[Segment]:
        rng = self._rng
        found = self._captioned("issue_date", self._date())
        until = Segment(
            captions.CAPTIONS["expiry_date"] + rng.choice(("", "", "", ":")), "caption", rng.uniform(0.25, 1.0)
        )
        return [*found, until, Segment(self._date(), "value", rng.uniform(0.25, 0.8))] if rng.random() < 0.85 else found

    def mark(self) -> list[Segment]:
        """The distinguishing mark: free text over a small grammar, or any words."""
        rng = self._rng
        if rng.random() < 0.2:
            text = " ".join(self.khmer_word() for _ in range(rng.randint(1, 4)))
        elif rng.random() < 0.06:
            text = "គ្មាន"
        else:
            text = rng.choice(_MARK_KINDS) + rng.choice(_MARK_SIZES)
            if rng.random() < 0.55:
                amount = khmer.khmer_digits(f"{rng.randint(0, 9)}{rng.choice('.,')}{rng.randint(0, 9)}")
                amount = rng.choice((amount, amount, khmer.khmer_digits(str(rng.randint(1, 20)))))
                unit = rng.choice(("ស.ម", "ស.ម", "សម", "ម.ម"))
                text += (
                    rng.choice(("ចំ.", "ចំ. ", " ចំ ", "ចំ", " "))
                    + amount
                    + rng.choice(("", " "))
                    + unit
                    + rng.choice((" ", ""))
                )
            text += (
                rng.choice(("", " ")) + rng.choice(_MARK_POSITIONS) + rng.choice(_MARK_PARTS) + rng.choice(_MARK_SIDES)
            )
        return [Segment(text, "value")] if rng.random() < 0.3 else self._captioned("description", text)

    def latin(self) -> list[Segment]:
        words = [self.latin_word() for _ in range(self._rng.choice((1, 2, 2, 2, 3)))]
        return [Segment(" ".join(words), "latin")]

    def number(self) -> list[Segment]:
        rng = self._rng
        text = self._digits(9 if rng.random() < 0.85 else rng.randint(3, 12))
        if rng.random() < 0.4:
            text += rng.choice((" ", " ", "")) + f"({self._digits(rng.choice((1, 2, 2)))})"
        return [Segment(text, "latin")]

    def mrz(self) -> list[Segment]:
        """Any of the three lines, or a line of the same characters that means nothing."""
        rng = self._rng
        if rng.random() < 0.25:
            pool = rng.choice((mrz.ALPHABET, mrz.ALPHABET + "<" * 30, string.digits + "<", string.ascii_uppercase))
            return [Segment("".join(rng.choices(pool, k=30)), "mrz")]
        day = date(1930, 1, 1) + timedelta(days=rng.randrange(36_000))
        given = " ".join(self.latin_word() for _ in range(rng.choice((1, 1, 2))))
        lines = mrz.build(self._digits(9), day, rng.choice("MF"), day + timedelta(9000), self.latin_word(), given)
        line = list(rng.choice(lines))
        for at in range(30 if rng.random() < 0.3 else 0):  # break what could be guessed
            if line[at] in string.digits and rng.random() < 0.3:
                line[at] = rng.choice(string.digits)
        return [Segment("".join(line), "mrz")]

    def digits(self) -> list[Segment]:
        rng = self._rng
        text = "".join(rng.choices("0123456789" * 3 + ".,/-:", k=rng.randint(1, 12))).strip(":")
        role: Role = rng.choice(("value", "value", "latin"))
        return [Segment(text if role == "latin" else khmer.khmer_digits(text), role)]

    def noise_text(self) -> list[Segment]:
        """Letters, digits and punctuation of both scripts in any order."""
        rng = self._rng
        words = []
        for _ in range(rng.randint(1, 4)):
            word = rng.choice((self.khmer_word, self.latin_word))()
            words.append(
                word + rng.choice(("", "", "", "។", ",", "-", "%", "ៗ", "/" + self._digits(2), f"({self._digits(2)})"))
            )
        return [Segment(" ".join(words), "value")]


KINDS: dict[str, Callable[[LineTexts], list[Segment]]] = {
    "words": LineTexts.words,
    "caption": LineTexts.caption,
    "name": LineTexts.name,
    "place": LineTexts.place,
    "address": LineTexts.address,
    "birth": LineTexts.birth,
    "validity": LineTexts.validity,
    "mark": LineTexts.mark,
    "latin": LineTexts.latin,
    "number": LineTexts.number,
    "mrz": LineTexts.mrz,
    "digits": LineTexts.digits,
    "mixed": LineTexts.noise_text,
}
"""How a line of each kind is drawn."""

_ALL = {
    "words": 0.18,
    "caption": 0.02,
    "name": 0.16,
    "place": 0.13,
    "address": 0.09,
    "birth": 0.06,
    "validity": 0.03,
    "mark": 0.09,
    "latin": 0.07,
    "number": 0.03,
    "mrz": 0.035,
    "digits": 0.02,
    "mixed": 0.02,
}
_SHORT = {"words": 0.7, "caption": 0.04, "latin": 0.12, "number": 0.06, "digits": 0.08}

__all__ = ["KINDS", "LineText", "LineTexts", "Segment"]
