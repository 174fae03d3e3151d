"""One command's leftovers want to keep the worker from ever starting again, or to end it for the sessions of others too."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hermes import ids
from hermes.aws.bodies import LargeQueues
from hermes.aws.side_queue import SideQueue
from hermes.domain import wire
from hermes.process import descendants
from hermes.repository.workspace import Workspace
from hermes.worker import journal as journals
from hermes.worker.journal import Journal
from tests import env
from tests.eventually import eventually
from tests.integration.conftest import aws
from tests.integration.worker.worker_bench import WRITE, Bench, bench
from tests.unit.worker.origin import a_command, command_id

__all__ = ["aws", "bench"]

GOOD = journals.JournalEntry(message=a_command(), gen=1, claimed_at=0.0).model_dump(mode="json")


@pytest.fixture
def endpoint(ministack: object) -> object:
    """One implementation of AWS will do."""
    return ministack


def text(path: Path, data: Any) -> None:
    path.write_text(data if isinstance(data, str) else json.dumps(data))


POISONS: dict[str, Callable[[Path], object]] = {
    "torn": lambda path: text(path, '{"message": {"commandId"'),
    "empty": lambda path: text(path, ""),
    "no JSON": lambda path: path.write_bytes(b"\xff\xfe\x00poison"),
    "another kind": lambda path: text(path, []),
    "wrong types": lambda path: text(path, {**GOOD, "claimed_at": "never", "gen": {}}),
    "a broken report": lambda path: text(path, {**GOOD, "result": {"success": 7}}),
    "deep": lambda path: text(path, "[" * 200_000),
    "lone surrogates": lambda path: text(path, json.dumps(GOOD).replace("Please", "\\ud800")),
    "huge": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 10**12),
    "a folder": lambda path: (path / "x").mkdir(parents=True),
    "a pipe": os.mkfifo,
    "a link to nowhere": lambda path: path.symlink_to("/nowhere"),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("poison", POISONS)
def test_what_is_no_entry_is_set_aside_once_and_the_others_are_read(
    tmp_path: Path, poison: str, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(folder=tmp_path, env=env.quiet())
    journal.begin(a_command(), gen=1)
    POISONS[poison](tmp_path / "000.json")
    for _start in range(3):
        assert [entry.message.command_id for entry in journal.open()] == [command_id()]
    assert len([line for line in caplog.records if "set aside" in line.getMessage()]) == 1
    assert len(list((tmp_path / "aside").iterdir())) == 1


def _where(bench: Bench, command: Any) -> Path:
    folder = bench.folder / "workspace" / "runtime" / "journal"
    folder.mkdir(parents=True, exist_ok=True)
    return Journal(folder=folder, env=env.quiet())._path(command.command_id, 1)


async def claimed(bench: Bench, seq: int, session: str, *, upto: int = 1) -> Any:
    """A command that a process before this one had claimed; its message is still on the queue."""
    command = await bench.accept(seq, session=session)
    for _ in range(upto):
        await bench.aws.commands.claim(command.command_id, attempt=1, gen=1, token="before", now=time.time())
    return command


async def test_a_worker_with_a_poisoned_journal_starts_and_each_person_gets_a_report(bench: Bench) -> None:
    await bench.launch()
    poisoned = []
    for number, poison in enumerate(("torn", "a folder", "a pipe", "huge", "wrong types")):
        command = await claimed(bench, 1, f"acme-site-poison{number}")
        POISONS[poison](_where(bench, command))
        poisoned.append(command)
    neighbour = await bench.accept(1, session="acme-site-other111")
    async with bench.serving(WRITE):
        for command in (*poisoned, neighbour):
            await bench.send(command)
        assert (await bench.result(neighbour)).success
        for command in poisoned:
            assert (await bench.result(command)).retryable  # what it left is saved, and it runs again
    assert await bench.left() == 0


def left_behind(command_id: str) -> subprocess.Popen[bytes]:
    """An agent that a dead worker did not take with it."""
    return subprocess.Popen(["/bin/sleep", "600"], env={descendants.MARK: command_id}, start_new_session=True)


async def test_a_command_that_ends_each_worker_is_reported_at_last(bench: Bench) -> None:
    await bench.launch()
    command = await claimed(bench, 1, "acme-site-killer11")
    journal = Journal(folder=_where(bench, command).parent, env=env.quiet())
    message = a_command().model_copy(update={"command_id": command.command_id, "session_id": command.session_id})
    journal.begin(message, gen=1)
    for _death in range(2):
        (entry,) = journal.open()
        assert journal.take_up(entry)  # and the process ends
    neighbour = await bench.accept(1, session="acme-site-other111")
    await bench.send(neighbour)
    agent = left_behind(command.command_id)
    try:
        async with bench.serving(WRITE):
            result = await bench.result(command)
            assert (result.success, result.retryable) == (False, False)
            assert "ended while it worked on this" in (result.error or "")
            assert descendants.marked(command.command_id) == frozenset()
            assert (await bench.result(neighbour)).success
    finally:
        agent.kill()
        agent.wait()


async def test_a_command_that_breaks_the_workers_own_work_ends_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, broken = Workspace.resume, "acme-site-broken11"

    async def breaks(space: Workspace) -> None:
        if broken in str(space.paths.tree):
            raise UnicodeEncodeError("utf-8", "\udce9", 0, 1, "surrogates not allowed")
        await prepare(space)

    monkeypatch.setattr(Workspace, "resume", breaks)
    await bench.launch()
    command = await claimed(bench, 1, broken)
    message = a_command().model_copy(update={"command_id": command.command_id, "session_id": command.session_id})
    Journal(folder=_where(bench, command).parent, env=env.quiet()).begin(message, gen=1)
    second = await claimed(bench, 2, broken)  # its entry is gone: its message leads to the same
    neighbour = await bench.accept(1, session="acme-site-other111")
    for one in (second, neighbour):
        await bench.send(one)
    async with bench.serving(WRITE):
        assert (await bench.result(neighbour)).success
        for one in (command, second):
            result = await bench.result(one)
            assert not result.success
            assert "UnicodeEncodeError" in (result.error or "")
    assert await bench.left() == 0


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    """A folder on a disk of its own that has no byte left."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = os.geteuid() == 0 and not subprocess.call(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)], stderr=subprocess.DEVNULL
    )
    if not mounted:
        pytest.skip("a full disk needs root, and a kernel that lets it mount one")
    try:
        with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        yield
    finally:
        subprocess.check_call(["umount", "-l", str(folder)])


@pytest.mark.parametrize("name", ["journal", "executions"])
async def test_a_full_disk_costs_no_report(bench: Bench, name: str) -> None:
    await bench.launch()
    command, other = await bench.accept(1), await bench.accept(1, session="acme-site-other111")
    with full(bench.folder / "workspace" / "runtime" / name):
        async with bench.serving(WRITE):
            for one in (command, other):
                await bench.send(one)
            for one in (command, other):
                result = await bench.result(one)
                assert result.success == (name == "journal")
                if not result.success:
                    assert result.error == "There is no room on the machine that does this work."
                    assert "make room on the disk" in result.hint
    assert await bench.left() == 0


async def test_a_command_whose_body_is_gone_from_the_bucket_is_parked_and_the_next_is_done(bench: Bench) -> None:
    await bench.launch()
    lost = await bench.accept(1, session="acme-site-lost1111", instruction="x" * 300_000)
    clients = bench.aws.clients
    large = LargeQueues(polls=clients.polls, client=clients.sqs, objects=bench.aws.objects, new_id=ids.new_id)
    await dataclasses.replace(bench, aws=dataclasses.replace(bench.aws, queues=large)).send(lost)
    for key in await bench.aws.objects.list("wire/"):
        await bench.aws.objects.delete(key)
    neighbour = await bench.accept(1, session="acme-site-other111")
    await bench.send(neighbour)
    async with bench.serving(WRITE):
        assert (await bench.result(neighbour)).success
        shelf = SideQueue(queues=bench.aws.queues, url=bench.aws.places.dead_fifo)
        (parked,) = await eventually(shelf.look, seconds=20)
    named = wire.command_named_in(parked.body)
    assert named is not None
    assert (named.command_id, named.attempt) == (lost.command_id, 1)
