"""Words of which the distinguishing mark is mostly made: kinds of mark, looks, sides and parts of the body."""

from __future__ import annotations

MARK_WORDS = tuple(
    "ប្រជ្រុយ សំលាក ស្លាកស្នាម ស្នាម គ្មាន ចាស់ សាច់ កាត់ តូច ធំ ខ្មៅ ក្រហម វែង កាំបិត រលាក "
    "លើ ក្រោម ក្រោយ ចុង ក្បែរ កណ្ដាល គល់ ជើង ខាងលើ ខាងក្រោម ខាងឆ្វេង ខាងស្តាំ ឆ្វេង ស្តាំ "
    "ចិញ្ចើម ចំព្នើម ភ្នែក ថ្ងាស ច្រមុះ មាត់ បបូរមាត់ ចង្កា ថ្ពាល់ ត្រចៀក ស្លឹកត្រចៀក កញ្ចឹងក ស្មា កដៃ "
    "ម្រាមដៃ មេដៃ ខ្នង ទ្រូង ដើមទ្រូង ផ្ចិត ជង្គង់ កំភួនជើង កំភួនដៃ ថ្គាម សៀតផ្កា ក្បាល ដើមដៃ កែងដៃ ខ្នងដៃ "
    "បាតដៃ បាតជើង ប្រអប់ដៃ ភ្លៅ ពោះ ចង្កេះ ត្រគាក មូល ចំងាយ ត្រង់ ត្របកភ្នែក".split()
)
"""Card-like wordings and general anatomy; a mark may well say something else."""

_RIGHT_OTHERWISE, _RIGHT = "ស្ដាំ", "ស្តាំ"


def settled(text: str) -> str:
    """The word for right in one spelling: cards and dictionaries have it with COENG TA and with COENG DA, and nobody
    can tell the two apart on paper. The one that people type is answered.
    """
    return text.replace(_RIGHT_OTHERWISE, _RIGHT)


__all__ = ["MARK_WORDS", "settled"]
