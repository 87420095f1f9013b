"""The Conditions page in a real browser: a click on a square leads to its photos; nothing scrolls sideways."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from khid_eval import runs
from khid_eval.datasets import DatasetWriter, PhotoCondition, Sample
from khid_eval.ui import run_address, run_shelf
from khid_eval.ui.words import say
from tests.browser.conftest import App, running_app, settled
from tests.runs import cards

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser_conditions")]
Visit = Callable[..., Page]
PHOTOS = 60


def condition(number: int) -> PhotoCondition:
    if number % 3 == 0:
        return PhotoCondition(name="rotation", rotation_deg=float(number * 15 % 360), capture="synthetic")
    name, severity = ("clean", 0) if number % 3 == 1 else ("dark", 1 + number % 5)
    return PhotoCondition(name=name, severity=severity, capture="synthetic")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("conditions")
    with DatasetWriter(folder / "set") as writer:
        for number in range(PHOTOS):
            sample = Sample(f"{number:05d}.png", f"card {number}", cards.truth(number), condition=condition(number))
            writer.add(sample, cards.photo(number))
    runs.start(runs.Job(str(folder / "set"), cards.FakeSpec(refuse=4)), str(folder / "runs" / "swept"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(run_shelf.ENVIRONMENT, str(folder / "runs"))
        with running_app(folder, "embedded") as running:
            yield running


def drawn(page: Page) -> None:
    """Waits until every chart of the page is there: this run has no small angles, so there are four."""
    page.wait_for_function(
        """() => {
          const charts = [...document.querySelectorAll('[data-testid=stPlotlyChart]')];
          return charts.length >= 4 && charts.every(chart => chart.querySelector('.main-svg'));
        }""",
        timeout=60_000,
    )
    settled(page)


@pytest.mark.timeout(180)
def test_a_click_on_a_square_leads_to_its_photos(visit: Visit) -> None:
    page = visit("/conditions", height=2600)
    drawn(page)
    expect(page.get_by_text(say("en", "conditions.click_a_square"))).to_be_visible()
    square = page.locator(".st-key-conditions_made_wide .scatterlayer .points path").first
    box = square.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text(say("en", "conditions.click_a_square"))).to_be_hidden()
    settled(page)
    expect(page.locator(".ev-diff").first).to_be_visible()
    field = page.locator(".st-key-conditions_made_field_en").get_by_role("combobox")
    expect(field).to_have_value(say("en", "fields.id_number"))


@pytest.mark.timeout(180)
def test_the_run_stays_over_pages_and_a_reload(visit: Visit) -> None:
    page = visit("/conditions?run=example-tesseract")
    page.get_by_role("link", name=say("en", "nav.evaluate")).click()
    expect(page.locator("h1")).to_have_text(say("en", "evaluate.title"))
    expect(page).to_have_url(re.compile(r"/evaluate\?.*run=example-tesseract"))
    settled(page)
    page.go_back()
    expect(page.locator("h1")).to_have_text(say("en", "conditions.title"))
    page.go_forward()
    expect(page.locator("h1")).to_have_text(say("en", "evaluate.title"))
    page.reload()
    chosen = page.locator(f".st-key-{run_address.RUN_KEY}_en").get_by_role("combobox")
    expect(chosen).to_have_value(re.compile("tesseract"))


@pytest.mark.timeout(180)
def test_choices_stay_in_the_other_language(visit: Visit) -> None:
    page = visit("/conditions")
    drawn(page)
    levels = page.locator(".st-key-conditions_level_en")
    levels.get_by_role("radio", name=say("en", "evaluate.level_semantic"), exact=True).click()
    settled(page)
    page.get_by_role("radio", name="ខ្មែរ").click()
    expect(page.locator("h1")).to_have_text(say("km", "conditions.title"))
    levels = page.locator(".st-key-conditions_level_km")
    expect(levels.get_by_role("radio", name=say("km", "evaluate.level_semantic"), exact=True)).to_be_checked()
    field = page.locator(".st-key-conditions_field_km").get_by_role("combobox")
    field.click()
    page.get_by_role("option", name=say("km", "fields.sex")).click()
    expect(field).to_have_value(say("km", "fields.sex"))
    settled(page)
    expect(levels.get_by_role("radio", name=say("km", "evaluate.level_semantic"), exact=True)).to_be_checked()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("language", ["en", "km"])
def test_nothing_scrolls_sideways_on_a_phone(visit: Visit, language: str) -> None:
    page = visit(f"/conditions?lang={language}", width=390, height=844, scheme="dark")
    drawn(page)
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
