"""Some thousand mutated requests; the whole 20,000 are `python tests/benchmarks/fuzz_server.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "fuzz_server.py"


def test_mutated_bodies_and_images_never_break_the_contract() -> None:
    """In a process of its own: a crash of a decoder ends that one, and its memory can be measured."""
    done = subprocess.run([sys.executable, str(SCRIPT), "3000"], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "3000 requests (seed 7)" in done.stdout
    assert "0 outside the contract" in done.stdout
    assert "200 read" in done.stdout
