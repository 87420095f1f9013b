"""Where the app's own files are: beside the package in a checkout, in the environment's data folder else."""

from __future__ import annotations

import sysconfig
from functools import cache
from pathlib import Path

from khid_eval.errors import BadData

_CHECKOUT = Path(__file__).parents[2]
_INSTALLED = Path(sysconfig.get_path("data")) / "share" / "khid-eval"


@cache
def home() -> Path:
    """The folder with app.py. Raises BadData where it is missing."""
    for folder in (_CHECKOUT, _INSTALLED):
        if (folder / "app.py").is_file():
            return folder
    raise BadData("The browser app's files are missing.", advice="Install khid-eval again, whole.")


def samples() -> Path:
    """The folder of sample cards; it may be missing."""
    return home() / "sample_images"


__all__ = ["home", "samples"]
