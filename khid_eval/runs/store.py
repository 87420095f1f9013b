"""A run on disk: run.json, the two tables in parts, and the small files by which a page watches and steers it.

run.json              what the run is and how far it came; the list of parts once it is finished
images/part-X.parquet one row a photo       X is the hash of the part's keys, so a part written twice is one part
fields/part-X.parquet one row a photo x field, written BEFORE its images part, which makes both count
progress.json         a few times a second while it runs
control               "pause" or "cancel", written by whoever watches
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from khid_eval.errors import BadData
from khid_eval.runs import lock
from khid_eval.runs.folder import Folder
from khid_eval.runs.schema import FIELDS, IMAGES
from khid_eval.runs.state import Counts, RunInfo, State, from_json

RUN: Final = "run.json"
PROGRESS: Final = "progress.json"
CONTROL: Final = "control"
TABLES: Final = ("images", "fields")


class Store:
    """The files of one run. Cheap to make; reads nothing until asked."""

    def __init__(self, url: str) -> None:
        self.folder = Folder(url)

    def exists(self) -> bool:
        return self.folder.exists(RUN)

    def load(self) -> RunInfo:
        """Raises BadData when there is no run here."""
        try:
            text = self.folder.read(RUN)
        except (FileNotFoundError, NotADirectoryError) as exc:
            raise BadData(f"No run in {self.folder.url}.", advice="Start one with `khid-eval run`.") from exc
        return from_json(text, f"{self.folder.url}/{RUN}")

    def save(self, info: RunInfo) -> None:
        self.folder.write(RUN, info.to_json().encode())

    def add_part(self, images: list[dict[str, Any]], fields: list[dict[str, Any]]) -> str:
        """Both tables' rows of some photos, as one part. The same photos give the same part again."""
        name = part_name("part", images)
        self.write_table("fields", name, pa.Table.from_pylist(fields, FIELDS))
        self.write_table("images", name, pa.Table.from_pylist(images, IMAGES))
        return name

    def write_table(self, table: str, name: str, rows: pa.Table, *, row_group: int | None = None) -> None:
        out = io.BytesIO()
        pq.write_table(rows, out, compression="zstd", row_group_size=row_group)
        self.folder.write(f"{table}/{name}", out.getvalue())

    def read_table(self, table: str, name: str, columns: list[str] | None = None) -> pa.Table:
        return pq.read_table(io.BytesIO(self.folder.read(f"{table}/{name}")), columns=columns)

    def parts(self, info: RunInfo | None = None) -> tuple[str, ...]:
        """Names of the parts that count now."""
        info = info or self.load()
        if info.parts is not None:
            return info.parts
        return tuple(name for name in self.folder.list("images") if name.startswith("part-"))

    def keys(self) -> Iterator[str]:
        """Keys of all photos that have a row."""
        for name in self.parts():
            yield from self.read_table("images", name, ["key"])["key"].to_pylist()

    def count_rows(self) -> Counts:
        """read, failed and errors as the rows say; planned and calls are 0."""
        read, errors = 0, dict[str, int]()
        for name in self.parts():
            table = self.read_table("images", name, ["error_kind", "error_code"])
            for kind, code in zip(table["error_kind"].to_pylist(), table["error_code"].to_pylist(), strict=True):
                if kind is None:
                    read += 1
                else:
                    errors[code or kind] = errors.get(code or kind, 0) + 1
        return Counts(read=read, failed=sum(errors.values()), errors=errors)

    def tidy(self) -> None:
        """Removes what a killed writer left: half-written files, merged files that never came to count."""
        keep = set(self.parts())
        for table in TABLES:
            self.folder.sweep_temporary(table)
            for name in self.folder.list(table):
                if name not in keep:
                    self.folder.remove(f"{table}/{name}")
        self.folder.sweep_temporary("")

    def write_progress(self, progress: Mapping[str, Any]) -> None:
        self.folder.write(PROGRESS, json.dumps(progress).encode())

    def progress(self) -> dict[str, Any]:
        """The last progress, {} where there is none."""
        try:
            found = json.loads(self.folder.read(PROGRESS))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def wish(self) -> str:
        """What the one who watches asks for: "pause", "cancel" or ""."""
        try:
            return self.folder.read(CONTROL).decode().strip()
        except FileNotFoundError:
            return ""

    def ask(self, wish: str) -> None:
        """wish: "pause", "cancel", or "" to go on. Takes effect within a second or two."""
        if wish not in ("", "pause", "cancel"):
            raise ValueError(f"a run can be asked to pause or cancel, got {wish!r}")
        if wish:
            self.folder.write(CONTROL, wish.encode())
        else:
            self.folder.remove(CONTROL)

    def is_alive(self) -> bool:
        """Whether a process works on it now. A run that says running and is not alive was interrupted: resume it."""
        return lock.is_held(self.folder)

    def is_interrupted(self, info: RunInfo) -> bool:
        return info.state in (State.PLANNED, State.RUNNING, State.PAUSED) and not self.is_alive()


def part_name(kind: str, images: list[dict[str, Any]]) -> str:
    """kind: "part" while running, "merged-0001" and so on at the end."""
    digest = hashlib.sha256("".join(sorted(row["key"] for row in images)).encode()).hexdigest()
    return f"{kind}-{digest[:16]}.parquet"


__all__ = ["CONTROL", "PROGRESS", "RUN", "TABLES", "Store", "part_name"]
