"""The same values in other rows: how cards of `other_renderer_card.py` may break what they say.

A way gives the rows from the number to the mark as HTML, from top to bottom; only the MRZ stands where it always does.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from khid_eval.card.captions import CAPTIONS
from khid_eval.synth.persons import Person

ENGLISH = {
    "name_kh": "Name",
    "birth_date": "Date of birth",
    "sex": "Sex",
    "height": "Height",
    "birth_place": "Place of birth",
    "address": "Address",
    "issue_date": "Valid from",
    "expiry_date": "to",
    "description": "Marks",
}


@dataclass(frozen=True, slots=True)
class Printed:
    """What a way needs to know. values: HTML of each field as printed, the number with its suffix."""

    values: Mapping[str, str]
    address: tuple[str, str]
    colon: str

    def said(self, *names: str) -> str:
        """Captions with their values, in one row."""
        return " ".join(f"{CAPTIONS[name]}{self.colon} {self.values[name]}" for name in names)

    def validity(self) -> str:
        return f"{self.said('issue_date')} {CAPTIONS['expiry_date']} {self.values['expiry_date']}"


def _usual(card: Printed, *address: str) -> list[str]:
    """Rows as every known card has them, but for those of the address."""
    return [
        card.values["id_number"],
        card.said("name_kh"),
        card.values["name_en"],
        card.said("birth_date", "sex", "height"),
        card.said("birth_place"),
        f"{CAPTIONS['address']}{card.colon} {address[0]}",
        *address[1:],
        card.validity(),
        card.said("description"),
    ]


def _address_in_one_row(card: Printed) -> list[str]:
    return _usual(card, " ".join(card.address))


def _address_in_three_rows(card: Printed) -> list[str]:
    return _usual(card, card.address[0], *card.address[1].split(" ", 1))


def _each_in_its_own_row(card: Printed) -> list[str]:
    return [
        f"លេខ{card.colon} {card.values['id_number']}",
        card.said("name_kh"),
        card.values["name_en"],
        card.said("birth_date"),
        card.said("sex", "height"),
        card.said("birth_place"),
        f"{CAPTIONS['address']}{card.colon} {card.address[0]}",
        card.address[1],
        card.said("issue_date"),
        f"{CAPTIONS['expiry_date']}{card.colon} {card.values['expiry_date']}",
        card.said("description"),
    ]


def _names_in_one_row(card: Printed) -> list[str]:
    def said(name: str) -> str:
        return f"{CAPTIONS[name]} / {ENGLISH[name]}{card.colon} {card.values[name]}"

    return [
        f"អត្តសញ្ញាណប័ណ្ណលេខ {card.values['id_number']}",
        f"{card.said('name_kh')} {card.values['name_en']}",
        f"{said('birth_date')} {card.said('sex')}",
        card.said("height"),
        said("birth_place"),
        f"{CAPTIONS['address']} / {ENGLISH['address']}{card.colon} {card.address[0]}",
        card.address[1],
        card.validity(),
        said("description"),
    ]


def _captions_above(card: Printed) -> list[str]:
    def above(*names: str) -> list[str]:
        gap = "&emsp;" * 2
        return [gap.join(f"{CAPTIONS[n]}{card.colon}" for n in names), gap.join(card.values[n] for n in names)]

    return [
        card.values["id_number"],
        *above("name_kh"),
        card.values["name_en"],
        *above("birth_date", "sex", "height"),
        *above("birth_place"),
        f"{CAPTIONS['address']}{card.colon}",
        *card.address,
        card.validity(),
        card.said("description"),
    ]


WAYS: Mapping[str, Callable[[Printed], list[str]]] = {
    "address in one row": _address_in_one_row,
    "address in three rows": _address_in_three_rows,
    "each in its own row": _each_in_its_own_row,
    "names in one row": _names_in_one_row,
    "captions above": _captions_above,
}


def rows_of(person: Person, values: Mapping[str, str], colon: str, way: str) -> list[str]:
    """The rows of one card as HTML, in that way. values: HTML of each field."""
    shown = {**values, "id_number": html.escape(person.printed_number)}
    address = (html.escape(person.address_line1), html.escape(person.address_line2))
    return WAYS[way](Printed(shown, address, colon))
