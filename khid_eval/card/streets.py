"""How the first line of an address begins: letters behind a house number, streets that many addresses name."""

from __future__ import annotations

HOUSE_LETTERS = ("អា", "បេ", "សេ", "ដេ", "អឺ", "អេ", "អែហ្វ", "អឺ០", "អេ០", "អាបេ")
"""The letters A, B, C … as a card spells them, and the zeros of the storeys."""

STREETS = (
    *("លំ", "បេតុង", "ក្រាលកៅស៊ូ", "ក្រួសក្រហម", "ជាតិ", "ជាតិលេខ", "រថភ្លើង", "មាត់ទន្លេ", "ឯករាជ្យ"),
    *("ព្រះនរោត្តម", "ព្រះមុនីវង្ស", "ព្រះសីហនុ", "ព្រះសុរាម្រឹត", "ព្រះស៊ីសុវត្ថិ", "ព្រះមុនីរ៉េត", "ព្រះអង្គយុគន្ធរ", "ព្រះអង្គឌួង"),
    *(
        "ម៉ៅសេទុង",
        "កម្ពុជាក្រោម",
        "សហព័ន្ធរុស្ស៊ី",
        "វេងស្រេង",
        "សម្ដេចសុធារស",
        "សម្ដេចប៉ាន",
        "សម្ដេចហ៊ុនសែន",
        "សម្ដេចជួនណាត",
        "ឧកញ៉ាទេពផន",
        "ព្រះត្រសក់ផ្អែម",
        "ព្រះអង្គអេង",
        "ព្រះអង្គនន",
        "ឈ្នះឈ្នះ",
        "ហាណូយ",
        "ចាល់ដឺហ្គោល",
    ),
)
"""Kinds of street and the boulevards of the towns. Thousands of streets are in no such list."""

__all__ = ["HOUSE_LETTERS", "STREETS"]
