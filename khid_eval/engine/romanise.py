"""How well a Latin name can be the spelling of a Khmer one: a soft match of sounds, letter by letter.

The card prints the holder's name in both scripts, and the Latin one is by far the easier to read. Romanisation follows
the ear and no rule, so every Khmer letter has several spellings and every departure only costs something. It settles
which of two readings of the picture is meant (ភ or ក, PH or K), and never makes up a name of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import regex

from khid_eval.card.khmer import COENG

_CONSONANTS: Mapping[str, str] = {
    **{
        "ក": "K G C KK",
        "ខ": "KH K",
        "គ": "K G C KK",
        "ឃ": "KH K",
        "ង": "NG N",
        "ច": "CH J C",
        "ឆ": "CHH CH",
        "ជ": "CH J C",
    },
    **{"ឈ": "CHH CH", "ញ": "NH NY GN N", "ដ": "D T", "ឋ": "TH T", "ឌ": "D", "ឍ": "TH", "ណ": "N NN", "ត": "T D TT"},
    **{
        "ថ": "TH T",
        "ទ": "T TT",
        "ធ": "TH T",
        "ន": "N NN",
        "ប": "B P BB",
        "ផ": "PH P",
        "ព": "P PP",
        "ភ": "PH P",
        "ម": "M MM",
    },
    **{"យ": "Y I E", "រ": "R", "ល": "L LL", "វ": "V W U", "ស": "S SS CE H", "ហ": "H", "ឡ": "L LL", "អ": ""},
}
_SELDOM: Mapping[str, str] = {"ទ": "D"}
"""More spellings of consonants, which another letter nearly always has (ដ or ឌ, D)."""
_VOWELS: Mapping[str, tuple[str, str]] = {
    **{"ា": ("A AR", "EA A AR"), "ិ": ("E EI", "I"), "ី": ("EY EI Y EE", "I Y EE EY")},
    **{"ឹ": ("OEU EU OE E", "OE I U EU E"), "ឺ": ("EU OEU", "EU UE OEU"), "ុ": ("O", "U OU")},
    **{"ូ": ("O OU OO", "OU U OO O"), "ួ": ("UO OU UA OUR", "UO OU UA OUR"), "ើ": ("AE OEU EU AER", "EU OEU ER OE")},
    **{"ឿ": ("EUA OEU OEUR", "EUA OEU OEUR"), "ៀ": ("IE EA IA", "IE EA IA"), "េ": ("E EI AY", "E EI AY I")},
    **{"ែ": ("E AE", "E AE EA"), "ៃ": ("AI AY EI", "EI EY AY Y AI"), "ោ": ("AO O OR", "O OU OR")},
    **{"ៅ": ("AO AU AV", "OV OW OU AU"), "ាំ": ("AM ANG", "OAM EAM AM ANG"), "ំ": ("AM ORM OM", "OM UM M")},
    **{
        "ុំ": ("OM", "UM OUM OM"),
        "ះ": ("AS AH A", "EAS EAH EA A"),
        "ៈ": ("AK A", "EAK EA AK A"),
        "័": ("A", "OA EA O A E"),
    },
    **{"ឥ": ("E EI I", "E EI I"), "ឧ": ("O OU U", "O OU U"), "ឪ": ("OV AO", "OV AO")},
    **{"ឫ": ("RUE RI RE", "RUE RI RE"), "ឬ": ("REU RUE", "REU RUE")},
}
"""A vowel's spellings after a consonant of the first series and after one of the second."""
_SECOND_SERIES = frozenset("គឃងជឈញឌឍទធនពភមយរលវ")
_GIVES_WAY = frozenset("ងញណនមយរលវ")  # as a subscript it takes the series of its base
_TO_FIRST, _TO_SECOND = "៉", "៊"
_PLACES = ("កខគឃ", "ចឆជឈញ", "ដឋឌឍណតថទធន", "បផពភម")
"""Consonants that are spoken at one place: of two, one above the other, often only one is heard."""
_INHERENT = ("A", "O", "OR", "OA", "AW", "AR", "E")
_SILENCED = "៍"
_CLUSTER = regex.compile(rf"([\u1780-\u17b3])((?:{COENG}[\u1780-\u17a2])*)([\u17b6-\u17d1\u17dd]*)")
_LETTERS = "AEIOUY"

_WRONG_CONSONANT, _WRONG_VOWEL = 3.0, 1.5
_LESS_USUAL = 0.8
_SILENT, _SILENT_BELOW, _SILENT_TWIN, _SILENT_VOWEL, _UNSAID = 2.0, 1.0, 0.3, 0.8, 1.5
"""Nats: another consonant or vowel than expected, a vowel as the other series has it, a letter that is not spelt (a
subscript often is not, and one of two that are spoken at one place mostly), a Latin letter that is not said.
"""


@dataclass(frozen=True, slots=True, eq=False)
class _Sound:
    """One Khmer letter; there is one object for each.

    spellings: Latin letters for it; less_usual: others; consonant: or a vowel; silent: nats for not spelling it.
    """

    spellings: tuple[str, ...]
    less_usual: tuple[str, ...]
    consonant: bool
    silent: float


_UNWRITTEN = _Sound(_INHERENT, (), False, 0.0)


def _sounds(khmer: str) -> list[_Sound]:
    return [sound for parts in _CLUSTER.findall(khmer) for sound in _sounds_of(*parts)]


@lru_cache(maxsize=4096)
def _sounds_of(base: str, below: str, marks: str) -> tuple[_Sound, ...]:
    """Of one cluster: its base, its subscripts with their COENGs, its vowels and signs."""
    if _SILENCED in marks:
        return ()  # the letter is written and not spoken
    found: list[_Sound] = []
    below = below.replace(COENG, "")
    second = _is_second(base, below, marks)
    twins = bool(below) and _spoken_at_one_place(base, below[0])
    unsaid = (_SILENT_TWIN if twins else _SILENT, *[_SILENT_TWIN if twins else _SILENT_BELOW for _ in below])
    for letter, silent in zip(base + below, unsaid, strict=True):
        if letter in _CONSONANTS and letter != "អ":
            found.append(_consonant(letter, silent))
        elif letter in _VOWELS:
            found.append(_vowel(letter, second))
    vowel = regex.sub("[៉៊់៏៎]", "", marks)
    known = [part for part in regex.findall("ាំ|ុំ|.", vowel) if part in _VOWELS]
    return (*found, *([_vowel(part, second) for part in known] or [_UNWRITTEN]))


def _is_second(base: str, below: str, marks: str) -> bool:
    """Whether the cluster's vowel sounds as after a consonant of the second series."""
    if _TO_FIRST in marks or _TO_SECOND in marks:
        return _TO_SECOND in marks
    ruling = [letter for letter in below if letter not in _GIVES_WAY]
    return (ruling[-1] if ruling else base) in _SECOND_SERIES


def _spoken_at_one_place(one: str, other: str) -> bool:
    return any(one in place and other in place for place in _PLACES)


@cache
def _consonant(letter: str, silent: float) -> _Sound:
    return _Sound(tuple(_CONSONANTS[letter].split()), tuple(_SELDOM.get(letter, "").split()), True, silent)


@cache
def _vowel(letter: str, second: bool) -> _Sound:
    spellings, others = (tuple(_VOWELS[letter][series].split()) for series in (int(second), int(not second)))
    return _Sound(spellings, others, False, _SILENT_VOWEL)


def cost(khmer: str, latin: str) -> float:
    """Nats by which a Latin name falls short of spelling a Khmer one, >= 0; about 0 to 3 for the same name.

    khmer: canonical; latin: capitals; blanks and anything else are passed over on both sides.
    """
    letters = _capitals(latin)
    best = _nothing_said(letters)
    for sound in _sounds(khmer):
        best = _said(sound, letters, best)
    return best[-1]


class Laid:
    """A Khmer name laid against a Latin one: what it would cost with another cluster in the place of one of its own.

    The way to each cluster and the way on from it are known, so that a change takes no longer than its own sounds.
    """

    def __init__(self, khmer: str, latin: str) -> None:
        """khmer, latin: as for `cost`."""
        self._letters = _capitals(latin)
        self.clusters = [(found.start(), found.end()) for found in _CLUSTER.finditer(khmer)]
        sounds = [_sounds_of(*found.groups()) for found in _CLUSTER.finditer(khmer)]
        self._before = [_nothing_said(self._letters)]
        for one in sounds[:-1]:
            self._before.append(self._through(one, self._before[-1]))
        self._left = [_nothing_said(self._letters)[::-1]]
        for one in sounds[:0:-1]:
            left = self._left[0]
            for sound in reversed(one):
                left = _left(sound, self._letters, left)
            self._left.insert(0, left)

    def cost_with(self, number: int, cluster: str) -> float:
        """`cost` of the name with `cluster` as its cluster of that number, 0 the first; inf for what is none."""
        found = _CLUSTER.fullmatch(cluster)
        if not found:
            return math.inf
        said = self._through(_sounds_of(*found.groups()), self._before[number])
        return min(one + other for one, other in zip(said, self._left[number], strict=True))

    def _through(self, sounds: Sequence[_Sound], best: list[float]) -> list[float]:
        for sound in sounds:
            best = _said(sound, self._letters, best)
        return best


def _capitals(latin: str) -> str:
    return regex.sub("[^A-Z]", "", latin)


def _nothing_said(letters: str) -> list[float]:
    """[j]: the least cost of having said the first j Latin letters with no sound."""
    return [_UNSAID * j for j in range(len(letters) + 1)]


def _said(sound: _Sound, letters: str, before: list[float]) -> list[float]:
    """[j]: the least cost of having said the first j Latin letters, once this sound is said too."""
    silent = sound.silent
    after = [value + silent for value in before]
    for start, end, nats in _ways(sound, letters):  # comparisons: `min` would take twice as long
        value = before[start] + nats
        if value < after[end]:
            after[end] = value
    for at in range(len(letters)):
        value = after[at] + _UNSAID
        if value < after[at + 1]:
            after[at + 1] = value
    return after


def _left(sound: _Sound, letters: str, after: list[float]) -> list[float]:
    """[j]: the least cost of what is still to be said behind the first j Latin letters, from this sound on."""
    before = [value + sound.silent for value in after]
    for start, end, nats in _ways(sound, letters):
        before[start] = min(before[start], after[end] + nats)
    for at in reversed(range(len(letters))):
        before[at] = min(before[at], before[at + 1] + _UNSAID)
    return before


@lru_cache(maxsize=4096)
def _ways(sound: _Sound, letters: str) -> tuple[tuple[int, int, float], ...]:
    """(start, end, nats): the Latin letters that can spell the sound. Readings of one name share most of them."""
    found: dict[tuple[int, int], float] = {}
    wrong = _WRONG_CONSONANT if sound.consonant else _WRONG_VOWEL
    size = len(letters)
    for at in range(size):
        if (letters[at] in _LETTERS) != sound.consonant:  # some other letter of the same kind
            for end in range(at + 1, min(at + (2 if sound.consonant else 3), size) + 1):
                if all((one in _LETTERS) != sound.consonant for one in letters[at:end]):
                    found[at, end] = wrong
        found |= {(at, at + len(one)): _LESS_USUAL for one in sound.less_usual if letters.startswith(one, at)}
        found |= {(at, at + len(one)): 0.0 for one in sound.spellings if letters.startswith(one, at)}
    return tuple((start, end, nats) for (start, end), nats in found.items())


__all__ = ["Laid", "cost"]
