"""Cards of another renderer: HTML set by Chromium in Khmer fonts that the package does not have.

Layout, ground, portrait and fonts are this file's own. Of the package it takes only what stands on a card
whoever draws it: the fictional person, the captions and the MRZ.
"""

from __future__ import annotations

import base64
import html
import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from khid_eval.card.captions import CAPTIONS
from khid_eval.synth.persons import Person
from tests.benchmarks.other_rows import rows_of

WIDTH, HEIGHT = 1100, 694
"""Of the card, in CSS pixels."""
PIXELS_PER_CSS = 2
RIGHT_MOST = 0.97 * WIDTH
"""No line of text ends right of it."""
SYSTEM_FONTS = Path("/usr/share/fonts")
FONT_FILES = {
    "Busra": "Busra-R.ttf",
    "Busra Bold": "Busra-B.ttf",
    "Mondulkiri": "Mondulkiri-R.ttf",
    "Mondulkiri Bold": "Mondulkiri-B.ttf",
    "Ratanakiri": "RataV53.ttf",
    "Oureang": "Mo9V55.ttf",
    "DejaVu Sans Mono": "DejaVuSansMono.ttf",
    "Liberation Mono": "LiberationMono-Regular.ttf",
    "Liberation Sans": "LiberationSans-Regular.ttf",
}
BODY = ("Busra", "Mondulkiri", "Ratanakiri", "Oureang")
HEADLINE = ("Busra Bold", "Mondulkiri Bold", "Oureang")
"""For the Khmer name, which real cards set heavier."""
MONO = ("DejaVu Sans Mono", "Liberation Mono")
LATIN = (*MONO, "Liberation Sans")
KHMER_FIELDS = tuple(CAPTIONS)
SET_AND_FIT = """async right => {
  await Promise.all([...document.fonts].map(font => font.load()));
  for (const line of document.querySelectorAll(".line"))
    while (line.getBoundingClientRect().right > right)
      line.style.fontSize = `${parseFloat(getComputedStyle(line).fontSize) * 0.98}px`;
}"""
"""Lines shrink, letter gaps with them, until they end left of `right`, in CSS pixels."""

Fonts = Mapping[str, Path]
"""Font files by name, those of FONT_FILES that are there."""


@dataclass(frozen=True, slots=True)
class Look:
    """What chance says about the print of one card. Fonts are names of FONT_FILES, lengths CSS pixels.

    left, top: of the row with the Khmer name; pitch: from row to row; mrz_gap: between letters, in em.
    """

    body: str
    headline: str
    number: str
    latin: str
    mono: str
    size: float
    ink: str
    colon: str
    left: float
    top: float
    pitch: float
    number_left: float
    latin_left: float
    mrz_left: float
    mrz_top: float
    mrz_pitch: float
    mrz_gap: float
    way: str = ""  # of other_rows.WAYS; "": the rows of every known card

    def fonts_of_fields(self) -> dict[str, str]:
        """Of the fields in Khmer letters: what their values are set in."""
        return dict.fromkeys(KHMER_FIELDS, self.body) | {"name_kh": self.headline}


@dataclass(frozen=True, slots=True)
class _Line:
    """A printed line as HTML. top: of a box of that height, in whose middle the line stands; gap: in em."""

    text: str
    font: str
    size: float
    left: float
    top: float
    height: float
    gap: float = 0.0

    def html(self, ink: str) -> str:
        place = f"left:{self.left:.1f}px;top:{self.top:.1f}px;letter-spacing:{self.gap:.3f}em;color:{ink}"
        font = f"font:{self.size:.1f}px/{self.height:.1f}px '{self.font}'"
        return f'<div class="line" style="{place};{font}">{self.text}</div>'


def find_fonts(folder: Path) -> Fonts:
    """Fonts below that folder and the system's. Raises FileNotFoundError that says which Debian packages to install."""
    files = {path.name: path for place in (SYSTEM_FONTS, folder) for path in place.rglob("*.ttf")}
    fonts = {name: files[file] for name, file in FONT_FILES.items() if file in files}
    for wanted, packages in (
        (BODY, "fonts-sil-mondulkiri and fonts-sil-mondulkiri-extra"),
        (HEADLINE, "fonts-sil-mondulkiri"),
        (MONO, "fonts-dejavu-core or fonts-liberation"),
    ):
        if not any(name in fonts for name in wanted):
            advice = f"Install Debian's {packages}, or name the folder that has their files."
            raise FileNotFoundError(f"There is none of the fonts {', '.join(wanted)} below {folder}. {advice}")
    return fonts


def random_look(rng: np.random.Generator, fonts: Fonts, way: str = "") -> Look:
    """Rows stand higher, lower, closer and further right than any one layout has them, but never in the MRZ.

    way: how they break, of other_rows.WAYS or "".
    """

    def one_of(names: Sequence[str]) -> str:
        return str(rng.choice([name for name in names if name in fonts]))

    left, top = rng.uniform(285, 400), rng.uniform(60, 130)
    pitch = rng.uniform(41, min(54, (532 - top) / 8))
    mrz_top = max(top + 8 * pitch + 2, 500)
    return Look(
        body=one_of(BODY),
        headline=one_of(HEADLINE),
        number=one_of(LATIN),
        latin=one_of(LATIN),
        mono=one_of(MONO),
        size=min(rng.uniform(24, 30), 0.56 * pitch),
        ink=str(rng.choice(["#1b1b1b", "#222a55", "#2b1d1d", "#000"])),
        colon=str(rng.choice([":", " : ", "៖", ": "])),
        left=left,
        top=top,
        pitch=pitch,
        number_left=left + rng.uniform(120, 330),
        latin_left=left + rng.uniform(90, 190),
        mrz_left=rng.uniform(34, 44),
        mrz_top=rng.uniform(mrz_top, max(mrz_top + 10, 516)),
        mrz_pitch=rng.uniform(45, 47),
        mrz_gap=rng.uniform(0.239, 0.267),
        way=way,
    )


def _lines(person: Person, look: Look) -> Iterator[_Line]:
    text = {name: html.escape(value) for name, value in person.fields().items()}

    def said(*names: str) -> str:
        return " ".join(f"{CAPTIONS[name]}{look.colon} {text[name]}" for name in names)

    name = f"<span style=\"font-family:'{look.headline}';font-size:1.08em\">{text['name_kh']}</span>"
    yield from _mrz_rows(text, look)
    if look.way:
        latin = f"<span style=\"font-family:'{look.latin}'\">{text['name_en']}</span>"
        broken = rows_of(person, {**text, "name_kh": name, "name_en": latin}, look.colon, look.way)
        yield from _even_rows(broken, look)
        return
    number_top = max(look.top - 1.45 * look.pitch, 30 - look.pitch / 2)
    yield _Line(person.printed_number, look.number, 32, look.number_left, number_top, look.pitch, 0.06)
    rows = (
        f"{CAPTIONS['name_kh']}{look.colon} {name}",
        "",  # of the Latin name
        said("birth_date", "sex", "height"),
        said("birth_place"),
        f"{CAPTIONS['address']}{look.colon} {html.escape(person.address_line1)}",
        html.escape(person.address_line2),
        f"{said('issue_date')} {CAPTIONS['expiry_date']} {text['expiry_date']}",
        said("description"),
    )
    size = look.size * (0.92 if look.body == "Oureang" else 1.0)
    for row, words in enumerate(rows):
        if words:
            yield _Line(words, look.body, size, look.left, look.top + row * look.pitch, look.pitch)
    yield _Line(text["name_en"], look.latin, 27, look.latin_left, look.top + look.pitch, look.pitch, 0.04)


def _mrz_rows(text: Mapping[str, str], look: Look) -> Iterator[_Line]:
    for row in range(3):
        top = look.mrz_top + row * look.mrz_pitch
        yield _Line(text[f"machine_code{row + 1}"], look.mono, 36, look.mrz_left, top, 46, look.mrz_gap)


def _even_rows(rows: Sequence[str], look: Look) -> Iterator[_Line]:
    """All rows above the MRZ, as far apart as there is room, from the top of the card."""
    top = 24.0
    pitch = min(look.pitch, (look.mrz_top - 4 - top) / len(rows))
    for number, words in enumerate(rows):
        yield _Line(words, look.body, min(look.size, 0.58 * pitch), look.left, top + number * pitch, pitch)


def _ground(rng: np.random.Generator) -> str:
    """CSS background: rings of fine lines over two pale colours."""
    hue, x, y, gap, angle = (int(rng.integers(most)) for most in (360, 100, 100, 10, 180))
    rings = f"circle at {x}% {y}%,hsla({hue},45%,60%,.35) 0 1px,transparent 2px {8 + gap}px"
    shades = f"{angle}deg,hsl({hue},45%,90%),hsl({(hue + 60) % 360},40%,84%)"
    return f"repeating-radial-gradient({rings}),linear-gradient({shades})"


def _portrait(rng: np.random.Generator) -> str:
    """SVG of somebody: shoulders, head, hair, eyes and mouth."""
    left, top, tone = rng.uniform(30, 46), rng.uniform(110, 150), int(rng.integers(45, 75))
    cloth, wall = (int(rng.integers(360)) for _ in range(2))
    place = f"position:absolute;left:{left:.0f}px;top:{top:.0f}px;filter:blur(.8px)"
    return f"""<svg style="{place}" width="225" height="290">
<rect width="225" height="290" fill="hsl({wall},25%,80%)"/>
<ellipse cx="112" cy="290" rx="110" ry="86" fill="hsl({cloth},40%,35%)"/>
<ellipse cx="112" cy="98" rx="64" ry="68" fill="#1e1914"/>
<ellipse cx="112" cy="138" rx="56" ry="80" fill="hsl(27,45%,{tone}%)"/>
<circle cx="90" cy="125" r="5"/><circle cx="134" cy="125" r="5"/>
<ellipse cx="112" cy="170" rx="18" ry="5" fill="#963c3c"/></svg>"""


def card_html(person: Person, look: Look, fonts: Fonts, rng: np.random.Generator) -> str:
    """The page: nothing but the card, with the fonts that it needs inside."""
    used = {look.body, look.headline, look.number, look.latin, look.mono}
    encoded = {name: base64.b64encode(fonts[name].read_bytes()).decode() for name in sorted(used)}
    faces = "".join(
        f"@font-face{{font-family:'{name}';src:url(data:font/ttf;base64,{font})}}" for name, font in encoded.items()
    )
    lines = "".join(line.html(look.ink) for line in _lines(person, look))
    return f"""<!doctype html><meta charset="utf-8"><style>{faces}
body{{margin:0;background:transparent}} .line{{position:absolute;white-space:pre}}
.card{{position:relative;width:{WIDTH}px;height:{HEIGHT}px;border-radius:34px;overflow:hidden;background:{_ground(rng)}}}
.mark{{position:absolute;left:300px;top:260px;font:bold 90px sans-serif;color:rgba(200,30,30,.13);rotate:-18deg}}
</style><div class="card">{_portrait(rng)}<div class="mark">SPECIMEN</div>{lines}</div>"""


@contextmanager
def card_page() -> Iterator[Page]:
    """A page as large as the card, in the system's Chromium or else in Playwright's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        size = {"width": WIDTH, "height": HEIGHT}
        yield browser.new_page(viewport=size, device_scale_factor=PIXELS_PER_CSS)  # type: ignore[arg-type]
        browser.close()


def set_card(page: Page, markup: str) -> NDArray[np.uint8]:
    """(H, W, 4) RGBA of the card seen straight on, transparent beside its rounded corners."""
    page.set_content(markup)
    page.evaluate(SET_AND_FIT, RIGHT_MOST)
    shot = page.screenshot(omit_background=True)
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGBA"))
