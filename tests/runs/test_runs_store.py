"""Folder, lock, store and merge: whole files or none, one writer, plan order."""

from __future__ import annotations

import errno
import multiprocessing
import os
import uuid
from pathlib import Path
from typing import Any

import pytest

from khid_eval.errors import BadData
from khid_eval.runs.folder import Folder, check_address
from khid_eval.runs.lock import Lock, is_held
from khid_eval.runs.merge import merge
from khid_eval.runs.state import Counts, RunInfo, State, from_json
from khid_eval.runs.store import Store


@pytest.fixture(params=["path", "file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return {"path": f"{tmp_path}/r", "file": f"file://{tmp_path}/r", "memory": f"memory://{uuid.uuid4()}/r"}[
        request.param
    ]


def info(state: State = State.PLANNED) -> RunInfo:
    return RunInfo(
        id="r", state=state, created="now", dataset={}, target={}, options={}, work="w", executor={}, versions={},
        counts=Counts(planned=3, errors={"AIS.0104": 1}),
    )  # fmt: skip


def test_a_file_is_written_whole_replaced_and_removed(url: str) -> None:
    folder = Folder(url)
    folder.write("a/b.txt", b"one")
    folder.write("a/b.txt", b"two")
    assert (folder.list("a"), folder.read("a/b.txt")) == (["b.txt"], b"two")
    folder.remove("a/b.txt")
    folder.remove("a/b.txt")
    assert folder.list("a") == folder.list("nowhere") == []


@pytest.mark.parametrize("url", ["abfs://sets@account.dfs.core.windows.net/x", "s3://sets/a@b", "/runs/a@b", "r"])
def test_an_at_sign_alone_is_no_login(url: str) -> None:
    check_address(url)


@pytest.mark.parametrize("url", ["sftp://me@host/x", "simplecache::ftp://me:secret@host/x", "https://token@host/x"])
def test_a_login_in_an_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(BadData) as refused:
        check_address(url)
    assert "host" not in str(refused.value)


def test_half_files_are_not_listed_and_are_swept(url: str) -> None:
    folder = Folder(url)
    folder.write("a/x", b"whole")
    folder.fs.pipe_file(folder.path("a/y.tmp-1234"), b"ha")
    assert folder.list("a") == ["x"]
    folder.sweep_temporary("a")
    assert [str(path).rsplit("/", 1)[-1] for path in folder.fs.ls(folder.path("a"), detail=False)] == ["x"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_said_and_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(number, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadData, match=r"No room left .* --resume"):
        Folder(str(tmp_path)).write("a", b"x")
    assert not list(tmp_path.iterdir())


def test_run_json_goes_round(url: str) -> None:
    store = Store(url)
    assert not store.exists()
    with pytest.raises(BadData, match="No run in"):
        store.load()
    store.save(info())
    assert store.load() == info()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "state": "dancing"}'])
def test_another_file_is_no_run(text: str) -> None:
    with pytest.raises(BadData, match=r"run\.json"):
        from_json(text, "x/run.json")


@pytest.mark.parametrize(
    ("before", "after"),
    [(State.FINISHED, State.RUNNING), (State.PLANNED, State.FINISHED), (State.CANCELLED, State.FINISHED)],
)
def test_states_that_cannot_follow(before: State, after: State) -> None:
    with pytest.raises(BadData, match="cannot become"):
        info(before).to(after)


def test_wishes(url: str) -> None:
    store = Store(url)
    assert store.wish() == ""
    store.ask("pause")
    assert store.wish() == "pause"
    store.ask("")
    store.ask("")
    assert store.wish() == ""
    with pytest.raises(ValueError, match="pause or cancel"):
        store.ask("dance")


def test_a_second_writer_is_refused_and_a_later_one_welcome(url: str) -> None:
    folder = Folder(url)
    with Lock(folder), pytest.raises(BadData, match="Another process"), Lock(Folder(url)):
        pass
    assert not is_held(folder)
    with Lock(folder):
        assert is_held(folder)


def _hold(path: str, ready: Any, gone: Any) -> None:
    with Lock(Folder(path)):
        ready.set()
        gone.wait(60)


def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, gone = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(str(tmp_path), ready, gone))
    holder.start()
    assert ready.wait(60)
    folder = Folder(str(tmp_path))
    assert is_held(folder)
    with pytest.raises(BadData, match="Another process"), Lock(folder):
        pass
    holder.kill()
    holder.join()
    assert not is_held(folder)
    with Lock(folder):
        pass


def image(seq: int) -> dict[str, Any]:
    return {"seq": seq, "key": f"{seq:032x}", "file_name": f"{seq}.jpg", "error_kind": None}


def field(seq: int, name: str) -> dict[str, Any]:
    return {"seq": seq, "field": name, "text": f"{name} {seq}"}


def test_parts_in_any_order_and_cut_merge_alike(url: str) -> None:
    orders = {"a": [[0, 1, 2], [3, 4, 5, 6], [7, 8]], "b": [[3, 0, 8], [7, 1], [5], [2, 6, 4]]}
    merged = {}
    for name, parts in orders.items():
        store = Store(f"{url}/{name}")
        for seqs in parts:
            rows = [field(seq, name) for seq in seqs for name in ("sex", "height")]
            store.add_part([image(seq) for seq in seqs], rows)
        names = merge(store, tuple(store.folder.list("images")), photos_a_file=4)
        images = [store.read_table("images", part)["seq"].to_pylist() for part in names]
        fields = [store.read_table("fields", part).select(["field", "seq"]).to_pylist() for part in names]
        merged[name] = (names, images, fields)
    assert merged["a"] == merged["b"]
    assert merged["a"][1] == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
    assert merged["a"][2][2] == [{"field": "height", "seq": 8}, {"field": "sex", "seq": 8}]


def test_the_same_photos_written_again_are_one_part(url: str) -> None:
    store = Store(url)
    store.save(info())
    for order in ([1, 2], [2, 1]):
        store.add_part([image(seq) for seq in order], [])
    assert len(store.parts()) == 1
    assert sorted(store.keys()) == [f"{1:032x}", f"{2:032x}"]
    assert store.count_rows() == Counts(read=2)


def test_tidy_keeps_what_counts(url: str) -> None:
    store = Store(url)
    store.save(info())
    name = store.add_part([image(1)], [field(1, "sex")])
    store.folder.write("fields/part-orphan.parquet", b"x")
    store.folder.write("images/merged-00000-x.parquet", b"x")
    store.tidy()
    assert store.folder.list("images") == store.folder.list("fields") == [name]
