"""May this run pass? Against a baseline run (not worse by more than a margin), or against fixed minimums."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

from khid_eval.metrics.compare import FieldVerdict, non_inferior
from khid_eval.metrics.intervals import Rate
from khid_eval.runs import tabulate
from khid_eval.runs.compare import CARDS, Comparison
from khid_eval.runs.figures import OVERALL, Figures
from khid_eval.runs.report import finish_junit

_Z2: Final = 3.841458820694124  # square of the 97.5 % point of the normal law


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was checked. words: what was found and what was asked for."""

    name: str
    passed: bool
    words: str


def against_baseline(found: Comparison, margin: float, *, undecided_passes: bool = False) -> list[Verdict]:
    """A field and the whole cards each pass when their interval of B less A lies above -margin: all of them together
    then are not worse, without any correction, because every one of them must pass (intersection-union test).

    margin: in [0, 1). undecided_passes: let through what the number of cards cannot decide.
    """
    verdicts = []
    for one in (*found.fields, found.cards):
        decided = non_inferior(one.pair.low, one.pair.high, margin)
        passed = decided == "not worse" or (undecided_passes and decided == "not decisive")
        words = f"{decided}: {_difference(one)}, margin {margin * 100:g} points"
        least = cards_for(margin)
        if decided == "not decisive" and least and one.pair.cards < least:
            words += f"; {one.pair.cards:,} cards are too few for it, which takes {least:,} even where nothing differs"
        verdicts.append(Verdict(one.pair.name, passed, words))
    return verdicts


def cards_for(margin: float) -> int | None:
    """So few cards keep that margin when both runs read all of them alike (see `metrics.compare.tango`); None for a
    margin of 0, which only a better run keeps."""
    return math.ceil(_Z2 * (1.0 - margin) / margin) if margin else None


def _difference(one: FieldVerdict) -> str:
    pair = one.pair
    return f"{pair.delta * 100:+.1f} points ({pair.low * 100:+.1f} to {pair.high * 100:+.1f}, n {pair.n})"


def against_minimums(found: Figures, minimums: Mapping[str, float], *, strict: bool = False) -> list[Verdict]:
    """minimums: field name, "all" or "cards" -> least share exact, in [0, 1].

    strict: the lower end of the interval must reach it, not only the figure. Raises ValueError for an unknown name.
    """
    shares = {one.field: one.exact[found.level] for one in found.fields}
    shares |= {OVERALL: found.overall.exact[found.level], CARDS: found.cards_right}
    unknown = sorted(set(minimums) - set(shares))
    if unknown:
        raise ValueError(f"no figure is called {', '.join(unknown)}; there are {', '.join(shares)}")
    return [_minimum(name, shares[name], least, strict) for name, least in minimums.items()]


def _minimum(name: str, share: Rate, least: float, strict: bool) -> Verdict:
    reached = share.low if strict else share.value
    asked = f"{'lower end at least' if strict else 'at least'} {least * 100:g} %"
    return Verdict(name, bool(reached >= least), f"{tabulate.rate(share)}, asked for {asked}")  # NaN fails


def to_junit(verdicts: list[Verdict], name: str) -> str:
    """For a CI's test page: a case a check."""
    suite = ElementTree.Element("testsuite", name=name)
    for one in verdicts:
        case = ElementTree.SubElement(suite, "testcase", classname="check", name=one.name)
        if one.passed:
            ElementTree.SubElement(case, "system-out").text = one.words
        else:
            ElementTree.SubElement(case, "failure", message=one.words)
    return finish_junit(suite)


__all__ = ["Verdict", "against_baseline", "against_minimums", "cards_for", "to_junit"]
