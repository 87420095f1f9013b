"""The photo with its fields, the list of fields, and the facts: three parts that a page places where it wants them.

The script links the parts of one card, so that hover and click show in photo and list at once. What the browser gets
is data only: the script sets every text through `textContent`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from khid_eval.card.captions import CAPTIONS
from khid_eval.card.checks import Check
from khid_eval.policy import Decision, FieldDecision, Reason
from khid_eval.records import FIELD_NAMES, CardReading, FieldReading, Quad
from khid_eval.ui import frame, photos
from khid_eval.ui.verdict import Banner
from khid_eval.ui.words import Language, say

MASKED_TEXT = "••••••••"
Part = Literal["photo", "fields", "facts"]
_COMMON = ("lang", "subject", "words")
_PARTS: Mapping[Part, tuple[str, ...]] = {
    "photo": ("photo", "width", "height", "turnDeg", "portrait", "approximate", "fields"),
    "fields": ("fields", "banner"),
    "facts": ("facts", "scored", "portraitImage"),
}
"""Part -> what it needs of the payload, beside what all need."""
_ASSETS = Path(__file__).parent / "assets"
_LABELS = (
    "upright", "as_taken", "boxes", "zoom_in", "zoom_out", "zoom_fit", "copy", "copied", "confidence", "cutoff",
    "portrait", "not_read", "photo", "fields", "approximate", "scores",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Content:
    """All that is drawn of one reading.

    picture: None where an endpoint fetched the photo itself. approximate: the quads come from another reader than the
    texts. banner, facts: the words of `verdict`. subject: names the photo; while it stays, so does the zoom.
    """

    picture: photos.Shown | None
    reading: CardReading
    checks: tuple[Check, ...]
    decision: Decision | None
    banner: Banner
    facts: Sequence[Mapping[str, str]] = ()
    masked: bool = False
    approximate: bool = False
    subject: str = ""


def payload(content: Content, lang: Language) -> dict[str, Any]:
    """Content as the browser gets it: plain JSON values."""
    reading = content.reading
    found = [one for name in FIELD_NAMES if (one := reading.get(name))]
    return {
        **_picture(content),
        "lang": lang,
        "approximate": content.approximate,
        "subject": content.subject,
        "fields": [_field(content, one, lang) for one in found],
        "banner": content.banner.as_data(),
        "facts": [dict(one) for one in content.facts],
        "scored": bool(reading.alarms),
        "words": {name: say(lang, f"card.{name}") for name in _LABELS},
    }


def _picture(content: Content) -> dict[str, Any]:
    picture, reading = content.picture, content.reading
    face = photos.data_url(reading.portrait_jpeg) if reading.portrait_jpeg and not content.masked else None
    if picture is None:
        return {"photo": None, "portraitImage": face}
    image = photos.redacted(picture, reading) if content.masked else picture.image
    return {
        "photo": photos.data_url(photos.jpeg(image)),
        "width": picture.width_px,
        "height": picture.height_px,
        "turnDeg": photos.turn_deg(reading, picture),
        "portrait": _points(picture.quad(reading.portrait_quad)),
        "portraitImage": face,
    }


def state_of(field: FieldReading, decision: FieldDecision | None) -> str:
    """One of "unread", "plain" (no policy says anything), "accept", or "review"."""
    if not field.text.strip():
        return "unread"
    if decision is None or decision.reason is Reason.NOT_COVERED:
        return "plain"
    return "accept" if decision.accept else "review"


def labels(name: str, lang: Language) -> tuple[str, str]:
    """What people call a field, and the caption printed on the card ("" where it has none)."""
    return say(lang, f"fields.{name}"), CAPTIONS.get(name, "")


def _field(content: Content, field: FieldReading, lang: Language) -> dict[str, Any]:
    decided = content.decision.get(field.name) if content.decision else None
    state = state_of(field, decided)
    label, caption = labels(field.name, lang)
    return {
        "name": field.name,
        "label": label,
        "caption": caption if caption != label else "",
        "text": (MASKED_TEXT if content.masked else field.text) if field.text else "",
        "copyable": bool(field.text) and not content.masked,
        "mono": frame.is_code(field.name),
        "confidence": None if state == "unread" else _confidence(field, decided, state),
        "cutoff": decided.cutoff if decided and state != "unread" else None,
        "state": state,
        "stateWord": say(lang, f"card.state_{state}"),
        "quad": _points(content.picture.quad(field.quad)) if content.picture else None,
        "checks": [_check(one, lang) for one in content.checks if one.field == field.name],
    }


def _confidence(field: FieldReading, decided: FieldDecision | None, state: str) -> float:
    """What was decided on: a policy may have recalibrated it."""
    return decided.confidence if decided and state != "plain" else field.confidence


def _check(check: Check, lang: Language) -> dict[str, Any]:
    outcome = "passed" if check.passed else "failed"
    return {
        "passed": check.passed,
        "short": say(lang, f"checks.{check.rule}"),
        "long": say(lang, f"checks.{check.rule}_{outcome}"),
    }


def _points(quad: Quad | None) -> Sequence[Sequence[float]] | None:
    return [[round(x, 1), round(y, 1)] for x, y in quad] if quad else None


_component = st.components.v2.component(
    "khid_card_view",
    html='<div class="kv"></div>',
    css=(_ASSETS / "card_view.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "card_view.js").read_text(encoding="utf-8"),
)


def draw(data: Mapping[str, Any], part: Part, *, key: str) -> None:
    """Mounts one part of a card. data: of `payload`. key: of the container around all its parts, which links them."""
    sent = {name: data[name] for name in (*_COMMON, *_PARTS[part]) if name in data}
    _component(key=f"{key}_{part}", data={**sent, "part": part, "card": key}, width="stretch", height="content")


__all__ = ["MASKED_TEXT", "Content", "Part", "draw", "labels", "payload", "state_of"]
