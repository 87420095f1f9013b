"""The identity of a dataset: two runs may be compared when theirs are equal."""

from __future__ import annotations

import hashlib
import json

from khid_eval.datasets.store import Dataset


def fingerprint(dataset: Dataset) -> str:
    """SHA-256 over all rows and images, 64 hexadecimal digits. The order of rows and of keys does not matter.

    An image enters by the row's own sha256; where a row has none the image is read. (`check` compares them.)
    """
    digests = []
    for sample in dataset:
        row = sample.to_json()
        row["sha256"] = sample.sha256 or hashlib.sha256(dataset.read(sample)).hexdigest()
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digests.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    whole = hashlib.sha256()
    for digest in sorted(digests):
        whole.update(digest)
    return whole.hexdigest()
