"""The states that pages can be in, each brought about as a person would, for `tests.screenshots`.

A server with one fictional card stands in for the endpoint; what it answers makes the state.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from khid_eval import readers, runs
from khid_eval.contract import refusal
from khid_eval.errors import AuthError
from khid_eval.policy import Cutoffs, Policy, to_json
from khid_eval.records import CardReading, ReadOptions
from khid_eval.ui.words import Language, say
from tests.browser.conftest import App, settled
from tests.runs import cards
from tests.ui.fixed_endpoint import Endpoint, FictionalCard, serving
from tests.waiting import wait_for

_SLOW_S = 6.0
_LONGEST_S = 60.0
_READ_AT_ONCE = 6
_UNLABELLED = "unlabelled"
_SAMPLES = Path(__file__).parents[1] / "sample_images"
_POLICY = Policy(
    name="Front desk",
    scope="document",
    required=("id_number", "name_kh", "birth_date"),
    max_error=0.01,
    confidence=0.95,
    cutoffs=Cutoffs({"id_number": 0.9, "name_kh": 0.9, "birth_date": 0.9, "height": 0.9}),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A page of the app, and the endpoint behind it. go_on: set once the picture is taken."""

    app: App
    page: Page
    endpoint: Endpoint
    card: FictionalCard
    lang: Language
    go_on: threading.Event = field(default_factory=threading.Event)

    def choose(self, key: str, phrase: str) -> None:
        """One of several, by its words."""
        self.page.locator(f'[class*="st-key-{key}"]').get_by_role("radio", name=say(self.lang, phrase)).click()
        settled(self.page)

    def open(self, path: str) -> None:
        """Another address of the app. path: with a query."""
        self.page.goto(f"{self.app.url}/{path}&lang={self.lang}")
        settled(self.page)

    def stores(self) -> list[runs.Store]:
        """All that the app has."""
        return [runs.Store(str(one.parent)) for one in (self.app.folder / "runs").glob("*/run.json")]

    def end(self) -> None:
        """Leaves nothing at work."""
        self.go_on.set()
        for one in self.stores():
            if one.is_alive():
                one.ask("cancel")
        wait_for(lambda: not any(one.is_alive() for one in self.stores()), "a run ends when it is asked to")

    def show_card(self) -> None:
        """The photo that the endpoint's reading is of."""
        self.choose("recognise_way", "intake.upload")
        photo: FilePayload = {"name": "card.jpg", "mimeType": "image/jpeg", "buffer": self.card.photo}
        self.page.locator('[data-testid="stMain"] input[type=file]').first.set_input_files(photo)
        expect(self.page.locator(".st-key-recognise_card li").first).to_be_visible()
        settled(self.page)

    def press(self, key: str) -> None:
        self.page.locator(f".st-key-{key} button").first.click()

    def read_again(self) -> None:
        self.press("recognise_again")
        settled(self.page)

    def refuse(self, code: str) -> None:
        """From now on the endpoint refuses with that code."""

        def answer(photo: bytes, options: ReadOptions) -> CardReading:
            raise refusal(code)

        self.endpoint.answer = answer
        self.read_again()


def nothing_yet(stage: Stage) -> None:
    stage.choose("recognise_way", "intake.upload")


def done(stage: Stage) -> None:
    stage.show_card()


def loading(stage: Stage) -> None:
    def slow(photo: bytes, options: ReadOptions) -> CardReading:
        time.sleep(_SLOW_S)
        return stage.card.reading

    stage.show_card()
    stage.endpoint.answer = slow
    stage.press("recognise_again")
    expect(stage.page.locator('[data-testid="stSpinner"]')).to_be_visible()
    stage.page.wait_for_timeout(1000)


def partial(stage: Stage) -> None:
    fields = tuple(
        replace(one, text="", confidence=0.1) if number % 2 else one
        for number, one in enumerate(stage.card.reading.fields)
    )
    stage.endpoint.answer = lambda _photo, _options: replace(stage.card.reading, fields=fields, portrait_jpeg=None)
    stage.show_card()


def failed(stage: Stage) -> None:
    stage.refuse("AIS.0104")


def policy(stage: Stage) -> None:
    stage.show_card()
    stage.page.get_by_role("button", name=say(stage.lang, "recognise.policy")).click()
    stage.page.locator('[data-testid="stPopoverBody"] input[type=file]').set_input_files(
        {"name": "policy.json", "mimeType": "application/json", "buffer": to_json(_POLICY).encode()}
    )
    expect(stage.page.locator(".st-key-recognise_card .kv-banner")).to_contain_text(_POLICY.name)
    stage.page.keyboard.press("Escape")
    settled(stage.page)


def harder(stage: Stage) -> None:
    stage.show_card()
    stage.page.get_by_text(say(stage.lang, "harder.title")).click()
    slider = stage.page.locator(f".st-key-recognise_harder_rotation_{stage.lang}").get_by_role("slider")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
        settled(stage.page)


def compared(stage: Stage) -> None:
    stage.show_card()
    stage.choose("recognise_view", "recognise.view_compare")
    stage.press("recognise_compare")
    expect(stage.page.locator('[data-testid="stDataFrame"]')).to_be_visible()
    settled(stage.page)


def json(stage: Stage) -> None:
    stage.show_card()
    stage.choose("recognise_view", "recognise.view_json")


def code(stage: Stage) -> None:
    stage.choose("recognise_view", "recognise.view_code")


def sent(stage: Stage) -> None:
    stage.press("explorer_send")
    settled(stage.page)


def provoked(stage: Stage) -> None:
    stage.page.locator(".st-key-explorer_errors .el-button").nth(2).click()
    expect(stage.page.locator(".st-key-explorer_errors .el-outcome")).to_be_visible()
    settled(stage.page)


def running(stage: Stage) -> None:
    """Some figures are there, and the next answers take their time."""
    answered = count()

    def answer(photo: bytes, options: ReadOptions) -> CardReading:
        if next(answered) >= _READ_AT_ONCE:
            stage.go_on.wait(_LONGEST_S)
        return stage.card.reading

    stage.endpoint.answer = answer
    stage.choose("evaluate_view", "evaluate.view_new")
    stage.press("evaluate_start")
    expect(stage.page.locator('[data-testid="stMetricDelta"]').first).to_be_visible()
    expect(stage.page.locator(".st-key-evaluate_cancel")).to_be_visible()


def cancelled(stage: Stage) -> None:
    running(stage)
    stage.press("evaluate_cancel")
    wait_for(lambda: all(one.load().state is not runs.State.RUNNING for one in stage.stores()), "the run is cancelled")
    stage.go_on.set()
    expect(stage.page.locator(".st-key-evaluate_resume")).to_be_visible()


def failed_run(stage: Stage) -> None:
    """An endpoint that asks for a token, and there is none."""
    name = f"refused-{len(stage.stores())}"
    with serving(stage.card.reading) as locked, suppress(AuthError):
        target = runs.TargetSpec(readers.Target.parse(locked.address))
        runs.start(runs.Job(str(_SAMPLES), target), str(stage.app.folder / "runs" / name))
    stage.open(f"evaluate?run={name}")


def new_run(stage: Stage) -> None:
    stage.choose("evaluate_view", "evaluate.view_new")


def failures(stage: Stage) -> None:
    stage.choose("evaluate_view", "evaluate.view_failures")


def unlabelled(page_name: str) -> Callable[[Stage], None]:
    """That page over a run whose photos carry no labels."""

    def show(stage: Stage) -> None:
        run = stage.app.folder / "runs" / _UNLABELLED
        if not run.exists():
            dataset = cards.make_dataset(stage.app.folder / "datasets" / _UNLABELLED, 30, labels=False)
            runs.start(runs.Job(str(dataset), cards.FakeSpec(delay_s=0.01)), str(run))
        stage.open(f"{page_name}?run={_UNLABELLED}")

    return show


def bad_import(stage: Stage) -> None:
    stage.choose("datasets_view", "datasets.view_new")
    stage.choose("datasets_way", "datasets.way_import")
    stage.page.locator(".st-key-datasets_name input").fill("mine")
    stage.page.locator('[data-testid="stFileUploaderDropzoneInput"]').set_input_files(
        {"name": "mine.zip", "mimeType": "application/zip", "buffer": b"no archive"}
    )
    settled(stage.page)
    stage.page.get_by_role("button", name=say(stage.lang, "datasets.import")).last.click()
    expect(stage.page.locator('[data-testid="stAlert"]').first).to_be_visible()


STATES: Mapping[str, Mapping[str, Callable[[Stage], None]]] = {
    "recognise": {
        "nothing-yet": nothing_yet,
        "done": done,
        "loading": loading,
        "partial": partial,
        "failed": failed,
        "policy": policy,
        "harder": harder,
        "compared": compared,
        "json": json,
        "code": code,
    },
    "explorer": {"sent": sent, "provoked": provoked},
    "evaluate": {
        "new": new_run,
        "running": running,
        "cancelled": cancelled,
        "failed": failed_run,
        "failures": failures,
        "unlabelled": unlabelled("evaluate"),
    },
    "thresholds": {"unlabelled": unlabelled("thresholds")},
    "compare": {"unlabelled": unlabelled("compare")},
    "datasets": {"failed": bad_import},
}
"""Page -> name of a state -> how to get there."""

__all__ = ["STATES", "Stage"]
