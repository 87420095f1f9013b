"""Pictures of every page: both widths, both themes, both languages, into screenshots/ (not kept in git).

    .venv/bin/python -m tests.screenshots [FOLDER]

The app reads with the engine on this machine; where its models are missing, with a server that sees one fictional card.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from khid_eval import readers
from khid_eval.errors import KhidError
from khid_eval.server import Access
from tests.browser.conftest import ARGUMENTS, CHROMIUM, App, running_app, settled
from tests.ui.fixed_endpoint import Endpoint, fictional_card, serving

ROOT = Path(__file__).parents[1]
SIZES = {1440: 1000, 390: 844}
LOOKS = (("light", "en"), ("dark", "en"), ("light", "km"))
_HOME = "recognise"
_TALLEST_PX = 6000


def main(folder: Path) -> None:
    """Takes all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(page.stem for page in (ROOT / "pages").glob("*.py"))
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with serving(fictional_card().reading, Access()) as server, running_app(Path(home), _target(server)) as app:
            for width in SIZES:
                for scheme, language in LOOKS:
                    _visit(browser, app, names, width, scheme, language, folder)
        browser.close()


def _target(server: Endpoint) -> str:
    try:
        readers.build(readers.Target())
    except KhidError:
        return server.address
    return readers.EMBEDDED


def _visit(browser: Browser, app: App, names: list[str], width: int, scheme: str, language: str, folder: Path) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": SIZES[width]},
        color_scheme=scheme,  # type: ignore[arg-type]  # "light" or "dark"
    )
    page = context.new_page()
    for name in names:
        page.goto(f"{app.url}/{'' if name == _HOME else name}?lang={language}")
        settled(page)
        _whole(page, width)
        file = folder / f"{name}-{width}-{scheme}-{language}.png"
        page.screenshot(path=file)
        print(file.name)
        page.set_viewport_size({"width": width, "height": SIZES[width]})
    context.close()


def _whole(page: Page, width: int) -> None:
    """A window as tall as the page: the page scrolls inside a frame, so a full-page picture would not do."""
    height = int(page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight"))
    page.set_viewport_size({"width": width, "height": min(max(height, SIZES[width]), _TALLEST_PX)})
    settled(page)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "screenshots")
