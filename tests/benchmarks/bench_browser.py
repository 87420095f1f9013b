"""How fast the page feels: first load, a sample's click to its annotated reading, weight and number of requests.

.venv/bin/pytest -p no:cacheprovider -s -m benchmark tests/benchmarks/bench_browser.py
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
from playwright.sync_api import Page, WebSocket, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, App, running_app, settled

pytestmark = pytest.mark.benchmark
SAMPLES = (1, 2, 3, 4, 5, 6, 7)
PHOTO = "recognise_card"
CHANGED = """before => [...document.querySelectorAll('*')].some(one => {
  const image = one.shadowRoot?.querySelector('.kv-svg image');
  return image && image.getAttribute('href') !== before;
})"""


class Traffic:
    """Bytes that one page received: bodies of requests, and what came over its web socket."""

    def __init__(self, page: Page) -> None:
        self.bodies: list[int] = []
        self.socket = 0
        page.on("requestfinished", lambda request: self.bodies.append(max(0, request.sizes()["responseBodySize"])))
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self._count(len(frame)))

    def _count(self, size: int) -> None:
        self.socket += size

    def __str__(self) -> str:
        return f"{len(self.bodies)} requests, {sum(self.bodies) / 1e6:.2f} MB + {self.socket / 1e6:.2f} MB web socket"


def load(app: App, page: Page) -> float:
    """Seconds from the address to the first sample's fields."""
    started = perf_counter()
    page.goto(app.url)
    page.locator(f".st-key-{PHOTO} li").first.wait_for(timeout=120_000)
    return perf_counter() - started


def click(page: Page, number: int) -> float:
    """Seconds from a sample's click to its photo with its fields, drawn at once."""
    before = page.locator(f".st-key-{PHOTO} image").get_attribute("href")
    started = perf_counter()
    page.locator(".st-key-recognise_samples .gl-item").nth(number).click()
    page.wait_for_function(CHANGED, arg=before, timeout=120_000, polling="raf")
    return perf_counter() - started


def row(name: str, seconds: Sequence[float]) -> None:
    print(f"{name}: median {median(seconds):.2f} s, slowest {max(seconds):.2f} s of {len(seconds)}")


def test_page_speed(tmp_path: Path) -> None:
    with running_app(tmp_path, "embedded") as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context()
        print(f"\nload of this machine's {os.cpu_count()} cores before: {os.getloadavg()[0]:.1f}")
        for visit in ("first load of a fresh server", "second visit"):
            page = context.new_page()
            traffic = Traffic(page)
            seconds = load(app, page)
            settled(page)
            print(f"{visit}: {seconds:.2f} s, {traffic}")
        read = [click(page, number) for number in SAMPLES]
        settled(page)
        row("click on a sample to its annotated reading", read)
        row("the same on samples read before", [click(page, number) for number in SAMPLES])
        browser.close()
