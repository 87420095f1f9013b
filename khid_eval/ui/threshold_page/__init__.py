"""Parts of the page Thresholds: the promise, what the cards answer, what it costs, the policy that comes out."""

from khid_eval.ui.threshold_page import (
    answers,
    ask,
    cost,
    details,
    drift,
    explore,
    naming,
    nothing,
    policy_out,
    way_out,
)

__all__ = ["answers", "ask", "cost", "details", "drift", "explore", "naming", "nothing", "policy_out", "way_out"]
