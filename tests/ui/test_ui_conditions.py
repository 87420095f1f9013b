"""The page Conditions, driven through Streamlit's own test runner on real runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from khid_eval import runs
from khid_eval.conditions import CONDITIONS
from khid_eval.datasets import DatasetWriter, PhotoCondition, Sample
from khid_eval.metrics import intervals
from khid_eval.metrics.fields import DEFAULT_LEVEL
from khid_eval.runs.condition_queries import Cell
from khid_eval.runs.progress import Progress
from khid_eval.ui import run_address, run_shelf, session, words
from khid_eval.ui.conditions_page import kept, made, worst
from tests.runs import cards

SWEPT = ("clean", "dark", "glare")


def page() -> None:
    """The page as app.py runs it; AppTest follows no navigation from one run to the next."""
    import runpy
    from pathlib import Path

    import khid_eval
    from khid_eval.ui import frame

    with frame.inside_app():
        runpy.run_path(str(Path(khid_eval.__file__).parents[1] / "pages" / "conditions.py"))


def said(key: str, **values: object) -> str:
    return words.say("en", f"conditions.{key}", **values)


def condition(number: int) -> PhotoCondition:
    if number % 4 == 3:
        return PhotoCondition(lighting=("sun", "lamp")[number // 4 % 2], capture="real")
    if number % 4 == 2:
        return PhotoCondition(name="rotation", rotation_deg=float(number * 15 % 360), capture="synthetic")
    name = SWEPT[number % 3]
    severity = 0 if name == "clean" else 1 + number % 5
    return PhotoCondition(name=name, severity=severity, rotation_deg=0.0, capture="synthetic")


def write(root: Path, count: int, *, made: bool = True) -> str:
    with DatasetWriter(root) as writer:
        for number in range(count):
            how = condition(number) if made else PhotoCondition(capture="real")
            writer.add(
                Sample(f"{number:05d}.png", f"card {number}", cards.truth(number), condition=how), cards.photo(number)
            )
    return str(root)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs "swept", "other" over the same photos, "plain" without any, "jpeg" over that, "part", a cancelled one,
    "lit" whose photos tell their lighting."""
    root = tmp_path_factory.mktemp("shelf")
    dataset, plain = write(root / "set", 96), write(root / "plain", 6, made=False)
    home = root / "runs"
    runs.start(runs.Job(dataset, cards.FakeSpec()), str(home / "swept"))
    runs.start(runs.Job(dataset, cards.FakeSpec(refuse=5)), str(home / "other"))
    runs.start(runs.Job(plain, cards.FakeSpec()), str(home / "plain"))
    runs.start(runs.Job(plain, cards.FakeSpec(), sweep="jpeg", limit=2), str(home / "jpeg"))
    lit = str(cards.make_dataset(root / "lit", 8))
    runs.start(runs.Job(lit, cards.FakeSpec()), str(home / "lit"))
    part = str(home / "part")

    def cancel(now: Progress) -> None:
        if now.done > 8:
            runs.Store(part).ask("cancel")

    runs.start(runs.Job(dataset, cards.FakeSpec(delay_s=0.05)), part, pace=runs.Pace(workers=1), watch=cancel)
    return home


@pytest.fixture(autouse=True)
def _home(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(shelf))


def opened(run: Path, **state: Any) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state[run_address.RUN_KEY] = str(run)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def charts_of(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


def test_made_conditions_are_all_drawn(shelf: Path) -> None:
    app = opened(shelf / "swept")
    assert charts_of(app) == 6  # around, near upright, two severities, fields, trust
    assert any(one.value.startswith("**Worst of") for one in app.markdown)
    assert said("mce_title") in [one.value for one in app.subheader]


def test_the_run_of_reference_is_named(shelf: Path) -> None:
    app = opened(shelf / "swept", conditions_reference=str(shelf / "other"))
    assert said("mce_note", reference="other") in [one.value for one in app.caption]
    assert [one.label for one in app.metric] == [said("mce"), said("relative_mce")]
    assert float(app.metric[0].value) < 1.0  # the other run refuses photos


def test_no_condition_in_common_is_said(shelf: Path) -> None:
    app = opened(shelf / "swept", conditions_reference=str(shelf / "jpeg"))
    assert said("mce_nothing_shared") in [one.value for one in app.info]
    offered = app.selectbox(key="conditions_reference_en").options
    assert not [title for title in offered if title.startswith("plain")]  # it has no made condition at all


def test_a_square_leads_to_its_photos(shelf: Path) -> None:
    app = opened(shelf / "swept")
    assert said("click_a_square") in [one.value for one in app.caption]
    app.selectbox(key="conditions_made_field_en").set_value("name_kh").run()
    app.selectbox(key="conditions_made_value_en").set_value("dark").run()
    assert not app.exception
    assert any("Dark**" in one.value for one in app.markdown)


@pytest.mark.parametrize("masked", [False, True])
def test_wrong_readings_are_shown_unless_they_are_masked(shelf: Path, masked: bool) -> None:
    state = {"conditions_made_field": "id_number", "conditions_made_value": "dark", session.MASKED_KEY: masked}
    app = opened(shelf / "other", **state)
    hidden = words.say("en", "evaluate.hidden") in [one.value for one in app.caption]
    assert hidden is masked


def test_captured_conditions_stand_alone(shelf: Path) -> None:
    app = opened(shelf / "swept", conditions_view="captured", conditions_column="lighting")
    assert charts_of(app) == 2
    assert app.dataframe[0].value[said("value")].tolist() == ["lamp", "sun"]
    assert app.selectbox(key="conditions_column_en").options == [words.say("en", "evaluate.column_lighting")]
    app.selectbox(key="conditions_field_en").set_value("sex").run()
    assert app.dataframe[0].value[said("photos")].tolist() == ["12", "12"]


def test_a_run_without_conditions_says_how_to_get_some(shelf: Path) -> None:
    app = opened(shelf / "plain", conditions_view="made")
    assert said("nothing_made") in [one.value for one in app.info]
    assert "--sweep" in app.code[0].value
    app.segmented_control(key="conditions_view_en").set_value("captured").run()
    assert said("nothing_stated") in [one.value for one in app.info]


def test_another_run_is_opened_where_it_has_photos(shelf: Path) -> None:
    app = opened(shelf / "swept", conditions_view="made")
    app.selectbox(key=f"{run_address.RUN_KEY}_en").set_value(str(shelf / "plain")).run()
    assert not app.exception
    assert app.segmented_control(key="conditions_view_en").value == "captured"


def test_part_of_a_run_is_shown_as_such(shelf: Path) -> None:
    app = opened(shelf / "part")
    assert app.warning


def test_no_run_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path))
    monkeypatch.setattr(run_shelf, "_EXAMPLES", tmp_path / "none")
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert [one.value for one in app.info] == [said("nothing_yet")]


def test_a_broken_run_is_a_clear_error(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken"
    runs.start(runs.Job(write(tmp_path / "set", 4), cards.FakeSpec()), str(broken))
    for file in (broken / "images").iterdir():
        file.unlink()
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path))
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert app.error


def test_what_was_chosen_outlives_a_switch_of_language(shelf: Path) -> None:
    app = opened(shelf / "swept", conditions_view="made")
    app.segmented_control(key="conditions_level_en").set_value("semantic").run()
    app.selectbox(key="conditions_field_en").set_value("sex").run()
    app.selectbox(key="conditions_made_field_en").set_value("name_kh").run()
    app.selectbox(key="conditions_made_value_en").set_value("dark").run()
    app.session_state["lang"] = "km"
    app.run()
    app.segmented_control(key="conditions_level_km").set_value("raw").run()
    assert not app.exception
    assert app.selectbox(key="conditions_field_km").value == "sex"
    assert app.selectbox(key="conditions_made_field_km").value == "name_kh"
    assert app.selectbox(key="conditions_made_value_km").value == "dark"
    assert app.selectbox(key=f"{run_address.RUN_KEY}_km").value == str(shelf / "swept")


def test_the_run_stands_in_the_address(shelf: Path) -> None:
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["run"] = "other"
    app.run()
    assert app.selectbox(key=f"{run_address.RUN_KEY}_en").value == str(shelf / "other")
    app.selectbox(key=f"{run_address.RUN_KEY}_en").set_value(str(shelf / "swept")).run()
    assert app.query_params["run"] == "swept"
    app.query_params["run"] = "other"  # the browser's way back
    app.run()
    assert app.session_state[run_address.RUN_KEY] == str(shelf / "other")


def test_a_run_of_the_address_that_has_gone_is_said_until_another_is_chosen(shelf: Path) -> None:
    gone = words.say("en", "shell.unknown_run", run="`gone`")
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["run"] = "gone"
    app.run()
    assert gone in [one.value for one in app.warning]
    app.selectbox(key="conditions_field_en").set_value("sex").run()
    assert gone in [one.value for one in app.warning]
    app.selectbox(key=f"{run_address.RUN_KEY}_en").set_value(str(shelf / "swept")).run()
    assert gone not in [one.value for one in app.warning]
    assert app.query_params["run"] == "swept"


def test_a_run_is_offered_with_its_date_reader_and_figure(shelf: Path) -> None:
    run = run_shelf.find(str(shelf / "swept"))
    assert run
    exact = run_shelf.all_figures(run).overall.exact[DEFAULT_LEVEL]
    assert run_shelf.headline(run).part == exact.part
    parts = (run.info.created[:10], str(run.info.target["label"]), f"{exact.value * 100:.1f} % (n {exact.total:,})")
    assert all(part in run.title for part in parts)


@pytest.mark.parametrize(("angle", "said_as"), [(-180.0, "180°"), (180.0, "180°"), (-45.0, "-45°")])
def test_half_a_turn_is_called_as_on_the_chart(angle: float, said_as: str) -> None:
    one = Cell((angle,), 1, intervals.rate(1, 1), 0.5)
    assert made.slice_name(one) == said("turned", angle=said_as.rstrip("°"))


def test_in_khmer(shelf: Path) -> None:
    app = opened(shelf / "swept", lang="km")
    assert app.title[0].value == words.say("km", "conditions.title")


def test_what_a_dataset_says_of_its_photos_is_said_in_khmer(shelf: Path) -> None:
    app = opened(shelf / "lit", lang="km", conditions_view="captured", conditions_column="lighting")
    shown = app.dataframe[0].value[words.say("km", "conditions.value")].tolist()
    assert shown == [CONDITIONS["dark"].title_km, words.say("km", "evaluate.lighting_normal")]
    assert app.selectbox(key="conditions_captured_value_km").options[1:] == [shown[0], shown[1]]


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        *(("lighting", "uneven", "Uneven light"), ("lighting", "lamp", "lamp"), ("lighting", None, "not stated")),
        *(("capture", "real", "Real"), ("idcard_type", "copy", "Photocopy"), ("blur", 0.25, "0.25")),
        *(("device", "dark", "dark"), ("condition", "dark", "Dark"), ("condition", "clean", "undisturbed")),
    ],
)
def test_values_in_words(column: str, value: str | float | None, shown: str) -> None:
    assert kept.value_name(column, value) == shown


def cell(part: int, total: int, confidence: float) -> Cell:
    return Cell(("x",), total, intervals.rate(part, total), confidence)


def test_the_worst_has_enough_fields() -> None:
    few, many, good = cell(0, worst.FEWEST - 1, 0.5), cell(70, 100, 0.5), cell(99, 100, 0.9)
    assert worst.worst_of([few, many, good]) is many
    assert worst.worst_of([few, many]) is None


@pytest.mark.parametrize(("confidence", "phrase"), [(0.7, "fits"), (0.99, "too sure by 29.0"), (0.2, "too modest")])
def test_trust_in_words(confidence: float, phrase: str) -> None:
    assert phrase in worst.trust_in_words(cell(70, 100, confidence))
    assert phrase in worst.sign_in_words(cell(70, 100, confidence))


def test_nothing_judged_has_no_sign() -> None:
    assert worst.sign_in_words(cell(0, 0, float("nan"))) == "–"
