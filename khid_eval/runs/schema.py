"""The two tables of a run: one row a photo, one row a photo x field. Explicit, so that every part has the same types.

A photo gets field rows when the reader had its say: it answered, or it refused the photo (AIS.01xx: every field
missed). When no answer came at all (network, throttling), the photo has a row with its error and no field rows.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_NAME = pa.dictionary(pa.int8(), pa.string())

IMAGES: Final = pa.schema(
    [
        ("seq", pa.int64()),  # place in the plan: dataset order, then severity order
        ("key", pa.string()),  # 32 hex digits: what was read, by whom, asked how
        ("file_name", pa.string()),
        ("group_id", pa.string()),  # one physical card; the file name where the dataset does not say
        ("sha256", pa.string()),  # of the photo as it stands in the dataset
        ("split", pa.string()),
        ("rotation_deg", pa.float64()),
        ("lighting", pa.string()),
        ("blur", pa.string()),
        ("device", pa.string()),
        ("capture", pa.string()),  # "real" or "synthetic"
        ("condition", pa.string()),
        ("severity", pa.float64()),
        ("parent", pa.string()),
        ("condition_extra", pa.string()),  # JSON: condition keys that the format does not know
        ("card_quad", pa.list_(pa.float64())),  # truth: 8 numbers on the photo as it stands in the dataset
        ("idcard_type", pa.string()),  # truth
        ("idcard_type_read", pa.string()),
        ("error_kind", pa.string()),  # class of errors.py, null for an answer
        ("error_code", pa.string()),
        ("error_msg", pa.string()),
        ("attempts", pa.int16()),
        ("latency_s", pa.float64()),  # of the last attempt
        ("read_at", pa.timestamp("ms", tz="UTC")),
        ("right_raw", pa.bool_()),  # all labelled fields right; null where there is no label or no answer
        ("right_canonical", pa.bool_()),
        ("right_semantic", pa.bool_()),
        # Sums over the photo's labelled fields, so that figures of whole runs and slices need this table alone.
        ("judged", pa.int8()),  # fields with a truth or a reading
        ("missed", pa.int8()),  # a truth and no reading
        ("invented", pa.int8()),  # a reading and no truth
        ("absent", pa.int8()),  # neither: not judged
        ("exact_raw", pa.int8()),
        ("exact_canonical", pa.int8()),
        ("exact_semantic", pa.int8()),
        ("confidence_sum", pa.float64()),  # over the judged fields; a field without a reading counts 0
        ("char_edits", pa.int32()),  # over fields with a truth
        ("char_length", pa.int32()),
        ("khmer_edits", pa.int32()),  # clusters, over Khmer fields with a truth
        ("khmer_length", pa.int32()),
    ]
)

FIELDS: Final = pa.schema(
    [
        ("seq", pa.int64()),
        ("field", _NAME),
        ("truth", pa.string()),  # null: not on the card, or not labelled (then the outcome is null too)
        ("text", pa.string()),  # null: the reader did not answer this field
        ("confidence", pa.float64()),
        ("raw", _NAME),  # outcome at each level: exact, wrong, miss, hallucination, absent
        ("canonical", _NAME),
        ("semantic", _NAME),
        ("char_edits", pa.int32()),
        ("char_length", pa.int32()),
        ("cluster_edits", pa.int32()),
        ("cluster_length", pa.int32()),
        ("self_check", pa.bool_()),  # MRZ check digits, or the MRZ against the printed text; needs no label
        ("quad", pa.list_(pa.float32())),  # 8 numbers, x and y in turn, on the photo as read
    ]
)

KHMER_FIELDS: Final = ("name_kh", "sex", "birth_place", "address", "description")
"""Fields that are printed in Khmer letters; the others are digits, dates or Latin."""

CONDITION_COLUMNS: Final = ("rotation_deg", "lighting", "blur", "device", "capture", "condition", "severity", "split")
"""Columns of the images table that figures can be broken down by; "idcard_type" too."""

__all__ = ["CONDITION_COLUMNS", "FIELDS", "IMAGES", "KHMER_FIELDS"]
