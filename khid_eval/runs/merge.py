"""At the end of a run: many small parts become a few large ones, in plan order, so that the result does not tell
in which order, or in how many goes, the photos came back. Memory: one output file and the parts that overlap it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from khid_eval.runs.store import Store

PHOTOS_A_FILE: Final = 8192


def merge(store: Store, parts: tuple[str, ...], photos_a_file: int = PHOTOS_A_FILE) -> tuple[str, ...]:
    """Writes merged files beside the parts and returns their names, in plan order. Removes nothing: the caller first
    makes run.json name them. Inside a fields file the rows stand by field, then plan: a chart reads one field."""
    names: list[str] = []
    for images in _runs_of(store, parts, photos_a_file):
        name = _name(len(names), images)
        wanted = images["part"].unique().to_pylist()
        fields = pa.concat_tables([store.read_table("fields", part) for part in wanted])
        low, high = images["seq"][0].as_py(), images["seq"][-1].as_py()
        inside = pc.and_(pc.greater_equal(fields["seq"], low), pc.less_equal(fields["seq"], high))
        store.write_table("fields", name, _by_field(fields.filter(inside)), row_group=photos_a_file)
        store.write_table("images", name, images.drop_columns(["part"]), row_group=photos_a_file)
        names.append(name)
    return tuple(names)


def _by_field(fields: pa.Table) -> pa.Table:
    keys = pa.table({"field": fields["field"].cast(pa.string()), "seq": fields["seq"]})
    order = pc.sort_indices(keys, sort_keys=[("field", "ascending"), ("seq", "ascending")])
    return fields.unify_dictionaries().take(order)


def _name(number: int, images: pa.Table) -> str:
    digest = hashlib.sha256("".join(images["key"].to_pylist()).encode()).hexdigest()
    return f"merged-{number:05d}-{digest[:12]}.parquet"


def _runs_of(store: Store, parts: tuple[str, ...], photos: int) -> Iterator[pa.Table]:
    """Image rows in plan order, `photos` at a time, each with the part it came from.

    Parts overlap only by what was in flight, so a row may leave once no later part can begin before it.
    """
    ranges = sorted((_lowest(store, part), part) for part in parts)
    held: pa.Table | None = None
    for index, (_, part) in enumerate(ranges):
        rows = store.read_table("images", part)
        rows = rows.append_column("part", pa.array([part] * rows.num_rows))
        held = rows if held is None else pa.concat_tables([held, rows])
        bound = ranges[index + 1][0] if index + 1 < len(ranges) else None
        held = held.sort_by("seq")
        ready = held.num_rows if bound is None else pc.sum(pc.less(held["seq"], bound)).as_py()
        start = 0
        while ready - start >= photos or (bound is None and start < ready):
            yield held.slice(start, min(photos, ready - start))
            start += photos
        held = held.slice(start)


def _lowest(store: Store, part: str) -> int:
    return int(pc.min(store.read_table("images", part, ["seq"])["seq"]).as_py())


__all__ = ["PHOTOS_A_FILE", "merge"]
