"""Whole runs, with real threads, processes, Dask workers and HTTP: nothing lost, nothing twice, whatever happens."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import pyarrow as pa
import pytest

from khid_eval import readers, runs
from khid_eval.errors import AuthError, BadData
from khid_eval.records import ReadOptions
from khid_eval.runs import Job, Pace, State, Store, lock
from khid_eval.runs.executors import KINDS
from khid_eval.runs.pace import Retry
from khid_eval.runs.progress import Progress
from tests.runs import cards
from tests.runs.faulty_server import serving
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
QUICK = Retry(attempts=8, first_s=0.01, most_s=0.05)
VOLATILE = ["latency_s", "read_at", "attempts"]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(cards.make_dataset(tmp_path_factory.mktemp("set"), 60))


@pytest.fixture(scope="module")
def whole(dataset: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[pa.Table, pa.Table]:
    """The tables of a run that nothing disturbed."""
    out = str(tmp_path_factory.mktemp("whole") / "run")
    runs.start(Job(dataset, cards.FakeSpec()), out)
    return tables(out)


def tables(out: str) -> tuple[pa.Table, pa.Table]:
    store = Store(out)
    parts = store.parts()
    images = pa.concat_tables([store.read_table("images", name) for name in parts]).drop_columns(VOLATILE)
    return images, pa.concat_tables([store.read_table("fields", name) for name in parts])


def same_rows(out: str, whole: tuple[pa.Table, pa.Table], *, besides: tuple[str, ...] = ()) -> bool:
    """besides: columns that may differ."""
    return all(
        _plain(mine, besides) == _plain(theirs, besides) for mine, theirs in zip(tables(out), whole, strict=True)
    )


def _plain(table: pa.Table, besides: tuple[str, ...]) -> list[dict[str, Any]]:
    return list(table.drop_columns([name for name in besides if name in table.column_names]).to_pylist())


def test_a_run_has_a_row_for_every_photo_and_field(dataset: str, whole: tuple[pa.Table, pa.Table]) -> None:
    images, fields = whole
    assert images["seq"].to_pylist() == list(range(60))
    assert fields.num_rows == 60 * 14
    row = images.to_pylist()[7]
    assert (row["file_name"], row["group_id"], row["lighting"]) == ("00007.png", "card 3", "dark")
    assert row["condition_extra"] == '{"table": "wood"}'
    assert row["right_canonical"] is False
    by_name = {one["field"]: one for one in fields.to_pylist() if one["seq"] == 7}
    assert (by_name["name_kh"]["canonical"], by_name["sex"]["canonical"]) == ("wrong", "exact")
    assert by_name["sex"]["char_length"] == len("sex 7")


def test_the_info_says_what_was_done(dataset: str, tmp_path: Path) -> None:
    info = runs.start(Job(dataset, cards.FakeSpec(refuse=9), price_per_call=0.5), str(tmp_path / "r"))
    assert info == Store(str(tmp_path / "r")).load()
    assert info.state is State.FINISHED
    assert info.counts.planned == info.counts.done == info.counts.calls == 60
    assert info.counts.errors == {"AIS.0104": info.counts.failed}
    assert info.dataset["photos"] == 60
    progress = Store(str(tmp_path / "r")).progress()
    assert (progress["state"], progress["done"], progress["cost"]) == ("finished", 60, 30.0)


@pytest.mark.parametrize("executor", KINDS)
def test_kill_9_then_resume_equals_an_undisturbed_run(
    executor: str, dataset: str, whole: tuple[pa.Table, pa.Table], tmp_path: Path
) -> None:
    out, log = str(tmp_path / "run"), tmp_path / "log"
    log.mkdir()
    script = [sys.executable, "-m", "tests.runs.start_run", dataset, out, executor, str(log)]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        done = next(int(line) for line in child.stdout if int(line) >= 15)
        child.kill()
    assert 15 <= done < 60
    store = Store(out)
    on_disk = {str(row) for name in store.parts() for row in store.read_table("images", name)["sha256"].to_pylist()}
    assert 10 <= len(on_disk) < 60
    assert store.is_interrupted(store.load())
    again = tmp_path / "again"
    again.mkdir()
    info = runs.start(Job(dataset, cards.FakeSpec(log=str(again))), out, resume=True)
    assert info.state is State.FINISHED
    assert same_rows(out, whole)
    assert not on_disk & set(cards.calls(again))
    assert len(cards.calls(again)) == 60 - len(on_disk)


@pytest.mark.parametrize("executor", ["processes", "dask"])
def test_a_worker_killed_in_the_middle_costs_no_row(
    executor: str, dataset: str, whole: tuple[pa.Table, pa.Table], tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill_one(now: Progress) -> None:
        pids = [int(file.stem) for file in tmp_path.glob("*.log")]
        if pids and not killed:
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)

    spec = cards.FakeSpec(delay_s=0.05, log=str(tmp_path))
    info = runs.start(Job(dataset, spec), str(tmp_path / "r"), pace=Pace(executor, workers=2), watch=kill_one)
    assert killed
    assert (info.counts.read, info.counts.failed) == (60, 0)
    assert same_rows(str(tmp_path / "r"), whole)


def test_a_photo_that_kills_its_worker_is_one_row(dataset: str, tmp_path: Path) -> None:
    poison = hashlib.sha256(cards.photo(11)).hexdigest()
    spec = cards.FakeSpec(crash=poison)
    info = runs.start(Job(dataset, spec, limit=20), str(tmp_path / "r"), pace=Pace("processes", workers=2))
    assert info.counts.errors == {"WorkerDied": 1}
    failed = [row for row in tables(str(tmp_path / "r"))[0].to_pylist() if row["error_kind"]]
    assert [row["file_name"] for row in failed] == ["00011.png"]


def test_faults_on_the_wire_lose_no_row(dataset: str, whole: tuple[pa.Table, pa.Table], tmp_path: Path) -> None:
    with serving() as (url, server):
        spec = runs.TargetSpec(readers.Target.parse(url))
        pace = Pace(workers=16, retry=QUICK, breaker_pause_s=0.01)
        info = runs.start(Job(dataset, spec), str(tmp_path / "r"), pace=pace)
        assert (info.counts.read, info.counts.failed) == (60, 0)
        assert set(server.answered.values()) == {1}
        assert info.counts.calls == server.seen.total() > 80
    assert same_rows(str(tmp_path / "r"), whole, besides=("key",))


def test_a_dead_target_stops_the_run_instead_of_filling_the_table(dataset: str, tmp_path: Path) -> None:
    out = str(tmp_path / "r")
    pace = Pace(workers=4, retry=QUICK, breaker_pause_s=0.001)
    with pytest.raises(BadData, match="does not answer"):
        runs.start(Job(dataset, cards.FailingSpec("unreachable", 10**9)), out, pace=pace)
    assert Store(out).load().state is State.FAILED
    assert Store(out).count_rows().failed == 0
    with serving(("fine",)) as (url, _):
        spec = runs.TargetSpec(readers.Target.parse(url))
        with pytest.raises(BadData, match="another target"):
            runs.start(Job(dataset, spec), out, resume=True)


@pytest.mark.parametrize("kind", ["busy", "unreachable"])
def test_what_passes_is_tried_again_and_what_stays_is_a_row(kind: str, dataset: str, tmp_path: Path) -> None:
    pace = Pace(workers=2, retry=replace(QUICK, attempts=3))
    info = runs.start(Job(dataset, cards.FailingSpec(kind, 2), limit=8), str(tmp_path / "a"), pace=pace)
    assert (info.counts.read, info.counts.calls) == (8, 24)
    info = runs.start(Job(dataset, cards.FailingSpec(kind, 3), limit=4), str(tmp_path / "b"), pace=pace)
    assert (info.counts.read, info.counts.failed, info.counts.calls) == (0, 4, 12)
    assert tables(str(tmp_path / "b"))[1].num_rows == 0  # the reader never had its say


def test_wrong_credentials_stop_at_once(dataset: str, tmp_path: Path) -> None:
    with serving(("unauthorised",)) as (url, server):
        spec = runs.TargetSpec(readers.Target.parse(url))
        with pytest.raises(AuthError):
            runs.start(Job(dataset, spec), str(tmp_path / "r"), pace=Pace(workers=2))
        assert server.seen.total() <= 4
    info = Store(str(tmp_path / "r")).load()
    assert (info.state, info.counts.done) == (State.FAILED, 0)
    assert "APIG.0301" in info.reason


def test_pause_go_on_cancel_and_resume(dataset: str, whole: tuple[pa.Table, pa.Table], tmp_path: Path) -> None:
    out = str(tmp_path / "r")
    store, rests = Store(out), list[int]()  # how many were done each time it stood still

    def steer(now: Progress) -> None:
        if now.state == "running" and now.done > 2 and not rests:
            store.ask("pause")
        elif now.state == "paused" and now.in_flight == 0:
            rests.append(now.done)
            store.ask("" if len(rests) > 1 else "pause")
        elif now.state == "running" and rests and now.done > rests[-1]:
            store.ask("cancel")

    info = runs.start(Job(dataset, cards.FakeSpec(delay_s=0.1)), out, pace=Pace(workers=2), watch=steer)
    assert (info.state, store.progress()["state"]) == (State.CANCELLED, "cancelled")
    assert rests[0] == rests[1] < info.counts.done < 60
    assert info.counts.done == info.counts.calls
    info = runs.start(Job(dataset, cards.FakeSpec()), out, resume=True)
    assert (info.state, info.counts.calls) == (State.FINISHED, 60)
    assert same_rows(out, whole)


def test_sigterm_ends_it_with_everything_on_disk(dataset: str, tmp_path: Path) -> None:
    def terminate(now: Progress) -> None:
        if now.state == "running" and now.done > 2:
            os.kill(os.getpid(), signal.SIGTERM)

    spec = cards.FakeSpec(delay_s=0.05)
    info = runs.start(Job(dataset, spec), str(tmp_path / "r"), pace=Pace(workers=2), watch=terminate)
    assert info.state is State.CANCELLED
    assert info.counts.done == info.counts.calls > 0


@pytest.mark.parametrize(
    ("executor", "delay_s", "times", "after"),
    # The last one while its workers start, which then would read for an hour.
    [(one, "0.1", "1", "4") for one in KINDS] + [("processes", "3600", "2", "0")],
)
def test_ctrl_c_at_a_terminal_is_a_cancel_and_two_wait_for_nothing(
    executor: str, delay_s: str, times: str, after: str, dataset: str, tmp_path: Path
) -> None:
    out = str(tmp_path / "run")
    script = [sys.executable, "-m", "tests.runs.start_run", dataset, out, executor, str(tmp_path)]
    ordered = [*script, delay_s, times, after]
    done = subprocess.run(ordered, capture_output=True, text=True, cwd=ROOT, start_new_session=True, timeout=300)
    assert (done.returncode, done.stdout.split()[-1], "Traceback" in done.stderr) == (0, "cancelled", False)
    store = Store(out)
    counts = store.load().counts
    assert counts.read == store.count_rows().read == store.progress()["done"] < 60
    assert counts.failed == 0
    assert counts.read >= int(after)
    for process in (int(file.stem) for file in tmp_path.glob("*.log")):
        wait_for(lambda process=process: not lock.is_alive(process), "a worker lives on")  # type: ignore[misc]


def test_a_calls_place_is_that_of_a_worker(dataset: str, tmp_path: Path) -> None:
    seen = list[tuple[int, int]]()
    runs.start(
        Job(dataset, cards.FakeSpec(delay_s=0.05)),
        str(tmp_path / "r"),
        pace=Pace(workers=2),
        watch=lambda now: seen.append((now.in_flight, now.concurrency)),
    )
    assert max(seen) == (2, 2)  # two more wait in the pool


def test_a_dask_scheduler_that_does_not_answer_is_said(tmp_path: Path) -> None:
    pace = Pace("dask", workers=1, scheduler="tcp://127.0.0.1:1")
    job = Job(small(tmp_path), cards.FakeSpec())
    quick = dask.config.set({"distributed.comm.timeouts.connect": "100ms"})
    with quick, pytest.raises(BadData, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        runs.start(job, str(tmp_path / "r"), pace=pace)


def small(root: Path, count: int = 4) -> str:
    return str(cards.make_dataset(root / "small", count))


def test_what_is_refused(dataset: str, tmp_path: Path) -> None:
    out, spec = str(tmp_path / "r"), cards.FakeSpec()
    runs.start(Job(small(tmp_path), spec), out)
    for resume, words in ((False, "already holds run r"), (True, "never changed")):
        with pytest.raises(BadData, match=words):
            runs.start(Job(small_again := str(tmp_path / "small"), spec), out, resume=resume)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(BadData, match="holds no run"):
        runs.start(Job(small_again, spec), str(tmp_path / "other"))


def interrupted(job: Job, out: str) -> None:
    """A run that was cancelled before it read anything."""

    def cancel(now: Progress) -> None:
        Store(out).ask("cancel")

    assert runs.start(job, out, watch=cancel).state is State.CANCELLED


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"spec": cards.FakeSpec(label="another")}, "another target"),
        ({"options": ReadOptions(return_idcard_type=True)}, "another options"),
        ({"sweep": "dark"}, "another sweep"),
        ({"limit": 3}, "dataset changed"),
    ],
)
def test_resume_with_another_job_is_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    out, job = str(tmp_path / "r"), Job(small(tmp_path, 40), cards.FakeSpec(delay_s=0.2))
    interrupted(job, out)
    with pytest.raises(BadData, match=words):
        runs.start(replace(job, **change), out, resume=True)


def test_resume_after_the_dataset_changed_is_refused(tmp_path: Path) -> None:
    out, job = str(tmp_path / "r"), Job(small(tmp_path, 40), cards.FakeSpec(delay_s=0.2))
    interrupted(job, out)
    metadata = tmp_path / "small" / "metadata.jsonl"
    metadata.write_text(metadata.read_text("utf-8").replace("sex 3", "sex 4"), "utf-8")
    with pytest.raises(BadData, match="dataset changed"):
        runs.start(job, out, resume=True)


def test_a_photo_changed_under_the_run_stops_it(tmp_path: Path) -> None:
    job = Job(small(tmp_path), cards.FakeSpec())
    (tmp_path / "small" / "00002.png").write_bytes(cards.photo(99))
    with pytest.raises(BadData, match=r"00002\.png is not the photo"):
        runs.start(job, str(tmp_path / "r"))


def test_a_photo_that_is_gone_is_a_row_and_no_miss_of_the_reader(tmp_path: Path) -> None:
    job = Job(small(tmp_path), cards.FakeSpec())
    (tmp_path / "small" / "00001.png").unlink()
    info = runs.start(job, str(tmp_path / "r"))
    assert info.counts.errors == {"PhotoGone": 1}
    images, fields = tables(str(tmp_path / "r"))
    assert images.num_rows == 4
    assert set(fields["seq"].to_pylist()) == {0, 2, 3}


def test_two_runs_into_one_folder(tmp_path: Path) -> None:
    out, job = str(tmp_path / "r"), Job(small(tmp_path), cards.FakeSpec(delay_s=0.05))

    def second(now: Progress) -> None:
        with pytest.raises(BadData, match="Another process"):
            runs.start(job, out, resume=True)

    assert runs.start(job, out, watch=second).counts.read == 4


def test_a_full_disk_fails_the_run_and_resume_finishes_it(
    dataset: str, whole: tuple[pa.Table, pa.Table], tmp_path: Path
) -> None:
    out = str(tmp_path / "r")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, before[1]))  # run.json fits, a part of 30 photos does not
    try:
        with pytest.raises(BadData, match="No room left"):
            runs.start(Job(dataset, cards.FakeSpec()), out, pace=Pace(part_photos=30))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    info = Store(out).load()
    assert (info.state, info.counts.done) == (State.FAILED, 0)
    runs.start(Job(dataset, cards.FakeSpec()), out, resume=True)
    assert same_rows(out, whole)


def test_a_run_lives_on_any_filesystem(dataset: str, whole: tuple[pa.Table, pa.Table]) -> None:
    out = "memory://somewhere/run"
    assert runs.start(Job(dataset, cards.FakeSpec()), out).state is State.FINISHED
    assert same_rows(out, whole)


def test_a_sweep_reads_each_photo_under_each_step(tmp_path: Path) -> None:
    job = Job(small(tmp_path, 2), cards.FakeSpec(), sweep="rotation=90,dark")
    assert runs.estimate(job, Pace(per_minute=60)) == runs.Estimate(2, 20, 20.0, 0.0)
    runs.start(job, str(tmp_path / "r"))
    rows = tables(str(tmp_path / "r"))[0].to_pylist()
    steps = [(row["condition"], row["rotation_deg"], row["severity"]) for row in rows[:10]]
    turns = [("rotation", angle, None) for angle in (0.0, 90.0, 180.0, 270.0)]
    assert steps == [("none", None, 0.0), *turns, *(("dark", None, float(level)) for level in range(1, 6))]
    assert {row["parent"] for row in rows[:10]} == {"00000.png"}


def test_a_bug_in_a_reader_stops_the_run_by_its_name_only(dataset: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="secret"):
        runs.start(Job(dataset, cards.BuggySpec()), str(tmp_path / "r"))
    info = Store(str(tmp_path / "r")).load()
    assert (info.state, info.reason) == (State.FAILED, "A fault in the reader or the runner: ValueError.")
