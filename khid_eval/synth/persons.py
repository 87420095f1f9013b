"""Fictional people: everything that a card says about somebody, and the 14 texts that a reader should find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from khid_eval.card import dates, mrz
from khid_eval.card.captions import FEMALE, HEIGHT_UNIT, MALE
from khid_eval.card.gazetteer import Place, places
from khid_eval.card.khmer import canonical, khmer_digits
from khid_eval.synth.fonts import Split
from khid_eval.synth.names import Name, random_name

_FIRST_ISSUE, _LAST_ISSUE = date(2012, 1, 1), date(2026, 6, 30)
_YOUNGEST, _OLDEST = 15, 88  # years at issue
_SUFFIX_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Person:
    """A fictional card holder. number: 9 digits; suffix: "" or as printed after it, such as " (01)"; sex: M or F.

    birth_place, address_line1, address_line2, mark: canonical Khmer, as printed.
    """

    name: Name
    sex: str
    birth: date
    height_cm: int
    birth_place: str
    address_line1: str
    address_line2: str
    number: str
    suffix: str
    issue: date
    mark: str

    @property
    def expiry(self) -> date:
        return dates.expiry_of(self.issue)

    @property
    def mrz(self) -> tuple[str, str, str]:
        name = self.name
        return mrz.build(self.number, self.birth, self.sex, self.expiry, name.surname_en, name.given_en)

    @property
    def printed_number(self) -> str:
        """With the suffix, as the card shows it; the API answers the 9 digits alone."""
        return self.number + self.suffix

    def fields(self) -> dict[str, str]:
        """The truth: the 14 API fields in the API's order, canonical texts."""
        code1, code2, code3 = self.mrz
        return {
            "id_number": self.number,
            "name_kh": self.name.khmer,
            "name_en": self.name.latin,
            "birth_date": dates.printed(self.birth),
            "sex": FEMALE if self.sex == "F" else MALE,
            "height": f"{khmer_digits(str(self.height_cm))} {HEIGHT_UNIT}",
            "birth_place": self.birth_place,
            "address": " ".join(line for line in (self.address_line1, self.address_line2) if line),
            "issue_date": dates.printed(self.issue),
            "expiry_date": dates.printed(self.expiry),
            "description": self.mark,
            "machine_code1": code1,
            "machine_code2": code2,
            "machine_code3": code3,
        }


def _day_between(rng: np.random.Generator, first: date, last: date) -> date:
    return first + timedelta(days=int(rng.integers((last - first).days + 1)))


def random_place(rng: np.random.Generator) -> Place:
    """Any commune of the country; Phnom Penh and the towns come a little more often, as people do."""
    every = places()
    choice = every[rng.integers(len(every))]
    if rng.random() < 0.2:
        towns = [place for place in every if place.commune_kind == "សង្កាត់"]
        choice = towns[rng.integers(len(towns))]
    return choice


_HOUSE_LETTERS = ("", "", "", "", "អា", "បេ", "សេ", "ដេ", "អេ", "អឺ០", "អេ០", "អាបេ")
_NAMED_STREETS = (
    "លំ",
    "បេតុង",
    "ក្រាលកៅស៊ូ",
    "ព្រះនរោត្តម",
    "ព្រះមុនីវង្ស",
    "ព្រះសីហនុ",
    "ម៉ៅសេទុង",
    "កម្ពុជាក្រោម",
    "សហព័ន្ធរុស្ស៊ី",
    "ព្រះសុរាម្រឹត",
    "ព្រះស៊ីសុវត្ថិ",
    "វេងស្រេង",
)


def _digits(rng: np.random.Generator, below: int) -> str:
    return khmer_digits(str(1 + int(below ** rng.random())))


def _house(rng: np.random.Generator) -> str:
    number = _digits(rng, 900) + _HOUSE_LETTERS[rng.integers(len(_HOUSE_LETTERS))]
    return ("ផ្ទះលេខ" if rng.random() < 0.2 else "ផ្ទះ") + number


def _street(rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < 0.65:
        return "ផ្លូវ" + _digits(rng, 600) + ("បេតុង" if rng.random() < 0.04 else "")
    if kind < 0.75:
        return "ផ្លូវជាតិលេខ" + _digits(rng, 80)
    return "ផ្លូវ" + _NAMED_STREETS[rng.integers(len(_NAMED_STREETS))]


def random_address_line1(rng: np.random.Generator, place: Place) -> str:
    """House, street, group and village in that order; any of them may be missing, but not all."""
    village = place.villages[rng.integers(len(place.villages))] if place.villages else "ថ្មី"
    town = place.commune_kind == "សង្កាត់"
    parts = [
        _house(rng) if rng.random() < (0.85 if town else 0.35) else "",
        _street(rng) if rng.random() < (0.8 if town else 0.12) else "",
        f"ក្រុមទី{_digits(rng, 40)}" if rng.random() < 0.15 else "",
        ("ភូមិ" if rng.random() < 0.92 and not village.startswith("ភូមិ") else "") + village,
    ]
    return canonical(" ".join(part for part in parts if part))


_MARKS = ("ប្រជ្រុយ", "ប្រជ្រុយ", "ប្រជ្រុយ", "សំលាក", "ស្លាកស្នាម", "ស្នាម", "សំលាកចាស់", "ស្នាមកាត់", "ប្រជ្រុយសាច់")
_LOOKS = ("", "", "", "តូច", "ធំ", "ខ្មៅ", "ក្រហម", "វែង")
_WHERE = ("លើ", "ក្រោម", "ក្រោយ", "ចុង", "ក្បែរ", "កណ្ដាល", "គល់", "ជើង", "ខាងលើ", "ខាងក្រោម")
_PAIRED = ("ចិញ្ចើម", "ចំព្នើម", "ភ្នែក", "ថ្ពាល់", "ត្រចៀក", "ស្លឹកត្រចៀក", "កដៃ", "ស្មា", "មាត់", "ចុងភ្នែក", "ច្រមុះ")
_SINGLE = ("ថ្ងាស", "ច្រមុះ", "មាត់", "បបូរមាត់", "ចង្កា", "ក", "កញ្ចឹងក", "បបូរមាត់លើ", "បបូរមាត់ក្រោម", "ដើមទ្រូង")
_SIDES = ("ស្តាំ", "ស្តាំ", "ស្តាំ", "ស្ដាំ", "ឆ្វេង", "ឆ្វេង", "ឆ្វេង", "ឆ្វេង")  # the dictionary's ស្ដាំ is typed less often


def _one_of(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[rng.integers(len(words))]


def _distance(rng: np.random.Generator) -> str:
    value = f"{rng.integers(5)}{'.' if rng.random() < 0.4 else ','}{rng.integers(1, 10)}"
    if rng.random() < 0.25:
        value = str(rng.integers(1, 9))
    unit = "ស.ម" if rng.random() < 0.75 else "សម"
    return f"ចំ{'.' if rng.random() < 0.6 else ''} {khmer_digits(value)}{unit}"


def random_mark(rng: np.random.Generator) -> str:
    """A distinguishing mark: kind, look, size, position, body part, side; or គ្មាន (none)."""
    if rng.random() < 0.03:
        return "គ្មាន"
    what = _one_of(rng, _MARKS) + _one_of(rng, _LOOKS)
    if rng.random() < 0.6:
        what += _distance(rng)
    if rng.random() < 0.7:
        side = ("ខាង" if rng.random() < 0.5 else "") + _one_of(rng, _SIDES)
        return canonical(f"{what} {_one_of(rng, _WHERE)}{_one_of(rng, _PAIRED)}{side}")
    return canonical(f"{what} {_one_of(rng, _WHERE)}{_one_of(rng, _SINGLE)}")


def random_number(rng: np.random.Generator) -> str:
    """Nine digits; most begin with 0, 1 or 2."""
    head = rng.choice(10, p=(0.34, 0.26, 0.14, 0.06, 0.04, 0.05, 0.04, 0.03, 0.02, 0.02))
    return f"{head}{rng.integers(10**8):08d}"


def _birth(rng: np.random.Generator, issue: date) -> date:
    age_days = 365.25 * float(np.clip(_YOUNGEST + rng.gamma(1.7, 14.0), _YOUNGEST, _OLDEST))
    return min(issue - timedelta(days=int(age_days)), dates.years_after(issue, -_YOUNGEST))


def random_person(rng: np.random.Generator, split: Split = "train", *, suffix_share: float = _SUFFIX_SHARE) -> Person:
    """A fictional card holder. split: which of the two name lists is used. suffix_share: P(number has a suffix)."""
    sex = "F" if rng.random() < 0.5 else "M"
    issue = _day_between(rng, _FIRST_ISSUE, _LAST_ISSUE)
    home = random_place(rng)
    born_at = home if rng.random() < 0.45 else random_place(rng)
    suffix = f" ({rng.integers(1, 4):02d})" if rng.random() < suffix_share else ""
    return Person(
        name=random_name(rng, sex, split),
        sex=sex,
        birth=_birth(rng, issue),
        height_cm=int(np.clip(rng.normal(156 if sex == "F" else 166, 6), 130, 198)),
        birth_place=born_at.line,
        address_line1=random_address_line1(rng, home),
        address_line2=home.line,
        number=random_number(rng),
        suffix=suffix,
        issue=issue,
        mark=random_mark(rng),
    )


__all__ = ["Person", "random_address_line1", "random_mark", "random_number", "random_person", "random_place"]
