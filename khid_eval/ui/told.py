"""What errors say, in the words of a page and in the visitor's language.

The rooms below write their errors in English, for a terminal: "Add --intersect …". Here such a sentence is recognised,
with the names and figures in it, and said as it suits a browser. A sentence that nobody wrote down stays as it is.
"""

from __future__ import annotations

import re
from functools import cache

from khid_eval.ui.words import catalogue, t

_FILE = "told."
_CODE = re.compile(r"[A-Za-z]+\.\d{4}")
"""Of the API, such as "AIS.0104"."""
_FOR_A_TERMINAL = {
    "intersect": "Add --intersect to compare on those that both have.",
    "project": "Set KHID_PROJECT_ID to the project ID of the endpoint's region.",
    "credentials": "Set KHID_TOKEN, or KHID_AK and KHID_SK, or KHID_DOMAIN, KHID_USER and KHID_PASSWORD.",
    "account": "Set KHID_DOMAIN to the account's name, and KHID_IAM_ENDPOINT unless the target is the vendor's.",
    "check": "Run `khid-eval dataset check` for the full list of faults.",
    "other_name": "Choose an empty folder, or resume.",
    "region_or_address": (
        "Give embedded, a region such as {region}, or an address such as {address}; credentials never belong into it."
    ),
    "import": "Import a folder, CSV or export with `khid-eval dataset import`.",
    "start_a_run": "Start one with `khid-eval run`.",
    "export_a_policy": "Export one with `khid-eval thresholds`.",
    "wait_or_cancel": "Wait for it, cancel it, or choose another --out.",
    "finish_the_run": "Go on with --resume, then {then}.",
    "models_missing": "The models of the embedded engine are missing.",
    "no_target": "The target is neither embedded nor the address of an endpoint.",
}
"""Key of the phrase -> the error's own sentence, where a page says it otherwise."""


def sentences() -> dict[str, str]:
    """Key -> the sentence that is recognised, with {names} for what varies."""
    english = {key: phrase["en"] for key, phrase in catalogue().items() if key.startswith(_FILE)}
    return english | {_FILE + key: sentence for key, sentence in _FOR_A_TERMINAL.items()}


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The most particular sentence first: the one with the most fixed letters."""
    found = sorted(sentences().items(), key=lambda one: -len(re.sub(r"\{\w+\}", "", one[1])))
    return tuple((key, re.compile(_pattern(sentence), re.DOTALL)) for key, sentence in found)


def _pattern(sentence: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(sentence))


def in_a_row(words: str) -> str:
    """An error as its `str` has it, code, sentence and advice in a row, as a page says them; else as it stands."""
    code, _, rest = words.partition(": ")
    if _CODE.fullmatch(code):
        return f"{code}: {in_a_row(rest)}"
    for end in (found.end() for found in re.finditer(r"[.!?](?= )", words)):
        what, advice = say(words[:end]), say(words[end + 1 :])
        if what and advice:
            return f"{what} {advice}"
    return say(words) or words


def say(sentence: str) -> str | None:
    """The sentence as a page says it; None for one that is not known."""
    for key, pattern in _patterns():
        if found := pattern.fullmatch(sentence):
            return t(key, **{name: say(part) or part for name, part in found.groupdict().items()})
    return None


__all__ = ["in_a_row", "say", "sentences"]
