"""Every word that a person reads, in English and Khmer.

The catalogue is the JSON files of `assets/words`: file name and key, joined by a dot, name a phrase, and each phrase
has both languages. A page brings its own file, so that two people never edit the same one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import streamlit as st

Language = Literal["en", "km"]
LANGUAGES: tuple[Language, ...] = ("en", "km")
LANGUAGE_KEY = "lang"
"""Session state key of the chosen language, and its name in the address."""

_LOOSE = re.compile(r"(?<=\d) (?=%)|(?<=\d), n (?=\d)|(?<=\d)–(?=\d)")
"""Where a line would break within a figure, its unit, its interval and its count."""
_FOLDER = Path(__file__).parent / "assets" / "words"


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All phrases: "file.key" -> language -> words."""
    phrases: dict[str, Mapping[str, str]] = {}
    for file in sorted(_FOLDER.glob("*.json")):
        for key, phrase in json.loads(file.read_text(encoding="utf-8")).items():
            phrases[f"{file.stem}.{key}"] = MappingProxyType(phrase)
    return MappingProxyType(phrases)


def language() -> Language:
    """The visitor's language: the chosen one, else that of the address, else English."""
    chosen = st.session_state.get(LANGUAGE_KEY) or st.query_params.get(LANGUAGE_KEY)
    return "km" if chosen == "km" else "en"


def say(lang: Language, key: str, /, **values: object) -> str:
    """The phrase in that language with {names} filled in, figures unbroken. Raises KeyError for a phrase that does not
    exist."""
    words = catalogue()[key][lang]
    return unbroken(words.format(**values) if values else words)


def unbroken(words: str) -> str:
    """The same with figures that no line end tears apart, as in "97.4 % (96.1–98.3, n 812)"."""
    return _LOOSE.sub(lambda found: found[0].replace(" ", "\u00a0").replace("–", "–\u2060"), words)


def t(key: str, /, **values: object) -> str:
    """`say` in the visitor's language."""
    return say(language(), key, **values)


def has(key: str) -> bool:
    """Whether the catalogue knows the phrase."""
    return key in catalogue()


__all__ = ["LANGUAGES", "LANGUAGE_KEY", "Language", "catalogue", "has", "language", "say", "t", "unbroken"]
