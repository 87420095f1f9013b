"""Charts draw what they are given: figures are valid, themed, small, and empty or single-class cases are drawn."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import pytest

from khid_eval import charts
from khid_eval.charts import DARK, LIGHT, Point, Theme
from khid_eval.metrics import calibration, compare, cost, intervals, naive, review, selective, text, trials
from khid_eval.metrics.tally import tally
from khid_eval.records import FIELD_NAMES

PROMISE = trials.Promise(0.05, 0.9)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def counted(n: int = 2000, wrong: bool = True, right: bool = True):  # type: ignore[no-untyped-def]  # a tally
    confidence = rng().beta(6, 1, n)
    is_right = rng().random(n) < confidence
    return tally(confidence, (is_right | (not wrong)) & right)


def accuracy(theme: Theme) -> go.Figure:
    rates = [(name, intervals.rate(90 + i % 9, 100)) for i, name in enumerate(FIELD_NAMES)]
    return charts.accuracy_per_field([*rates, ("unlabelled", intervals.rate(0, 0))], theme=theme)


def forest(theme: Theme) -> go.Figure:
    pairs = []
    for name, gain in (("sex", 0.2), ("address", 0.0), ("height", -0.2)):
        a = rng().random(300) < 0.7
        b = np.where(rng().random(300) < abs(gain), gain > 0, a)
        pairs.append(compare.paired(name, a, b, np.arange(300), rng()))
    return charts.forest(compare.verdicts(pairs), margin=0.01, theme=theme)


def risk(theme: Theme) -> go.Figure:
    curve = selective.risk_coverage(counted(20_000))
    found = naive.naive_cutoff(counted(20_000), PROMISE, rng(), draws=50)
    return charts.risk_coverage(curve, PROMISE, certified_coverage=0.3, naive=found, chosen=100, theme=theme)


def month() -> cost.Consequences:
    return cost.consequences(cost.CostModel(), [10, 50, 90], [0, 1, 9], [80, 40, 5], [10, 5, 1], n=100)


def points(step: float) -> list[Point]:
    return [Point(step * i, intervals.rate(95 - i, 100), 0.9) for i in range(8)]


def matrix(theme: Theme) -> go.Figure:
    cells = {(f, c): intervals.rate(90 - 3 * i, 100) for i, f in enumerate(FIELD_NAMES) for c in ("dark", "blur")}
    return charts.condition_matrix(cells, FIELD_NAMES, ["dark", "blur", "not in the run"], theme=theme)


FULL: dict[str, Callable[[Theme], go.Figure]] = {
    "accuracy": accuracy,
    "confusions": lambda theme: charts.confusions(text.confusions([("កខ", "កគ", "a"), ("ក", "កគ", "b")]), theme=theme),
    "latency": lambda theme: charts.latency(np.linspace(0, 2, 11), np.arange(10), 0.9, 1.8, theme=theme),
    "reliability": lambda theme: charts.reliability(calibration.reliability(counted(), rng()), theme=theme),
    "confidences": lambda theme: charts.confidences(counted(), cutoff=0.9, theme=theme),
    "risk_coverage": risk,
    "labels_needed": lambda theme: charts.labels_needed(
        trials.labels_table(max_error=np.geomspace(0.001, 0.1, 20)), PROMISE, accepted=400, theme=theme
    ),
    "costs": lambda theme: charts.costs(np.array([0.1, 0.5, 0.9]), month(), chosen=1, theme=theme),
    "review_causes": lambda theme: charts.review_causes([review.ReviewCause("address", 30, 20, 40)], theme=theme),
    "rotation_polar": lambda theme: charts.rotation_polar(points(45), theme=theme),
    "severity": lambda theme: charts.severity({"blur": points(1), "dark": points(1)}, theme=theme),
    "condition_matrix": matrix,
    "forest": forest,
}
EMPTY: dict[str, Callable[[], go.Figure]] = {
    "accuracy": lambda: charts.accuracy_per_field([("sex", intervals.rate(0, 0))]),
    "confusions": lambda: charts.confusions([]),
    "latency": lambda: charts.latency(np.zeros(1), np.zeros(0, np.int64), float("nan"), float("nan")),
    "reliability": lambda: charts.reliability(calibration.reliability(tally([], []), rng())),
    "confidences": lambda: charts.confidences(tally([], [])),
    "risk_coverage": lambda: charts.risk_coverage(selective.risk_coverage(tally([], [])), PROMISE),
    "costs": lambda: charts.costs(np.empty(0), month()),
    "review_causes": lambda: charts.review_causes([]),
    "rotation_polar": lambda: charts.rotation_polar([]),
    "severity": lambda: charts.severity({}),
    "condition_matrix": lambda: charts.condition_matrix({}, FIELD_NAMES, []),
    "forest": lambda: charts.forest([]),
}


def points_of(figure: go.Figure) -> int:
    return sum(len(trace.x if trace.x is not None else trace.r) for trace in map(_arrays, figure.data))


class _arrays:
    """The trace's point arrays, whichever axes it has."""

    def __init__(self, trace: go.Figure) -> None:
        self.x = getattr(trace, "x", None) if trace.type != "scatterpolar" else None
        self.r = trace.r if trace.type == "scatterpolar" else ()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", FULL)
def test_figures_keep_the_house_style(name: str, theme: Theme) -> None:
    figure = FULL[name](theme)
    assert figure.to_json()  # plotly accepts every property
    assert figure.layout.title.text.endswith("?")
    assert figure.layout.meta["about"].endswith(".")
    assert figure.layout.font.color == theme.text
    assert points_of(figure) <= charts.MAX_POINTS
    if name != "rotation_polar":
        assert figure.layout.xaxis.title.text or name == "condition_matrix"
    rows = list(csv.reader(io.StringIO(charts.table_of(figure))))
    assert rows[0] == ["series", "x", "y"]
    assert len(rows) > 1


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_is_drawn_as_a_reason(name: str) -> None:
    figure = EMPTY[name]()
    assert figure.layout.annotations[-1].text.endswith(".")
    assert figure.layout.title.text.endswith("?")
    assert len(charts.table_of(figure).splitlines()) == 1


@pytest.mark.parametrize("right", [True, False])
def test_one_class_only_is_drawn(right: bool) -> None:
    one = counted(200, wrong=not right, right=right)
    assert charts.confidences(one).data
    assert charts.reliability(calibration.reliability(one, rng())).data
    assert charts.risk_coverage(selective.risk_coverage(one), PROMISE).data


def test_a_field_has_one_mark_everywhere_and_no_two_share_it() -> None:
    for theme in (LIGHT, DARK):
        marks = [charts.mark(name, theme) for name in FIELD_NAMES]
        assert len(set(marks)) == len(FIELD_NAMES)
        assert charts.mark("address", theme) == charts.mark("address", theme)
    assert charts.mark("unheard of").colour == LIGHT.text


def test_counts_and_intervals_are_told() -> None:
    assert charts.rate_text(0.974, 0.961, 0.983, 812) == "97.4 % (96.1–98.3, n 812)"
    assert charts.rate_text(float("nan"), 0, 0, 0) == "– (n 0)"
    assert charts.share(0.5) == "50.0 %"
    figure = accuracy(LIGHT)
    assert "n 100" in figure.data[0].text[0]
    assert "unlabelled" not in figure.data[0].y


def test_clicks_tell_which_field_and_condition() -> None:
    trace = matrix(LIGHT).data[0]
    assert trace.marker.symbol == "square"
    assert list(trace.customdata[0]) == ["id_number", "dark"]


def test_a_confused_space_can_be_seen_and_is_counted_one_by_one() -> None:
    figure = charts.confusions([text.Confusion("", " ", 2, 0, ("a",))])
    assert list(figure.data[0].y) == ["∅ → ␣"]
    assert figure.layout.xaxis.dtick == 1


def test_words_can_be_another_language() -> None:
    figure = charts.confusions([], say=lambda phrase: f"km:{phrase}")
    assert figure.layout.title.text.startswith("km:")
    assert figure.layout.annotations[-1].text.startswith("km:")


def test_the_certified_region_and_the_naive_point_are_marked() -> None:
    figure = risk(LIGHT)
    assert any(shape.type == "rect" and shape.x1 == 0.3 for shape in figure.layout.shapes)
    told = " ".join(annotation.text for annotation in figure.layout.annotations)
    assert "certified 30.0 %" in told
    assert "naive (" in told
    assert any("chance of breaking" in (trace.hovertemplate or "") for trace in figure.data)
    bare = charts.risk_coverage(selective.risk_coverage(counted()), PROMISE)
    assert not any(shape.type == "rect" for shape in bare.layout.shapes)


def test_a_few_points_each_have_their_interval() -> None:
    certain = selective.risk_coverage(tally([0.9] * 8 + [0.0], [True] * 8 + [False]))
    figure = charts.risk_coverage(certain, PROMISE, chosen=0)
    line = next(trace for trace in figure.data if trace.name == "wrong among accepted")
    assert "markers" in line.mode
    assert line.error_y.array[0] == pytest.approx(0.324, abs=0.001)  # Wilson, none of eight
    assert figure.layout.yaxis.range[1] > 0.32
    assert not any(trace.fill for trace in figure.data)


def test_a_naive_choice_without_an_error_says_nothing() -> None:
    perfect = tally([0.9] * 8 + [0.8] * 3, [True] * 11)
    found = naive.naive_cutoff(perfect, PROMISE, rng())
    assert found.point.accepted == 11
    assert np.isnan(found.chance_of_breaking)
    figure = charts.risk_coverage(selective.risk_coverage(perfect), PROMISE, naive=found)
    assert "naive" not in [trace.name for trace in figure.data]


@pytest.mark.parametrize("name", ["costs", "labels_needed"])
def test_lines_are_named_where_they_end_and_no_two_names_meet(name: str) -> None:
    figure = FULL[name](LIGHT)
    lines = [trace for trace in figure.data if trace.mode != "markers"]
    ends = [one for one in figure.layout.annotations if one.text in {line.name for line in lines}]
    assert len(ends) == len(lines)
    assert not figure.layout.showlegend
    heights = sorted(one.y for one in ends)
    span = max(max(line.y) for line in lines) if name == "costs" else np.log10(max(lines[-1].y) / min(lines[0].y))
    assert min(np.diff(heights)) > 0.07 * span
    assert figure.layout.margin.r > 60


def test_money_has_its_currency() -> None:
    figure = charts.costs(np.array([0.1, 0.5, 0.9]), month(), currency="KHR")
    assert figure.layout.yaxis.title.text == "Money a month (KHR)"


def test_trouble_stands_out_in_the_matrix_and_its_figure_can_be_read() -> None:
    cells = {("sex", "dark"): intervals.rate(99, 100), ("sex", "blur"): intervals.rate(90, 100)}
    for theme in (LIGHT, DARK):
        drawn = charts.condition_matrix(cells, ["sex"], ["dark", "blur"], theme=theme).data[0]
        assert list(drawn.textfont.color) == [theme.text, theme.paper]
        assert drawn.marker.colorscale[-1][1] == theme.scale[-1]
