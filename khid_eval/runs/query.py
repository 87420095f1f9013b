"""Questions to a run's tables, answered by DuckDB where the tables lie: only aggregates and single pages of rows come
out, whatever the size of the run. Works while the run still grows: what is on disk when it is opened counts."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from khid_eval.errors import BadData, BadRequest
from khid_eval.runs.schema import CONDITION_COLUMNS, FIELDS, IMAGES
from khid_eval.runs.state import RunInfo
from khid_eval.runs.store import TABLES, Store

MEMORY: Final = "1GB"
_PLAIN: Final = frozenset({*CONDITION_COLUMNS, "idcard_type", "group_id", "file_name", "error_code", "parent"})
_KEY: Final = re.compile(r"[A-Za-z0-9_ .-]{1,64}")
_SIGNS: Final = "'''', '=', '+', '-', '@', chr(9), chr(13)"
Columns = dict[str, NDArray[Any]]
Guard = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Slice:
    """Part of a run. where: pairs of condition column and value, all of which must hold (None: not stated).

    A column that the images table does not have is a key of the dataset's own conditions.
    """

    where: tuple[tuple[str, str | float | None], ...] = ()

    def __str__(self) -> str:
        return ", ".join(f"{column} {'not stated' if value is None else value}" for column, value in self.where)

    def sql(self, parameters: list[Any]) -> str:
        """A condition on the images table; its values are appended to `parameters`."""
        parts = []
        for column, value in self.where:
            parts.append(f"{column_sql(column)} IS NOT DISTINCT FROM ?")
            parameters.append(value)
        return " AND ".join(parts) or "TRUE"


ALL: Final = Slice()


def column_sql(column: str) -> str:
    """SQL for a condition column. Raises ValueError for a name that can be none."""
    if column in _PLAIN:
        return f'i."{column}"'
    if not _KEY.fullmatch(column):
        raise ValueError(f"not the name of a condition: {column!r}")
    return f"json_extract_string(i.condition_extra, '$.\"{column}\"')"


class Tables:
    """A run's two tables as DuckDB views `images` and `fields`. Use in a `with` block; not for several threads."""

    def __init__(self, store: Store, info: RunInfo | None = None) -> None:
        """Raises BadData when there is no run in the store."""
        self.info = info or store.load()
        self._db = duckdb.connect(config={"memory_limit": MEMORY})
        # A report asks some forty questions: the footers of a big run's files are read for the first one only.
        self._db.execute("SET parquet_metadata_cache = true")
        self.add(store, self.info)

    def __enter__(self) -> Tables:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def add(self, store: Store, info: RunInfo, prefix: str = "") -> None:
        """A run's tables as views; a second run's take a prefix: "b_images", "b_fields". Raises BadData."""
        if not store.folder.is_local:
            self._db.register_filesystem(store.folder.fs)
        parts = store.parts(info)
        for table, schema in zip(TABLES, (IMAGES, FIELDS), strict=True):
            if parts:
                names = [store.folder.sql_path(f"{table}/{name}") for name in parts]
                listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
                self._view(f"{prefix}{table}", listed, info)
            else:
                self._db.register(f"{prefix}{table}", schema.empty_table())

    def _view(self, name: str, listed: str, info: RunInfo) -> None:
        try:
            self._db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{listed}])")
        except duckdb.Error as exc:
            raise BadData(
                f"A table of run {info.id} is missing or damaged.", advice="Copy the run's folder again, whole."
            ) from exc

    def columns(self, sql: str, parameters: Sequence[Any] = ()) -> Columns:
        """The answer as one array a column; nulls become NaN in numbers and None in texts."""
        with self._readable():
            found = self._db.execute(sql, list(parameters)).fetchnumpy()
        return {name: _plain(values) for name, values in found.items()}

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The answer row by row: for a page of rows, never for a table."""
        with self._readable():
            answer = self._db.execute(sql, list(parameters))
            names = [one[0] for one in answer.description or []]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, Any]:
        """The single row of an aggregate."""
        return self.rows(sql, parameters)[0]

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """A statement without an answer, such as a temporary table."""
        with self._readable():
            self._db.execute(sql, list(parameters))

    def copy(self, sql: str, path: Path, form: str, guard: Guard | None = None) -> None:
        """The answer as a local file. form: DuckDB's options of it. guard: what becomes of a text that begins with a
        sign. Raises OSError where the file cannot be written."""
        if guard:
            self._db.create_function("guard", guard, ["VARCHAR"], "VARCHAR")
            columns = (_guarded(one["column_name"], one["column_type"]) for one in self.rows(f"DESCRIBE {sql}"))
            sql = f"SELECT {', '.join(columns)} FROM ({sql})"
        quoted = str(path).replace("'", "''")
        with self._readable():
            try:
                self._db.execute(f"COPY ({sql}) TO '{quoted}' ({form})")
            except duckdb.IOException as exc:
                if path.name not in str(exc):
                    raise
                raise OSError(errno.EIO, "no room left, or a fault of the disk") from exc

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """A run that ends while it is looked at merges its parts; one of an older version lacks columns."""
        try:
            yield
        except duckdb.IOException as exc:
            raise BadData(f"Run {self.info.id} changed while it was read.", advice="Look again.") from exc
        except duckdb.BinderException as exc:
            raise BadData(
                f"The tables of run {self.info.id} are of another version.", advice="Run it again with this version."
            ) from exc

    def check(self, where: Slice) -> None:
        """Raises BadRequest for a condition that no photo of the run states, for a value of the wrong kind and for a
        slice without a photo: a slip of the hand must not look like a result."""
        for column, _ in where.where:
            self.check_column(column)
        parameters: list[Any] = []
        condition = where.sql(parameters)
        try:
            found = self.one(f"SELECT count(*) AS n FROM images i WHERE {condition}", parameters)["n"]
        except duckdb.ConversionException as exc:
            raise BadRequest(f"{where}: a number is expected.") from exc
        if not found:
            raise BadRequest(f"No photo of run {self.info.id} is in the slice {where}.")

    def check_column(self, column: str) -> None:
        """Raises BadRequest for a condition that no photo of the run states."""
        if not self.one(f"SELECT count({column_sql(column)}) AS n FROM images i")["n"]:
            known = ", ".join(self.condition_columns()) or "no condition with more than one value"
            raise BadRequest(f"No photo of run {self.info.id} states {column}.", advice=f"There is {known}.")

    def unread(self) -> int:
        """Photos of the run that have no row."""
        return max(0, self.info.counts.planned - int(self.one("SELECT count(*) AS n FROM images")["n"]))

    def condition_columns(self) -> tuple[str, ...]:
        """Columns with at least two values (not stated counts as one), the dataset's own keys among them."""
        wanted = (*CONDITION_COLUMNS, "idcard_type")
        found = self.one(
            "SELECT "
            + ", ".join(f'count(DISTINCT "{name}") + (count("{name}") < count(*))::INT AS "{name}"' for name in wanted)
            + " FROM images"
        )
        keys = self.rows(
            "SELECT DISTINCT unnest(json_keys(condition_extra)) AS key FROM images"
            " WHERE condition_extra IS NOT NULL ORDER BY key"
        )
        own = [row["key"] for row in keys if _KEY.fullmatch(row["key"])]
        return (*(name for name in wanted if found[name] > 1), *own)

    def values(self, column: str, limit: int = 100) -> list[str | float | None]:
        """The values of a condition column, sorted, nulls last."""
        sql = f"SELECT DISTINCT {column_sql(column)} AS v FROM images i ORDER BY v NULLS LAST LIMIT {int(limit)}"
        return [row["v"] for row in self.rows(sql)]


def _guarded(name: str, kind: str) -> str:
    column = f'"{name}"'
    if kind != "VARCHAR" and not kind.startswith("ENUM"):
        return column
    text = f"{column}::VARCHAR"
    return f"CASE WHEN left({text}, 1) IN ({_SIGNS}) THEN guard({text}) ELSE {text} END AS {column}"


def _plain(values: Any) -> NDArray[Any]:
    if not np.ma.isMaskedArray(values):
        return np.asarray(values)
    numbers = values.dtype.kind in "if"
    empty = np.nan if numbers else None
    return np.asarray(np.ma.filled(values.astype(np.float64 if numbers else object), empty))


def number(value: Any) -> float:
    """A figure that SQL may not have: null becomes NaN."""
    return float("nan") if value is None else float(value)


__all__ = ["ALL", "Columns", "Slice", "Tables", "column_sql", "number"]
