"""The rooms of khid_eval and who may import whom: arrows go one way, so that each room can be read alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "khid_eval"
EVERYBODY = {"records", "errors", "card"}

ALLOWED: dict[str, set[str]] = {
    "card": set(),
    "errors": set(),
    "records": set(),
    "contract": set(),
    "metrics": set(),
    "conditions": set(),
    "datasets": set(),
    "policy": set(),
    "engine": set(),
    "synth": {"conditions", "datasets"},
    "client": {"contract"},
    "server": {"contract"},
    "baselines": {"engine"},  # the parser of lines: a baseline that differs in its reading alone
    "readers": {"engine", "client", "baselines"},
    # metrics: a row's correctness is scored once, when it is written, so that pages only ever see aggregates.
    "runs": {"readers", "conditions", "datasets", "metrics"},
    "charts": {"metrics"},
    "training": {"synth", "conditions", "datasets", "engine", "metrics"},
}
EDGES = {"ui", "cli"}
PAGES_MAY = {"ui", "metrics", "charts", "policy"}


def rooms_imported_by(*files: Path) -> set[str]:
    """Rooms of khid_eval that these files import, anywhere in them, type-checking blocks included."""
    found: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            found |= _rooms(node, file)
    return found


def _rooms(node: ast.AST, file: Path) -> set[str]:
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        if node.level:
            raise AssertionError(f"{file}: relative import; name the room in full")
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    parts = [name.split(".") for name in names]
    return {part[1] for part in parts if part[0] == "khid_eval" and len(part) > 1 and part[1] != "__version__"}


def files_of(room: str) -> list[Path]:
    return sorted((PACKAGE / room).rglob("*.py")) or [PACKAGE / f"{room}.py"]


def rooms() -> set[str]:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    return folders | {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}


def test_every_room_stands_in_the_table() -> None:
    assert rooms() <= set(ALLOWED) | EDGES


@pytest.mark.parametrize("room", sorted(rooms() - EDGES))
def test_arrows_go_one_way(room: str) -> None:
    assert rooms_imported_by(*files_of(room)) <= ALLOWED[room] | {room} | EVERYBODY


def test_the_edges_are_imported_by_nobody_and_do_not_train() -> None:
    assert not rooms_imported_by(*files_of("ui")) & {"cli", "training"}
    assert "training" not in rooms_imported_by(*files_of("cli"))


def test_streamlit_is_only_in_ui_and_pages() -> None:
    inside = [path for path in PACKAGE.rglob("*.py") if PACKAGE / "ui" not in path.parents]
    users = [path for path in inside if "import streamlit" in path.read_text(encoding="utf-8")]
    assert not users


def test_pages_are_thin() -> None:
    pages = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
    present = [page for page in pages if page.exists()]
    assert rooms_imported_by(*present) <= PAGES_MAY | EVERYBODY
    assert not [page for page in present if len(page.read_text(encoding="utf-8").splitlines()) > 60]


@pytest.mark.parametrize(
    "planted",
    ["from khid_eval.server import app", "import khid_eval.server", "def f():\n    from khid_eval import server"],
)
def test_a_planted_wrong_import_is_found(tmp_path: Path, planted: str) -> None:
    file = tmp_path / "planted.py"
    file.write_text(planted, encoding="utf-8")
    assert not rooms_imported_by(file) <= ALLOWED["metrics"] | EVERYBODY
