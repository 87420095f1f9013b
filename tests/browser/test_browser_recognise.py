"""Recognise, as a person uses it."""

from __future__ import annotations

import io
import json
import re
import socket
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import Queue
from threading import Event

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, Playwright, expect

from khid_eval.contract import refusal
from khid_eval.policy import Cutoffs, Policy, to_json
from khid_eval.records import FIELD_NAMES, CardReading, ReadOptions
from khid_eval.ui.words import LANGUAGES, Language, say
from tests.browser.conftest import ARGUMENTS, CHROMIUM, App, settled
from tests.ui.fixed_endpoint import Endpoint, FictionalCard, serving
from tests.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser_recognise")]
Visit = Callable[..., Page]


def view(page: Page) -> Locator:
    return page.locator(".st-key-recognise_card")


def row(page: Page, name: str) -> Locator:
    return view(page).locator(f'li[data-field="{name}"]')


def box(page: Page, name: str) -> Locator:
    return view(page).locator(f'.kv-box[data-field="{name}"]')


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True).locator("visible=true")


def choose(page: Page, key: str, words: str, *, exact: bool = False) -> None:
    page.locator(f".st-key-{key}").get_by_role("radio", name=words, exact=exact).click()
    settled(page)


def upload(page: Page, content: bytes, name: str = "card.jpg", media_type: str = "image/jpeg") -> None:
    if not page.locator('[data-testid="stFileUploader"]').count():
        choose(page, "recognise_way", "Upload")
    files = page.locator('[data-testid="stMain"] [data-testid="stFileUploader"] input[type=file]').first
    files.set_input_files({"name": name, "mimeType": media_type, "buffer": content})
    expect(page.get_by_text(name).first).to_be_visible()
    settled(page)


def loaded(page: Page) -> list[str]:
    """Addresses of all that the page has loaded."""
    return list(page.evaluate("performance.getEntriesByType('resource').map(one => one.name)"))


def refuse(endpoint: Endpoint, code: str) -> None:
    def answer(photo: bytes, options: ReadOptions) -> CardReading:
        raise refusal(code)

    endpoint.answer = answer


def converted(photo: bytes, kind: str) -> bytes:
    file = io.BytesIO()
    Image.open(io.BytesIO(photo)).save(file, kind)
    return file.getvalue()


def test_first_visit_shows_a_card_already_read(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit()
    expect(view(page).locator("li")).to_have_count(len(FIELD_NAMES))
    expect(row(page, "name_en")).to_contain_text(str(card.truth["name_en"]))
    assert len(endpoint.photos) == 1
    expect(page.locator(".split-words").first).to_contain_text("page")
    expect(view(page).locator(".kv-face")).to_be_visible()
    expect(view(page).get_by_text("Hold the card flatter")).to_be_visible()


def test_a_sample_is_one_click(visit: Visit, endpoint: Endpoint) -> None:
    page = visit()
    samples = page.locator(".st-key-recognise_samples .gl-item")
    samples.nth(3).click()
    expect(samples.nth(3)).to_have_attribute("aria-pressed", "true")
    settled(page)
    assert len(endpoint.photos) == 2
    name = samples.nth(3).get_attribute("data-name")
    assert endpoint.photos[1] == (Path(__file__).parents[2] / "sample_images" / str(name)).read_bytes()


def test_upload_of_each_format(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit()
    for kind in ("JPEG", "PNG", "BMP", "TIFF"):
        photo = converted(card.photo, kind)
        upload(page, photo, f"card.{kind.lower()}", f"image/{kind.lower()}")
        expect(view(page).locator("li")).to_have_count(len(FIELD_NAMES))
        assert endpoint.photos[-1] == photo
        button(page, "Remove").click()
        expect(page.get_by_text("No photo yet")).to_be_visible()


def test_several_uploads_are_told_apart(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit()
    choose(page, "recognise_way", "Upload")
    second = converted(card.photo, "PNG")
    files: list[FilePayload] = [
        {"name": "one.jpg", "mimeType": "image/jpeg", "buffer": card.photo},
        {"name": "two.png", "mimeType": "image/png", "buffer": second},
    ]
    page.locator('[data-testid="stMain"] input[type=file]').first.set_input_files(files)
    thumbnails = page.locator(".st-key-recognise_uploads .gl-item")
    expect(thumbnails).to_have_count(2)
    thumbnails.nth(1).click()
    expect(thumbnails.nth(1)).to_have_attribute("aria-pressed", "true")
    settled(page)
    assert endpoint.photos[-1] == second


def test_a_pasted_picture_is_read(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit()
    choose(page, "recognise_way", "Upload")
    photo = converted(card.photo, "PNG")
    page.evaluate(
        """async bytes => {
          const picture = new ClipboardItem({ "image/png": new Blob([new Uint8Array(bytes)], { type: "image/png" }) });
          await navigator.clipboard.write([picture]);
        }""",
        list(photo),
    )
    for shown in (view(page).locator(".kv-photo"), page.locator(".st-key-recognise_uploads .gl-item").nth(1)):
        page.locator("h1").click()
        page.keyboard.press("Control+V")
        expect(shown).to_be_visible()
        settled(page)
    expect(view(page).locator("li")).to_have_count(len(FIELD_NAMES))
    assert Image.open(io.BytesIO(endpoint.photos[-1])).size == Image.open(io.BytesIO(photo)).size


def test_a_link_goes_to_the_endpoint_as_it_is(visit: Visit, endpoint: Endpoint) -> None:
    """The server refuses an address of its own machine: that it says so shows that it was asked to fetch it."""
    page = visit()
    choose(page, "recognise_way", "Link")
    link = page.locator(".st-key-recognise_url_0 input")
    link.fill("http://127.0.0.1:9/card.jpg")
    link.press("Enter")
    expect(page.locator('[data-testid="stAlert"]')).to_contain_text(re.compile("ModelArts.460[13]"))
    assert len(endpoint.photos) == 1  # that of the first visit's sample


def test_places_come_from_here_where_an_endpoint_sends_none(
    visit: Visit, endpoint: Endpoint, card: FictionalCard
) -> None:
    bare = replace(
        card.reading, portrait_quad=None, fields=tuple(replace(one, quad=None) for one in card.reading.fields)
    )
    endpoint.answer = lambda _photo, _options: bare
    page = visit()
    expect(view(page).locator(".kv-note")).to_contain_text("sends no positions")
    assert view(page).locator(".kv-box").count() > len(FIELD_NAMES) / 2
    expect(row(page, "name_en")).to_contain_text(str(card.truth["name_en"]))  # texts stay the endpoint's


def test_two_readers_side_by_side(visit: Visit, endpoint: Endpoint) -> None:
    page = visit()
    choose(page, "recognise_view", "Compare readers")
    button(page, "Read with both").click()
    expect(page.get_by_text(re.compile(rf"\d+ of {len(FIELD_NAMES)} fields agree"))).to_be_visible()
    expect(page.locator('[data-testid="stDataFrame"]')).to_be_visible()


def test_the_page_says_where_the_photo_goes(visit: Visit, endpoint: Endpoint) -> None:
    page = visit(width=390, height=844)  # where the panel at the side is folded away
    notice = page.locator(".st-key-recognise_actions")
    expect(notice).to_contain_text(f"Photos are sent to {endpoint.address.partition('://')[2]}")


def test_camera_takes_a_large_photo(
    app: App, playwright: Playwright, endpoint: Endpoint, card: FictionalCard, tmp_path: Path
) -> None:
    film = tmp_path / "camera.mjpeg"
    frame = Image.open(io.BytesIO(card.photo)).resize((1920, 1080))
    file = io.BytesIO()
    frame.save(file, "JPEG", subsampling="4:2:0")
    film.write_bytes(file.getvalue() * 5)
    fake = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *fake])
    page = browser.new_context(permissions=["camera"], viewport={"width": 1440, "height": 1400}).new_page()
    page.goto(app.url)
    settled(page)
    choose(page, "recognise_way", "Camera")
    page.wait_for_function("() => document.querySelector('video')?.videoWidth === 1920")
    before = len(endpoint.photos)
    page.get_by_role("button", name="Take photo").click()
    page.get_by_role("button", name="Clear photo").wait_for()
    for _ in range(300):  # the photo travels after the button has changed; the endpoint knows when it is there
        if len(endpoint.photos) > before:
            break
        page.wait_for_timeout(100)
    settled(page)
    assert Image.open(io.BytesIO(endpoint.photos[-1])).size == (1920, 1080)
    expect(view(page).locator("li")).to_have_count(len(FIELD_NAMES))
    browser.close()


def test_every_option_reaches_the_endpoint(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    asked: Queue[ReadOptions] = Queue()

    def answer(photo: bytes, options: ReadOptions) -> CardReading:
        asked.put(options)
        return card.reading

    endpoint.answer = answer
    page = visit()
    assert asked.get(timeout=30).detect_glare
    button(page, "Options").click()
    page.locator(".st-key-recognise_detect_glare label").first.click()
    assert not asked.get(timeout=30).detect_glare
    settled(page)
    page.locator(".st-key-recognise_detect_tampering label").first.click()
    last = asked.get(timeout=30)
    assert last.detect_tampering
    assert not last.detect_glare


def test_hover_links_photo_and_list_both_ways(visit: Visit, endpoint: Endpoint) -> None:
    page = visit()
    marked = re.compile(r"\bkv-on\b")
    row(page, "sex").locator(".kv-row").hover()
    expect(box(page, "sex")).to_have_class(marked)
    expect(box(page, "name_kh")).not_to_have_class(marked)
    box(page, "name_kh").hover()
    expect(row(page, "name_kh")).to_have_class(marked)
    expect(row(page, "sex")).not_to_have_class(marked)


def test_keyboard_and_click_choose_a_field(visit: Visit, endpoint: Endpoint) -> None:
    page = visit()
    first = row(page, "id_number").locator(".kv-row")
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(row(page, "name_kh").locator(".kv-row")).to_have_attribute("aria-pressed", "true")
    box(page, "sex").click()
    expect(row(page, "sex").locator(".kv-row")).to_have_attribute("aria-pressed", "true")
    expect(row(page, "name_kh").locator(".kv-row")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Escape")
    expect(row(page, "sex").locator(".kv-row")).to_have_attribute("aria-pressed", "false")


def test_boxes_are_one_stop_of_the_tab_key(visit: Visit, endpoint: Endpoint) -> None:
    page = visit()
    stops = view(page).locator('.kv-box[tabindex="0"]')
    expect(stops).to_have_count(1)
    stops.focus()
    page.keyboard.press("ArrowDown")
    expect(stops).to_have_count(1)
    expect(row(page, str(stops.get_attribute("data-field")))).to_have_class(re.compile(r"\bkv-on\b"))
    page.keyboard.press("Space")
    field = str(stops.get_attribute("data-field"))
    expect(row(page, field).locator(".kv-row")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    assert view(page).locator(".kv-box:focus").count() == 0


def test_copy_puts_the_value_on_the_clipboard(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit()
    row(page, "name_kh").locator(".kv-copy").click()
    expect(row(page, "name_kh").locator(".kv-copy")).to_have_attribute("title", "Copied")
    assert page.evaluate("navigator.clipboard.readText()") == card.truth["name_kh"]


def test_zoom_and_upright_change_what_is_seen(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit()
    upload(page, card.photo)
    svg = view(page).locator("svg.kv-svg")
    whole = svg.get_attribute("viewBox")
    view(page).locator('[data-tool="zoom-in"]').click()
    assert svg.get_attribute("viewBox") != whole
    view(page).locator('[data-tool="zoom-fit"]').click()
    assert svg.get_attribute("viewBox") == whole
    view(page).locator('[data-tool="zoom-in"]').click()
    upload(page, converted(card.photo, "PNG"), "next.png", "image/png")
    page.locator(".st-key-recognise_uploads .gl-item").nth(1).click()
    expect(svg).to_have_attribute("viewBox", str(whole))  # another photo is seen whole
    view(page).locator('[data-tool="upright"]').click()
    assert "rotate(0 " not in str(svg.locator("g").first.get_attribute("transform"))
    _, _, width, height = (float(one) for one in str(svg.get_attribute("viewBox")).split())
    _, _, whole_width, whole_height = (float(one) for one in str(whole).split())
    assert width * height < whole_width * whole_height  # upright, the card fills the picture
    for name in FIELD_NAMES:
        drawn, frame = box(page, name).bounding_box(), svg.bounding_box()
        assert drawn is not None
        assert frame is not None
        assert drawn["x"] >= frame["x"]
        assert drawn["x"] + drawn["width"] <= frame["x"] + frame["width"]


def test_text_from_a_card_is_never_markup(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    attack = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
    fields = tuple(replace(one, text=attack) for one in card.reading.fields)
    endpoint.answer = lambda _photo, _options: replace(card.reading, fields=fields)
    page = visit()
    expect(row(page, "name_kh").locator(".kv-value")).to_have_text(attack)
    assert page.title() != "taken"
    assert view(page).locator(".kv-list img, .kv-list script").count() == 0


def test_harder_reads_again_and_the_chart_follows(visit: Visit, endpoint: Endpoint) -> None:
    page = visit()
    assert not any("PlotlyChart" in one for one in loaded(page))  # more than half of the page, for a closed drawer
    page.get_by_text("Make it harder").click()
    slider = page.locator(".st-key-recognise_harder_rotation_en").get_by_role("slider")
    slider.focus()
    points = page.locator(".st-key-recognise_trace .scatterlayer .trace").first.locator(".point")
    for tries in (2, 3):
        page.keyboard.press("ArrowRight")
        expect(points).to_have_count(tries)
    assert len(set(endpoint.photos)) == 3
    button(page, "Back to the photo as it is").click()
    settled(page)
    expect(slider).to_have_value("0")


def test_a_closed_drawer_shows_the_photo_as_it_is(visit: Visit, endpoint: Endpoint) -> None:
    page = visit()
    image = view(page).locator("image")
    plain = image.get_attribute("href")
    page.get_by_text("Make it harder").click()
    dark = page.locator(".st-key-recognise_harder_dark_en").get_by_role("slider")
    dark.focus()
    page.keyboard.press("ArrowRight")
    expect(image).not_to_have_attribute("href", str(plain))
    page.get_by_text("Make it harder").click()
    expect(image).to_have_attribute("href", str(plain))
    settled(page)
    page.get_by_text("Make it harder").click()
    expect(dark).to_have_value("5")  # what was chosen comes back with the drawer
    expect(image).not_to_have_attribute("href", str(plain))
    assert len(set(endpoint.photos)) == 2


def test_a_drawer_closed_while_its_photo_is_read_keeps_the_slider(
    visit: Visit, endpoint: Endpoint, card: FictionalCard
) -> None:
    read = Event()

    def slow(photo: bytes, options: ReadOptions) -> CardReading:
        read.wait(40)
        return card.reading

    page = visit()
    drawer = page.locator(".st-key-recognise_harder details")
    dark = page.locator(".st-key-recognise_harder_dark_en").get_by_role("slider")
    drawer.locator("summary").click()
    settled(page)
    endpoint.answer = slow
    dark.press("ArrowRight")
    wait_for(lambda: len(set(endpoint.photos)) == 2, "the darker photo is on its way")
    drawer.locator("summary").click()
    read.set()
    expect(dark).to_have_count(0)
    settled(page)
    drawer.locator("summary").click()
    expect(dark).to_have_value("5")


def test_a_cutoff_of_one_s_own_decides_until_a_policy_does(visit: Visit, endpoint: Endpoint) -> None:
    page = visit()
    banner = view(page).locator(".kv-banner")
    expect(banner).to_contain_text("90 %")
    expect(banner).to_contain_text("promises nothing")
    button(page, "Decision").click()
    slider = page.locator(".st-key-session_cutoff_en").get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    expect(banner).to_contain_text("Review:")
    expect(banner).to_contain_text("99 %")
    page.keyboard.press("Home")
    expect(banner).to_contain_text("nothing is accepted or sent to review")
    expect(view(page).locator(".kv-tick")).to_have_count(0)


def test_policy_decides_and_colours(visit: Visit, endpoint: Endpoint, tmp_path: Path) -> None:
    policy = Policy(
        name="Front desk",
        scope="document",
        required=("id_number", "height"),
        max_error=0.01,
        confidence=0.95,
        cutoffs=Cutoffs({"id_number": 0.5, "height": 0.9}),
    )
    page = visit()
    expect(view(page).locator(".kv-banner")).to_contain_text("promises nothing")
    button(page, "Decision").click()
    page.locator('[data-testid="stPopoverBody"] input[type=file]').set_input_files(
        {"name": "policy.json", "mimeType": "application/json", "buffer": to_json(policy).encode()}
    )
    expect(view(page).locator(".kv-banner")).to_contain_text("Review: Height")
    expect(view(page).locator(".kv-banner")).to_contain_text("Front desk")
    expect(row(page, "height")).to_have_class(re.compile("kv-review"))
    expect(row(page, "id_number")).to_have_class(re.compile("kv-accept"))
    expect(row(page, "height").locator(".kv-tick")).to_be_visible()


def test_json_and_code(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit()
    choose(page, "recognise_view", "JSON")
    expect(page.locator('[data-testid="stCode"]')).to_contain_text('"name_en"')
    choose(page, "recognise_view", "Code")
    expect(page.locator('[data-testid="stCode"]')).to_contain_text("curl --silent")
    choose(page, "recognise_code", "Java", exact=True)
    expect(page.locator('[data-testid="stCode"]')).to_contain_text("public class ReadCard")


def test_downloads(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit()
    upload(page, card.photo)

    def taken(name: str) -> bytes:
        with page.expect_download() as waiting:
            button(page, name).click()
        return Path(waiting.value.path()).read_bytes()

    assert json.loads(taken("JSON"))["result"]["name_en"] == card.truth["name_en"]
    assert str(card.truth["name_kh"]) in taken("CSV").decode("utf-8-sig")
    sizes = [Image.open(io.BytesIO(taken(name))).size for name in ("Marked picture", "Redacted picture")]
    assert sizes == [Image.open(io.BytesIO(card.photo)).size] * 2


def test_masking_leaves_no_value_on_the_page(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit()
    page.locator(".st-key-session_masked label").first.click()
    expect(row(page, "name_en").locator(".kv-value")).to_have_text("••••••••")
    choose(page, "recognise_view", "JSON")
    text = page.locator("body").inner_text() + view(page).inner_text()
    assert not any(value in text for value in card.truth.values() if value and len(value) > 3)
    expect(view(page).locator(".kv-face")).to_have_count(0)


def test_an_upload_outlives_a_change_of_page(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit()
    upload(page, card.photo, "kept.jpg")
    page.get_by_role("link", name=say("en", "nav.thresholds"), exact=True).click()
    expect(page.locator("h1")).to_have_text(say("en", "thresholds.title"))
    page.get_by_role("link", name=say("en", "nav.recognise"), exact=True).click()
    expect(page.get_by_text("kept.jpg").first).to_be_visible()
    expect(view(page).locator("li")).to_have_count(len(FIELD_NAMES))
    assert endpoint.photos.count(card.photo) == 1  # its reading was kept as well


def uploads_held(app: App) -> int:
    """Bytes of uploads that Streamlit's own store holds, beside the session."""
    with urllib.request.urlopen(f"{app.url}/_stcore/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return sum(int(size) for size in re.findall(r'cache_type="UploadedFileManager",.*\} (\d+)', text))


def test_wipe_forgets_the_photo(visit: Visit, endpoint: Endpoint, app: App, card: FictionalCard) -> None:
    page = visit()
    held = uploads_held(app)
    upload(page, card.photo, "private.jpg")
    assert uploads_held(app) <= held  # the session has the only copy
    button(page, "Forget everything").click()
    expect(page.get_by_text("private.jpg")).to_have_count(0)
    settled(page)
    expect(page.locator('[data-testid="stFileUploaderFile"]')).to_have_count(0)


def test_a_bad_file_is_refused_here(visit: Visit, endpoint: Endpoint) -> None:
    tiny = io.BytesIO()
    Image.new("RGB", (12, 12)).save(tiny, "PNG")
    page = visit()
    for content, code in (
        (b"\x89PNG\r\n\x1a\n broken", "AIS.0102"),
        (b"text", "AIS.0102"),
        (tiny.getvalue(), "AIS.0103"),
    ):
        upload(page, content, f"{code}-{len(content)}.png", "image/png")
        expect(page.locator('[data-testid="stAlert"]')).to_contain_text(code)
        assert content not in endpoint.photos
        expect(page.locator(".st-key-recognise_harder")).to_have_count(0)  # there is no picture to make harder
        button(page, "Remove").click()
        expect(page.get_by_text("No photo yet")).to_be_visible()
        expect(button(page, "Read again")).to_be_disabled()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_file_of_another_kind_is_refused_in_words(lang: Language, visit: Visit, endpoint: Endpoint) -> None:
    page = visit(f"/?lang={lang}")
    page.get_by_role("radio", name=say(lang, "intake.upload")).click()
    settled(page)
    files = page.locator('[data-testid="stMain"] input[type=file]').first
    files.set_input_files({"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    expect(page.get_by_test_id("stFileChipName")).to_have_text("invoice.pdf")
    words = page.locator(".stFileUploader").evaluate("one => getComputedStyle(one, '::after').content")
    assert say(lang, "builtin.wrong_file") in words


def test_a_refusal_says_what_to_do(visit: Visit, endpoint: Endpoint) -> None:
    page = visit()
    for code in ("AIS.0104", "AIS.0105", "AIS.0106"):
        refuse(endpoint, code)
        button(page, "Read again").click()
        alert = page.locator('[data-testid="stAlert"]')
        expect(alert).to_contain_text(code)
        assert len(alert.inner_text().splitlines()) > 1
        expect(view(page).locator(".kv")).to_have_count(0)


def test_no_server_and_no_answer(visit: Visit, endpoint: Endpoint) -> None:
    page = visit()
    page.locator('[data-testid="stSidebar"]').get_by_text("Connection", exact=True).click()
    address = page.locator(".st-key-target_address input")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        wait = page.locator(".st-key-target_timeout input")
        wait.fill("1")
        wait.press("Enter")
        settled(page)
        address.fill(f"http://127.0.0.1:{port}")
        address.press("Enter")
        expect(page.locator('[data-testid="stAlert"]')).to_contain_text("No answer")
        settled(page)
    button(page, "Test connection").click()
    expect(page.get_by_text(f"Nobody listens at 127.0.0.1:{port}")).to_be_visible()
    expect(page.get_by_text("Connection fails")).to_be_visible()


def test_a_wrong_token_is_named(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    page = visit()
    page.locator('[data-testid="stSidebar"]').get_by_text("Connection", exact=True).click()
    with serving(card.reading) as locked:
        for key, text in (("token", "not-the-token"), ("address", locked.address)):
            entry = page.locator(f".st-key-target_{key} input")
            entry.fill(text)
            entry.press("Enter")
            settled(page)
        expect(page.locator('[data-testid="stAlert"]')).to_contain_text("APIG.0301")
        button(page, "Test connection").click()
        expect(page.get_by_text("The credentials were refused")).to_be_visible()
    assert "not-the-token" not in page.locator("body").inner_text()


def test_two_visitors_never_see_each_other_s_card(visit: Visit, endpoint: Endpoint, card: FictionalCard) -> None:
    other = converted(card.photo, "PNG")
    fields = tuple(replace(one, text="OTHER PERSON") if one.name == "name_en" else one for one in card.reading.fields)
    strange = replace(card.reading, fields=fields)
    endpoint.answer = lambda photo, _options: strange if photo == other else card.reading
    first, second = visit(), visit()
    upload(first, card.photo, "first.jpg")
    upload(second, other, "second.png", "image/png")
    expect(row(second, "name_en")).to_contain_text("OTHER PERSON")
    choose(first, "recognise_view", "JSON")
    expect(row(first, "name_en")).to_contain_text(str(card.truth["name_en"]))
    for page, foreign in ((first, "second.png"), (second, "first.jpg")):
        assert foreign not in page.content()
    assert "OTHER PERSON" not in first.content() + view(first).inner_text()


def test_phone_shows_photo_before_list_and_never_scrolls_sideways(visit: Visit, endpoint: Endpoint) -> None:
    page = visit(width=390, height=844)
    photo, fields = view(page).locator(".kv-photo").bounding_box(), view(page).locator(".kv-list").bounding_box()
    assert photo is not None
    assert fields is not None
    assert photo["y"] + photo["height"] <= fields["y"]
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert fields["x"] + fields["width"] <= 390


def test_wide_screen_has_time_and_tabs_under_the_photo(visit: Visit, endpoint: Endpoint) -> None:
    page = visit()
    parts = (".kv-photo", ".kv-list", ".split", ".st-key-recognise_view")
    edges = "one => one.getBoundingClientRect().toJSON()"
    photo, fields, split, tabs = (view(page).locator(one).first.evaluate(edges) for one in parts)
    assert photo["bottom"] < split["top"] < tabs["top"] < fields["bottom"]
    assert max(split["right"], tabs["left"]) < fields["left"]


def test_dark_mode(visit: Visit, endpoint: Endpoint) -> None:
    page = visit(scheme="dark")
    red, green, blue = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor.match(/\\d+/g).map(Number)"
    )[:3]
    assert max(red, green, blue) < 60


def test_khmer_interface(visit: Visit, endpoint: Endpoint) -> None:
    page = visit("/?lang=km")
    expect(page.locator("h1")).to_have_text(say("km", "recognise.title"))
    expect(row(page, "sex").locator(".kv-label")).to_have_text(say("km", "fields.sex"))
    assert "Noto Sans Khmer" in page.evaluate(
        "[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)"
    )
    page.get_by_role("link", name=say("km", "nav.explorer")).click()
    expect(page.locator("h1")).to_have_text(say("km", "explorer.title"))
    settled(page)
    assert "lang=km" in page.url


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refused_camera_is_explained_without_the_internet(lang: Language, visit: Visit, endpoint: Endpoint) -> None:
    page = visit(f"/?lang={lang}")
    choose(page, "recognise_way", say(lang, "intake.camera"))
    asked = page.locator('[data-testid="stCameraInputWebcamComponent"] > div').first
    expect(asked.locator("p")).to_be_attached()
    words = asked.evaluate("one => getComputedStyle(one, '::after').content")
    assert say(lang, "builtin.camera_refused") in words
    expect(asked.locator("a")).to_be_hidden()  # it leads to a page on the internet


def test_streamlit_s_own_words_are_khmer_too(visit: Visit, endpoint: Endpoint) -> None:
    page = visit("/?lang=km")
    choose(page, "recognise_way", say("km", "intake.upload"))
    expect(page.get_by_role("button", name=say("km", "builtin.upload"))).to_be_visible()
    expect(page.locator('[data-testid="stMain"]').get_by_role("button", name="Upload", exact=True)).to_have_count(0)
