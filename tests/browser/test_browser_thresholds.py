"""From a run to a policy to its effect on Recognise, as a person goes that way."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from khid_eval.policy import load
from khid_eval.records import CardReading
from khid_eval.ui.words import say
from tests.browser.conftest import App, settled
from tests.runs import generated
from tests.ui.fixed_endpoint import Endpoint, FictionalCard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser_thresholds")]
Visit = Callable[..., Page]
REQUIRED = ("id_number", "name_kh", "birth_date", "expiry_date")


@pytest.fixture(scope="module")
def with_run(app: App) -> App:
    generated.make_run(app.folder / "runs" / "daylight", 4000)
    return app


def said(key: str, **values: object) -> str:
    return say("en", key, **values)


def choose(page: Page, key: str, words: str) -> None:
    page.locator(f".st-key-{key}").get_by_role("radio", name=words, exact=True).click()
    settled(page)


def thresholds(visit: Visit, **view: object) -> Page:
    page = visit("/thresholds", **view)
    run = page.locator("[class*='st-key-thresholds_run']").get_by_role("combobox")
    run.click()
    page.get_by_role("option", name="daylight").click()
    settled(page)
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    return page


def with_confidence(reading: CardReading, confidence: float) -> CardReading:
    return replace(reading, fields=tuple(replace(one, confidence=confidence) for one in reading.fields))


def answer_surely(endpoint: Endpoint, reading: CardReading) -> None:
    endpoint.answer = lambda _photo, _options: reading


def test_from_a_run_to_recognise(with_run: App, visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = thresholds(visit)
    slider = page.get_by_role("slider", name=said("thresholds.max_error"))
    slider.press("ArrowRight")  # 2 %
    settled(page)
    expect(page.get_by_text(said("thresholds.holds", error="2.0 %", confidence="95 %"))).to_be_visible()
    choose(page, "thresholds_view_en", said("thresholds.view_policy"))
    with page.expect_download() as waiting:
        page.get_by_role("button", name=said("thresholds.download")).click()
    file = with_run.folder / "policy.json"
    waiting.value.save_as(file)
    policy = load(file)
    assert (policy.required, policy.run_id, policy.max_error) == (REQUIRED, "daylight", 0.02)
    page.get_by_role("button", name=said("thresholds.use")).click()
    expect(page.get_by_text(said("thresholds.in_use", name="daylight"))).to_be_visible()

    for confidence, decision in ((1.0, "verdict.accept"), (0.01, "verdict.review")):
        answer_surely(endpoint, with_confidence(card.reading, confidence))
        page.get_by_role("link", name=said("nav.recognise"), exact=True).click()
        settled(page)
        page.get_by_role("button", name=said("recognise.again")).click()
        settled(page)
        names = ", ".join(said(f"fields.{name}") for name in REQUIRED)
        words = said(decision) if decision.endswith("accept") else said(decision, fields=names)
        expect(page.get_by_text(words).first).to_be_visible()
        expect(page.get_by_text("daylight").first).to_be_visible()


def test_the_cutoff_moves_and_the_policy_is_checked_on_another_run(with_run: App, visit: Visit) -> None:
    generated.make_run(with_run.folder / "runs" / "worse", 3000, seed=9, hard=200.0)
    page = thresholds(visit)
    page.get_by_role("slider", name=said("thresholds.max_error")).press("ArrowRight")
    settled(page)
    table = page.locator("table").first
    before = table.inner_text()
    page.get_by_role("slider", name=said("thresholds.cutoff")).press("ArrowLeft")
    expect(table).not_to_have_text(before)
    assert page.evaluate("document.querySelector('.js-plotly-plot').layout.shapes.length") >= 3

    choose(page, "thresholds_view_en", said("thresholds.view_policy"))
    page.get_by_role("button", name=said("thresholds.use")).click()
    settled(page)
    page.locator("[class*='st-key-thresholds_run']").get_by_role("combobox").click()
    page.get_by_role("option", name="worse").click()
    settled(page)
    choose(page, "thresholds_view_en", said("thresholds.view_drift"))
    expect(page.get_by_text("The promise no longer holds on this run")).to_be_visible()


def test_a_phone_scrolls_in_one_direction_only(with_run: App, visit: Visit) -> None:
    page = thresholds(visit, width=390, height=844)
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0


def test_the_small_example_leads_to_the_large_one(visit: Visit) -> None:
    page = visit("/thresholds?run=example")
    page.get_by_role("button", name=said("thresholds.larger_example", photos="1,044")).click()
    expect(page).to_have_url(re.compile(r"run=example-thresholds"))
    expect(page.get_by_text(re.compile("^1,044 labelled cards"))).to_be_visible()
