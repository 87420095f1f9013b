"""The only caches of the interface. All visitors share them: no photo, reading or credential of a visitor goes in.

The sample cards are fictional, ship with the product and are the same for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from khid_eval import readers
from khid_eval.datasets import Dataset, Sample
from khid_eval.errors import BadData, BadPhoto
from khid_eval.records import CardReader
from khid_eval.ui import photos, site
from khid_eval.ui.forget import Forgetter

_THUMBNAIL_PX = 272


@dataclass(frozen=True, slots=True)
class SampleCard:
    """A sample of the gallery.

    thumbnail: data: address, "" where the file shows no picture. truth: field -> text, None where the card has none.
    """

    name: str
    thumbnail: str
    truth: Mapping[str, str | None]


@st.cache_resource(show_spinner=False)
def forgetter() -> Forgetter:
    """Started with the first visitor, one for the server."""
    return Forgetter()


@st.cache_resource(show_spinner=False)
def engine() -> CardReader:
    """The embedded engine, loaded once for all visitors. Raises BadData where its models are missing."""
    return readers.build(readers.Target(), threads=2)


@st.cache_data(show_spinner=False)
def sample_cards() -> tuple[SampleCard, ...]:
    """The samples in the order of their metadata; empty where there are none."""
    try:
        dataset = Dataset(site.samples())
        return tuple(_sample_card(dataset, one) for one in dataset)
    except BadData:
        return ()


def _sample_card(dataset: Dataset, sample: Sample) -> SampleCard:
    try:
        small = photos.shown(dataset.read(sample), _THUMBNAIL_PX).image
    except BadPhoto:  # some samples show how a bad photo is refused
        return SampleCard(sample.file_name, "", sample.fields)
    return SampleCard(sample.file_name, photos.data_url(photos.jpeg(small, 72)), sample.fields)


@st.cache_data(show_spinner=False, max_entries=64)
def sample_photo(name: str) -> bytes:
    """The file of one sample. Raises BadData where it is gone."""
    dataset = Dataset(site.samples())
    return next(dataset.read(one) for one in dataset if one.file_name == name)


__all__ = ["SampleCard", "engine", "forgetter", "sample_cards", "sample_photo"]
