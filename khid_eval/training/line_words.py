"""The real words that lines are made of.

A word of the gazetteer belongs for ever to training or to validation, by its hash; names are split as on the cards.
"""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from khid_eval.card import khmer
from khid_eval.card.gazetteer import places
from khid_eval.synth.fonts import Split
from khid_eval.synth.names import name_parts

_CONSONANTS = "កខគឃងចឆជឈញដឋឌឍណតថទធនបផពភមយរលវសហឡអ"
_VOWELS = ["", "", "", *"ាិីឹឺុូួេែៃ", "ើ", "ោ", "ៅ", "ឿ", "ៀ", "ាំ", "ំ", "ះ", "ុះ", "េះ", "ោះ", "ំ", *["ុំ"] * 3]
_STACKED = ["ុំ", "ុំ", "ុំ", "ុះ", "ំ", "ាំ", "ិ", "ី", "ឹ", "ឺ"]  # names stack them on a shifter: អ៊ុំ, អ៊ិន
_SIGNS = ["", "", "", "", "់", "៍", "័", "៌"]
# Letters that the eye parts by a stroke: in each group any can stand where another does.
_ALIKE = ("ិីឹឺ", "ុូួ", "េែៃ", "ោៅ", "ចឆឈប", "គតភកដ", "ទនពធ", "ខបឫ", "ឃយផស", "លឡ", "ថឋ", "៉៊")
_SMALL_MARKS = "់៉៊ៈ័"
_AFTER_SHIFTER = ("", *"ាិីឹឺុូួេែៃោៅ")  # what may follow a consonant that is given a shifter; "" is the word's end
_LONGEST = 12  # code points of a dictionary's word: longer ones are phrases
_TELLING_LETTERS = 4  # a shorter name stands in many words by chance


def _belongs(word: str, split: Split) -> bool:
    return (zlib.crc32(word.encode()) % 10 == 0) == (split == "validation")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The real words of one split; each tuple in a fixed order."""

    villages: tuple[str, ...]
    communes: tuple[str, ...]  # with their kind before them
    districts: tuple[str, ...]
    provinces: tuple[str, ...]  # both splits: there are 25
    surnames: tuple[tuple[str, str], ...]  # Khmer, Latin
    given: tuple[tuple[str, str], ...]
    general: tuple[str, ...]  # of a dictionary, up to 12 letters; none holds a name of validation
    clusters: tuple[str, ...]  # every cluster of the country's place names; both splits


@cache
def dictionary() -> tuple[str, ...]:
    """Every word of a general Khmer dictionary, canonical, sorted."""
    packed = resources.files("khid_eval.training").joinpath("data/khmer_words.txt.gz").read_bytes()
    return tuple(sorted({khmer.canonical(word) for word in gzip.decompress(packed).decode("utf-8").split()}))


@cache
def held_out_names() -> frozenset[str]:
    """Names, and elements of names, that only validation cards carry."""
    kinds = ("surname", "given_f", "given_m", "second")
    return frozenset(name for kind in kinds for name, _ in name_parts(kind, "validation"))


def without_held_out(words: Sequence[str]) -> tuple[str, ...]:
    """Words that neither are a name of validation nor hold a long one."""
    kept = held_out_names()
    telling = tuple(name for name in kept if len(name) >= _TELLING_LETTERS)
    return tuple(word for word in words if word not in kept and not any(name in word for name in telling))


def _names(kinds: Sequence[str], split: Split) -> tuple[tuple[str, str], ...]:
    """(Khmer, Latin) of those lists; a name that validation has in any of them is no name of training."""
    own = {pair: None for kind in kinds for pair in name_parts(kind, split)}
    held_out = {pair[0] for kind in kinds for pair in name_parts(kind, "validation")} if split == "train" else set()
    return tuple(pair for pair in own if pair[0] not in held_out)


@cache
def vocabulary(split: Split) -> Vocabulary:
    """Words of that split."""
    found = places()
    whole = [name for place in found for name in (place.line, *place.villages)]

    def words(every: Sequence[str]) -> tuple[str, ...]:
        return tuple(word for word in dict.fromkeys(every) if _belongs(word, split))

    return Vocabulary(
        villages=words([village for place in found for village in place.villages]),
        communes=words([place.commune_kind + place.commune for place in found]),
        districts=words([place.district_kind + place.district for place in found]),
        provinces=tuple(dict.fromkeys(place.province for place in found)),
        surnames=_names(("surname",), split),
        given=_names(("given_f", "given_m", "second"), split),
        general=words(without_held_out([word for word in dictionary() if len(word) <= _LONGEST])),
        clusters=tuple(dict.fromkeys(one for name in whole for one in khmer.clusters(name) if one[0] >= "\u1780")),
    )


def random_cluster(rng: random.Random, known: Sequence[str]) -> str:
    """A cluster of `known`, or one that need not occur in any word."""
    if rng.random() < 0.6:
        return rng.choice(known)
    coeng = khmer.COENG + rng.choice(_CONSONANTS.replace("ឡ", "")) if rng.random() < 0.4 else ""
    if coeng and rng.random() < 0.12 and not coeng.endswith("រ"):
        coeng += khmer.COENG + "រ"
    shifter = rng.choice("៉៊") if rng.random() < 0.05 else ""
    vowel = rng.choice(_STACKED if shifter and rng.random() < 0.25 else _VOWELS)
    sign = rng.choice(_SIGNS) if vowel in ("", "ា") and not shifter else ""
    base = rng.choice(_CONSONANTS)
    return f"{base}{coeng}{shifter}{vowel}{sign}"


def altered(rng: random.Random, word: str) -> str:
    """The word with one letter or mark exchanged for one that is easily taken for it, with another subscript, or with a
    mark more or less, where it can have that.

    Else a network learns the words as well as the letters: it read the name ភួង, which it had not seen, as ភូង in every
    family of type, because ភូ begins so many words, and a subscript that few words have as two letters that are
    often together. No name of validation comes out of it.
    """
    change = rng.choices((_with_one_alike, _with_other_subscript, _with_other_mark), (0.6, 0.2, 0.2))[0]
    other = khmer.canonical(change(rng, word))
    return word if other in held_out_names() else other


def _with_one_alike(rng: random.Random, word: str) -> str:
    places = [(at, group) for at, letter in enumerate(word) for group in _ALIKE if letter in group]
    if not places:
        return word
    at, group = rng.choice(places)
    return word[:at] + rng.choice(group.replace(word[at], "")) + word[at + 1 :]


def _with_other_subscript(rng: random.Random, word: str) -> str:
    """One of its subscripts exchanged for any other, or one more where it has none."""
    letter = rng.choice(_CONSONANTS.replace("ឡ", ""))
    places = [at + 1 for at, sign in enumerate(word) if sign == khmer.COENG]
    if places:
        at = rng.choice(places)
        return word[:at] + letter + word[at + 1 :]
    bases = [at for at in _bases(word) if word[at + 1 : at + 2] != "៌"]
    at = rng.choice(bases) if bases else len(word)
    return word[: at + 1] + khmer.COENG + letter + word[at + 1 :] if bases else word


def _with_other_mark(rng: random.Random, word: str) -> str:
    """Without one of its small marks, or with one more where it has none."""
    places = [at for at, letter in enumerate(word) if letter in _SMALL_MARKS]
    if places:
        at = rng.choice(places)
        return word[:at] + word[at + 1 :]
    if _bases(word)[-1:] == [len(word) - 1] and len(word) > 1 and rng.random() < 0.6:
        return word + rng.choice("់់ៈ")
    bases = [at for at in _bases(word) if word[at + 1 : at + 2] in _AFTER_SHIFTER]
    at = rng.choice(bases) if bases else len(word)
    return word[: at + 1] + rng.choice("៉៊") + word[at + 1 :] if bases else word


def _bases(word: str) -> list[int]:
    """Places of its consonants that are no subscripts and have none."""
    return [
        at
        for at, letter in enumerate(word)
        if letter in _CONSONANTS and khmer.COENG not in (word[at - 1 : at], word[at + 1 : at + 2])
    ]


__all__ = ["Vocabulary", "altered", "dictionary", "held_out_names", "random_cluster", "vocabulary", "without_held_out"]
