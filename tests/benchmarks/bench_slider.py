"""From a moved cut-off to the redrawn chart, in a real browser: `python tests/benchmarks/bench_slider.py [cards]`.

Beside it, in the same run: what the same browser and server need for the smallest possible rerun, a toggle of the
sidebar, so that the ratio holds on any machine.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from playwright.sync_api import Locator, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, running_app, settled
from tests.runs import generated

LIMIT_S = 0.5
MOVES = 15
SHAPES = "() => JSON.stringify((document.querySelector('.js-plotly-plot').layout.shapes || []).map(s => s.x0))"


def until_changed(page: Page, what: str, before: object) -> float:
    started = time.perf_counter()
    while page.evaluate(what) == before and time.perf_counter() - started < 20:
        page.wait_for_timeout(5)
    return time.perf_counter() - started


def moves(page: Page, slider: Locator) -> list[float]:
    """Seconds from each key press to the new position of the cut-off's line."""
    times = []
    for _ in range(MOVES):
        before = page.evaluate(SHAPES)
        slider.press("ArrowLeft")
        times.append(until_changed(page, SHAPES, before))
        page.wait_for_timeout(300)
    return times


def reruns(page: Page) -> list[float]:
    """Seconds from a press of the masking toggle to the end of the rerun."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        page.locator(".st-key-session_masked label").click()
        settled(page)
        times.append(time.perf_counter() - started)
    return times


def main() -> None:
    cards = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    folder = Path(tempfile.mkdtemp())
    generated.make_run(folder / "runs" / "generated", cards, hard=3.0)
    with running_app(folder, "embedded") as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 1300})
        page.set_default_timeout(120_000)
        page.goto(app.url + "/thresholds")
        settled(page)
        page.locator(".js-plotly-plot .main-svg").first.wait_for()
        moved = moves(page, page.get_by_role("slider", name="Cut-off"))
        rerun = statistics.median(reruns(page))
        browser.close()
    took = statistics.median(moved)
    verdict = "within" if took < LIMIT_S else "OVER"
    print(f"{cards:,} cards: cut-off moved to chart redrawn, median of {MOVES}: {took:.2f} s, {verdict} {LIMIT_S:g} s")
    print(f"  a whole rerun of the page: {rerun:.2f} s, ratio {took / rerun:.2f}")


if __name__ == "__main__":
    main()
