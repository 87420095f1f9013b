"""Ground truth on disk: read, check, write, split, import, export."""

from khid_eval.datasets.fingerprint import fingerprint
from khid_eval.datasets.sample import PhotoCondition, Sample
from khid_eval.datasets.split import split_groups, with_splits
from khid_eval.datasets.store import METADATA, Dataset, DatasetWriter, write_metadata

__all__ = [
    "METADATA",
    "Dataset",
    "DatasetWriter",
    "PhotoCondition",
    "Sample",
    "fingerprint",
    "split_groups",
    "with_splits",
    "write_metadata",
]
