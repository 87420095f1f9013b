"""The page Datasets, driven through Streamlit's own test runner on real datasets."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import khid_eval.datasets
from khid_eval.card import dates, mrz
from khid_eval.datasets import Dataset, DatasetWriter, Fault, PhotoCondition, Sample, check, summary
from khid_eval.records import FIELD_NAMES
from khid_eval.ui import words
from khid_eval.ui.dataset_page import contents, faults, grid, shelf


def page() -> None:
    """The page as app.py runs it; AppTest follows no navigation from one run to the next."""
    import runpy
    from pathlib import Path

    import khid_eval
    from khid_eval.ui import frame

    with frame.inside_app():
        runpy.run_path(str(Path(khid_eval.__file__).parents[1] / "pages" / "datasets.py"))


def said(key: str, **values: object) -> str:
    return words.say("en", f"datasets.{key}", **values)


_PLACES = ("សង្កាត់ពញាពន់ ខណ្ឌព្រែកព្នៅ ភ្នំពេញ", "ភូមិ២ ឃុំច្រេស ស្រុកមេសាង ព្រៃវែង")


def fields() -> dict[str, str | None]:
    birth, issue = date(1990, 5, 6), date(2020, 1, 1)
    expiry = dates.expiry_of(issue)
    lines = mrz.build("123456789", birth, "M", expiry, "SOK", "DARA")
    texts = ("123456789", "សុខ តារា", "SOK DARA", dates.printed(birth), "ប្រុស", "១៦០ ស.ម", *_PLACES)
    return dict(zip(FIELD_NAMES, (*texts, dates.printed(issue), dates.printed(expiry), None, *lines), strict=True))


def photo(seed: int) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (40, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """KHID_DATA with one dataset of 14 photos, one of them broken, one with a wrong MRZ."""
    monkeypatch.setenv(shelf.ENVIRONMENT, str(tmp_path))
    with DatasetWriter(tmp_path / "cards") as writer:
        for index in range(14):
            condition = PhotoCondition(capture="real", name="dark" if index % 2 else "clean", severity=index % 2 * 3)
            sample = Sample(f"{index:02d}.png", f"card-{index // 2}", fields(), split="test", condition=condition)
            writer.add(sample, photo(index) if index else b"no photo")
        writer.add(Sample("99.png", "card-99", fields() | {"sex": "ស្រី"}, split="test"), photo(99))
    return tmp_path


def opened(view: str = "contents") -> AppTest:
    app = AppTest.from_function(page, default_timeout=60).run()
    app.selectbox(key="datasets_choose_en").set_value("cards").run()
    app.segmented_control(key="datasets_view_en").set_value(view).run()
    assert not app.exception
    return app


def test_contents(home: Path) -> None:
    app = opened()
    assert app.title[0].value == said("title")
    assert [(one.label, one.value) for one in app.metric[:2]] == [(said("photos"), "15"), (said("cards"), "8")]
    splits = next(one for one in app.dataframe if next(iter(one.value.columns)) == said("split"))
    assert splits.value.to_numpy().tolist() == [["test", 15, 8]]


def listed(app: AppTest, lang: words.Language = "en") -> dict[str, list[object]]:
    """The list: dataset -> its row without the name."""
    rows = app.dataframe[0].value
    assert rows.columns[0] == words.say(lang, "datasets.choose")
    return {row[0]: row[1:] for row in rows.to_numpy().tolist()}


def test_all_datasets_are_listed_at_first_with_what_the_check_said(home: Path) -> None:
    (home / "broken").mkdir()
    (home / "broken" / "metadata.jsonl").write_text('{"file_name": "0.png"\n')
    app = AppTest.from_function(page, default_timeout=60).run()
    rows = listed(app)
    assert set(rows) == {said("samples"), "cards", "broken"}
    assert rows["cards"] == [said("not_checked"), 15, 8, 15, 14, f"Dark, {said('clean')}, {said('unknown')}"]
    assert "line 1: the line is not JSON" in str(rows["broken"][0])
    assert "khid-eval" not in str(rows["broken"][0])
    app = opened("check")
    app.button(key="datasets_check").click().run()
    app.segmented_control(key="datasets_view_en").set_value("list").run()
    assert listed(app)["cards"][0] == "1 error, 2 warnings"


def test_a_large_dataset_is_counted_when_it_is_opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_SMALL_BYTES", 1000)
    assert listed(opened("list"))["cards"][0] == said("large")
    app = opened("contents")
    app.segmented_control(key="datasets_view_en").set_value("list").run()
    assert listed(app)["cards"][1] == 15


def test_in_khmer_no_name_of_ours_stays_english(home: Path) -> None:
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["lang"] = "km"
    app.session_state["datasets_view"] = "contents"
    app.run()
    shown = " ".join(str(one.value.to_numpy().tolist()) for one in app.dataframe[:2])
    assert words.say("km", "datasets.no_split") in shown
    assert words.say("km", "datasets.not_a_card") in shown
    assert not re.search("[a-z_]{3,}", shown)


def test_what_was_chosen_outlives_a_switch_of_language(home: Path) -> None:
    app = opened("photos")
    app.selectbox(key="datasets_condition_en").set_value("dark").run()
    app.session_state["lang"] = "km"
    app.run()
    assert not app.exception
    assert app.selectbox(key="datasets_choose_km").value == "cards"
    assert app.selectbox(key="datasets_condition_km").value == "dark"
    assert len(app.image) == 7
    app.selectbox(key="datasets_split_km").set_value("test").run()
    assert app.segmented_control(key="datasets_view_km").value == "photos"
    assert app.selectbox(key="datasets_condition_km").value == "dark"
    assert not app.exception


def test_check_lists_faults_only_when_asked(home: Path) -> None:
    app = opened("check")
    assert not app.error
    app.button(key="datasets_check").click().run()
    assert app.error[0].value == "1 error, 2 warnings"
    table = app.dataframe[0].value
    expected = ["mrz_contradicts", "refused_photo", "no_capture"]
    assert table[said("code")].tolist() == [said(f"kind_{kind}") for kind in expected]
    assert table[said("line")].tolist() == [15, 1, 15]


def test_photos_by_page_and_condition(home: Path) -> None:
    app = opened("photos")
    assert len(app.image) == 11
    assert app.warning[0].value.startswith(said("unreadable"))
    app.selectbox(key="datasets_condition_en").set_value("dark").run()
    assert len(app.image) == 7
    assert not app.exception


def test_photos_are_hidden_while_masked(home: Path) -> None:
    app = opened("photos")
    app.session_state["session_masked"] = True
    app.run()
    assert not app.image
    assert said("hidden") in [one.value for one in app.caption]


def test_fictional_cards_are_made(home: Path) -> None:
    app = opened("new")
    app.text_input(key="datasets_name").set_value("made")
    app.slider(key="datasets_count_en").set_value(1)
    app.button(key="datasets_make").click().run(timeout=120)
    assert not app.exception
    assert said("made", count=1) in [one.value for one in app.success]
    assert summary(Dataset(home / "made")).photos == 1


@pytest.mark.parametrize("name", ["", "../x", "a b", "/tmp/x", ".hidden"])
def test_names_that_are_no_folder_names_are_refused(home: Path, name: str) -> None:
    app = opened("new")
    app.text_input(key="datasets_name").set_value(name)
    app.button(key="datasets_make").click().run()
    assert app.error[0].value == said("bad_name")
    assert [one.name for one in home.iterdir()] == ["cards"]


def test_a_name_that_is_taken_is_refused(home: Path) -> None:
    app = opened("new")
    app.text_input(key="datasets_name").set_value("cards")
    app.button(key="datasets_make").click().run()
    assert "already holds a dataset" in app.error[0].value


def test_a_zip_is_imported(home: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("0.png", photo(5))
        archive.writestr("labels.csv", "file_name,sex\n0.png,ស្រី\n1.png,ស្រី\n")
    app = opened("new")
    app.segmented_control(key="datasets_way_en").set_value("import").run()
    app.text_input(key="datasets_name").set_value("brought")
    app.file_uploader[0].set_value(("cards.zip", buffer.getvalue(), "application/zip"))
    app.button(key="FormSubmitter:datasets_import-" + said("import")).click().run()
    assert not app.exception
    assert app.success[0].value == said("imported", written=1, left_out=1)
    assert [one.fields for one in Dataset(home / "brought")] == [{"sex": "ស្រី"}]


def test_an_import_without_a_file_asks_for_one(home: Path) -> None:
    app = opened("new")
    app.segmented_control(key="datasets_way_en").set_value("import").run()
    app.text_input(key="datasets_name").set_value("brought")
    app.button(key="FormSubmitter:datasets_import-" + said("import")).click().run()
    assert [one.value for one in app.error] == [said("file_needed")]


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_a_broken_zip_says_what_is_wrong_with_it(lang: words.Language, home: Path) -> None:
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["lang"] = lang
    app.session_state["datasets_view"], app.session_state["datasets_way"] = "new", "import"
    app.run()
    app.text_input(key="datasets_name").set_value("brought")
    app.file_uploader[0].set_value(("cards.zip", b"no zip", "application/zip"))
    app.button(key="FormSubmitter:datasets_import-" + words.say(lang, "datasets.import")).click().run()
    assert words.say(lang, "told.bad_zip") in app.error[0].value
    assert "khid-eval" not in app.error[0].value


def test_an_open_server_without_a_folder_makes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(shelf.ENVIRONMENT, raising=False)
    monkeypatch.setattr(shelf, "_THIS_MACHINE", ())
    assert shelf.home() is None
    app = AppTest.from_function(page, default_timeout=60).run()
    app.segmented_control(key="datasets_view_en").set_value("new").run()
    assert [one.value for one in app.info] == [said("read_only")]


def test_tables_of_an_empty_summary() -> None:
    nothing = summary([])
    assert contents.conditions_table(nothing).empty
    assert contents.splits_table(nothing).empty
    assert len(contents.fields_table(nothing)) == 14
    assert faults.as_table([]).empty
    assert grid.count(nothing, "", "") == 0


def test_rows_as_csv_and_matching(home: Path) -> None:
    dataset = Dataset(home / "cards")
    assert contents.rows_csv(dataset).decode("utf-8-sig").count("\n") == 16
    assert len(list(grid.matching(dataset, "test", "dark"))) == grid.count(summary(dataset), "test", "dark") == 7
    assert len(faults.as_table(list(check(dataset)))) == 3


def test_what_is_wrong_is_said_in_khmer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.session_state", {words.LANGUAGE_KEY: "km"})
    found = [Fault("a", 3, "", "json", one, "error") for one in ("the line is not JSON", "nobody knows")]
    table = faults.as_table(found)
    message = words.say("km", "datasets.message")
    assert table[message].tolist() == [words.say("km", "told.not_json"), "nobody knows"]
    assert table.columns[-1] == words.say("km", "datasets.file")


@pytest.mark.parametrize("size", [(40, 64), (500, 15), (15, 500), (270, 360)])
def test_tiles_are_all_of_one_size(size: tuple[int, int]) -> None:
    tile = grid.on_tile(np.full((*size, 3), 7, np.uint8))
    assert tile.shape == (270, 360, 4)
    assert (tile[tile[:, :, 3] == 255][:, :3] == 7).all()
    assert (tile[:, :, 3] == 255).any()


def test_every_kind_of_fault_has_words() -> None:
    sources = Path(khid_eval.datasets.__file__).parent.rglob("*.py")
    code = re.compile(r"""(?:Problem\(|"error", |"",\s|, name, |photo, )\s*"([a-z0-9]+(?:-[a-z0-9]+)+)",""")
    named = {found for file in sources for found in code.findall(file.read_text(encoding="utf-8"))}
    assert len(named) > 30
    assert {one for one in named if faults.kind(one) == one} == set()
    assert faults.kind("other") == "other"
