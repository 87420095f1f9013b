"""Real Chromium, the real app in a process of its own, and a server that reads every photo as one fictional card."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect, sync_playwright

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:  # the helpers are imported as `tests.ui.…`, wherever pytest was started
    sys.path.insert(0, ROOT)

from khid_eval.server import Access  # noqa: E402
from tests.ui.fixed_endpoint import Endpoint, FictionalCard, fictional_card, serving  # noqa: E402

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_START_S = 60
_TIMEOUT_MS = 40_000
expect.set_options(timeout=_TIMEOUT_MS)  # a busy machine must not fail a test


@dataclass(frozen=True, slots=True)
class App:
    """A running app. folder: its home and working folder, with everything it writes; log: its output."""

    url: str
    folder: Path
    log: Path
    process: subprocess.Popen[bytes]


@contextmanager
def running_app(folder: Path, target: str, *flags: str) -> Iterator[App]:
    """The app on a free port, with that target chosen at first."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / "app.log"
    script = Path(ROOT) / "app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}", *flags]
    environment = os.environ | {"HOME": str(folder), "TMPDIR": str(folder), "KHID_TARGET": target}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_healthy(url, process)
        yield App(url, folder, log, process)
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the app did not start")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Stopped with its module: until then this thread counts as running an event loop, and `asyncio.run` fails."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    try:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    except Error as exc:
        pytest.skip(f"no Chromium here: {exc}")
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def card() -> FictionalCard:
    return fictional_card()


@pytest.fixture(scope="module")
def server(card: FictionalCard) -> Iterator[Endpoint]:
    with serving(card.reading, Access()) as running:
        yield running


@pytest.fixture
def endpoint(server: Endpoint, card: FictionalCard) -> Endpoint:
    """The module's server, answering as it did at first."""
    server.answer = lambda _photo, _options: card.reading
    server.photos.clear()
    return server


@pytest.fixture(scope="module")
def app(server: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("app"), server.address) as running:
        yield running


Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def contexts(chromium: Browser) -> Iterator[Callable[[int, int, str], BrowserContext]]:
    """One browser context for each size and scheme: a warm cache saves seconds at every page."""
    kept: dict[tuple[int, int, str], BrowserContext] = {}

    def context(width: int, height: int, scheme: str) -> BrowserContext:
        key = (width, height, scheme)
        if key not in kept:
            kept[key] = chromium.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,  # type: ignore[arg-type]  # "light" or "dark"
                permissions=["clipboard-read", "clipboard-write"],
            )
        return kept[key]

    yield context
    for one in kept.values():
        one.close()


@pytest.fixture
def visit(app: App, contexts: Callable[[int, int, str], BrowserContext]) -> Iterator[Opener]:
    """Opens a path of the app as a new visitor. Fails at the end if any page asked anything of another machine."""
    outside: list[str] = []
    pages: list[Page] = []

    def opened(path: str = "/", *, width: int = 1440, height: int = 1400, scheme: str = "light") -> Page:
        page = contexts(width, height, scheme).new_page()
        pages.append(page)
        page.set_default_timeout(_TIMEOUT_MS)
        page.on("request", lambda request: _note_outside(request.url, outside))
        page.goto(app.url + path)
        settled(page)
        return page

    yield opened
    for page in pages:
        page.close()
    assert outside == []


def _note_outside(url: str, outside: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        outside.append(url)


def settled(page: Page) -> None:
    """Waits until the script has run and its result is on the page."""
    page.wait_for_selector('[data-testid="stApp"][data-test-connection-state="CONNECTED"]')
    page.evaluate("window.khidQuiet = performance.now()")  # what was quiet before the last click does not count
    page.wait_for_function(
        """() => {
          const app = document.querySelector('[data-testid=stApp]');
          const busy = app.dataset.testScriptState !== 'notRunning'
            || document.querySelector('[data-stale=true], [data-testid=stSkeleton]');
          const now = performance.now();
          if (busy) window.khidQuiet = now;
          return now - (window.khidQuiet ??= now) > 300;
        }""",
        polling=50,
    )
