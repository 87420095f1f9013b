"""Does a policy that was made before still keep its promise on this run?"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from khid_eval import charts
from khid_eval.errors import KhidError
from khid_eval.metrics.fields import Level
from khid_eval.metrics.paths import constant_path
from khid_eval.metrics.recalibration import Map, recalibrated
from khid_eval.metrics.split import Cards, SplitRule, split
from khid_eval.metrics.threshold import Kept, judge_conditions, judge_cutoffs
from khid_eval.metrics.trials import Promise
from khid_eval.policy import DOCUMENT, Policy, from_json
from khid_eval.ui import frame, session
from khid_eval.ui.run_shelf import Shelved
from khid_eval.ui.threshold_page import answers, naming
from khid_eval.ui.words import t

_ICONS = {"holds": ":material/verified:", "broken": ":material/warning:", "not decisive": ":material/help:"}


@dataclass(frozen=True, slots=True)
class Judged:
    """overall, conditions: by sequence (DOCUMENT, or a field). unlabelled: required fields without truth in the run."""

    overall: dict[str, Kept]
    conditions: dict[str, dict[str, Kept]]
    unlabelled: tuple[str, ...]


def judge(policy: Policy, cards: Cards) -> Judged:
    """The policy's general cut-offs on all cards of a run, one photo a card."""
    unlabelled = tuple(name for name in policy.required if name not in cards.fields)
    maps = {name: Map(one.kind, one.values) for name, one in policy.recalibration.items()}
    mapped = recalibrated(cards, maps) if maps else cards
    everything = split(mapped, SplitRule(0, tune_share=0.0))[1]  # the policy is fixed: nothing is left to tune
    promise = Promise(policy.max_error, policy.confidence)
    overall, conditions = {}, {}
    for key, required in _sequences(policy).items():
        values = [value for name in required if (value := policy.cutoff(name)) is not None]
        if len(values) < len(required) or set(required) & set(unlabelled):
            continue
        path = constant_path(required, [values], everything.rule)
        overall[key] = judge_cutoffs(path, everything, promise)
        conditions[key] = judge_conditions(path, everything, promise)
    return Judged(overall, conditions, unlabelled)


def _sequences(policy: Policy) -> dict[str, tuple[str, ...]]:
    if policy.scope == "document":
        return {DOCUMENT: policy.required}
    return {name: (name,) for name in policy.required}


def draw(run: Shelved, column: str) -> None:
    """Open a policy, or take the active one, and hold it against this run."""
    file = st.file_uploader(
        t("thresholds.open"), type="json", key=f"thresholds_open_{session.epoch()}", max_upload_size=1
    )
    policy = session.policy()
    if file is not None:
        try:
            policy = from_json(file.getvalue().decode("utf-8", errors="replace"))
        except KhidError as error:
            frame.failed(error)
            return
    if policy is None:
        st.info(t("thresholds.no_policy"), icon=":material/inbox:")
        return
    st.markdown(t("thresholds.policy_is", name=policy.name, run=policy.run_id, created=policy.created_at[:10]))
    if policy.run_id == run.info.id:
        st.info(t("thresholds.same_run"), icon=":material/info:")
    found = judge(policy, answers.cards(run, _level(policy), column))
    if found.unlabelled:
        st.warning(t("thresholds.unlabelled", names=", ".join(found.unlabelled)))
    if not found.overall:
        st.info(t("thresholds.policy_reviews_all"))
    for key, kept in found.overall.items():
        _verdict(policy, key, kept)
        rows = [_row(name, one) for name, one in found.conditions[key].items()]
        if rows:
            st.dataframe(rows, hide_index=True, key=f"thresholds_drift_{key}")


def _level(policy: Policy) -> Level:
    return Level(policy.level) if policy.level in set(Level) else Level.CANONICAL


def _verdict(policy: Policy, key: str, kept: Kept) -> None:
    words = t(
        f"thresholds.drift_{kept.verdict.replace(' ', '_')}",
        wrong=f"{kept.wrong:,}",
        accepted=f"{kept.accepted:,}",
        low=charts.share(kept.low, 2),
        bound=charts.share(kept.bound, 2),
        error=charts.share(policy.max_error),
    )
    box = {"holds": st.success, "broken": st.error, "not decisive": st.warning}[kept.verdict]
    box(f"**{naming.sequence(key)}** · {words}", icon=_ICONS[kept.verdict])


def _row(name: str, kept: Kept) -> dict[str, str]:
    return {
        t("thresholds.condition"): naming.condition(name),
        t("thresholds.labelled"): f"{kept.total:,}",
        t("thresholds.wrong_accepted"): f"{kept.wrong:,} / {kept.accepted:,}",
        t("thresholds.general"): t(f"thresholds.kept_{kept.verdict.replace(' ', '_')}"),
    }


__all__ = ["Judged", "draw", "judge"]
