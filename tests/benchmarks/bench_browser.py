"""How fast the page feels: first load, a sample's click to its annotated reading, weight and number of requests."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, running_app, settled

pytestmark = pytest.mark.benchmark
CLICKS = 6


def test_page_speed(tmp_path: Path) -> None:
    weights: list[int] = []
    with running_app(tmp_path, "embedded") as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for visit in ("first", "warm"):
            page = browser.contexts[0].new_page() if browser.contexts else browser.new_context().new_page()
            page.on("requestfinished", lambda request: weights.append(request.sizes()["responseBodySize"]))
            weights.clear()
            started = perf_counter()
            page.goto(app.url)
            page.locator(".st-key-recognise_card li").first.wait_for(timeout=120_000)
            seconds = perf_counter() - started
            settled(page)
            print(f"\n{visit} load {seconds:.2f} s, {len(weights)} requests, {sum(weights) / 1e6:.2f} MB")
        for number in range(1, CLICKS + 1):
            sample = page.locator(".st-key-recognise_samples .gl-item").nth(number)
            before = page.locator(".st-key-recognise_card image").get_attribute("href")
            started = perf_counter()
            sample.click()
            page.wait_for_function(
                """before => [...document.querySelectorAll('*')].some(one =>
                     one.shadowRoot?.querySelector('.kv-svg image')
                     && one.shadowRoot.querySelector('.kv-svg image').getAttribute('href') !== before)""",
                arg=before,
                timeout=120_000,
            )
            print(f"click on {sample.get_attribute('data-name')} to its reading {perf_counter() - started:.2f} s")
        browser.close()
