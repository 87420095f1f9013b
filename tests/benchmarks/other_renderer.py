"""The embedded engine on cards of a renderer that it never saw: `python tests/benchmarks/other_renderer.py --cards 60`.

Training and the other benchmarks take their photos from `khid_eval.synth`: good figures there may be good knowledge of
that renderer. These cards are set by Chromium in SIL's Khmer fonts (Debian: fonts-sil-mondulkiri and
fonts-sil-mondulkiri-extra, or `--fonts DIR` with their files), in another layout, on another ground, under another
camera (`other_renderer_card.py`, `other_renderer_camera.py`); the Latin fonts are not new to the engine, nor are Busra
and Oureang since they were added to its training. What is read worse here than in `bench_engine.py` does not carry
over.

Each card is photographed flat (severity 0), a little tilted (1) and much (3). Intervals are Wilson's and count every
photo; the three photos of a card share its texts, so that they are rather too narrow. With `--all-rows` the cards
break their rows in ways that no known card does (`other_rows.py`), and figures are given for each way.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from khid_eval import readers
from khid_eval.card.khmer import canonical, fold_look_alikes
from khid_eval.datasets import Dataset, DatasetWriter, PhotoCondition, Sample
from khid_eval.engine.geometry import as_array, card_width_px
from khid_eval.engine.locate import Locator
from khid_eval.engine.photo_decode import decode
from khid_eval.errors import BadData, BadPhoto
from khid_eval.metrics import intervals
from khid_eval.records import FIELD_NAMES, CardReader, RgbImage
from khid_eval.synth.fonts import FAMILIES
from khid_eval.synth.persons import random_person
from tests.benchmarks.bench_engine import print_corners, rate_text
from tests.benchmarks.other_renderer_camera import photograph
from tests.benchmarks.other_renderer_card import (
    SYSTEM_FONTS,
    Fonts,
    card_html,
    card_page,
    find_fonts,
    random_look,
    set_card,
)
from tests.benchmarks.other_rows import WAYS

SEVERITIES = (0, 1, 3)
SURE = 0.95
"""Confidence above which a reading would be taken unseen."""
FONTS = "fonts"
"""Key of the dataset's rows: font of each field in Khmer letters."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One field of one photo. folded: right when look-alike letters count as one."""

    exact: bool
    folded: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What the engine made of one photo. fonts: of the fields in Khmer letters; corner_error: of the worst corner, as a
    share of the card's width.
    """

    condition: str
    severity: int
    fonts: Mapping[str, str]
    fields: Mapping[str, Judged]
    refused: bool
    corner_error: float


def jpeg(photo: RgbImage, quality: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=quality)
    return file.getvalue()


def photos(fonts: Fonts, cards: int, seed: int, ways: Sequence[str]) -> Iterator[tuple[Sample, bytes]]:
    """Rows and files; each card depends on seed and number alone. ways: how rows break, in turn; "" is the usual."""
    with card_page() as page:
        for number in range(cards):
            rng = np.random.default_rng([seed, number])
            way = ways[number % len(ways)]
            person, look = random_person(rng, "validation"), random_look(rng, fonts, way)
            card = set_card(page, card_html(person, look, fonts, rng))
            for severity in SEVERITIES:
                photo, quad = photograph(card, rng, severity)
                sample = Sample(
                    f"{number:04d}_{severity}.jpg",
                    f"card{number:04d}",
                    person.fields(),
                    card_quad=quad,
                    condition=PhotoCondition(capture="synthetic", name=way or "other renderer", severity=severity),
                    label_source="synthetic",
                    extra={FONTS: look.fonts_of_fields()},
                )
                yield sample, jpeg(photo, int(rng.integers(70, 94)))


def seen(reader: CardReader, locate: Locator, sample: Sample, photo: bytes) -> Seen:
    """Reads one photo and judges it; of a photo that is refused every field is wrong."""
    try:
        reading = reader.read(photo)
    except BadPhoto:
        reading = None
    fields = {}
    for name, truth in sample.fields.items():
        one = reading.get(name) if reading else None
        text, wanted = canonical(one.text if one else ""), canonical(truth or "")
        same = fold_look_alikes(text) == fold_look_alikes(wanted)
        fields[name] = Judged(text == wanted, same, one.confidence if one else 0.0)
    error = corner_error(locate, sample, photo)
    under = sample.condition
    return Seen(under.name or "", under.severity or 0, sample.extra[FONTS], fields, reading is None, error)


def corner_error(locate: Locator, sample: Sample, photo: bytes) -> float:
    """The reading does not give the card's corners, so they are looked for once more."""
    assert sample.card_quad
    decoded = decode(photo)
    found = decoded.quad_to_sent(locate(decoded.image).quad)
    moved = np.linalg.norm(as_array(found) - as_array(sample.card_quad), axis=1)
    return float(moved.max()) / card_width_px(sample.card_quad)


def share(right: Sequence[bool]) -> str:
    return rate_text(intervals.rate(sum(right), len(right)))


def line(title: str, fields: Sequence[Judged]) -> str:
    exact, folded = share([one.exact for one in fields]), share([one.folded for one in fields])
    return f"{title:26}{exact:>14}{folded:>22}{len(fields):>8}"


def together(photos: Iterable[Seen]) -> list[Judged]:
    """All fields of those photos."""
    return [field for one in photos for field in one.fields.values()]


def set_in(photo: Seen) -> Iterator[tuple[str, Judged]]:
    """The font of each field in Khmer letters, and the field."""
    return ((font, photo.fields[name]) for name, font in photo.fonts.items())


def is_trained(font: str) -> bool:
    """Whether the engine's training has that font's family."""
    return font.split()[0].lower() in {name for name, family in FAMILIES.items() if family.split == "train"}


def print_table(all_seen: Sequence[Seen]) -> None:
    print(f"\n{'right, % (95 %)':22}{'exact':>18}{'look-alikes folded':>22}{'n':>8}")
    print(line("all fields", together(all_seen)))
    for name in FIELD_NAMES:
        print(line(f"  {name}", [one.fields[name] for one in all_seen]))
    for severity in sorted({one.severity for one in all_seen}):
        print(line(f"severity {severity}", together(one for one in all_seen if one.severity == severity)))
    conditions = sorted({one.condition for one in all_seen})
    for name in conditions if len(conditions) > 1 else ():
        print(line(f"  {name}", together(one for one in all_seen if one.condition == name)))
    for trained, title in ((False, "fonts that are new"), (True, "fonts of the training")):
        print(line(title, [one for photo in all_seen for font, one in set_in(photo) if is_trained(font) is trained]))
    for font in sorted({font for one in all_seen for font in one.fonts.values()}):
        print(line(f"  {font}", [one for photo in all_seen for its, one in set_in(photo) if its == font]))
    whole = [
        Judged(all(field.exact for field in fields), all(field.folded for field in fields), 0.0)
        for fields in (one.fields.values() for one in all_seen)
    ]
    print(line("cards wholly right", whole))


def print_summary(all_seen: Sequence[Seen]) -> None:
    fields = together(all_seen)
    sure = [one for one in fields if one.confidence > SURE]
    print(f"  refused {sum(one.refused for one in all_seen)} of {len(all_seen)} photos")
    print(f"  sure (confidence > {SURE}) {len(sure)} of {len(fields)} fields", end="")
    print(f", wrong of them {sum(not one.exact for one in sure)}", end="")
    print(f", with look-alikes folded {sum(not one.folded for one in sure)}")
    print_corners([one.corner_error for one in all_seen])


def read_cards(fonts: Fonts, cards: int, seed: int, folder: Path, ways: Sequence[str]) -> None:
    """Makes the photos in that folder, as a dataset, and prints how they are read. Raises BadData if it holds one."""
    reader, locate = readers.build(readers.Target()), Locator()
    with DatasetWriter(folder) as writer:
        for sample, photo in photos(fonts, cards, seed, ways):
            writer.add(sample, photo)
    dataset = Dataset(folder)
    all_seen = [seen(reader, locate, sample, dataset.read(sample)) for sample in dataset]
    print(f"{cards} cards set by Chromium (seed {seed}), {len(all_seen)} photos")
    print_table(all_seen)
    print_summary(all_seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=60, help="each is photographed three times")
    parser.add_argument("--fonts", type=Path, default=SYSTEM_FONTS, metavar="DIR", help="folder with the Khmer fonts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="keep the photos there, as a dataset")
    parser.add_argument("--all-rows", action="store_true", help="cards whose rows break in other ways, in turn")
    asked = parser.parse_args()
    ways = tuple(WAYS) if asked.all_rows else ("",)
    try:
        fonts = find_fonts(asked.fonts)
    except FileNotFoundError as exc:
        parser.error(str(exc))
    with tempfile.TemporaryDirectory() as made:
        try:
            read_cards(fonts, asked.cards, asked.seed, asked.save or Path(made), ways)
        except BadData as exc:
            parser.error(str(exc))


if __name__ == "__main__":
    main()
