"""What is in a dataset: counts of photos, cards, labels and conditions. One pass, no photo is opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from khid_eval.datasets.sample import Sample
from khid_eval.records import FIELD_NAMES

UNKNOWN = "unknown"
NO_SPLIT = "none"


@dataclass(frozen=True, slots=True)
class FieldCount:
    """Photos on which a field has a text, is known to be absent (null), or was not labelled."""

    name: str
    text: int
    absent: int
    not_labelled: int


@dataclass(frozen=True, slots=True)
class SplitCount:
    """Photos and distinct cards of one split. NO_SPLIT: rows that name none."""

    split: str
    photos: int
    cards: int


@dataclass(frozen=True, slots=True)
class ConditionCount:
    """Photos and distinct cards under one value of one condition. severity: None where the row has none."""

    split: str
    name: str
    severity: int | None
    photos: int
    cards: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a dataset. Each mapping's values sum to `photos`; a value that a row does not have is UNKNOWN.

    fully_labelled: photos with all 14 fields labelled (text or absent).
    rotation: photos by the card's turn, in eight directions named by their middle: 0, 45, …, 315 degrees.
    """

    photos: int
    cards: int
    fully_labelled: int
    fields: tuple[FieldCount, ...]
    splits: tuple[SplitCount, ...]
    conditions: tuple[ConditionCount, ...]
    capture: dict[str, int]
    lighting: dict[str, int]
    idcard_type: dict[str, int]
    device: dict[str, int]
    rotation: dict[str, int]


def summary(samples: Iterable[Sample]) -> Summary:
    """Counts over all samples (a Dataset is an iterable of them). Raises BadData as reading does."""
    counting = _Counting()
    for sample in samples:
        counting.add(sample)
    return counting.result()


class _Counting:
    def __init__(self) -> None:
        self.photos = self.full = 0
        self.cards: dict[tuple[str, ...], set[str]] = {}
        self.by_split: Counter[str] = Counter()
        self.by_condition: Counter[tuple[str, str, int | None]] = Counter()
        self.texts: Counter[str] = Counter()
        self.absent: Counter[str] = Counter()
        self.words: dict[str, Counter[str]] = {
            key: Counter() for key in ("capture", "lighting", "idcard_type", "device", "rotation")
        }

    def add(self, sample: Sample) -> None:
        split, condition = sample.split or NO_SPLIT, sample.condition
        name = condition.name or UNKNOWN
        self.photos += 1
        self.full += len(sample.fields) == len(FIELD_NAMES)
        self.by_split[split] += 1
        self.by_condition[split, name, condition.severity] += 1
        for key in ((), (split,), (split, name, str(condition.severity))):
            self.cards.setdefault(key, set()).add(sample.group_id)
        for field, text in sample.fields.items():
            (self.absent if text is None else self.texts)[field] += 1
        self.words["capture"][condition.capture or UNKNOWN] += 1
        self.words["lighting"][condition.lighting or UNKNOWN] += 1
        self.words["device"][condition.device or UNKNOWN] += 1
        self.words["idcard_type"][sample.idcard_type or UNKNOWN] += 1
        self.words["rotation"][_direction(condition.rotation_deg)] += 1

    def result(self) -> Summary:
        return Summary(
            photos=self.photos,
            cards=len(self.cards.get((), ())),
            fully_labelled=self.full,
            fields=tuple(self._field(name) for name in FIELD_NAMES),
            splits=tuple(
                SplitCount(split, count, len(self.cards[(split,)])) for split, count in sorted(self.by_split.items())
            ),
            conditions=tuple(
                ConditionCount(*key, count, len(self.cards[(key[0], key[1], str(key[2]))]))
                for key, count in sorted(
                    self.by_condition.items(), key=lambda one: (*one[0][:2], -1 if one[0][2] is None else one[0][2])
                )
            ),
            **{key: dict(sorted(counter.items())) for key, counter in self.words.items()},
        )

    def _field(self, name: str) -> FieldCount:
        text, absent = self.texts[name], self.absent[name]
        return FieldCount(name, text, absent, self.photos - text - absent)


def _direction(rotation_deg: float | None) -> str:
    return UNKNOWN if rotation_deg is None else str(int((rotation_deg + 22.5) % 360 // 45 * 45))
