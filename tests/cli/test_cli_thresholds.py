"""khid-eval thresholds: a policy out of a run, or a plain answer that there can be none yet."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from khid_eval.cli import app  # noqa: E402
from khid_eval.cli.thresholds import EXIT_NOTHING_CERTIFIED  # noqa: E402
from khid_eval.errors import BadData, BadRequest  # noqa: E402
from khid_eval.policy import load  # noqa: E402
from tests.runs import generated  # noqa: E402


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(generated.make_run(tmp_path_factory.mktemp("runs") / "made", 3000))


def test_a_policy_per_document(run: str, tmp_path: Path) -> None:
    out = tmp_path / "policy.json"
    done = CliRunner().invoke(
        app,
        ["thresholds", run, "--max-error", "0.05", "--fields", "id_number, name_kh", "--condition", "lighting",
         "--out", str(out), "--name", "Counter"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{out}\n"
    assert "document" in done.stderr
    assert "lighting=dark" in done.stderr
    policy = load(out)
    assert (policy.name, policy.scope, policy.required) == ("Counter", "document", ("id_number", "name_kh"))
    assert policy.run_id == "made"
    assert policy.max_error == 0.05
    assert all(value is not None for value in policy.cutoffs.fields.values())


def test_a_policy_per_field(run: str, tmp_path: Path) -> None:
    out = tmp_path / "policy.json"
    done = CliRunner().invoke(app, ["thresholds", run, "--by", "field", "--max-error", "0.02", "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert len(load(out).cutoffs.certificates) > 7


def test_nothing_certified_is_said_with_the_labels_it_takes(run: str, tmp_path: Path) -> None:
    out = tmp_path / "policy.json"
    done = CliRunner().invoke(app, ["thresholds", run, "--max-error", "0.0005", "--out", str(out)])
    assert done.exit_code == EXIT_NOTHING_CERTIFIED
    assert "none certified" in done.stderr
    assert set(json.loads(out.read_text())["cutoffs"]["fields"].values()) == {None}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--fields", "nonsense"], "no such field"), (["--condition", "a'b"], "condition")],
)
def test_wrong_wishes_are_refused(run: str, arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["thresholds", run, *arguments])
    assert isinstance(done.exception, BadRequest)
    assert message in str(done.exception)


def test_no_run_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["thresholds", str(tmp_path)])
    assert isinstance(done.exception, BadData)
