"""Figures of a run against the same figures in the obvious way; intervals over cards by their properties."""

from __future__ import annotations

import csv
import io
import resource
import shutil
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jiwer
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from khid_eval import runs
from khid_eval.datasets import DatasetWriter, Sample
from khid_eval.errors import BadData, BadRequest
from khid_eval.metrics import compare
from khid_eval.metrics.fields import Level
from khid_eval.metrics.intervals import rate
from khid_eval.records import FIELD_NAMES
from khid_eval.runs import Job, Store, gate, report, tabulate
from khid_eval.runs.clustered import Moments, clump_of
from khid_eval.runs.compare import Pair
from khid_eval.runs.failures import Wanted, count_failures, failures, photo_of
from khid_eval.runs.figures import Figures, figures
from khid_eval.runs.query import ALL, Slice, Tables, column_sql
from khid_eval.runs.slices import by_condition
from khid_eval.runs.sweep import degrade, steps_of
from tests.runs import cards

COUNT = 90


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs "a" (refuses photos) and "b" over a set, "few" over a part of it, "bare" without labels, "dark" swept."""
    root = tmp_path_factory.mktemp("figures")
    dataset = str(cards.make_dataset(root / "set", COUNT))
    runs.start(Job(dataset, cards.FakeSpec(refuse=9)), str(root / "a"))
    runs.start(Job(dataset, cards.FakeSpec()), str(root / "b"))
    runs.start(Job(dataset, cards.FakeSpec(), limit=30), str(root / "few"))
    runs.start(Job(dataset, cards.FakeSpec(), sweep="dark", limit=2), str(root / "dark"))
    bare = cards.make_dataset(root / "bare-set", 6, labels=False)
    runs.start(Job(str(bare), cards.FakeSpec()), str(root / "bare"))
    return root


@pytest.fixture(scope="module")
def found(place: Path) -> Figures:
    with Tables(Store(str(place / "a"))) as tables:
        return figures(tables)


@pytest.fixture(scope="module")
def frame(place: Path) -> pd.DataFrame:
    """Every field row with its photo's facts."""
    store = Store(str(place / "a"))
    fields, images = (
        pd.concat([store.read_table(table, name).to_pandas() for name in store.parts()])
        for table in ("fields", "images")
    )
    merged: pd.DataFrame = fields.merge(images, on="seq", suffixes=("", "_sum"))
    return merged


@pytest.mark.parametrize("field", FIELD_NAMES)
def test_a_field_agrees_with_pandas(field: str, found: Figures, frame: pd.DataFrame) -> None:
    mine = next(one for one in found.fields if one.field == field)
    rows = frame[frame["field"] == field]
    judged = rows[rows["canonical"] != "absent"]
    right = np.array([outcome == "exact" for outcome in judged["canonical"]])
    assert (mine.exact[Level.CANONICAL].part, mine.exact[Level.CANONICAL].total) == (int(right.sum()), len(judged))
    for name in ("exact", "wrong", "miss", "hallucination", "absent"):
        assert getattr(mine.outcomes, name) == (rows["canonical"] == name).sum()
    confidence = judged["confidence"].fillna(0.0).to_numpy()
    assert mine.calibration.brier == pytest.approx(brier_score_loss(right, confidence))
    assert mine.calibration.auroc == pytest.approx(roc_auc_score(right, confidence))
    assert mine.mean_confidence == pytest.approx(confidence.mean())
    with_truth = judged[judged["truth"].notna()]
    texts = with_truth["text"].fillna("").tolist()
    assert mine.cer.value == pytest.approx(jiwer.cer(with_truth["truth"].tolist(), texts))


def test_the_whole_agrees_with_pandas(found: Figures, frame: pd.DataFrame) -> None:
    judged = frame[frame["canonical"] != "absent"]
    assert found.overall.exact[Level.RAW].total == len(judged)
    assert found.overall.exact[Level.RAW].part == (judged["raw"] == "exact").sum()
    assert found.overall.miss.part == (judged["canonical"] == "miss").sum()
    spoilt = set(frame[~frame["canonical"].isin(["exact", "absent"])]["seq"])
    assert (found.cards_right.part, found.cards_right.total) == (COUNT - len(spoilt), COUNT)
    assert (found.photos, found.groups) == (COUNT, COUNT // 2)
    assert found.errors == {"AIS.0104": found.failed}
    with_truth = judged[judged["truth"].notna()]
    assert found.overall.cer.value == pytest.approx(with_truth["char_edits"].sum() / with_truth["char_length"].sum())
    khmer = with_truth[with_truth["field"].isin(["name_kh", "sex", "birth_place", "address", "description"])]
    assert found.overall.cluster_cer.n == khmer["cluster_length"].sum()
    answered = frame.drop_duplicates("seq").query("error_kind.isna()")["latency_s"]
    assert found.latency.p95 == pytest.approx(np.quantile(answered, 0.95))
    edges = np.arange(len(found.latency.counts)) * found.latency.step_s
    assert found.latency.counts == tuple(np.histogram(answered, [*edges, np.inf])[0])


def test_conditions_agree_with_pandas(found: Figures, frame: pd.DataFrame, place: Path) -> None:
    judged = frame[frame["canonical"] != "absent"]
    expected = judged.groupby("lighting")["canonical"].agg(lambda one: (one == "exact").sum()).to_dict()
    assert {one.value: one.exact.part for one in found.conditions if one.column == "lighting"} == expected
    assert {one.column for one in found.conditions} == {"lighting", "table"}
    columns = [column for column, _ in groupby(found.conditions, key=lambda one: one.column)]
    sizes = [sum(one.column == column for one in found.conditions) for column in columns]
    assert sizes == sorted(sizes)
    with Tables(Store(str(place / "a"))) as tables:
        by_name = by_condition(tables, "lighting", field="name_kh")
        dark = figures(tables, where=Slice((("lighting", "dark"), ("table", "wood"))))
        assert tables.values("lighting") == ["dark", "normal"]
    names = (
        judged[judged["field"] == "name_kh"].groupby("lighting")["canonical"].agg(lambda one: (one == "exact").sum())
    )
    assert {one.value: one.exact.part for one in by_name} == names.to_dict()
    assert dark.photos == COUNT // 2
    assert dark.overall.exact[Level.CANONICAL].part == expected["dark"]


def test_a_set_without_labels_has_latency_and_self_checks_only(place: Path) -> None:
    with Tables(Store(str(place / "bare"))) as tables:
        bare = figures(tables)
    assert not bare.labelled
    assert np.isnan(bare.overall.exact[Level.RAW].value)
    assert bare.latency.n == 6
    assert b"Which fields" not in report.render(bare, "html")


def test_a_column_name_cannot_carry_sql() -> None:
    with pytest.raises(ValueError, match="not the name"):
        column_sql("x' OR 1=1 --")
    assert Slice((("lighting", None),)).sql([]) == 'i."lighting" IS NOT DISTINCT FROM ?'
    assert str(ALL) == ""


def moments(pairs: list[tuple[int, int]]) -> Moments:
    k, n = (np.array(column, float) for column in zip(*pairs, strict=True))
    return Moments(k.sum(), n.sum(), (k * k).sum(), (k * n).sum(), (n * n).sum(), int((n > 0).sum()))


GROUPS = st.lists(
    st.integers(1, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=40
)


@given(GROUPS, st.integers(2, 5))
def test_the_same_photos_again_say_nothing_new(pairs: list[tuple[int, int]], times: int) -> None:
    once = moments([(k and 1, 1) for k, _ in pairs]).rate()
    again = moments([((k and 1) * times, times) for k, _ in pairs]).rate()
    assert once.value == pytest.approx(again.value)
    if len(pairs) > 1:
        assert again.high - again.low >= (once.high - once.low) * 0.97  # never narrower for repeating itself


@given(GROUPS)
def test_an_interval_holds_its_rate_and_stays_inside(pairs: list[tuple[int, int]]) -> None:
    one = moments(pairs).rate()
    assert 0.0 <= one.low <= one.value + 1e-12
    assert one.value - 1e-12 <= one.high <= 1.0


@given(st.integers(0, 50), st.integers(1, 50))
def test_one_trial_a_card_is_plain_wilson(k: int, extra: int) -> None:
    n = k + extra
    assert moments([(1, 1)] * k + [(0, 1)] * extra).rate() == rate(k, n)


def test_clustering_widens_as_a_bootstrap_of_cards_does() -> None:
    rng = np.random.default_rng(3)
    right = rng.binomial(8, rng.beta(4, 1, 400))
    mine = moments([(int(k), 8) for k in right]).rate()
    draws = rng.choice(right, (2000, 400)).sum(axis=1) / 3200
    low, high = np.quantile(draws, [0.025, 0.975])
    assert (mine.low, mine.high) == pytest.approx((low, high), abs=0.004)
    assert mine.high - mine.low > 1.3 * (rate(int(right.sum()), 3200).high - rate(int(right.sum()), 3200).low)


@pytest.mark.parametrize(("cards_", "trials"), [(10, 14), (100, 3), (5, 140)])
def test_no_error_is_no_weaker_evidence_than_one(cards_: int, trials: int) -> None:
    perfect, flawed = [(trials, trials)] * cards_, [(trials - 1, trials)] + [(trials, trials)] * (cards_ - 1)
    others = [moments([(trials - 1, trials)] * 3 + [(trials, trials)] * (cards_ - 3))]
    clump = clump_of([moments(perfect), moments(flawed), *others])
    none, one = moments(perfect).rate(clump), moments(flawed).rate(clump)
    assert 0.5 < (1.0 - one.low) / (1.0 - none.low) < 1.6
    assert moments(perfect).rate().low == pytest.approx(rate(cards_, cards_).low)  # alone, a card counts once
    assert moments(flawed).rate(clump).low > moments(flawed).rate().low


@given(GROUPS)
def test_an_error_rate_of_letters_always_has_an_interval_around_it(pairs: list[tuple[int, int]]) -> None:
    one = moments(pairs).estimate()
    assert one.low < one.high
    assert one.low - 1e-12 <= one.value <= one.high


def test_letters_of_cards_without_an_error_and_of_one_card() -> None:
    faultless = moments([(0, 200)] * 60).estimate()
    assert (faultless.value, faultless.low) == (0.0, 0.0)
    assert faultless.high == pytest.approx(3.84 / 60, rel=0.01)
    ruined = moments([(30, 30)]).estimate()
    assert ruined.low < 0.5
    assert ruined.high > 2.0  # more letters may be put in than there are
    rng = np.random.default_rng(0)
    edits = rng.poisson(rng.gamma(2.0, 3.0, 500))
    plenty = moments([(int(k), 200) for k in edits]).estimate()
    draws = rng.choice(edits, (4000, 500)).mean(axis=1) / 200
    assert (plenty.low, plenty.high) == pytest.approx(np.quantile(draws, [0.025, 0.975]), rel=0.03)


def test_reports_carry_the_figures_and_nothing_from_outside(found: Figures) -> None:
    page = report.to_html(found)
    for name, value in tabulate.headline(found):
        assert name in page
        assert value in page
    assert not [word for word in ("http", "src=", "@import", "url(", "<script") if word in page]
    assert "name_kh" in report.to_markdown(found)
    suite = ElementTree.fromstring(report.to_junit(found))
    assert (suite.get("tests"), suite.get("failures")) == ("16", "1")
    rows = list(csv.DictReader(io.StringIO(report.to_csv(found))))
    assert [row["field"] for row in rows] == [*FIELD_NAMES, "all"]
    assert float(rows[-1]["exact_canonical"]) == found.overall.exact[Level.CANONICAL].value
    assert pd.read_parquet(io.BytesIO(report.to_parquet(found)))["exact"].iloc[-1] == found.overall.outcomes.exact
    with pytest.raises(ValueError, match="can be html"):
        report.render(found, "pdf")


def test_what_a_dataset_says_cannot_become_markup(found: Figures) -> None:
    table = tabulate.Table("<i>", "|", ("Field",), (("<script>",),))
    assert "<script>" not in report._html_table(table)
    assert report._cell("a|b<c") == "a\\|b&lt;c"


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_rows_go_out_whole(suffix: str, place: Path, tmp_path: Path, frame: pd.DataFrame) -> None:
    path = tmp_path / f"it's.{suffix}"
    with Tables(Store(str(place / "a"))) as tables:
        report.export_rows(tables, path)
        with pytest.raises(ValueError, match="csv or"):
            report.export_rows(tables, "x.xlsx")
    out = pd.read_csv(path) if suffix == "csv" else pd.read_parquet(path)
    assert len(out) == len(frame)
    assert set(out.columns) >= {"file_name", "field", "truth", "text", "confidence", "canonical", "lighting"}


def test_no_text_of_a_card_is_a_formula_to_a_spreadsheet(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "few", tmp_path / "few")
    store = Store(str(tmp_path / "few"))
    rows = store.read_table("fields", store.parts()[0])
    texts = ["=1+1", "@x", "'=1", "-5", "plain"] + [""] * (rows.num_rows - 5)
    store.write_table("fields", store.parts()[0], rows.set_column(rows.column_names.index("text"), "text", [texts]))
    with Tables(store) as tables:
        for suffix in ("csv", "parquet"):
            report.export_rows(tables, tmp_path / f"x.{suffix}")
    lines = pd.read_csv(tmp_path / "x.csv", dtype=str, keep_default_na=False)
    assert {one for one in lines["text"] if one} == {"'=1+1", "'@x", "''=1", "-5", "plain"}
    assert {one for one in pd.read_parquet(tmp_path / "x.parquet")["text"] if one} == set(texts[:5])


def test_a_full_disk_is_said_and_leaves_the_older_file(place: Path, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("older")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Tables(Store(str(place / "a"))) as tables:
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, before[1]))
        try:
            with pytest.raises(BadData, match=r"Cannot write .*no room left"):
                report.export_rows(tables, tmp_path / "x.csv")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [one.read_text() for one in tmp_path.iterdir()] == ["older"]


def test_a_slice_by_a_number_takes_no_word(place: Path) -> None:
    with Tables(Store(str(place / "dark"))) as tables:
        tables.check(Slice((("severity", "5"),)))
        with pytest.raises(BadRequest, match="severity abc: a number is expected"):
            tables.check(Slice((("severity", "abc"),)))


@pytest.mark.parametrize(("one", "other"), [("dark", "b"), ("b", "dark")])
def test_a_photo_as_it_is_is_the_same_with_and_without_a_sweep(one: str, other: str, place: Path) -> None:
    with Pair(Store(str(place / one)), Store(str(place / other)), intersect=True) as pair:
        assert pair.photos == 2  # as they are; the darkened ones have no partner
        assert {pair.only_a, pair.only_b} == {10, COUNT - 2}
    with Pair(Store(str(place / "dark")), Store(str(place / "dark"))) as pair:
        assert pair.photos == 12


def test_comparison_counts_pairs_and_names_the_better(place: Path, frame: pd.DataFrame) -> None:
    with Pair(Store(str(place / "a")), Store(str(place / "b"))) as pair:
        result = pair.compare()
        flips = pair.flips(field="sex")
        page = pair.flips(limit=5, offset=2)
        none = pair.flips(better="A")
    refused = frame[(frame["field"] == "sex") & (frame["canonical"] == "miss")]
    sex = next(one for one in result.fields if one.pair.name == "sex")
    assert (sex.pair.only_a, sex.pair.only_b, sex.pair.n) == (0, len(refused), COUNT)
    assert [flip.file_name for flip in flips] == refused.sort_values("seq")["file_name"].tolist()
    assert {flip.better for flip in flips} == {"B"}
    assert len(page) == 5
    assert none == []
    assert result.cer["sex"].delta < 0
    assert result.verdict.startswith("Whole cards: ")
    assert result.cards.pair.right_a == frame.drop_duplicates("seq")["right_canonical"].sum()


def test_different_sets_are_refused_or_intersected_openly(place: Path, tmp_path: Path) -> None:
    few, whole = Store(str(place / "few")), Store(str(place / "b"))
    with pytest.raises(BadData, match=r"0 only in few, 60 only in b, 30 in both.* --intersect"):
        Pair(few, whole)
    with Pair(few, whole, intersect=True) as pair:
        result = pair.compare()
    assert (result.photos, result.only_a, result.only_b) == (30, 0, 60)
    assert {one.verdict for one in result.fields} == {"not decisive"}
    with DatasetWriter(tmp_path / "set") as writer:
        writer.add(Sample("00000.png", "card 0", cards.truth(0)), cards.photo(COUNT + 1))  # the name alone is the same
    runs.start(Job(str(tmp_path / "set"), cards.FakeSpec()), str(tmp_path / "stranger"))
    with pytest.raises(BadData, match="no photo in common"):
        Pair(whole, Store(str(tmp_path / "stranger")), intersect=True)


@pytest.mark.parametrize(
    ("baseline", "run", "margin", "passes"),
    # Alike on 45 cards: at most one in thirteen differs, so no less than that is certain.
    [("a", "b", 0.0, True), ("b", "a", 0.01, False), ("b", "b", 0.1, True), ("b", "b", 0.05, False)],
)
def test_the_gate_lets_the_better_one_through(
    baseline: str, run: str, margin: float, passes: bool, place: Path
) -> None:
    with Pair(Store(str(place / baseline)), Store(str(place / run))) as pair:
        verdicts = gate.against_baseline(pair.compare(), margin)
    assert all(one.passed for one in verdicts) is passes
    suite = ElementTree.fromstring(gate.to_junit(verdicts, "x"))
    assert (suite.get("failures") == "0") is passes


def test_minimums(found: Figures) -> None:
    passed: dict[str, Any] = {one.name: one.passed for one in gate.against_minimums(found, {"all": 0.5, "sex": 0.999})}
    assert passed == {"all": True, "sex": False}
    share = found.overall.exact[Level.CANONICAL]
    assert gate.against_minimums(found, {"all": share.value})[0].passed
    assert not gate.against_minimums(found, {"all": share.value}, strict=True)[0].passed
    with pytest.raises(ValueError, match="no figure is called shoe"):
        gate.against_minimums(found, {"shoe": 0.5})


def test_failures_come_by_page_in_order_and_by_what_is_asked(place: Path, frame: pd.DataFrame) -> None:
    with Tables(Store(str(place / "a"))) as tables:
        wrong = failures(tables, Wanted(outcome="wrong"), limit=100)
        total = count_failures(tables, Wanted())
        second = failures(tables, Wanted(), order="plan", limit=5, offset=5)
        dark = failures(tables, Wanted(field="address", where=Slice((("lighting", "dark"),))), limit=100)
        refused = count_failures(tables, Wanted(error_code="AIS.0104"))
        unsure = count_failures(tables, Wanted(max_confidence=0.5))
    expected = [f"{number:05d}.png" for number in range(0, COUNT, 7) if _read(number, frame)]
    assert [one.file_name for one in wrong] == expected
    assert {(one.field, one.text, one.confidence) for one in wrong} == {("name_kh", "ខុស", 0.9)}
    assert total == frame["canonical"].isin(["wrong", "miss", "hallucination"]).sum()
    assert [one.seq for one in second] == sorted(one.seq for one in second)
    assert {int(one.file_name[:5]) % 2 for one in dark} == {1}
    assert refused == frame.query("error_code == 'AIS.0104'")["canonical"].eq("miss").sum()
    assert unsure == total - len(wrong)


def _read(number: int, frame: pd.DataFrame) -> bool:
    return bool(frame.query("seq == @number")["error_kind"].isna().all())


def test_the_photo_of_a_failure_is_the_one_that_was_read(place: Path) -> None:
    with Tables(Store(str(place / "dark"))) as tables:
        worst = failures(tables, Wanted(where=Slice((("severity", 5),))), order="plan")[0]
    seen = photo_of(str(place / "set"), worst.file_name, worst.step)
    step = steps_of("dark")[-1]
    assert worst.step == step
    assert seen == degrade(cards.photo(int(worst.file_name[:5])), step) != cards.photo(0)


def test_tables_that_vanish_or_lack_columns_are_said_plainly(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "few", tmp_path / "few")
    store = Store(str(tmp_path / "few"))
    old = store.read_table("images", store.parts()[0]).drop_columns(["card_quad"])
    store.write_table("images", store.parts()[0], old)
    with Tables(store) as tables, pytest.raises(BadData, match="another version"):
        failures(tables, Wanted())
    with Tables(store) as tables:
        shutil.rmtree(tmp_path / "few" / "fields")
        with pytest.raises(BadData, match="changed while"):
            figures(tables)


def test_many_photos_of_few_cards_decide_nothing() -> None:
    groups = np.repeat(np.arange(4), 12)
    right_a = np.zeros(48, np.bool_)
    right_b = groups == 0  # twelve flips, all of them photos of one card
    pair = compare.paired("sex", right_a, right_b, groups, np.random.default_rng(1))
    assert pair.p_value < 0.001
    assert compare.verdicts([pair])[0].verdict == "not decisive"
