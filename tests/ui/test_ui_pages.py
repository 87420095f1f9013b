"""Every page opens, in both languages, with nothing but what ships; and says so where something is missing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from khid_eval.ui.session import TARGET_VARIABLE
from khid_eval.ui.words import LANGUAGES, Language, catalogue, say
from tests.ui.fixed_endpoint import Endpoint

ROOT = Path(__file__).parents[2]
PAGES = sorted(page.stem for page in (ROOT / "pages").glob("*.py"))


@pytest.fixture
def opened(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(TARGET_VARIABLE, endpoint.address)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_page_opens(page: str, lang: Language, opened: AppTest) -> None:
    opened.query_params["lang"] = lang
    opened.run()
    if page != "recognise":
        opened.switch_page(f"pages/{page}.py").run()
    assert not opened.exception
    assert opened.title[0].value == say(lang, f"{page}.title")


@pytest.mark.parametrize("page", PAGES)
def test_page_is_in_the_menu_and_has_its_words(page: str) -> None:
    assert f'"{page}":' in (ROOT / "app.py").read_text(encoding="utf-8")
    assert {f"nav.{page}", f"{page}.title", f"{page}.sentence"} <= set(catalogue())


@pytest.mark.parametrize("page", PAGES)
def test_page_calls_the_guard_first(page: str) -> None:
    """A page that runs without app.py must not do anything before it is sent through it."""
    tree = ast.parse((ROOT / "pages" / f"{page}.py").read_text(encoding="utf-8"))
    calls = [node for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    assert ast.unparse(calls[0]) == "frame.guard(__file__)"


def test_refusal_without_credentials_is_said_on_the_page(opened: AppTest) -> None:
    opened.run()
    assert "APIG.0301" in opened.error[0].value or "ModelArts" in opened.error[0].value
