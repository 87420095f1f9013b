"""Pictures of every page and of the states it can be in: both widths, themes and languages, into screenshots/ (not kept
in git).

    .venv/bin/python -m tests.screenshots [FOLDER] [WORD…]

Words choose: only pictures whose name has one of them are taken, such as `recognise-failed` or `390`. Pages are read
by the engine on this machine, or where its models are missing by a server that sees one fictional card; states by that
server.
"""

from __future__ import annotations

import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from khid_eval import readers
from khid_eval.errors import KhidError
from khid_eval.server import Access
from khid_eval.ui.words import Language
from tests.browser.conftest import ARGUMENTS, CHROMIUM, App, running_app, settled
from tests.screenshot_states import STATES, Stage
from tests.ui.fixed_endpoint import Endpoint, FictionalCard, fictional_card, serving

ROOT = Path(__file__).parents[1]
SIZES = {1440: 1000, 390: 844}
LOOKS: tuple[tuple[str, Language], ...] = (("light", "en"), ("dark", "en"), ("light", "km"))
_HOME = "recognise"
_TALLEST_PX = 6000
_TIMEOUT_MS = 120_000


@dataclass(frozen=True, slots=True)
class Look:
    """How a browser is set up."""

    width: int
    scheme: str
    lang: Language

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}-{self.lang}"


@dataclass(frozen=True, slots=True)
class Camera:
    """words: only pictures whose name has one of them; all where there are none."""

    browser: Browser
    folder: Path
    words: Sequence[str]

    def wants(self, name: str, look: Look) -> bool:
        return not self.words or any(word in f"{name}-{look}" for word in self.words)

    @contextmanager
    def visit(self, app: App, page_name: str, look: Look) -> Iterator[Page]:
        """A new visitor who opened that page."""
        context = self.browser.new_context(
            viewport={"width": look.width, "height": SIZES[look.width]},
            color_scheme=look.scheme,  # type: ignore[arg-type]  # "light" or "dark"
        )
        page = context.new_page()
        page.set_default_timeout(_TIMEOUT_MS)
        page.goto(f"{app.url}/{'' if page_name == _HOME else page_name}?lang={look.lang}")
        settled(page)
        yield page
        context.close()

    def take(self, page: Page, name: str, look: Look, *, at_rest: bool = True) -> None:
        """A window as tall as the page: the page scrolls inside a frame, so a full-page picture would not do."""
        height = int(page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight"))
        page.set_viewport_size({"width": look.width, "height": min(max(height, SIZES[look.width]), _TALLEST_PX)})
        if at_rest:
            settled(page)
        page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
        page.screenshot(path=self.folder / f"{name}-{look}.png")
        print(f"{name}-{look}.png", flush=True)


def main(folder: Path, words: Sequence[str] = ()) -> None:
    """Takes all pictures, or those that have one of the words in their name."""
    folder.mkdir(parents=True, exist_ok=True)
    looks = [Look(width, scheme, lang) for width in SIZES for scheme, lang in LOOKS]
    card = fictional_card()
    with sync_playwright() as playwright, serving(card.reading, Access()) as server:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        camera = Camera(browser, folder, words)
        with _app(_reader(server)) as app:
            names = sorted(page.stem for page in (ROOT / "pages").glob("*.py"))
            _pages(camera, app, {name: name for name in names}, looks)
        with _app(server.address) as app:
            _states(camera, app, server, card, looks)
        with _app(_nobody()) as app:
            _pages(camera, app, {f"{_HOME}-offline": _HOME}, looks)
        with serving(card.reading) as locked, _app(locked.address) as app:
            _pages(camera, app, {f"{_HOME}-no-permission": _HOME}, looks)
        browser.close()


@contextmanager
def _app(target: str) -> Iterator[App]:
    with tempfile.TemporaryDirectory() as home, running_app(Path(home), target) as app:
        yield app


def _reader(server: Endpoint) -> str:
    try:
        readers.build(readers.Target())
    except KhidError:
        return server.address
    return readers.EMBEDDED


def _nobody() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def _pages(camera: Camera, app: App, pages: dict[str, str], looks: Sequence[Look]) -> None:
    """pages: name of the picture -> name of the page."""
    for look in looks:
        for name, page_name in pages.items():
            if camera.wants(name, look):
                with camera.visit(app, page_name, look) as page:
                    camera.take(page, name, look)


def _states(camera: Camera, app: App, server: Endpoint, card: FictionalCard, looks: Sequence[Look]) -> None:
    states = [(page_name, state) for page_name, known in STATES.items() for state in known]
    for look in looks:
        for page_name, state in states:
            name = f"{page_name}-{state}"
            if not camera.wants(name, look):
                continue
            server.answer = lambda _photo, _options: card.reading
            with camera.visit(app, page_name, look) as page:
                stage = Stage(app, page, server, card, look.lang)
                STATES[page_name][state](stage)
                camera.take(page, name, look, at_rest=state != "loading")
                stage.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "screenshots", sys.argv[2:])
