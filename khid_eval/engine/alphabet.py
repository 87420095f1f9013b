"""The recogniser's classes and the exact codec between Khmer text and the order in which it stands on paper.

CTC reads from left to right. Unicode stores េ after its consonant, paper shows it before; COENG RO too is drawn to the
left of its base. So a line is coded in *visual* order: left vowel part, COENG RO, base, other coengs, the rest.
A vowel with parts on both sides becomes two tokens. COENG and its consonant are one token.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import regex

from khid_eval.card.khmer import COENG, canonical

BLANK = 0
"""Class of CTC's blank."""

_CONSONANTS = [chr(code) for code in range(0x1780, 0x17A3)]
_INDEPENDENT = [chr(code) for code in range(0x17A5, 0x17B4)]
_VOWELS = [chr(code) for code in range(0x17B6, 0x17C6) if code not in (0x17BE, 0x17C4)]  # these two are split
_SIGNS = [chr(code) for code in range(0x17C6, 0x17D2) if code != 0x17CE] + ["\u17ce", "\u17dd"]
_KHMER_PUNCTUATION = ["។", "៕", "៖", "ៗ"]
_KHMER_DIGITS = list("០១២៣៤៥៦៧៨៩")
_LATIN = list(string.ascii_uppercase + string.digits)
_PUNCTUATION = list("<.,:;/-()#'\"%+&")

TOKENS: tuple[str, ...] = (
    "",
    " ",
    *_LATIN,
    *_PUNCTUATION,
    *_CONSONANTS,
    *(COENG + one for one in _CONSONANTS),
    COENG,
    *_INDEPENDENT,
    *_VOWELS,
    *_SIGNS,
    *_KHMER_PUNCTUATION,
    *_KHMER_DIGITS,
)
"""Token of each class; index 0 is the blank. A bare COENG serves the rare coengs under independent vowels."""

_CLASS_OF = {token: number for number, token in enumerate(TOKENS)}
_RO = COENG + "\u179a"
_E = "\u17c1"
_LEFT = frozenset("\u17c1\u17c2\u17c3")  # vowels that stand wholly to the left of the base
_SPLIT = {"\u17be": "\u17b8", "\u17c4": "\u17b6", "\u17bf": "\u17bf", "\u17c0": "\u17c0", "\u17c5": "\u17c5"}
_JOINED = {right: whole for whole, right in _SPLIT.items()}  # what E and this right part are together
_BASE = "[\u1780-\u17b3]"
_MARKS = {*map(chr, range(0x17B6, 0x17D3)), "\u17dd"}
_PIECE = regex.compile(f"({_BASE})((?:{COENG}{_BASE}|[\u17b6-\u17d1\u17dd])*)|(?s:.)")
_PART = regex.compile(f"{COENG}[\u1780-\u17a2]|.")

MRZ_CHARACTERS = string.ascii_uppercase + string.digits + "<"
LATIN_CHARACTERS = string.ascii_uppercase + " "
NUMBER_CHARACTERS = string.digits + "() "
KHMER_DATE_CHARACTERS = "".join(_KHMER_DIGITS) + string.digits + "."


def _visual(base: str, marks: Sequence[str]) -> list[str]:
    """The tokens of one cluster from left to right."""
    lead: list[str] = []
    rest: list[str] = []
    hooks: list[str] = []
    for mark in marks:
        if mark in _LEFT:
            lead.append(mark)
        elif mark in _SPLIT:
            lead.append(_E)
            rest.append(_SPLIT[mark])
        elif mark == _RO:
            hooks.append(mark)
        else:
            rest.append(mark)
    return [*lead, *hooks, base, *rest]


def encode(text: str) -> list[int]:
    """The classes of a line of text, in visual order.

    text: any text; it is made canonical first. Raises ValueError for a character outside the alphabet and for clusters
    that no font draws (two vowels on one base and the like), because they could not be read back.
    """
    return list(_encoded(text))


@lru_cache(maxsize=16384)
def _encoded(text: str) -> tuple[int, ...]:
    """Cards share their places and the words of their marks, so most are known already."""
    text = canonical(text)
    found = [match[0] for match in _PIECE.finditer(text)]
    classes = tuple(one for piece in found for one in _classes_of_piece(piece))
    # A mark without a base can hang on what comes before or after it: only the whole line tells.
    if any(piece[0] in _MARKS for piece in found) and decode(classes) != text:
        raise ValueError(f"a cluster that cannot be drawn: {text!r}")
    return classes


@lru_cache(maxsize=4096)
def _classes_of_piece(piece: str) -> tuple[int, ...]:
    """The classes of one cluster or other character. Texts share their clusters, so most are known already."""
    match = _PIECE.fullmatch(piece)
    tokens = _visual(match[1], _PART.findall(match[2])) if match and match[1] else [piece]
    try:
        classes = tuple(_CLASS_OF[token] for token in tokens)
    except KeyError as exc:
        raise ValueError(f"not in the recogniser's alphabet: {exc.args[0]!r}") from exc
    if len(tokens) > 1 and decode(classes) != piece:
        raise ValueError(f"a cluster that cannot be drawn: {piece!r}")
    return classes


@dataclass(frozen=True, slots=True)
class Piece:
    """A cluster (or another character) of a decoded line and the tokens it came from, as positions in the input."""

    text: str
    tokens: tuple[int, ...]


@dataclass(slots=True)
class _Cluster:
    """Tokens gathered for one cluster: those that stand before the base, the base, those after it."""

    lead: list[int]
    base: int | None
    rest: list[int]

    def members(self) -> list[int]:
        return sorted([*self.lead, *([] if self.base is None else [self.base]), *self.rest])


def _gather(tokens: Sequence[str]) -> Iterable[_Cluster]:
    """Cuts visual tokens into clusters: left vowels and COENG RO open one, a base fills it, marks hang on it."""
    current = _Cluster([], None, [])
    coeng_open = False
    for at, token in enumerate(tokens):
        is_base = len(token) == 1 and "\u1780" <= token <= "\u17b3"
        if coeng_open and is_base:  # a bare COENG: this base hangs below the one before
            current.rest.append(at)
        elif token in _LEFT or token == _RO:
            if current.base is not None:
                yield current
                current = _Cluster([], None, [])
            current.lead.append(at)
        elif is_base and current.base is None:
            current.base = at
        elif token[:1] == COENG or "\u17b6" <= token <= "\u17d1" or token == "\u17dd":
            current.rest.append(at)
        else:
            yield current
            current = _Cluster([], at, [])
            if not is_base:
                yield current
                current = _Cluster([], None, [])
        coeng_open = token == COENG
    yield current


def _logical(tokens: Sequence[str], cluster: _Cluster) -> str:
    """The text of one cluster in storage order."""
    base = "" if cluster.base is None else tokens[cluster.base]
    return _joined(tuple(tokens[at] for at in cluster.lead), base, tuple(tokens[at] for at in cluster.rest))


@lru_cache(maxsize=8192)
def _joined(lead: tuple[str, ...], base: str, rest: tuple[str, ...]) -> str:
    """Lines share their clusters, so most are known already."""
    before, after = list(lead), list(rest)
    for at, right in enumerate(after):
        if right in _JOINED and _E in before:
            before.remove(_E)
            after[at] = _JOINED[right]
    # COENG RO before any sign: Unicode's normal form would tear a COENG from its letter when a sign stands before it.
    hooks, vowels = [one for one in before if one == _RO], [one for one in before if one != _RO]
    return canonical_cluster(base + "".join([*hooks, *after, *vowels]))


def canonical_cluster(text: str) -> str:
    """`canonical` for one cluster; a lone space stays a space."""
    return " " if text == " " else canonical(text)


def pieces(classes: Sequence[int]) -> list[Piece]:
    """Clusters of a line from its classes in visual order (no blanks, repeats already merged).

    Total: any sequence gives some text. Spaces at the ends and double spaces are dropped, so the pieces' texts joined
    are canonical.
    """
    tokens = [TOKENS[one] for one in classes]
    found: list[Piece] = []
    for cluster in _gather(tokens):
        text = _logical(tokens, cluster)
        if not text or (text == " " and (not found or found[-1].text == " ")):
            continue
        found.append(Piece(text, tuple(cluster.members())))
    if found and found[-1].text == " ":
        found.pop()
    return found


def decode(classes: Sequence[int]) -> str:
    """Canonical text of classes in visual order (no blanks, repeats already merged). Inverse of `encode`."""
    return canonical("".join(piece.text for piece in pieces(classes)))


@cache
def classes_of(characters: str) -> tuple[int, ...]:
    """The classes that spell these characters, blank included, in ascending order; for a restricted decode.

    Raises ValueError for a character that is no token by itself.
    """
    try:
        return tuple(sorted({BLANK, *(_CLASS_OF[character] for character in characters)}))
    except KeyError as exc:
        raise ValueError(f"not in the recogniser's alphabet: {exc.args[0]!r}") from exc


__all__ = [
    "BLANK",
    "KHMER_DATE_CHARACTERS",
    "LATIN_CHARACTERS",
    "MRZ_CHARACTERS",
    "NUMBER_CHARACTERS",
    "TOKENS",
    "Piece",
    "classes_of",
    "decode",
    "encode",
    "pieces",
]
