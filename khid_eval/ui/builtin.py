"""Words that Streamlit itself puts on the screen, in the visitor's language.

Streamlit has no translations, so the styles hide its words and set ours in their place. In English only those are
replaced that would send people to a page on the internet, or that stand nowhere but under the pointer.
"""

from __future__ import annotations

import json

from khid_eval.ui.words import Language, say

_UPLOAD = '[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"]'
_CAMERA = '[data-testid="stCameraInput"]'
_CAMERA_BUTTON = '[data-testid="stCameraInputButton"]'
_ASK = f'{_CAMERA} [data-testid="stCameraInputWebcamComponent"] > div:has(> p)'
_REFUSED = '.stFileUploader:has([data-testid="stFileChip"][aria-invalid="true"])'
_ENTER = '[data-testid="InputInstructions"]'


def styles(lang: Language) -> str:
    """A style sheet."""
    refused = f"{_REFUSED}::after {{ content: {_text(say(lang, 'builtin.wrong_file'))}; }}"
    rules = [_instead(_ASK, "p", say(lang, "builtin.camera_refused")), refused]
    if lang != "en":
        rules += [
            _instead(_UPLOAD, "p", say(lang, "builtin.upload")),
            _in_place_of_text(_ENTER, say(lang, "builtin.enter"), "0.75rem"),
            _in_place_of_text(f"{_CAMERA} {_CAMERA_BUTTON}", say(lang, "builtin.take_photo")),
            _in_place_of_text(f"{_CAMERA}:has(img) {_CAMERA_BUTTON}", say(lang, "builtin.clear_photo")),
        ]
    return "\n".join(rules)


def _instead(parent: str, child: str, words: str) -> str:
    """In place of a child with words. It stays, shrunk to nothing: not every screen reader takes ours for a name."""
    shrunk = f"{parent} > {child} {{ font-size: 0 !important; }}\n{parent} > {child} a {{ display: none; }}"
    return f"{shrunk}\n{parent}::after {{ content: {_text(words)}; line-height: 1.7; }}"


def _in_place_of_text(selector: str, words: str, size: str = "0.875rem") -> str:
    """In place of words that no element of their own holds."""
    shrunk = f"{selector} {{ font-size: 0 !important; }}"
    return f"{shrunk}\n{selector}::after {{ content: {_text(words)}; font-size: {size}; line-height: 1.7; }}"


def _text(words: str) -> str:
    """Quoted for CSS, which takes a JSON text of words without control characters as it is."""
    return json.dumps(words, ensure_ascii=False).replace("<", "\\3c ")


__all__ = ["styles"]
