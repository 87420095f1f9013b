"""The pages Evaluate and Compare, driven through Streamlit's own test runner on real runs."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from khid_eval import runs
from khid_eval.conditions import CONDITIONS
from khid_eval.metrics.fields import Level
from khid_eval.runs.compare import Pair
from khid_eval.runs.failures import ORDERS, photos_by_latency
from khid_eval.runs.progress import Progress
from khid_eval.runs.query import Slice, Tables
from khid_eval.runs.sweep import Step
from khid_eval.ui import run_shelf, session, words
from khid_eval.ui.dataset_page import shelf as datasets
from khid_eval.ui.evaluate_page import evidence, exports, launch, overview
from tests.runs import cards
from tests.runs.faulty_server import serving


def page(name: str) -> None:
    """A page as app.py runs it; AppTest follows no navigation from one run to the next."""
    import runpy
    from pathlib import Path

    import khid_eval
    from khid_eval.ui import frame

    with frame.inside_app():
        runpy.run_path(str(Path(khid_eval.__file__).parents[1] / "pages" / f"{name}.py"))


def said(key: str, **values: object) -> str:
    return words.say("en", f"evaluate.{key}", **values)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs "one" (refuses photos), "two" and "part", a cancelled one."""
    root = tmp_path_factory.mktemp("shelf")
    dataset = str(cards.make_dataset(root / "set", 30))
    home = root / "runs"
    runs.start(runs.Job(dataset, cards.FakeSpec(refuse=7)), str(home / "one"))
    runs.start(runs.Job(dataset, cards.FakeSpec()), str(home / "two"))
    part = str(home / "part")

    def cancel(now: Progress) -> None:
        if now.done > 2:
            runs.Store(part).ask("cancel")

    runs.start(runs.Job(dataset, cards.FakeSpec(delay_s=0.1)), part, pace=runs.Pace(workers=1), watch=cancel)
    return home


@pytest.fixture(autouse=True)
def _home(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(shelf))


def opened(name: str = "evaluate", *, masked: bool = False, **state: Any) -> AppTest:
    app = AppTest.from_function(page, args=(name,), default_timeout=60)
    for key, value in state.items():
        app.session_state[key] = value
    app.session_state[session.MASKED_KEY] = masked
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def run_named(shelf: Path, name: str) -> str:
    return str(shelf / name)


def test_the_figures_of_a_run(shelf: Path) -> None:
    app = opened(evaluate_run=run_named(shelf, "one"))
    assert [one.label for one in app.metric] == [said(f"head_{name}") for name in ("fields", "cards", "cer", "latency")]
    found = run_shelf.all_figures(_found(shelf, "one"))
    assert app.metric[1].value == f"{found.cards_right.value * 100:.1f} %"
    assert f"n {found.cards_right.total}" in app.metric[1].delta


def _found(shelf: Path, name: str) -> run_shelf.Shelved:
    found = run_shelf.find(str(shelf / name))
    assert found is not None
    return found


def test_a_slice_and_a_level_change_the_figures(shelf: Path) -> None:
    app = opened(evaluate_run=run_named(shelf, "one"))
    whole = app.metric[1].value
    app.segmented_control(key="evaluate_level_en").set_value("semantic").run()
    app.selectbox(key="evaluate_slice_en").set_value("lighting").run()
    app.selectbox(key="evaluate_value_lighting_en").set_value("dark").run()
    assert not app.exception
    assert app.metric[1].value != whole


def test_the_gallery_shows_truth_beside_reading(shelf: Path) -> None:
    app = opened(evaluate_run=run_named(shelf, "two"), evaluate_view="failures")
    assert said("page", page=1, pages=2, total="11") in [one.value for one in app.caption]
    assert any("ខុស" in one.value for one in app.markdown) or app.get("html")
    app.button(key="evaluate_to_next").click().run()
    assert said("page", page=2, pages=2, total="11") in [one.value for one in app.caption]
    assert (app.button(key="evaluate_to_back").disabled, app.button(key="evaluate_to_next").disabled) == (False, True)
    app.selectbox(key="evaluate_failure_field_en").set_value("sex").run()
    assert said("no_failures") in [one.value for one in app.info]


@pytest.mark.parametrize("order", ORDERS)
def test_the_gallery_in_every_order(order: str, shelf: Path) -> None:
    app = opened(evaluate_run=run_named(shelf, "one"), evaluate_view="failures")
    app.selectbox(key="evaluate_order_en").set_value(order).run()
    assert not app.exception


def test_masking_hides_what_stood_on_the_cards(shelf: Path) -> None:
    app = opened(evaluate_run=run_named(shelf, "two"), evaluate_view="failures", masked=True)
    assert said("hidden") in [one.value for one in app.caption]
    assert not app.get("imgs")


def test_everything_can_be_exported(shelf: Path) -> None:
    app = opened(evaluate_run=run_named(shelf, "one"), evaluate_view="export")
    assert len(app.get("download_button")) == 6
    rows = exports.rows_of(_found(shelf, "one"))
    assert rows.count(b"\n") == 1 + 30 * 14


def test_a_cancelled_run_says_how_far_it_came_and_can_be_resumed(shelf: Path) -> None:
    app = opened(evaluate_run=run_named(shelf, "part"))
    done = runs.Store(str(shelf / "part")).load().counts.done
    message = said("stopped", state=said("state_cancelled"), done=done, total=30)
    assert message in app.warning[0].value
    assert app.button(key="evaluate_resume")


def test_a_resumed_run_is_followed_before_it_holds_its_folder(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "_MAIN", "input()")
    monkeypatch.setattr("subprocess.DEVNULL", subprocess.PIPE)  # it waits for a line that never comes
    app = opened(evaluate_run=run_named(shelf, "part"))
    app.button(key="evaluate_resume").click().run()
    assert app.get("progress")[0].proto.text == said("starting")
    assert not [one for one in app.button if one.key == "evaluate_resume"]
    launch._children["part"].communicate()
    app.run()
    assert app.button(key="evaluate_resume")


def test_a_run_that_cannot_be_resumed_says_why(shelf: Path) -> None:
    app = opened(evaluate_run=run_named(shelf, "part"))
    app.button(key="evaluate_resume").click().run()
    launch._children["part"].wait(60)  # "fake" is the name of no reader
    app.run()
    assert launch.refusal("part")
    assert words.say("en", "told.no_target") in app.warning[0].value
    assert app.button(key="evaluate_resume")


def test_a_run_without_a_reading_yet_is_not_called_unlabelled(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = _found(shelf, "part").info
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path))
    new = replace(info, id="new", state=runs.State.PLANNED, counts=runs.Counts(planned=30))
    runs.Store(str(tmp_path / "new")).save(new)
    app = opened(evaluate_run=str(tmp_path / "new"))
    assert said("no_reading") in [one.value for one in app.info]
    assert said("table") not in [one.label for one in app.selectbox]
    app.segmented_control(key="evaluate_view_en").set_value("failures").run()
    assert said("no_reading") in [one.value for one in app.info]


def test_a_run_without_labels_has_no_failures_to_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path / "runs"))
    dataset = cards.make_dataset(tmp_path / "set", 3, labels=False)
    runs.start(runs.Job(str(dataset), cards.FakeSpec()), str(tmp_path / "runs" / "bare"))
    app = opened(evaluate_view="failures")
    assert [one.value for one in app.info] == [said("no_labels")]
    found = run_shelf.all_figures(_found(tmp_path / "runs", "bare"))
    assert overview.unjudged(replace(found, latency=replace(found.latency, n=0))) == "evaluate.no_answer"


def test_a_dataset_without_a_photo_cannot_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(datasets.ENVIRONMENT, str(tmp_path))
    cards.make_dataset(tmp_path / "empty", 0)
    app = opened(evaluate_view="new", evaluate_new_dataset="empty")
    assert said("no_photo") in [one.value for one in app.info]
    assert app.button(key="evaluate_start").disabled


def test_many_pages_are_reached_by_number() -> None:
    def gallery() -> None:
        import streamlit as st

        from khid_eval.ui.evaluate_page import pager

        st.session_state.at = pager.turn(100, "all", key="it", a_page=6, caption="evaluate.page")

    app = AppTest.from_function(gallery).run()
    app.number_input(key="it_number").set_value(17).run()
    assert app.session_state.at == 16
    app.button(key="it_to_back").click().run()
    assert (app.session_state.at, app.number_input(key="it_number").value) == (15, 16)


def test_choices_stay_over_a_switch_of_language(shelf: Path) -> None:
    app = opened(evaluate_run=run_named(shelf, "two"), evaluate_view="failures")
    app.selectbox(key="evaluate_slice_en").set_value("lighting").run()
    app.selectbox(key="evaluate_value_lighting_en").set_value("dark").run()
    app.selectbox(key="evaluate_failure_field_en").set_value("address").run()
    app.slider(key="evaluate_failure_confidence_en").set_value((0, 50)).run()
    app.session_state[words.LANGUAGE_KEY] = "km"
    app.run()
    assert app.segmented_control(key="evaluate_view_km").value == "failures"
    assert app.selectbox(key="evaluate_slice_km").value == "lighting"
    assert app.selectbox(key="evaluate_value_lighting_km").value == "dark"
    assert app.selectbox(key="evaluate_failure_field_km").value == "address"
    assert app.slider(key="evaluate_failure_confidence_km").value == (0, 50)
    assert words.say("km", "evaluate.page", page=1, pages=1, total=3) in [one.value for one in app.caption]


def test_figures_have_three_decimals_and_their_n(shelf: Path) -> None:
    app = opened(evaluate_run=run_named(shelf, "one"))
    assert re.search(r"AUGRC 0\.\d{3}\b", " ".join(one.value for one in app.markdown))
    by_condition = next(one.value for one in app.dataframe if said("mean_confidence") in one.value)
    assert by_condition[said("mean_confidence")].str.fullmatch(r".+ % \(n \d+\)").all()


def test_tables_and_steps_in_khmer(shelf: Path) -> None:
    app = opened(evaluate_run=run_named(shelf, "one"), lang="km")
    table = app.dataframe[-1].value
    assert [words.say("km", f"evaluate.level_{level}") for level in Level] == list(table.columns[1:])
    assert table.iloc[0, 0] == f"{words.say('km', 'fields.id_number')} · id_number"
    conditions = next(one.value for one in app.dataframe if words.say("km", "evaluate.value") in one.value)
    shown = set(conditions[words.say("km", "evaluate.value")])
    assert {words.say("km", "evaluate.lighting_normal"), CONDITIONS["dark"].title_km} <= shown
    app.selectbox(key="evaluate_table_km").set_value("Under which conditions?").run()
    assert set(app.dataframe[-1].value.iloc[:, 1]) == shown
    assert evidence.step_in_words(Step("dark", 3)) == " · Dark, severity 3"
    assert evidence.step_in_words(Step("rotation", angle_deg=90.0)) == " · Rotation 90°"


def test_without_runs_the_page_offers_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path / "none"))
    monkeypatch.setattr(run_shelf, "_EXAMPLES", tmp_path)
    app = opened()
    assert app.segmented_control(key="evaluate_view_en").value == "new"
    assert said("start") in [one.label for one in app.button]
    app.segmented_control(key="evaluate_view_en").set_value("overview").run()
    assert said("nothing_yet") in [one.value for one in app.info]


def test_an_app_for_visitors_has_no_place_for_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(run_shelf.ENVIRONMENT)
    monkeypatch.setattr("streamlit.get_option", lambda name: "0.0.0.0")
    assert run_shelf.home() is None


def test_a_started_run_is_a_process_of_its_own_that_the_page_can_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path / "runs"))
    dataset = str(cards.make_dataset(tmp_path / "set", 6))
    with serving(("fine",)) as (url, _):
        out = tmp_path / "runs" / "mine"
        launch.start("mine", [dataset, "--out", str(out), "--target", url], {"KHID_TOKEN": "not in the folder"})
        launch._children["mine"].wait(60)
    assert launch.last_words("mine") == str(out)
    run = _found(tmp_path / "runs", "mine")
    assert (run.info.state, run.info.counts.read) == (runs.State.FINISHED, 6)
    assert run.info.target["label"] == url
    assert not [
        file for file in (tmp_path / "runs").rglob("*") if file.is_file() and b"not in the f" in file.read_bytes()
    ]


def test_what_a_run_that_could_not_start_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path))
    launch.start("none", [str(tmp_path / "nowhere"), "--out", str(tmp_path / "none")], {})
    launch._children["none"].wait(60)
    assert "no such dataset folder" in launch.last_words("none")
    assert not launch.is_running("none")


def test_progress_in_words(shelf: Path) -> None:
    def follow() -> None:
        from khid_eval.ui.evaluate_page import watch

        now = {"done": 3, "total": 9, "state": "running", "rate_per_s": 2.0, "seconds_left": 200.0, "cost": 1.5}
        watch._show(now | {"errors": {"AIS.0104": 2}, "waiting_for_target": True, "in_flight": 4, "concurrency": 8})

    app = AppTest.from_function(follow).run()
    assert not app.exception
    assert "3 min left" in app.caption[0].value
    assert "cost so far 1.50" in app.caption[0].value
    assert "`AIS.0104` × 2" in app.markdown[0].value
    assert app.warning[0].value == said("target_silent")


def test_a_difference_is_marked_and_never_markup() -> None:
    shown = evidence.difference("sex", "<b>ស្រី", "<b>ប្រុស")
    assert "<b>" not in shown
    assert "<mark>ស្រី</mark>" in shown
    invented = evidence.difference("name_kh", "សុខ", "ម:សុខ")
    assert invented.count("<mark>∅</mark>") == 1  # one gap, however many letters were invented
    assert "<mark>ម:</mark>សុខ" in invented


@pytest.mark.parametrize(("field", "code"), [("machine_code1", True), ("id_number", True), ("name_en", False)])
def test_numbers_and_mrz_are_compared_in_a_monospace(field: str, code: bool) -> None:
    assert ("ev-diff ev-code" in evidence.difference(field, "A0", "AO")) is code
    assert ("ev-diff ev-code" in evidence.two_readings(field, "A0", (("A", "AO"),))) is code


def test_two_readings_stand_under_one_truth() -> None:
    shown = evidence.two_readings("sex", "ស្រី", (("A", "ស្រី"), ("B", "<i>")))
    assert shown.count('class="ev-truth"') == 1
    assert shown.count("<mark>") == 1
    assert "<i>" not in shown


def test_the_cut_is_upright_however_the_card_lies() -> None:
    image = np.zeros((60, 120, 3), np.uint8)
    image[10:20, 10:20] = 255  # the beginning of the line
    quad = ((10, 10), (50, 10), (50, 20), (10, 20))
    upside_down = ((109, 49), (69, 49), (69, 39), (109, 39))
    upright = evidence.cut_out(image, quad)
    turned = evidence.cut_out(np.ascontiguousarray(np.rot90(image, 2)), upside_down)
    assert upright.shape == turned.shape
    for cut in (upright, turned):
        left, right = np.array_split(cut, 2, axis=1)
        assert left.mean() > 4 * right.mean() + 1


def test_a_strange_quad_makes_no_strange_picture() -> None:
    image = np.zeros((50, 100, 3), np.uint8)
    assert evidence.cut_out(image, ((10, 10), (30, 10), (30, 20), (10, 20))).shape == (22, 55, 3)
    assert max(evidence.cut_out(image, ((-9e6, -50), (30, -50), (30, 20), (-9e6, 20))).shape) <= 1601
    assert evidence.cut_out(image, ((200, 200), (210, 200), (210, 210), (200, 210))).shape == image.shape
    assert evidence.cut_out(image, ((20, 20), (20, 20), (20, 20), (20, 20))).shape == image.shape


def test_compare_two_runs(shelf: Path) -> None:
    app = opened("compare", compare_a_run=run_named(shelf, "one"), evaluate_run=run_named(shelf, "two"))
    assert any(words.say("en", "compare.cards") in one.value for one in app.markdown)
    assert app.dataframe[0].value.shape[0] == 15
    with Pair(_found(shelf, "one").store, _found(shelf, "two").store) as pair:
        flips = len(pair.flips(limit=10_000))
    assert words.say("en", "compare.page", page=1, pages=-(-flips // 6), total=flips) in [c.value for c in app.caption]
    app.segmented_control(key="compare_side_en").set_value("A").run()
    assert words.say("en", "compare.no_flips") in [one.value for one in app.info]


def test_compare_refuses_different_sets_until_asked(shelf: Path) -> None:
    app = opened("compare", compare_a_run=run_named(shelf, "part"), evaluate_run=run_named(shelf, "two"))
    assert "different photos" in app.error[0].value
    app.toggle(key="compare_intersect").set_value(True).run()
    assert not app.error


def test_compare_asks_for_two(shelf: Path) -> None:
    app = opened("compare", compare_a_run=run_named(shelf, "one"), evaluate_run=run_named(shelf, "one"))
    assert words.say("en", "compare.two_needed") in [one.value for one in app.info]


def test_every_phrase_is_there_in_both_languages() -> None:
    folder = Path(words.__file__).parent / "assets" / "words"
    for name in ("evaluate", "compare"):
        for phrase in json.loads((folder / f"{name}.json").read_text("utf-8")).values():
            assert phrase["en"]
            assert phrase["km"]


@pytest.mark.parametrize(
    ("key", "selection", "expected"),
    [
        ("evaluate_by_field", {"points": [{"customdata": ["sex"]}]}, {"evaluate_failure_field": "sex"}),
        ("evaluate_reliability", {"points": [{"x": 0.9}]}, {"evaluate_failure_confidence": (85, 95)}),
        ("evaluate_confidences", {"points": [{"x": 0.0}]}, {"evaluate_failure_confidence": (0, 5)}),
        (
            "evaluate_confusions",
            {"points": [{"customdata": ["ក", "គ"]}]},
            {"evaluate_failure_letters": ("ក", "គ"), "evaluate_failure_field": ""},
        ),
        ("evaluate_by_field", {"points": []}, {}),
    ],
)
def test_a_clicked_point_leads_to_its_failures(
    key: str, selection: dict[str, Any], expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    state: dict[str, Any] = {key: {"selection": selection}, "evaluate_confidence_field": "all"}
    monkeypatch.setattr("streamlit.session_state", state)
    opened_by = {"evaluate_by_field": overview._open_failures, "evaluate_confusions": overview._open_letters}
    opened_by.get(key, lambda: overview._open_near(key))()
    wished = state.get("evaluate_next", {})
    assert {name: wished[name] for name in expected} == expected
    assert (wished.get("evaluate_view") == "failures") is bool(selection["points"])


def test_letters_are_shown_until_put_away(shelf: Path) -> None:
    state = {"evaluate_view": "failures", "evaluate_failure_letters": ("ស្នាម", "ខុស")}
    app = opened(evaluate_run=run_named(shelf, "two"), evaluate_next=state)
    assert said("letters", truth="ស្នាម", read="ខុស") in [one.value for one in app.markdown]
    assert said("no_failures") in [one.value for one in app.info]  # one stands on the cards, but in another field
    app.button(key="evaluate_all_letters").click().run()
    assert not app.exception
    assert said("page", page=1, pages=2, total="11") in [one.value for one in app.caption]


def test_a_bar_of_times_leads_to_its_photos(shelf: Path) -> None:
    with Tables(_found(shelf, "two").store) as tables:
        slowest = photos_by_latency(tables, 0.0, float("inf"), limit=3)
        none = photos_by_latency(tables, 1e6, float("inf"))
        dark = photos_by_latency(tables, 0.0, float("inf"), where=Slice((("lighting", "dark"),)), limit=99)
    assert [one.latency_s for one in slowest] == sorted((one.latency_s for one in slowest), reverse=True)
    assert (len(slowest), len(none), len(dark)) == (3, 0, 15)
    assert sum(one.failed for one in dark) == 5  # of 30 photos the odd ones: 3 divide by 5, 2 by 7


def test_a_chosen_condition_leads_to_its_failures(shelf: Path) -> None:
    app = opened(
        evaluate_run=run_named(shelf, "two"),
        evaluate_next={"evaluate_view": "failures", "evaluate_slice": "lighting", "evaluate_value_lighting": "dark"},
    )
    assert app.selectbox(key="evaluate_slice_en").value == "lighting"
    assert app.selectbox(key="evaluate_value_lighting_en").value == "dark"


def test_the_example_that_ships_opens_with_its_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path / "none"))
    app = opened()
    assert app.selectbox[0].options[0].startswith(said("example"))
    assert len(app.metric) == 4
    app.segmented_control(key="evaluate_view_en").set_value("failures").run()
    assert not app.exception
    assert said("photo_gone") not in [one.value for one in app.caption]


def test_the_examples_can_be_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path / "none"))
    app = opened("compare")
    assert not app.error
    assert app.dataframe[0].value.shape[0] == 15


def test_the_example_without_photos_says_how_they_are_drawn() -> None:
    large = next(one for one in run_shelf.shelf() if one.name == "example-thresholds")
    app = opened(evaluate_run=large.path, evaluate_view="failures")
    assert said("draw_photos") in [one.value for one in app.info]
    assert said("photo_gone") not in [one.value for one in app.caption]
    command = app.code[0].value
    assert command == run_shelf.PHOTOS_OF_LARGE_EXAMPLE
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    assert command.removeprefix("khid-eval synth synthetic_cards ") in makefile  # what `make examples` has read
