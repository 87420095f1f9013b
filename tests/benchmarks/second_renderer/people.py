"""Fictional card holders: names, addresses, marks, dates and the machine-readable zone, drawn by chance."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from khid_eval.card import dates, gazetteer, mrz
from khid_eval.card.captions import FEMALE, HEIGHT_UNIT, MALE
from khid_eval.card.khmer import khmer_digits
from tests.benchmarks.second_renderer import names
from tests.benchmarks.second_renderer.names import printed

CAPITAL = "ភ្នំពេញ"
_PRINTABLE = re.compile(r"[\u1780-\u17dd\u17e0-\u17e9]+")
_SIGNS = ("ប្រជ្រុយ", "សំលាក", "ស្លាកស្នាម", "ស្នាម", "ប្រជ្រុយតូច", "ប្រជ្រុយខ្មៅ", "សំលាកតូច", "សំលាកធំ")
_WHERE = ("លើ", "លើ", "ក្រោម", "ក្រោម", "ក្រោយ", "ចុង", "ក្បែរ", "ខាងលើ", "ខាងក្រោម")
_PARTS = ("ចិញ្ចើម", "ភ្នែក", "ថ្ងាស", "ច្រមុះ", "មាត់", "បបូរមាត់", "ចង្កា", "ថ្ពាល់", "ត្រចៀក", "ក", "កន្ទុយភ្នែក")
_PARTS_OF = {"ក្រោយ": ("ត្រចៀក", "ក"), "ចុង": ("ចិញ្ចើម", "ភ្នែក", "ច្រមុះ")}
_SIDES = ("ខាងស្តាំ", "ខាងឆ្វេង", "ស្តាំ", "ឆ្វេង", "ខាងស្តាំ", "ខាងឆ្វេង", "")


@dataclass(frozen=True, slots=True)
class Place:
    """A village with what it belongs to, each with the word for its kind as printed. town: a sangkat."""

    village: str
    commune: str
    district: str
    province: str
    town: bool


@dataclass(frozen=True, slots=True)
class Person:
    """fields: truth by API field. address_lines: the address where two lines print it. id_suffix: behind the number."""

    fields: Mapping[str, str]
    address_lines: tuple[str, str]
    male: bool
    id_suffix: str | None


@cache
def places() -> dict[str, tuple[Place, ...]]:
    """The villages of each province."""
    found: dict[str, list[Place]] = {}
    for place in gazetteer.places():
        commune, district, province = (
            _closed(name)
            for name in (place.commune_kind + place.commune, place.district_kind + place.district, place.province)
        )
        for name in place.villages:
            village = _closed(name).removeprefix("ភូមិ")
            if all(_PRINTABLE.fullmatch(text) for text in (village, commune, district)):
                town = place.commune_kind == "សង្កាត់"
                found.setdefault(province, []).append(Place("ភូមិ" + village, commune, district, province, town))
    return {province: tuple(villages) for province, villages in found.items()}


def _closed(name: str) -> str:
    return printed(name).replace(" ", "")


def mark(rng: random.Random) -> str:
    """What the card says of moles and scars."""
    if rng.random() < 0.05:
        return "គ្មាន"
    sign = rng.choices(_SIGNS, [34, 20, 7, 9, 8, 8, 8, 6])[0]
    distance = _distance(rng) if rng.random() < 0.6 else ""
    where = rng.choice(_WHERE)
    parts = _PARTS_OF.get(where, _PARTS)
    side = rng.choice(_SIDES)
    if sign == "ប្រជ្រុយ" and not distance and rng.random() < 0.3:
        return printed(f"ប្រជ្រុយ{where}{rng.choice(parts)}{side}")
    return printed(f"{sign}{distance if distance else ' '}{where}{rng.choice(parts)}{side}")


def _distance(rng: random.Random) -> str:
    whole, tenth = rng.choice([0, 0, 0, 1, 1, 2, 3]), rng.randint(1, 9)
    amount = f"{whole}{rng.choice(',.')}{tenth}" if rng.random() < 0.7 or not whole else str(whole)
    return f"ចំ.{rng.choice(['', ' '])}{khmer_digits(amount)}{rng.choice([HEIGHT_UNIT, HEIGHT_UNIT, 'សម'])} "


def _house_and_village(rng: random.Random, place: Place) -> str:
    parts = []
    if rng.random() < (0.85 if place.town else 0.3):
        house = khmer_digits(str(rng.randint(1, 480)))
        if rng.random() < 0.3:
            house += rng.choice(["អា", "បេ", "សេ", "ដេ", "អឺ", "អា" + khmer_digits(str(rng.randint(0, 4)))])
        parts.append("ផ្ទះ" + house)
    if rng.random() < (0.75 if place.town else 0.08):
        numbers = [str(rng.randint(1, 650)), str(rng.randint(1, 650)), f"{rng.randint(2, 30)}ម"]
        parts.append("ផ្លូវ" + khmer_digits(rng.choice([*numbers, "លំ", "បេតុង", "ជាតិ"])))
    if rng.random() < 0.22:
        parts.append("ក្រុម" + khmer_digits(str(rng.randint(1, 38))))
    return " ".join([*parts, place.village])


def _day(rng: random.Random, first: dt.date, last: dt.date) -> dt.date:
    return first + dt.timedelta(days=rng.randint(0, (last - first).days))


def _name(rng: random.Random, male: bool) -> tuple[tuple[str, str], tuple[str, str]]:
    """Surname and given name, each in Khmer and in Latin letters."""
    surname = rng.choice(names.pairs(names.SURNAMES))
    if rng.random() < 0.15:
        first, second = rng.choice(names.pairs(names.FIRST)), rng.choice(names.pairs(names.SECOND))
        return surname, (first[0] + second[0], first[1] + second[1])
    block = names.GIVEN_F if not male and rng.random() < 0.5 else names.GIVEN
    return surname, rng.choice(names.pairs(block))


def _days(rng: random.Random) -> tuple[dt.date, dt.date]:
    """Birth and issue: nobody has a card before fifteen."""
    issue = _day(rng, dt.date(2012, 6, 1), dt.date(2024, 11, 30))
    newest = dt.date(issue.year - 15, issue.month, min(issue.day, 28))
    oldest = dt.date(1938, 1, 1) if rng.random() < 0.3 else dt.date(1975, 1, 1)
    return _day(rng, oldest, newest), issue


def _homes(rng: random.Random) -> tuple[Place, str]:
    """Where somebody lives, and the place of birth as printed."""
    groups = places()
    home = rng.choice(groups[rng.choice(list(groups))] if rng.random() < 0.75 else groups[CAPITAL])
    born = rng.choice(groups[home.province] if rng.random() < 0.4 else groups[rng.choice(list(groups))])
    district = f"{born.district} {born.province}"
    return home, f"{born.commune} {district}" if rng.random() < 0.9 else district


def make_person(rng: random.Random) -> Person:
    male = rng.random() < 0.5
    surname, given = _name(rng, male)
    birth, issue = _days(rng)
    home, birth_place = _homes(rng)
    lines = (_house_and_village(rng, home), f"{home.commune} {home.district} {home.province}")
    number = f"{rng.choice('0001112')}{rng.randint(0, 99999999):08d}"
    expiry = dates.expiry_of(issue)
    code = mrz.build(number, birth, "M" if male else "F", expiry, surname[1], given[1])
    height = rng.randint(150, 184) if male else rng.randint(141, 172)
    fields = {
        "id_number": number,
        "name_kh": f"{surname[0]} {given[0]}",
        "name_en": f"{surname[1]} {given[1]}",
        "birth_date": dates.printed(birth),
        "sex": MALE if male else FEMALE,
        "height": f"{khmer_digits(str(height))} {HEIGHT_UNIT}",
        "birth_place": birth_place,
        "address": " ".join(lines),
        "issue_date": dates.printed(issue),
        "expiry_date": dates.printed(expiry),
        "description": mark(rng),
    } | {f"machine_code{row}": line for row, line in enumerate(code, 1)}
    return Person(fields, lines, male, f"({rng.choice(['01', '01', '02', '03'])})" if rng.random() < 0.08 else None)
