"""Ground truth on disk: read, check, write, split, import, export.

The format is a folder of photos with `metadata.jsonl`, one row a photo (Hugging Face ImageFolder).
Heavier parts have names of their own: `importers`, `export`, `near`.
"""

from khid_eval.datasets.check import Fault, check
from khid_eval.datasets.fingerprint import fingerprint
from khid_eval.datasets.sample import PhotoCondition, Sample
from khid_eval.datasets.schema import METADATA
from khid_eval.datasets.split import split_groups, with_splits
from khid_eval.datasets.store import Dataset, DatasetWriter, write_metadata
from khid_eval.datasets.summary import Summary, summary

__all__ = [
    "METADATA",
    "Dataset",
    "DatasetWriter",
    "Fault",
    "PhotoCondition",
    "Sample",
    "Summary",
    "check",
    "fingerprint",
    "split_groups",
    "summary",
    "with_splits",
    "write_metadata",
]
