"""Photographed fictional cards of a renderer that shares no drawing code with `khid_eval.synth`: its own holders,
layouts, grounds and camera. Of the package it takes fonts, places, the MRZ and the format of datasets.
"""

from tests.benchmarks.second_renderer.faces import missing_faces
from tests.benchmarks.second_renderer.rows import FONTS, draw

__all__ = ["FONTS", "draw", "missing_faces"]
