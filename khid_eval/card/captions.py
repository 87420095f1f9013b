"""What the card prints before each value, and what people call the fields."""

from __future__ import annotations

from types import MappingProxyType

CAPTIONS = MappingProxyType(
    {
        "name_kh": "គោត្តនាមនិងនាម",
        "birth_date": "ថ្ងៃខែឆ្នាំកំណើត",
        "sex": "ភេទ",
        "height": "កំពស់",
        "birth_place": "ទីកន្លែងកំណើត",
        "address": "អាសយដ្ឋាន",
        "issue_date": "សុពលភាព",
        "expiry_date": "ដល់ថ្ងៃ",
        "description": "ភិនភាគ",
    }
)
"""Printed captions by API field; the other fields have none."""

OTHER_WORDINGS = MappingProxyType(
    {
        "name_kh": ("នាមត្រកូលនិងនាម",),
        "birth_place": ("ទីកំណើត",),
        "address": ("ទីលំនៅ", "ទីលំនៅបច្ចុប្បន្ន"),
        "description": ("ភិនភាគពិសេស",),
    }
)
"""What other documents of the country, and drawings of the card, call the same; read, and never printed here."""

MALE, FEMALE = "ប្រុស", "ស្រី"
HEIGHT_UNIT = "ស.ម"

__all__ = ["CAPTIONS", "FEMALE", "HEIGHT_UNIT", "MALE", "OTHER_WORDINGS"]
