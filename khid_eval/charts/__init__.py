"""Results of metrics -> plotly figures. Draws, never computes; `layout.meta["about"]` says how to read each."""

from khid_eval.charts.accuracy import accuracy_per_field, confusions, latency
from khid_eval.charts.comparison import forest
from khid_eval.charts.conditions import Point, condition_matrix, rotation_polar, severity
from khid_eval.charts.confidence import confidences, reliability
from khid_eval.charts.style import DARK, LIGHT, MAX_POINTS, THEMES, Theme, mark, rate_text, share, table_of
from khid_eval.charts.thresholds import costs, labels_needed, review_causes, risk_coverage

__all__ = [
    "DARK",
    "LIGHT",
    "MAX_POINTS",
    "THEMES",
    "Point",
    "Theme",
    "accuracy_per_field",
    "condition_matrix",
    "confidences",
    "confusions",
    "costs",
    "forest",
    "labels_needed",
    "latency",
    "mark",
    "rate_text",
    "reliability",
    "review_causes",
    "risk_coverage",
    "rotation_polar",
    "severity",
    "share",
    "table_of",
]
