"""The frame on every page, the API explorer, accessibility, and that nothing is kept."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from threading import Event

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from khid_eval.contract import ERROR_CODES
from khid_eval.records import CardReading, ReadOptions
from khid_eval.ui.words import Language, say
from tests.browser.conftest import App, running_app, settled
from tests.ui.fixed_endpoint import Endpoint, FictionalCard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser_shell")]
Visit = Callable[..., Page]
_FORGET_S = 30
_WAIT_S = 40
_ICON_BYTES = 10_000
_SHARED = ("st_cache_data", "st_cache_resource")
"""Caches that all visitors share; they hold the sample cards and the engine."""


@pytest.fixture(scope="module")
def app(server: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Forgets a closed session after a second, where the product takes a minute, and weighs what sessions hold."""
    folder = tmp_path_factory.mktemp("shell")
    flags = ("--server.disconnectedSessionTTL=1", "--server.enableExpensiveMemoryStats=true")
    with running_app(folder, server.address, *flags) as running:
        yield running


def test_deep_link_on_a_fresh_server_goes_through_the_frame(visit: Visit, endpoint: Endpoint) -> None:
    page = visit("/explorer?lang=km")
    expect(page.locator("h1")).to_have_text(say("km", "explorer.title"))
    expect(page.get_by_role("link", name=say("km", "nav.recognise"))).to_be_visible()
    expect(page.locator(".st-key-target_kind_km")).to_be_visible()
    expect(page).to_have_title(f"{say('km', 'nav.explorer')} · {say('km', 'nav.product')}")
    expect(page.locator("html")).to_have_attribute("lang", "km")


def test_explorer_sends_and_shows_the_exchange(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit("/explorer")
    page.locator('[data-testid="stSidebar"]').get_by_text("Connection", exact=True).click()
    token = page.locator(".st-key-target_token input")
    token.fill("a-secret-token")
    token.press("Enter")
    settled(page)
    page.get_by_role("button", name="Send request").locator("visible=true").click()
    expect(page.get_by_text("HTTP 200")).to_be_visible()
    exchange = page.locator(".st-key-explorer_exchange")
    expect(exchange.locator('[data-testid="stCode"]').nth(1)).to_contain_text(str(card.truth["name_en"]))
    page.locator(".st-key-explorer_side_en").get_by_role("radio", name="Request").click()
    expect(exchange.locator('[data-testid="stCode"]').first).to_contain_text("X-Auth-Token: ***")
    assert "a-secret-token" not in page.locator('[data-testid="stMain"]').inner_text()


def test_explorer_provokes_an_error(visit: Visit, endpoint: Endpoint) -> None:
    page = visit("/explorer")
    errors = page.locator(".st-key-explorer_errors .el-item")
    exchange = page.locator(".st-key-explorer_exchange")
    expect(errors).to_have_count(len(ERROR_CODES))
    errors.nth(0).locator(".el-button").click()
    expect(exchange.get_by_text("HTTP 400")).to_be_visible()
    expect(exchange.locator('[data-testid="stCode"]').nth(1)).to_contain_text("AIS.0101")
    expect(errors.nth(0)).to_contain_text("Answer: HTTP 400 AIS.0101")
    settled(page)
    errors.nth(2).locator(".el-button").press("Enter")
    expect(errors.nth(2)).to_contain_text("Answer: HTTP 400 AIS.0103")
    expect(errors.nth(0)).not_to_contain_text("Answer")
    errors.nth(2).locator(".el-outcome").press("Enter")
    expect(exchange).to_be_in_viewport()
    page.get_by_role("button", name="Send request").locator("visible=true").click()
    expect(exchange.get_by_text("HTTP 200")).to_be_visible()
    expect(page.locator(".st-key-explorer_errors .el-outcome")).to_have_count(0)


def test_waiting_is_seen(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    looked = Event()

    def slow(photo: bytes, options: ReadOptions) -> CardReading:
        looked.wait(_WAIT_S)
        return card.reading

    page = visit("/explorer")
    endpoint.answer = slow
    page.get_by_role("button", name="Send request").locator("visible=true").click()
    exchange = page.locator(".st-key-explorer_exchange")
    expect(exchange.get_by_text("Sending…")).to_be_visible()
    looked.set()
    expect(exchange.get_by_text("HTTP 200")).to_be_visible()
    looked.clear()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Testing the connection…")).to_be_visible()
    looked.set()
    expect(page.get_by_text("Connection works")).to_be_visible()


def test_a_forgotten_token_is_not_in_the_browser_either(visit: Visit, endpoint: Endpoint) -> None:
    page = visit("/explorer?lang=km")
    page.get_by_role("switch", name=say("km", "shell.mask")).press("Space")
    page.locator('[data-testid="stSidebar"]').get_by_text(say("km", "panel.connection"), exact=True).click()
    token = page.locator(".st-key-target_token input")
    token.fill("a-secret-token")
    token.press("Enter")
    settled(page)
    page.get_by_role("button", name=say("km", "shell.wipe")).locator("visible=true").click()
    expect(token).to_have_value("")
    expect(page.get_by_role("switch", name=say("km", "shell.mask"))).to_be_checked()
    settled(page)
    page.get_by_role("switch", name=say("km", "shell.mask")).press("Space")  # any change sends all fields along
    settled(page)
    expect(token).to_have_value("")


def serious_faults(page: Page) -> dict[str, list[str]]:
    """What axe-core finds: rule -> pieces of the page."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return {
        fault["id"]: [node["html"][:200] for node in fault["nodes"]][:4]
        for fault in found
        if fault["impact"] in ("serious", "critical")
    }


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        *(("/", "light"), ("/", "dark"), ("/?lang=km", "light"), ("/explorer", "light"), ("/explorer", "dark")),
        *(("/evaluate", "light"), ("/evaluate", "dark"), ("/conditions", "light"), ("/conditions", "dark")),
        *(("/compare", "dark"), ("/datasets", "light"), ("/thresholds", "light"), ("/thresholds", "dark")),
    ],
)
def test_no_serious_fault_of_accessibility(path: str, scheme: str, visit: Visit, endpoint: Endpoint) -> None:
    assert serious_faults(visit(path, scheme=scheme)) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_button_can_be_read_under_the_pointer(scheme: str, visit: Visit, endpoint: Endpoint) -> None:
    page = visit("/explorer", scheme=scheme)
    page.get_by_role("button", name="Send request").locator("visible=true").hover()
    assert serious_faults(page) == {}


@pytest.mark.parametrize(("width", "scheme", "lang"), [(1440, "light", "en"), (390, "dark", "km")])
def test_no_serious_fault_in_what_can_be_opened(
    width: int, scheme: str, lang: Language, visit: Visit, endpoint: Endpoint
) -> None:
    """The pointer stays on what was pressed: its colours count as well."""
    page = visit(f"/?lang={lang}", width=width, height=900, scheme=scheme)
    faults = {}
    page.locator(".st-key-recognise_harder summary").click()
    expect(page.locator(f".st-key-recognise_harder_dark_{lang}")).to_be_visible()
    settled(page)
    faults["harder"] = serious_faults(page)
    for key, number in (("view", 1), ("view", 2), ("view", 3), ("way", 0), ("way", 2), ("way", 3)):
        page.locator(f".st-key-recognise_{key}").get_by_role("radio").nth(number).click()
        settled(page)
        faults[f"{key} {number}"] = serious_faults(page)
    page.locator(".st-key-recognise_actions button").first.click()
    expect(page.locator('[data-testid="stPopoverBody"]')).to_be_visible()
    faults["options"] = serious_faults(page)
    assert {name: found for name, found in faults.items() if found} == {}


def test_nothing_is_kept_after_the_session(
    app: App, chromium: Browser, endpoint: Endpoint, card: FictionalCard
) -> None:
    assert _held_after_a_visit(app, chromium, card) <= _ICON_BYTES
    secrets = [str(card.truth[name]).encode() for name in ("id_number", "name_en", "name_kh")]
    secrets += [b"very-private", card.photo[2000:2040]]
    for file in app.folder.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert not any(secret in content for secret in secrets), file


def _held_after_a_visit(app: App, chromium: Browser, card: FictionalCard) -> int:
    """What the server holds when a visitor with an uploaded card has gone; the app's own icon may stay."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(app.url)
    settled(page)
    page.locator(".st-key-recognise_way").get_by_role("radio", name="Upload").click()
    files = page.locator('[data-testid="stMain"] input[type=file]').first
    files.set_input_files({"name": "very-private.jpg", "mimeType": "image/jpeg", "buffer": card.photo})
    expect(page.get_by_test_id("stFileChipName")).to_have_text("very-private.jpg")
    settled(page)
    assert _held(app) > len(card.photo)
    context.close()
    held, deadline = _held(app), time.monotonic() + _FORGET_S
    while held > _ICON_BYTES and time.monotonic() < deadline:
        time.sleep(0.2)
        held = _held(app)
    return held


def _held(app: App) -> int:
    """Bytes or entries that the server holds for sessions: state, uploads, media."""
    with urllib.request.urlopen(f"{app.url}/_stcore/metrics", timeout=5) as answer:
        text = answer.read().decode()
    rows = re.findall(r'^cache_memory_bytes\{cache_type="(\w+)",.*\} (\d+)$', text, re.MULTILINE)
    return sum(int(size) for kind, size in rows if kind not in _SHARED)
