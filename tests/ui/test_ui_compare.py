"""The page Compare: which two runs it opens on, and how it writes its figures."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from khid_eval import runs
from khid_eval.ui import compare_runs, run_address, run_shelf, words
from tests.runs import cards


def page() -> None:
    """The page as app.py runs it; AppTest follows no navigation from one run to the next."""
    import runpy
    from pathlib import Path

    import khid_eval
    from khid_eval.ui import frame

    with frame.inside_app():
        runpy.run_path(str(Path(khid_eval.__file__).parents[1] / "pages" / "compare.py"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Oldest first: "base" and "better" over one dataset, "half" over half of it, "other" over a few of its photos."""
    root = tmp_path_factory.mktemp("compare")
    dataset, other = cards.make_dataset(root / "set", 30), cards.make_dataset(root / "other", 4)
    jobs = {
        "base": runs.Job(str(dataset), cards.FakeSpec(refuse=3)),
        "better": runs.Job(str(dataset), cards.FakeSpec()),
        "half": runs.Job(str(dataset), cards.FakeSpec(), limit=15),
        "other": runs.Job(str(other), cards.FakeSpec(), sweep="jpeg"),
    }
    for number, (name, job) in enumerate(jobs.items()):
        runs.start(job, str(root / "runs" / name))
        info = root / "runs" / name / "run.json"
        dated = f'"created": "2026-01-0{number + 1}T00:00:00+00:00"'
        info.write_text(re.sub(r'"created": "[^"]*"', dated, info.read_text("utf-8")), "utf-8")
    return root / "runs"


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "runs")
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path / "runs"))
    return tmp_path / "runs"


def opened(**state: Any) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def names(app: AppTest) -> tuple[str, str]:
    return Path(app.session_state[compare_runs.A_KEY]).name, Path(app.session_state[run_address.RUN_KEY]).name


def test_a_run_over_the_same_photos_is_opened_beside_the_one_looked_at(home: Path) -> None:
    app = opened(**{run_address.RUN_KEY: str(home / "better")})
    assert names(app) == ("base", "better")
    assert not app.error
    app.selectbox(key=f"{run_address.RUN_KEY}_en").set_value(str(home / "base")).run()
    app.selectbox(key=f"{compare_runs.A_KEY}_en").set_value(str(home / "better")).run()
    assert names(app) == ("better", "base")
    assert not app.error


def test_a_part_of_the_photos_is_compared_on_those_that_both_have(home: Path) -> None:
    app = opened(**{run_address.RUN_KEY: str(home / "half")})
    assert names(app) == ("better", "half")
    assert app.toggle(key="compare_intersect").value
    assert not app.error
    app.toggle(key="compare_intersect").set_value(False).run()
    assert words.say("en", "told.intersect") in app.error[0].value


def test_another_dataset_with_photos_of_this_one_will_do(home: Path) -> None:
    app = opened(**{run_address.RUN_KEY: str(home / "other")})
    assert names(app) == ("half", "other")
    assert not app.error


def test_a_run_that_stands_alone_asks_for_another(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_shelf, "_EXAMPLES", home / "none")
    for name in ("base", "half", "other"):
        shutil.rmtree(home / name)
    app = opened()
    assert words.say("en", "compare.two_needed") in [one.value for one in app.info]
    assert not app.error


def test_figures_carry_their_number_and_interval(home: Path) -> None:
    rows = opened(**{run_address.RUN_KEY: str(home / "better")}).dataframe[0].value
    assert all(re.fullmatch(r"\d+\.\d % \(\d+\.\d–\d+\.\d, n [\d,]+\)", one) for one in (*rows["A"], *rows["B"]))
    assert all(re.fullmatch(r"[01]\.\d{3}|< 0\.001", one) for one in rows[words.say("en", "compare.p")])
    half = opened(**{run_address.RUN_KEY: str(home / "half")}).dataframe[0].value
    assert all(re.fullmatch(r"\d+\.\d % \(n \d+\)", one) for one in half["A"])


def test_what_was_chosen_outlives_a_switch_of_language(home: Path) -> None:
    app = opened(**{run_address.RUN_KEY: str(home / "better")})
    app.segmented_control(key="compare_level_en").set_value("raw").run()
    app.segmented_control(key="compare_side_en").set_value("B").run()
    app.session_state["lang"] = "km"
    app.run()
    app.selectbox(key="compare_field_km").set_value("sex").run()
    assert not app.exception
    assert names(app) == ("base", "better")
    assert app.segmented_control(key="compare_level_km").value == "raw"
    assert app.segmented_control(key="compare_side_km").value == "B"
