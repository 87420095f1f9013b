"""The README's own commands, run as they stand there, in order, in a fresh folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "khid_eval" / "models"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Every line of the bash blocks. Blocks without a language need an endpoint or never end, and are not run."""
    return [line for block in blocks("bash") for line in block.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    missing = [name for name in ("locator.onnx", "rows.onnx", "recogniser.onnx") if not (MODELS / name).exists()]
    if missing:
        pytest.skip(f"the embedded engine lacks {', '.join(missing)}: the README's commands did NOT run")
    path = tmp_path_factory.mktemp("readme")
    (path / "sample_images").symlink_to(ROOT / "sample_images")
    return path


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # The reader of a README runs its commands anywhere; only `cd` and the environment of this project are ours.
    env = {**os.environ, "PATH": search, "PYTHONUTF8": "1"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.timeout(1200)  # ten commands one after the other, some of which read thirty photos
def test_the_commands_of_the_readme_work(folder: Path) -> None:
    assert len(commands()) >= 7
    for line in commands():
        done = run(["bash", "-c", line], folder)
        # `thresholds` may find that so few labels certify nothing: it says so and leaves with 3.
        allowed = {0, 3} if " thresholds " in line else {0}
        assert done.returncode in allowed, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_the_python_of_the_readme_works(folder: Path) -> None:
    for block in blocks("python"):
        done = run([sys.executable, "-c", block], folder)
        assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("name", re.findall(r"\]\(([A-Za-z][^)#:]*)", README))
def test_what_the_readme_links_to_is_there(name: str) -> None:
    assert (ROOT / name).exists()
