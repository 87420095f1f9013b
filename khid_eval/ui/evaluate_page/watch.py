"""A run that is not finished: how far it is, and what can be done about it. It runs in a process of its own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from khid_eval.runs.progress import duration
from khid_eval.runs.state import State
from khid_eval.ui import run_shelf, told
from khid_eval.ui.evaluate_page import launch, wanted
from khid_eval.ui.words import t

_EVERY_S = 1.0
_MORE = 1.1
"""The figures are drawn anew when there are a tenth more parts on disk: counting a big run takes a while each time."""
_GOING = (State.PLANNED, State.RUNNING, State.PAUSED)


def draw(run: run_shelf.Shelved) -> None:
    """Nothing for a finished run."""
    if run.info.state is State.FINISHED:
        return
    with st.container(border=True):
        if _is_worked_on(run):
            st.fragment(_follow, run_every=_EVERY_S)(run.path, len(run.store.parts(run.info)))
        else:
            _stopped(run)


def _is_worked_on(run: run_shelf.Shelved) -> bool:
    """A process that was just started takes a second or two until it holds the run's lock."""
    return run.store.is_alive() or launch.is_running(run.info.id)


def _follow(path: str, drawn: int) -> None:
    """drawn: parts on disk when the figures below were drawn."""
    wanted.just_started()  # this part runs by itself, and may be the first to see that the browser has left the form
    run = run_shelf.find(path)
    if run is None or _has_news(run, drawn):
        st.rerun()
    elif launch.is_starting(run):
        st.progress(run.info.counts.done / max(1, run.info.counts.planned), t("evaluate.starting"))
    else:
        _show({"total": run.info.counts.planned} | run.store.progress())
        if run.info.state in _GOING:
            _steer(run)


def _has_news(run: run_shelf.Shelved, drawn: int) -> bool:
    over = run.info.state is State.FINISHED or not _is_worked_on(run)
    return over or len(run.store.parts(run.info)) >= max(drawn + 1, drawn * _MORE)


def _show(now: dict[str, Any]) -> None:
    done, total = int(now.get("done", 0)), max(1, int(now.get("total", 1)))
    st.progress(min(1.0, done / total), t("evaluate.progress", done=f"{done:,}", total=f"{total:,}"))
    left = now.get("seconds_left")
    parts = [
        t(f"evaluate.state_{now.get('state', 'planned')}"),
        t("evaluate.rate", rate=f"{now.get('rate_per_s', 0.0):.1f}"),
        t("evaluate.left", time=duration(left)) if left is not None else "",
        t("evaluate.at_a_time", n=now.get("in_flight", 0), most=now.get("concurrency", 0)),
        t("evaluate.cost", cost=f"{now['cost']:,.2f}") if now.get("cost") else "",
    ]
    st.caption(" · ".join(part for part in parts if part))
    if now.get("waiting_for_target"):
        st.warning(t("evaluate.target_silent"), icon=":material/cloud_off:")
    errors = now.get("errors") or {}
    if errors:
        listed = ", ".join(f"`{code}` × {count:,}" for code, count in sorted(errors.items()))
        st.markdown(f"{t('evaluate.errors')}: {listed}")


def _steer(run: run_shelf.Shelved) -> None:
    paused = run.store.wish() == "pause"
    with st.container(horizontal=True):
        label, wish = ("go_on", "") if paused else ("pause", "pause")
        st.button(t(f"evaluate.{label}"), key="evaluate_pause", on_click=run.store.ask, args=(wish,))
        st.button(t("evaluate.cancel"), key="evaluate_cancel", on_click=run.store.ask, args=("cancel",))


def _stopped(run: run_shelf.Shelved) -> None:
    """Cancelled, failed, or killed without a word."""
    interrupted = run.store.is_interrupted(run.info)
    state = "interrupted" if interrupted else run.info.state.value
    counts = run.store.count_rows()
    message = t(
        "evaluate.stopped",
        state=t(f"evaluate.state_{state}"),
        done=f"{counts.done:,}",
        total=f"{run.info.counts.planned:,}",
    )
    reason = launch.refusal(run.info.id)
    if state != State.CANCELLED:  # that word says it all
        reason = reason or run.info.reason or launch.last_words(run.info.id)
    say, icon = (st.error, "error") if state == State.FAILED else (st.warning, "pause_circle")
    say(f"**{message}** {told.in_a_row(reason)}".strip(), icon=f":material/{icon}:")
    if not run.is_example:
        st.button(t("evaluate.resume"), key="evaluate_resume", type="primary", on_click=launch.resume, args=(run,))


__all__ = ["draw"]
