"""The parts of the page Datasets."""

from khid_eval.ui.dataset_page import contents, faults, grid, listing, make, shelf

__all__ = ["contents", "faults", "grid", "listing", "make", "shelf"]
