"""Recognise without a browser: what a visitor's session keeps, and what masking covers."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from khid_eval.ui import data, photos
from khid_eval.ui.session import MASKED_KEY, TARGET_VARIABLE
from khid_eval.ui.words import LANGUAGE_KEY, say
from tests.ui.fixed_endpoint import TOKEN, Endpoint, FictionalCard

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Recognise at the way in "Upload", with a token for the endpoint."""
    monkeypatch.setenv(TARGET_VARIABLE, endpoint.address)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["target_token"] = TOKEN
    app.session_state["recognise_way"] = "upload"
    return app.run()


def upload(app: AppTest, content: bytes, name: str = "card.jpg") -> AppTest:
    uploader = next(one for one in app.file_uploader if (one.key or "").startswith("recognise_upload_"))
    return uploader.upload(name, content, "image/jpeg").run()


def sent(app: AppTest) -> str:
    """All that the page's own components hand to the browser."""
    return "".join(str(one.proto) for one in app.get("bidi_component"))


def elsewhere_and_back(app: AppTest) -> AppTest:
    app.switch_page("pages/thresholds.py").run()
    assert not app.exception
    return app.switch_page("pages/recognise.py").run()


def plain_pictures(card: FictionalCard) -> list[str]:
    """The card's photo and thumbnail as they are drawn without masking."""
    thumbnail = photos.jpeg(photos.shown(card.photo, 272).image, 75)
    return [photos.data_url(one) for one in (photos.jpeg(photos.shown(card.photo).image), thumbnail)]


def test_uploads_outlive_a_change_of_page_until_they_are_removed(
    app: AppTest, endpoint: Endpoint, card: FictionalCard
) -> None:
    upload(upload(app, card.photo, "first.jpg"), card.photo + b"\0", "second.jpg")
    elsewhere_and_back(app)
    assert [one.value for one in app.text] == ["second.jpg"]  # the newest
    assert endpoint.photos == [card.photo, card.photo + b"\0"]  # and nothing was read anew
    app.button(key="recognise_remove").click().run()
    assert [one.value for one in app.text] == ["first.jpg"]
    app.button(key="recognise_remove").click().run()
    assert say("en", "recognise.nothing_yet") in [one.value for one in app.info]
    elsewhere_and_back(app)
    assert not app.text


def test_forgetting_leaves_no_upload_behind(app: AppTest, card: FictionalCard) -> None:
    upload(app, card.photo, "private.jpg")
    app.button(key="shell_wipe").click().run().run()
    app.segmented_control(key="recognise_way_en").set_value("upload").run()
    assert not app.text
    assert "recognise_kept_uploads" not in app.session_state or not app.session_state.recognise_kept_uploads
    assert not any(plain in sent(app) for plain in plain_pictures(card))


def test_masking_covers_every_picture_and_file_name(app: AppTest, card: FictionalCard) -> None:
    upload(upload(app, card.photo, "meas-siphea.jpg"), card.photo + b"\0", "other.jpg")
    assert all(plain in sent(app) for plain in plain_pictures(card))
    assert "meas-siphea.jpg" in sent(app)
    app.toggle(key=MASKED_KEY).set_value(True).run()
    assert not any(plain in sent(app) for plain in plain_pictures(card))
    assert "meas-siphea.jpg" not in sent(app)
    assert [one.value for one in app.text] == [say("en", "intake.photo_number", number=2)]


def test_masking_covers_the_samples_and_a_link(app: AppTest) -> None:
    thumbnails = [one.thumbnail for one in data.sample_cards() if one.thumbnail]
    app.segmented_control(key="recognise_way_en").set_value("sample").run()
    assert all(one in sent(app) for one in thumbnails)
    app.toggle(key=MASKED_KEY).set_value(True).run()
    assert not any(one in sent(app) for one in thumbnails)

    app.segmented_control(key="recognise_way_en").set_value("url").run()
    app.text_input(key="recognise_url_0").set_value("http://127.0.0.1:9/meas-siphea.jpg").run()
    app.segmented_control(key="recognise_view_en").set_value("code").run()
    assert app.code
    assert "meas-siphea" not in app.code[0].value
    app.toggle(key=MASKED_KEY).set_value(False).run()
    assert "meas-siphea" in app.code[0].value


def test_menus_keep_their_choice_over_a_switch_of_language(app: AppTest, card: FictionalCard) -> None:
    upload(app, card.photo)
    app.segmented_control(key="recognise_view_en").set_value("json").run()
    app.segmented_control(key=LANGUAGE_KEY).set_value("km").run()
    assert app.segmented_control(key="recognise_way_km").value == "upload"
    assert app.segmented_control(key="recognise_view_km").value == "json"
    app.button(key="recognise_again").click().run()
    assert app.code  # still the JSON
    assert [one.value for one in app.text] == ["card.jpg"]


def test_a_photo_just_taken_outlives_a_change_of_page(app: AppTest, endpoint: Endpoint, card: FictionalCard) -> None:
    app.segmented_control(key="recognise_way_en").set_value("camera").run()
    app.camera_input(key="recognise_camera_0").set_value(("shot.jpg", card.photo, "image/jpeg")).run()
    assert not app.text  # the widget shows it, and clears it
    elsewhere_and_back(app)
    assert [one.value for one in app.text] == [say("en", "intake.kept_shot")]
    assert endpoint.photos == [card.photo]
    app.button(key="recognise_remove").click().run()
    assert say("en", "recognise.nothing_yet") in [one.value for one in app.info]
