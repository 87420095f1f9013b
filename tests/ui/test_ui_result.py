"""What is drawn and exported of a reading: pure functions from values to values."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest
from PIL import Image

from khid_eval import contract
from khid_eval.card import checks
from khid_eval.conditions import rotation_deg
from khid_eval.errors import BadPhoto
from khid_eval.metrics import fields as scoring
from khid_eval.policy import Cutoffs, Policy, decide
from khid_eval.records import FIELD_NAMES, CardReading, FieldReading, ReadOptions
from khid_eval.ui import boxes, card_view, exports, harder, photos, verdict
from khid_eval.ui.photos import Photo
from khid_eval.ui.words import LANGUAGES, Language, say
from tests.ui.fixed_endpoint import FictionalCard

POLICY = Policy(
    name="for tests",
    scope="document",
    required=("id_number", "height"),
    max_error=0.01,
    confidence=0.95,
    cutoffs=Cutoffs({"id_number": 0.5, "height": 0.9, "address": None}),
)
TODAY = date(2026, 1, 1)


def content(
    card: FictionalCard, policy: Policy | None = None, *, masked: bool = False, lang: Language = "en"
) -> card_view.Content:
    found = checks.check({one.name: one.text for one in card.reading.fields})
    decision = decide(policy, card.reading) if policy else None
    banner = verdict.banner(card.reading, policy, decision, found, lang, TODAY)
    facts = verdict.facts(card.reading, lang)
    return card_view.Content(photos.shown(card.photo), card.reading, found, decision, banner, facts, masked=masked)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_payload_is_plain_json(card: FictionalCard, lang: Language) -> None:
    payload = card_view.payload(content(card, lang=lang), lang)
    assert json.loads(json.dumps(payload)) == payload
    assert [one["name"] for one in payload["fields"]] == list(FIELD_NAMES)
    assert all(one["label"] == say(lang, f"fields.{one['name']}") for one in payload["fields"])


def test_quads_lie_on_the_shown_photo(card: FictionalCard) -> None:
    payload = card_view.payload(content(card), "en")
    for field in payload["fields"]:
        for x, y in field["quad"]:
            assert 0 <= x <= payload["width"]
            assert 0 <= y <= payload["height"]


def test_masking_lets_no_value_through(card: FictionalCard) -> None:
    sent = json.dumps(card_view.payload(content(card, masked=True), "en"), ensure_ascii=False)
    plain = json.dumps(card_view.payload(content(card), "en"), ensure_ascii=False)
    for value in card.truth.values():
        assert value is None or len(value) < 4 or value not in sent
    assert photos.data_url(card.reading.portrait_jpeg or b"") in plain
    assert photos.data_url(card.reading.portrait_jpeg or b"") not in sent
    assert not any(one["copyable"] for one in json.loads(sent)["fields"])


def test_redaction_paints_over_every_field(card: FictionalCard) -> None:
    picture = photos.shown(card.photo)
    image = photos.redacted(picture, card.reading)
    for field in card.reading.fields:
        quad = picture.quad(field.quad)
        assert quad is not None
        mask = np.zeros(image.shape[:2], np.uint8)
        cv2.fillConvexPoly(mask, np.round(np.asarray(quad)).astype(np.int32), 255)
        inside = image[mask > 0].astype(int)
        assert np.ptp(inside, axis=0).max() == 0, field.name


@pytest.mark.parametrize("places", [True, False])
def test_redaction_leaves_nothing_recognisable_anywhere(card: FictionalCard, places: bool) -> None:
    """The small second portrait has no place in a reading, nor has what a reader overlooked."""
    picture = photos.shown(card.photo)
    image = photos.redacted(picture, card.reading if places else None)
    assert image.shape == picture.image.shape
    assert len(np.unique(image.reshape(-1, 3), axis=0)) <= 14 * 9 + places


@pytest.mark.parametrize(
    ("field", "policy", "state"),
    [
        ("id_number", None, "plain"),
        ("id_number", POLICY, "accept"),
        ("height", POLICY, "review"),
        ("address", POLICY, "review"),
        ("sex", POLICY, "plain"),
    ],
)
def test_colour_comes_from_the_policy(card: FictionalCard, field: str, policy: Policy | None, state: str) -> None:
    drawn = next(one for one in card_view.payload(content(card, policy), "en")["fields"] if one["name"] == field)
    assert drawn["state"] == state


def test_a_blank_field_is_not_read() -> None:
    assert card_view.state_of(FieldReading("sex", " ", 0.9), None) == "unread"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_banner_names_the_fields_to_review(card: FictionalCard, lang: Language) -> None:
    banner = content(card, POLICY, lang=lang).banner
    assert banner.state == "review"
    assert say(lang, "fields.height") in banner.title
    assert say(lang, "fields.id_number") not in banner.title


def test_banner_accepts_what_passes(card: FictionalCard) -> None:
    assert content(card, replace(POLICY, required=("id_number",))).banner.state == "accept"


def test_banner_without_a_policy_decides_nothing(card: FictionalCard) -> None:
    banner = content(card).banner
    assert banner.state == "plain"
    assert say("en", "verdict.no_policy") in banner.lines


@pytest.mark.parametrize(("cutoff", "accepted"), [(0.01, True), (0.9999, False)])
def test_a_cutoff_by_hand_decides_and_promises_nothing(card: FictionalCard, cutoff: float, accepted: bool) -> None:
    decision = verdict.by_cutoff(card.reading, cutoff)
    assert decision.accept is accepted
    for one in decision.fields:
        found = card.reading.get(one.name)
        assert found is not None
        assert one.accept is (found.confidence >= cutoff)
    banner = verdict.banner(card.reading, None, decision, (), "en", TODAY)
    assert banner.state == ("accept" if accepted else "review")
    assert "promises nothing" in banner.lines[0]


def test_an_unread_essential_field_is_reviewed_at_any_cutoff(card: FictionalCard) -> None:
    unread = ("sex", "birth_place", "address", "machine_code1", "description")
    fields = tuple(
        replace(one, text="") if one.name in unread else replace(one, confidence=0.99)
        for one in card.reading.fields
        if one.name != "name_en"
    )
    decision = verdict.by_cutoff(replace(card.reading, fields=fields), 0.9)
    assert not decision.accept
    assert decision.to_review == ("name_en", *unread[:-1])  # a card may have no distinguishing mark


@pytest.mark.parametrize("policy", [None, POLICY])
def test_what_was_not_read_shows_no_confidence(card: FictionalCard, policy: Policy | None) -> None:
    blank = replace(card.reading, fields=tuple(replace(one, text="", confidence=0.1) for one in card.reading.fields))
    decision = decide(policy, blank) if policy else verdict.by_cutoff(blank, 0.9)
    drawn = card_view.payload(replace(content(card), reading=blank, decision=decision), "en")["fields"]
    assert {(one["state"], one["confidence"], one["cutoff"]) for one in drawn} == {("unread", None, None)}


def test_json_keeps_positions_on_one_line_and_means_the_same(card: FictionalCard) -> None:
    options = ReadOptions(return_text_location=True, return_portrait_location=True, detect_blur=True)
    answer = contract.answer_of(card.reading, options) | {"empty": {}, "rows": [{"a": []}], "tricky": "[ 1,\n 2 ]"}
    text = exports.as_json(answer)
    assert json.loads(text) == answer
    assert text.count("\n") < 80
    assert str(card.truth["name_kh"]) in text


def test_banner_tells_an_ended_validity(card: FictionalCard) -> None:
    found = verdict.banner(card.reading, None, None, (), "en", date(2090, 1, 1))
    assert say("en", "verdict.expired") in found.lines


def test_an_alarm_says_what_to_do(card: FictionalCard) -> None:
    facts = {one["label"]: one for one in verdict.facts(card.reading, "en")}
    assert facts["Glare"]["state"] == "alarm"
    assert facts["Glare"]["advice"]
    assert facts["Glare"]["value"] == "71 of 99 · alarm"  # the number is how much of what the label names
    assert (facts["Blur"]["state"], facts["Blur"]["value"]) == ("good", "12 of 99 · fine")


def test_csv_opens_in_a_spreadsheet(card: FictionalCard) -> None:
    reading = CardReading((FieldReading("name_en", "=1+1", 0.5), *card.reading.fields[3:]))
    text = exports.as_csv(reading, (), None)
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0]["text"] == "'=1+1"
    assert rows[1]["field"] == "birth_date"


def test_masked_csv_has_no_value(card: FictionalCard) -> None:
    text = exports.as_csv(card.reading, (), None, masked=True)
    assert not any(value in text for value in card.truth.values() if value and len(value) > 3)
    assert "0.990000" in text


def test_hidden_json_keeps_figures_only(card: FictionalCard) -> None:
    answer = contract.answer_of(card.reading, ReadOptions.everything())
    text = exports.as_json(exports.hidden(answer))
    assert not any(value in text for value in card.truth.values() if value and len(value) > 3)
    assert '"idcard_type": "normal"' in text
    assert "0.99" in text


def test_annotated_picture_has_the_photo_s_size(card: FictionalCard) -> None:
    drawn = content(card, POLICY)
    assert drawn.picture is not None
    image = exports.annotated(drawn)
    assert image.shape == drawn.picture.image.shape
    assert (image != drawn.picture.image).any()


def test_upright_turn_follows_the_card(card: FictionalCard) -> None:
    picture = photos.shown(card.photo)
    quad = picture.quad(card.reading.portrait_quad)
    assert quad is not None
    expected = (rotation_deg(quad) + 180) % 360 - 180
    assert photos.turn_deg(card.reading, picture) == pytest.approx(expected, abs=3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_photo_and_quads_together(card: FictionalCard, orientation: int) -> None:
    stored = Image.open(io.BytesIO(card.photo))
    exif = stored.getexif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    stored.save(file, "JPEG", exif=exif, quality=95)
    picture = photos.shown(file.getvalue())
    turned = orientation >= 5
    assert (picture.height_px > picture.width_px) is turned
    corner = picture.quad(((0, 0), (stored.width, 0), (stored.width, stored.height), (0, stored.height)))
    assert corner is not None
    edges = {(0, 0), (picture.width_px, 0), (0, picture.height_px), (picture.width_px, picture.height_px)}
    assert np.allclose(sorted(corner), sorted(edges), atol=1)


def test_harder_changes_the_photo_and_nothing_leaves_it_as_it_is(card: FictionalCard) -> None:
    photo = Photo("card.jpg", card.photo, "sample", card.truth)
    assert harder.changed(photo, {}) is photo
    changed = harder.changed(photo, {"rotation": 0.2, "dark": 0.4})
    assert changed.data != photo.data
    assert changed.truth == photo.truth
    assert harder.changed(photo, {"dark": 0.4, "rotation": 0.2}).data == changed.data


def test_judging_counts_right_fields(card: FictionalCard) -> None:
    right, judged = harder.judge(card.reading, card.truth)
    assert judged == len(FIELD_NAMES)
    assert right == judged - 1
    assert harder.judge(card.reading, None) == (0, 0)
    assert scoring.score_field("height", card.truth["height"], "").canonical is scoring.Outcome.MISS


def test_chart_draws_one_try_and_many() -> None:
    one = harder.Try((), 0.9, 13, 14)
    for tries in ([one], [one, harder.Try((("dark", 0.5),), 0.4, 3, 14)] * 10):
        figure = harder.chart(tries)
        assert [len(line.y) for line in figure.data] == [len(tries)] * 2
        assert figure.layout.title.text
        assert figure.layout.yaxis.title.text
    assert len(harder.chart([harder.Try((), 0.9, 0, 0)]).data) == 1


class Places:
    """A reader that knows where the fields are."""

    def __init__(self, reading: CardReading | None) -> None:
        self._reading = reading

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        if self._reading is None:
            raise BadPhoto("no card", "AIS.0104")
        return self._reading


def test_places_are_borrowed_but_never_texts(card: FictionalCard) -> None:
    bare = replace(card.reading, fields=tuple(replace(one, text="theirs", quad=None) for one in card.reading.fields))
    assert boxes.lacks_places(bare)
    placed = boxes.placed(bare, card.photo, Places(card.reading))
    assert [one.quad for one in placed.fields] == [one.quad for one in card.reading.fields]
    assert {one.text for one in placed.fields} == {"theirs"}
    assert boxes.placed(bare, card.photo, Places(None)) == bare


def test_a_broken_photo_is_left_to_the_reader() -> None:
    broken = Photo("x.png", b"\x89PNG\r\n\x1a\n broken", "upload")
    assert harder.changed(broken, {"dark": 0.5}) is broken
