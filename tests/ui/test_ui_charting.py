"""Charts speak the visitor's language: every phrase of the room `charts` is in the catalogue."""

from __future__ import annotations

import ast
from pathlib import Path

from khid_eval.ui import words

CHARTS = Path(__file__).parents[2] / "khid_eval" / "charts"


def phrases() -> set[str]:
    found = set()
    for file in CHARTS.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                found |= {leaf.value for leaf in ast.walk(node.args[0]) if isinstance(leaf, ast.Constant)}
    return {phrase for phrase in found if isinstance(phrase, str)}


def test_every_phrase_of_a_chart_is_in_the_catalogue() -> None:
    known = {phrase["en"] for key, phrase in words.catalogue().items() if key.startswith("charts.")}
    assert len(phrases()) > 50
    assert phrases() <= known
