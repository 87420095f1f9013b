"""The states that Recognise and the Explorer can be in, each brought about as a person would, for `tests.screenshots`.

A server with one fictional card stands in for the endpoint; what it answers makes the state.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from playwright.sync_api import FilePayload, Page, expect

from khid_eval.contract import refusal
from khid_eval.policy import Cutoffs, Policy, to_json
from khid_eval.records import CardReading, ReadOptions
from khid_eval.ui.words import Language, say
from tests.browser.conftest import settled
from tests.ui.fixed_endpoint import Endpoint, FictionalCard

_SLOW_S = 6.0
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
    """A page that shows the endpoint's card, and the endpoint behind it."""

    page: Page
    endpoint: Endpoint
    card: FictionalCard
    lang: Language

    def choose(self, key: str, phrase: str) -> None:
        """One of several, by its words."""
        self.page.locator(f".st-key-{key}").get_by_role("radio", name=say(self.lang, phrase)).click()
        settled(self.page)

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
    slider = stage.page.locator(".st-key-recognise_harder_rotation").get_by_role("slider")
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
}
"""Page -> name of a state -> how to get there."""

__all__ = ["STATES", "Stage"]
