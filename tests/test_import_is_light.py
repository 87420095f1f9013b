"""What importing the package and asking the command for help may load: nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "cv2",
    "duckdb",
    "fastapi",
    "numpy",
    "onnxruntime",
    "pandas",
    "plotly",
    "pyarrow",
    "scipy",
    "streamlit",
    "torch",
)


def loaded_by(code: str) -> set[str]:
    """Names of the modules that a fresh interpreter has loaded after that code."""
    asked = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_package_alone_loads_nothing_heavy() -> None:
    assert not loaded_by("import khid_eval") & {*HEAVY, "requests", "PIL", "rich", "typer"}


@pytest.mark.parametrize("code", ["import khid_eval.cli", "import khid_eval.errors", "import khid_eval.policy"])
def test_the_command_and_a_policy_start_light(code: str) -> None:
    assert not loaded_by(code) & {*HEAVY, "requests", "PIL"}


def test_readers_load_the_engine_only_when_it_is_built() -> None:
    loaded = loaded_by("import khid_eval.readers")
    assert not loaded & {"cv2", "onnxruntime", "streamlit", "torch", "duckdb", "khid_eval.engine"}
