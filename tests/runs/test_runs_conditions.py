"""Figures by condition against counts by hand: what is pooled, what is left out; made and captured stay apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from khid_eval import runs
from khid_eval.datasets import DatasetWriter, PhotoCondition, Sample
from khid_eval.metrics.fields import Level
from khid_eval.metrics.robustness import mean_corruption_error
from khid_eval.records import FIELD_NAMES
from khid_eval.runs import condition_queries as queries
from khid_eval.runs.condition_queries import Captured, Made, Within
from khid_eval.runs.figures import figures
from khid_eval.runs.query import Tables
from khid_eval.runs.sweep import Step, steps_of
from tests.runs import cards

CONDITIONS = (
    *(PhotoCondition(name="clean", severity=0, rotation_deg=float(d), capture="synthetic") for d in (0, 1, 359)),
    *(PhotoCondition(name="dark", severity=s, capture="synthetic") for s in (1, 3, 5)),
    *(PhotoCondition(name="rotation", rotation_deg=float(d), capture="synthetic") for d in (10, 90, 180, 350)),
    *(PhotoCondition(lighting=light, capture="real") for light in ("sun", "lamp", "sun")),
    PhotoCondition(lighting="lamp"),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> runs.Store:
    """Each condition five times; one card a photo."""
    root = tmp_path_factory.mktemp("conditions")
    with DatasetWriter(root / "set") as writer:
        for number in range(5 * len(CONDITIONS)):
            condition = CONDITIONS[number % len(CONDITIONS)]
            sample = Sample(f"{number:05d}.png", f"card {number}", cards.truth(number), condition=condition)
            writer.add(sample, cards.photo(number))
    runs.start(runs.Job(str(root / "set"), cards.FakeSpec(refuse=9)), str(root / "run"))
    return runs.Store(str(root / "run"))


@pytest.fixture
def tables(run: runs.Store) -> Iterator[Tables]:
    with Tables(run) as opened:
        yield opened


def test_severities_and_the_undisturbed(tables: Tables) -> None:
    cells = {cell.key: cell for cell in queries.severity_cells(tables)}
    assert set(cells) == {("clean", 0.0), ("dark", 1.0), ("dark", 3.0), ("dark", 5.0)}
    assert [cells[key].photos for key in sorted(cells)] == [15, 5, 5, 5]
    for cell in cells.values():
        assert 0.0 <= cell.right.low <= cell.right.value <= cell.right.high <= 1.0
        assert cell.signed_error == pytest.approx(cell.mean_confidence - cell.right.value)


def test_one_field_has_one_trial_a_photo(tables: Tables) -> None:
    cells = queries.severity_cells(tables, field="sex")
    assert [cell.right.total for cell in cells] == [cell.photos for cell in cells]


def test_all_fields_add_up_to_the_figures_of_the_run(tables: Tables) -> None:
    cells = queries.captured_cells(tables, "lighting")
    made = (
        *queries.severity_cells(tables),
        *(c for c in queries.rotation_cells(tables, where=Made()) if c.key[0] not in (0, 1, -1)),
    )
    whole = figures(tables).overall.exact[Level.CANONICAL]
    assert sum(cell.right.part for cell in (*cells, *made)) == whole.part
    assert sum(cell.right.total for cell in (*cells, *made)) == whole.total


def test_angles_stand_around_upright(tables: Tables) -> None:
    assert [cell.key[0] for cell in queries.rotation_cells(tables, where=Made())] == [-180, -10, -1, 0, 1, 10, 90]
    assert [cell.key[0] for cell in queries.rotation_cells(tables, where=Made(), near=True)] == [-10, -1, 0, 1, 10]


def test_measured_angles_of_few_photos_each_are_gathered(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "FEW_ANGLES", 3)  # seven angles with five photos each
    assert len(queries.rotation_cells(tables, where=Made())) == 7
    monkeypatch.setattr(queries, "FEWEST_PHOTOS", 6)
    assert len(queries.rotation_cells(tables, where=Made())) == 5


def test_captured_photos_are_no_made_turns(tables: Tables) -> None:
    assert sum(cell.photos for cell in queries.rotation_cells(tables, where=Made())) == 35
    assert not queries.rotation_cells(tables, where=Captured())


def test_many_angles_are_gathered_in_steps(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_ANGLES", 3)
    monkeypatch.setattr(queries, "FEW_ANGLES", 3)
    found = {cell.key[0]: cell.photos for cell in queries.rotation_cells(tables, where=Made())}
    assert found == {-180.0: 5, -15.0: 5, 0.0: 15, 15.0: 5, 90.0: 5}
    assert {cell.key[0] for cell in queries.rotation_cells(tables, where=Made(), near=True)} == {
        -10.0,
        -2.0,
        0.0,
        2.0,
        10.0,
    }


def test_made_and_captured_are_apart(tables: Tables) -> None:
    assert queries.count_photos(tables, Made()) == 50
    assert queries.count_photos(tables, Captured()) == 20
    cells = {cell.key[0]: cell.photos for cell in queries.captured_cells(tables, "lighting")}
    assert cells == {"lamp": 10, "sun": 10}
    by_field = queries.field_cells(tables, "lighting", where=Captured())
    assert {key[0] for key in by_field} == set(FIELD_NAMES)
    assert by_field["sex", "sun"].right.total == 10
    assert queries.count_photos(tables, Within((("lighting", "sun"),), Captured())) == 10
    assert queries.count_photos(tables, Within((("lighting", "sun"),), Made())) == 0


def test_fields_by_condition_add_up(tables: Tables) -> None:
    by_field = queries.field_cells(tables, "condition", where=Made())
    dark = [cell for cell in queries.severity_cells(tables) if cell.key[0] == "dark"]
    parts = [cell.right.part for (_, name), cell in by_field.items() if name == "dark"]
    assert sum(parts) == sum(cell.right.part for cell in dark)


def test_a_run_against_itself_costs_one(tables: Tables) -> None:
    errors, clean = queries.corruption_errors(queries.severity_cells(tables))
    assert list(errors) == ["dark"]
    found = mean_corruption_error(errors, clean, "itself", errors, clean)
    assert found.mce == pytest.approx(1.0)


def test_a_name_that_is_no_column_is_refused(tables: Tables) -> None:
    with pytest.raises(ValueError, match="not the name"):
        queries.captured_cells(tables, "x' OR 1=1 --")


def test_the_photo_as_it_is_keeps_its_capture() -> None:
    assert "capture" not in Step("none").describe()
    assert all(step.describe()["capture"] == "synthetic" for step in steps_of("rotation=90,dark")[1:])


@pytest.mark.parametrize(
    ("sweep", "angles"),
    [
        ("rotation=90", [0, 90, 180, 270]),
        ("rotation=near", [0, 2, 4, 6, 8, 10, 350, 352, 354, 356, 358]),
        ("rotation=180,rotation=near", [0, 180, 2, 4, 6, 8, 10, 350, 352, 354, 356, 358]),
        ("rotation", sorted({*range(0, 360, 15), 2, 4, 6, 8, 10, 350, 352, 354, 356, 358})),
    ],
)
def test_which_angles_a_sweep_reads(sweep: str, angles: list[int]) -> None:
    assert [step.angle_deg for step in steps_of(sweep)[1:]] == angles


@pytest.mark.parametrize("sweep", ["rotation=0", "rotation=181", "rotation=far", "rotation=-5"])
def test_other_angles_are_refused(sweep: str) -> None:
    with pytest.raises(ValueError, match="1 to 180 whole degrees or 'near'"):
        steps_of(sweep)
