"""Accept a reading or send it to a person: cut-offs with a promise, light enough for production code to use alone.

    policy = load("policy.json")
    decision = decide(policy, reading)
    if not decision.accept:
        review(decision.to_review)

The promise (document scope): with the stated confidence level over the draw of the calibration cards, at most
`max_error` of the ACCEPTED cards have any required field wrong. Field scope promises the same of each field alone.
It assumes that photos come from the same source as the calibration cards (same cameras, light, mix of cards, and the
same reader version), that one card counts once, and that the cut-offs are used as they are.
"""

from khid_eval.policy.build import Answer, Evidence, build
from khid_eval.policy.decide import Decision, FieldDecision, Reason, decide
from khid_eval.policy.model import DOCUMENT, SCHEMA_VERSION, Certificate, Cutoffs, Policy, Scope
from khid_eval.policy.recalibration import MapKind, Recalibration
from khid_eval.policy.storage import from_json, load, save, to_json

__all__ = [
    "DOCUMENT",
    "SCHEMA_VERSION",
    "Answer",
    "Certificate",
    "Cutoffs",
    "Decision",
    "Evidence",
    "FieldDecision",
    "MapKind",
    "Policy",
    "Reason",
    "Recalibration",
    "Scope",
    "build",
    "decide",
    "from_json",
    "load",
    "save",
    "to_json",
]
