"""Charts and tables speak the visitor's language: every phrase of theirs is in the catalogue."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from khid_eval.ui import words

PACKAGE = Path(__file__).parents[2] / "khid_eval"
CHARTS, TABLES = PACKAGE / "charts", PACKAGE / "runs" / "tabulate.py"
NAME = re.compile(r"[A-Z]+|Brier|n")
"""The same in every language."""


def phrases() -> set[str]:
    found = set()
    for file in CHARTS.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                found |= {leaf.value for leaf in ast.walk(node.args[0]) if isinstance(leaf, ast.Constant)}
    return {phrase for phrase in found if isinstance(phrase, str)}


def headings() -> set[str]:
    """Of the tables of a report: title, note, column captions."""
    found = set()
    for node in ast.walk(ast.parse(TABLES.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Table":
            parts = [leaf for part in node.args[:3] for leaf in getattr(part, "elts", [part])]
            found |= {str(leaf.value) for leaf in parts if isinstance(leaf, ast.Constant)}
    return {heading for heading in found if not NAME.fullmatch(heading)}


def test_every_heading_of_a_table_is_in_the_catalogue() -> None:
    known = {phrase["en"] for key, phrase in words.catalogue().items() if key.startswith("charts.")}
    assert len(headings()) > 30
    assert headings() <= known


def test_every_phrase_of_a_chart_is_in_the_catalogue() -> None:
    known = {phrase["en"] for key, phrase in words.catalogue().items() if key.startswith("charts.")}
    assert len(phrases()) > 50
    assert phrases() <= known


def a_chart() -> None:
    from khid_eval import charts
    from khid_eval.ui import charting

    charting.show(charts.confusions([], **charting.style()), "some_chart")


def test_the_picture_can_be_saved_and_the_buttons_stand_above_the_title() -> None:
    drawn = AppTest.from_function(a_chart).run().get("plotly_chart")[0].proto
    config, layout = json.loads(drawn.config), json.loads(drawn.spec)["layout"]
    assert config["toImageButtonOptions"]["filename"] == "some_chart"
    assert "toImage" not in config["modeBarButtonsToRemove"]
    assert layout["title"]["pad"]["t"] >= 28  # plotly's buttons end there
    assert layout["paper_bgcolor"] == "#ffffff"  # no see-through picture
