"""Fictional Cambodian ID cards with complete truth: person -> flat card -> photo. Everything is seeded.

>>> import numpy as np
>>> from khid_eval import synth
>>> rng = np.random.default_rng(7)
>>> person = synth.random_person(rng)
>>> card = synth.render_card(person, synth.random_style(rng), rng)
>>> photo = synth.take_photo(card, rng, steps=[("dark", 2)])
>>> sorted(set(person.fields()) - set(photo.quads))
[]
"""

from khid_eval.synth.backdrops import backdrop, backdrops
from khid_eval.synth.cards import PORTRAIT, FlatCard, Part, Row, render_card
from khid_eval.synth.fonts import FAMILIES, SPLITS, Family, InkLine, Role, Split, TextStyle, families, font, ink_line
from khid_eval.synth.negatives import NEGATIVES, OTHER, render_negative
from khid_eval.synth.persons import Person, random_person
from khid_eval.synth.photos import Photo, Pose, camera, random_conditions, random_pose, take_photo
from khid_eval.synth.styles import CardStyle, Finish, Layout, Typeface, nominal_style, random_style
from khid_eval.synth.texts import TEXT_KINDS, random_text

__all__ = [
    "FAMILIES",
    "NEGATIVES",
    "OTHER",
    "PORTRAIT",
    "SPLITS",
    "TEXT_KINDS",
    "CardStyle",
    "Family",
    "Finish",
    "FlatCard",
    "InkLine",
    "Layout",
    "Part",
    "Person",
    "Photo",
    "Pose",
    "Role",
    "Row",
    "Split",
    "TextStyle",
    "Typeface",
    "backdrop",
    "backdrops",
    "camera",
    "families",
    "font",
    "ink_line",
    "nominal_style",
    "random_conditions",
    "random_person",
    "random_pose",
    "random_style",
    "random_text",
    "render_card",
    "render_negative",
    "take_photo",
]
