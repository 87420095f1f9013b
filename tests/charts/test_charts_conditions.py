"""The closer charts of conditions: what they draw, and that sure and unsure signs look different."""

from __future__ import annotations

import pytest

from khid_eval.charts import DARK, LIGHT, Point, Theme
from khid_eval.charts.condition_details import Trust, severity_of_one, small_angles, trust
from khid_eval.metrics import intervals

POINTS = [Point(angle, intervals.rate(90 - abs(angle), 100), 0.9) for angle in (10, -10, 0)]
GROUPS = [
    Trust("too sure", intervals.rate(50, 100), 0.95),
    Trust("fits", intervals.rate(90, 100), 0.9),
    Trust("too modest", intervals.rate(99, 100), 0.5),
    Trust("nothing judged", intervals.rate(0, 0), float("nan")),
]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_house_style(theme: Theme) -> None:
    for figure in (small_angles(POINTS, theme=theme), trust(GROUPS, theme=theme)):
        assert figure.to_json()
        assert figure.layout.title.text.endswith("?")
        assert figure.layout.meta["about"].endswith(".")
        assert figure.layout.font.color == theme.text
        assert figure.layout.xaxis.title.text


def test_angles_stand_in_order() -> None:
    assert small_angles(POINTS).data[0].x == (-10, 0, 10)


def test_two_lines_are_named_without_taking_from_their_width() -> None:
    figure = small_angles(POINTS)
    assert [one.name for one in figure.data] == ["right", "mean confidence"]
    assert figure.layout.showlegend
    assert not figure.layout.annotations
    assert figure.layout.margin.r == severity_of_one("Dark", POINTS).layout.margin.r


def test_nothing_is_drawn_as_a_reason() -> None:
    for figure in (small_angles([]), trust([]), trust(GROUPS[3:])):
        assert not figure.data
        assert figure.layout.annotations[0].text.endswith(".")


def test_the_sign_is_told_by_place_shape_and_colour() -> None:
    drawn = trust(GROUPS).data[0]
    assert drawn.y == ("too sure", "fits", "too modest")
    assert drawn.x == pytest.approx((0.45, 0.0, -0.49))
    assert drawn.marker.symbol == ("triangle-right", "circle-open", "triangle-left")
    assert drawn.marker.color == (LIGHT.wrong, LIGHT.muted, LIGHT.accent)


def test_one_small_multiple_has_its_name_as_its_only_title() -> None:
    figure = severity_of_one("Dark", POINTS)
    assert figure.layout.title.text == "Dark"
    assert not figure.layout.annotations
