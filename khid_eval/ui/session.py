"""What belongs to one visitor, and how to forget it.

Everything lives in `st.session_state` under the keys below: in this process's memory, for this browser session alone.
"""

from __future__ import annotations

import streamlit as st

from khid_eval.ui.words import LANGUAGE_KEY

MASKED_KEY = "session_masked"
_EPOCH_KEY = "session_epoch"
_KEPT = (LANGUAGE_KEY, MASKED_KEY)  # choices of how to look, not content


def masked() -> bool:
    """Whether field values, portrait and secrets are hidden on the screen."""
    return bool(st.session_state.get(MASKED_KEY, False))


def epoch() -> int:
    """Part of the keys of upload and camera widgets: after a wipe they are new widgets, without the old files."""
    return int(st.session_state.get(_EPOCH_KEY, 0))


def wipe() -> None:
    """Forgets photos, readings, credentials and targets of this visitor."""
    following = epoch() + 1
    for key in [key for key in st.session_state if key not in _KEPT]:
        del st.session_state[key]
    st.session_state[_EPOCH_KEY] = following


__all__ = ["MASKED_KEY", "epoch", "masked", "wipe"]
