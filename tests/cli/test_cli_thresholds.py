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
    [
        (["--fields", "nonsense"], "no such field"),
        (["--condition", "a'b"], "condition"),
        (["--condition", "nope"], "No photo of run made states nope. There is lighting."),
    ],
)
def test_wrong_wishes_are_refused(run: str, arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["thresholds", run, *arguments])
    assert isinstance(done.exception, BadRequest)
    assert message in str(done.exception)


def test_no_run_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["thresholds", str(tmp_path)])
    assert isinstance(done.exception, BadData)


def test_the_beginning_of_a_run_certifies_nothing_unless_told_to(tmp_path: Path) -> None:
    run = generated.leave_unfinished(generated.make_run(tmp_path / "begun", 600), 900)
    asked = ["thresholds", str(run), "--max-error", "0.2", "--fields", "sex", "--out", str(tmp_path / "policy.json")]
    refused = CliRunner().invoke(app, asked)
    assert isinstance(refused.exception, BadData)
    assert "Run begun is not finished (cancelled). Go on with --resume" in str(refused.exception)
    assert not (tmp_path / "policy.json").exists()
    done = CliRunner().invoke(app, [*asked, "--allow-unfinished"])
    assert done.exit_code == 0, done.output
    assert "300 photos of the run are not read yet" in done.stderr
    assert load(tmp_path / "policy.json").unread == 300


def test_a_condition_is_a_text_and_no_markup(tmp_path: Path) -> None:
    run = generated.make_run(tmp_path / "odd", 300, lightings=("[/x]", "[red]"))
    done = CliRunner().invoke(app, ["thresholds", str(run), "--condition", "lighting", "-o", str(tmp_path / "p.json")])
    assert done.exit_code in (0, EXIT_NOTHING_CERTIFIED), done.exception
    assert "lighting=[/x]" in done.stderr
    assert "lighting=[red]" in done.stderr
