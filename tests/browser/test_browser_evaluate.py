"""From an imported set to a report: the whole way through the pages, in a real browser, over a real run."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from khid_eval import runs
from khid_eval.records import CardReading, ReadOptions
from khid_eval.ui import run_shelf
from khid_eval.ui.dataset_page import shelf
from khid_eval.ui.words import say
from tests.browser.conftest import App, running_app, settled
from tests.ui.fixed_endpoint import READ_WRONG, Endpoint, FictionalCard
from tests.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser_evaluate")]
Visit = Callable[..., Page]
_PHOTOS = 6
_RUN_MS = 90_000


@pytest.fixture(scope="module")
def app(server: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("evaluate")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(shelf.ENVIRONMENT, str(folder / "data"))
        environment.setenv(run_shelf.ENVIRONMENT, str(folder / "runs"))
        with running_app(folder, server.address) as running:
            yield running


def labelled_zip(card: FictionalCard, photos: int = _PHOTOS) -> bytes:
    """Photos of the one card; the server reads READ_WRONG wrong on each."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        rows = []
        for number in range(photos):
            archive.writestr(f"{number}.jpg", card.photo)
            lighting = "dark" if number % 2 else "normal"
            row = {"file_name": f"{number}.jpg", "group_id": f"card-{number}", "fields": dict(card.truth)}
            rows.append(json.dumps(row | {"condition": {"lighting": lighting}}, ensure_ascii=False))
        archive.writestr("metadata.jsonl", "\n".join(rows) + "\n")
    return packed.getvalue()


def view(page: Page, key: str, name: str) -> None:
    page.locator(f'[class*="st-key-{key}"]').get_by_role("radio", name=name, exact=True).click()
    settled(page)


def pick(page: Page, key: str, name: str) -> None:
    page.locator(f'[class*="st-key-{key}"]').get_by_role("combobox").click()
    page.get_by_role("option", name=name).first.click()
    settled(page)


def start(page: Page, dataset: str, name: str, *, photos: int) -> None:
    pick(page, "evaluate_new_dataset", dataset)
    expect(page.get_by_text(f"{photos} photos, {photos} calls")).to_be_visible()
    page.locator(".st-key-evaluate_new_name input").fill(name)
    page.locator(".st-key-evaluate_new_name input").press("Enter")
    settled(page)
    page.get_by_role("button", name=say("en", "evaluate.start")).click()


def test_from_import_to_report(visit: Visit, app: App, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit("/datasets")
    view(page, "datasets_view", say("en", "datasets.view_new"))
    view(page, "datasets_way", say("en", "datasets.way_import"))
    page.locator(".st-key-datasets_name input").fill("mine")
    page.locator('[data-testid="stFileUploaderDropzoneInput"]').set_input_files(
        {"name": "mine.zip", "mimeType": "application/zip", "buffer": labelled_zip(card)}
    )
    settled(page)
    page.get_by_role("button", name=say("en", "datasets.import")).last.click()
    expect(page.get_by_text(say("en", "datasets.imported", written=_PHOTOS, left_out=0))).to_be_visible()

    page = visit("/evaluate?view=new")
    start(page, "mine", "browser-run", photos=_PHOTOS)
    exact = page.locator('[data-testid="stMetric"]').first
    right = (14 - len(READ_WRONG)) / 14
    expect(exact).to_contain_text(f"{right * 100:.1f} %", timeout=_RUN_MS)
    info = runs.Store(str(app.folder / "runs" / "browser-run")).load()
    assert (info.state, info.counts.read) == (runs.State.FINISHED, _PHOTOS)
    settled(page)
    page.go_back()
    expect(page.get_by_role("button", name=say("en", "evaluate.start"))).to_be_visible()
    expect(page.locator(".st-key-evaluate_new_name input")).not_to_have_value("browser-run")
    settled(page)
    page.go_forward()
    expect(exact).to_contain_text(f"{right * 100:.1f} %")

    view(page, "evaluate_view", say("en", "evaluate.view_failures"))
    name = next(iter(READ_WRONG))
    pick(page, "evaluate_failure_field", say("en", f"fields.{name}"))
    expect(page.locator(".ev-diff")).to_have_count(_PHOTOS)
    expect(page.locator(".ev-truth mark").first).to_be_visible()
    expect(page.locator('[data-testid="stMain"] img').first).to_be_visible()

    view(page, "evaluate_view", say("en", "evaluate.view_export"))
    with page.expect_download() as download:
        page.get_by_role("button", name=say("en", "evaluate.export_html")).click()
    report = Path(download.value.path()).read_text("utf-8")
    assert "Evaluation of browser-run" in report
    assert str(card.truth["name_kh"]) not in report


def test_figures_stream_in_and_a_cancelled_run_goes_on(
    visit: Visit, app: App, endpoint: Endpoint, card: FictionalCard
) -> None:
    photos, first = 12, 4
    calls, going = count(), threading.Event()

    def answer(photo: bytes, options: ReadOptions) -> CardReading:
        if next(calls) >= first:
            going.wait(60)
        return card.reading

    endpoint.answer = answer
    with zipfile.ZipFile(io.BytesIO(labelled_zip(card, photos))) as packed:
        packed.extractall(app.folder / "data" / "twelve")
    page = visit("/evaluate?view=new")
    start(page, "twelve", "streamed", photos=photos)
    exact = page.locator('[data-testid="stMetric"]').first
    expect(exact).to_contain_text(f"n {first * 14}", timeout=_RUN_MS)
    store = runs.Store(str(app.folder / "runs" / "streamed"))
    assert store.load().state is runs.State.RUNNING

    page.go_back()
    expect(page.get_by_role("button", name=say("en", "evaluate.start"))).to_be_visible()
    expect(page).to_have_url(re.compile("view=new"))
    settled(page)
    page.go_forward()
    expect(exact).to_contain_text(f"n {first * 14}")
    page.get_by_role("button", name=say("en", "evaluate.cancel")).click()
    wait_for(lambda: store.load().state is runs.State.CANCELLED, "the run ends when it is asked to")
    going.set()
    page.get_by_role("button", name=say("en", "evaluate.resume")).click()
    expect(exact).to_contain_text(f"n {photos * 14}", timeout=_RUN_MS)
    expect(page.get_by_role("button", name=say("en", "evaluate.resume"))).to_have_count(0)
    wait_for(lambda: store.load().state is runs.State.FINISHED, "the run goes on to its end")


def test_a_click_on_a_field_opens_its_failures(visit: Visit, endpoint: Endpoint) -> None:
    page = visit("/evaluate")
    points = page.locator(".st-key-evaluate_by_field .scatterlayer .point")
    expect(points).to_have_count(14)
    points.nth(1).click(force=True)
    chosen = page.locator(".st-key-evaluate_failure_field_en").get_by_role("combobox")
    expect(chosen).to_have_value(say("en", "fields.name_kh"))


def test_filters_outlive_a_reload_and_the_way_back(visit: Visit, endpoint: Endpoint) -> None:
    page = visit("/evaluate?run=example-tesseract&view=failures")
    field = page.locator(".st-key-evaluate_failure_field_en").get_by_role("combobox")
    pick(page, "evaluate_failure_field_en", say("en", "fields.sex"))
    expect(page).to_have_url(re.compile("field=sex"))
    shown = page.locator(".ev-diff").all_text_contents()
    page.reload()
    settled(page)
    expect(field).to_have_value(say("en", "fields.sex"))
    assert page.locator(".ev-diff").all_text_contents() == shown
    page.go_back()
    expect(field).to_have_value(say("en", "evaluate.all"))
    page.go_forward()
    expect(field).to_have_value(say("en", "fields.sex"))
    page.get_by_role("button", name=say("en", "evaluate.show_all")).click()
    expect(page).not_to_have_url(re.compile("field="))


def test_what_is_forgotten_leaves_the_address_too(visit: Visit, endpoint: Endpoint) -> None:
    page = visit("/evaluate?lang=km&run=example-tesseract&view=failures&field=sex&confidence=0-50")
    field = page.locator(".st-key-evaluate_failure_field_km").get_by_role("combobox")
    expect(field).to_have_value(say("km", "fields.sex"))
    page.get_by_role("button", name=say("km", "shell.wipe")).locator("visible=true").click()
    expect(page).not_to_have_url(re.compile("view=|field=|confidence=|example-tesseract"))
    expect(page).to_have_url(re.compile("lang=km"))
    expect(page.locator('[data-testid="stMetric"]').first).to_be_visible()
    view(page, "evaluate_view", say("km", "evaluate.view_failures"))
    expect(field).to_have_value(say("km", "evaluate.all"))


@pytest.mark.parametrize("path", ["/evaluate", "/compare"])
def test_nothing_scrolls_sideways_on_a_phone(path: str, visit: Visit, endpoint: Endpoint) -> None:
    page = visit(path, width=390, height=844, scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("path", ["/evaluate", "/thresholds"])
def test_thumbs_find_what_to_choose_from(path: str, visit: Visit, endpoint: Endpoint) -> None:
    page = visit(path, width=390, height=844, scheme="dark")
    heights = page.locator('[data-testid="stMain"] [role=radio]').evaluate_all(
        "found => found.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44


def test_the_pages_in_khmer(visit: Visit, endpoint: Endpoint) -> None:
    page = visit("/evaluate?lang=km")
    expect(page.locator("h1")).to_have_text(say("km", "evaluate.title"))
    expect(page.locator('[data-testid="stMetric"]').first).to_contain_text(say("km", "evaluate.head_fields"))
