"""A run as labelled cards: the same counts as its rows, and a policy that decides as it was certified."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from khid_eval import runs
from khid_eval.errors import BadData
from khid_eval.metrics.fields import Level
from khid_eval.metrics.study import Question, study
from khid_eval.metrics.trials import Promise
from khid_eval.policy import DOCUMENT, Recalibration, build, decide, from_json, to_json
from khid_eval.records import FIELD_NAMES, CardReading, FieldReading
from khid_eval.runs import Job, Store
from khid_eval.runs.labelled import labelled_cards
from khid_eval.runs.query import Slice, Tables
from tests.runs import cards, generated


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(str(generated.make_run(tmp_path_factory.mktemp("runs") / "made", 4000, photos_a_card=2)))


def test_cards_are_the_rows_of_the_run(run: Store) -> None:
    with Tables(run) as tables:
        found = labelled_cards(tables, condition_column="lighting")
        rows = tables.one(
            "SELECT count(*) FILTER (canonical = 'exact') AS right, sum(CASE WHEN text = '' THEN 0 ELSE confidence END)"
            " AS c, count(*) AS n FROM fields"
        )
        dark = tables.one("SELECT count(*) AS n FROM images WHERE lighting = 'dark'")["n"]
        assert len(labelled_cards(tables, where=Slice((("lighting", "dark"),)))) == dark
    assert found.fields == FIELD_NAMES
    assert (int(found.right.sum()), found.right.size) == (rows["right"], rows["n"])
    assert found.confidence.sum() == pytest.approx(rows["c"])
    assert np.unique(found.group).size == 4000
    assert found.condition_names == ("lighting=dark", "lighting=normal")
    assert int((found.condition == 0).sum()) == dark


def test_half_labelled_sets_and_unlabelled_ones(tmp_path: Path) -> None:
    runs.start(Job(str(cards.make_dataset(tmp_path / "set", 30)), cards.FakeSpec(refuse=10)), str(tmp_path / "run"))
    with Tables(Store(str(tmp_path / "run"))) as tables:
        found = labelled_cards(tables, level=Level.RAW, condition_column="table")
    assert len(found) == 30  # refused photos count as photos of which nothing was read
    assert int((found.confidence == 0.0).all(axis=1).sum()) == 3
    assert found.condition_names == ("table=wood",)
    bare = cards.make_dataset(tmp_path / "bare", 4, labels=False)
    runs.start(Job(str(bare), cards.FakeSpec()), str(tmp_path / "unlabelled"))
    with Tables(Store(str(tmp_path / "unlabelled"))) as tables, pytest.raises(BadData, match="no labelled photo"):
        labelled_cards(tables)


def test_too_many_conditions_are_refused(run: Store) -> None:
    with Tables(run) as tables, pytest.raises(BadData, match="values"):
        labelled_cards(tables, condition_column="file_name")


def reading(confidences: np.ndarray) -> CardReading:
    return CardReading(
        tuple(
            FieldReading(name, "A" if c > 0 else "", float(c)) for name, c in zip(FIELD_NAMES, confidences, strict=True)
        )
    )


@pytest.mark.parametrize("scope", ["document", "field"])
def test_a_policy_decides_exactly_as_it_was_certified(run: Store, scope: str) -> None:
    required = ("id_number", "name_kh", "address")
    with Tables(run) as tables:
        everything = labelled_cards(tables, condition_column="lighting")
    found = study(everything, Question(required, Promise(0.02, 0.9), "document" if scope == "document" else "field"))
    assert found.certified
    policy = from_json(to_json(build(found, name="p", run_id="made", level="canonical", created_at="2026-01-01")))
    raw = {int(key): row for row, key in enumerate(everything.photo)}
    certifying = found.certifying
    for key, sequence in found.sequences.items():
        one = sequence.overall
        assert one.cutoffs is not None
        rows = [raw[int(photo)] for photo in certifying.cards.photo[certifying.trials]]
        decisions = [decide(policy, reading(everything.confidence[row])) for row in rows]
        if key == DOCUMENT:
            accepted = np.array([decision.accept for decision in decisions])
        else:
            fields = [decision.get(key) for decision in decisions]
            accepted = np.array([field is not None and field.accept for field in fields])
        assert int(accepted.sum()) == one.accepted
        right = everything.right[rows][:, [everything.column(name) for name in one.required]].all(axis=1)
        assert int((accepted & ~right).sum()) == one.wrong


def test_where_the_general_cutoffs_fail_the_policy_reviews(run: Store) -> None:
    with Tables(run) as tables:
        everything = labelled_cards(tables, condition_column="lighting")
    dark = everything.condition == 0
    spoilt = everything.right.copy()
    spoilt[dark] &= np.random.default_rng(0).random(spoilt[dark].shape) < 0.8
    worse = type(everything)(
        everything.fields,
        everything.group,
        everything.photo,
        everything.confidence,
        spoilt,
        everything.condition,
        everything.condition_names,
    )
    found = study(worse, Question(("sex",), Promise(0.1, 0.9), recalibrate=False))
    assert found.broken == {"lighting=dark": (DOCUMENT,), "lighting=normal": ()}
    policy = build(found, name="p", run_id="", level="canonical", created_at="")
    assert policy.cutoff("sex") is not None
    assert policy.cutoff("sex", "lighting=dark") is None
    assert not decide(policy, reading(np.ones(14)), "lighting=dark").accept
    assert decide(policy, reading(np.ones(14)), "lighting=normal").accept


def test_maps_travel_with_the_policy(run: Store) -> None:
    with Tables(run) as tables:
        found = study(labelled_cards(tables), Question(FIELD_NAMES, Promise(0.05, 0.9)))
    policy = build(found, name="p", run_id="", level="canonical", created_at="")
    assert set(policy.recalibration) == set(found.maps)
    assert all(isinstance(one, Recalibration) for one in policy.recalibration.values())


def test_all_together_is_stricter_than_each_alone(run: Store) -> None:
    with Tables(run) as tables:
        everything = labelled_cards(tables, condition_column="lighting")
    alone = study(everything, Question(("sex", "height"), Promise(0.01, 0.95), "field"))
    together = study(everything, Question(("sex", "height"), Promise(0.01, 0.95), "field", together=True))
    assert together.promise.delta == pytest.approx(0.05 / 6)
    assert all(together.overall[key].coverage <= alone.overall[key].coverage for key in alone.overall)
    with pytest.raises(ValueError, match="not labelled"):
        study(everything.take(np.arange(3)), Question(("nonsense",)))
    with pytest.raises(ValueError, match="at least one"):
        Question(())
