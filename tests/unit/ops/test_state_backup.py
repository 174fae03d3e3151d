"""A backup is one moment of the state, checked; what is damaged, or used, is not restored over anything."""

from __future__ import annotations

import asyncio
import fcntl
import sqlite3
from pathlib import Path

import pytest

from hermes import errors
from hermes.local.durable.journal import FILE, StateJournal
from hermes.local.durable.rows import Document, StoreRow
from hermes.ops import state_backup


def row(name: object) -> StoreRow:
    return StoreRow("item", "table", str(name))


def opened(state: Path) -> StateJournal:
    (state / "aws").mkdir(parents=True, exist_ok=True)
    return StateJournal(state / "aws" / FILE, refused=lambda _: None)


async def test_a_backup_under_load_holds_each_change_whole(tmp_path: Path) -> None:
    journal = opened(tmp_path / "here")
    done = asyncio.Event()

    async def write() -> int:
        number = 0
        while not done.is_set():
            pair = {row(f"{side}-{number}"): Document(b"x" * 5000) for side in ("left", "right")}
            journal.record(pair)
            await journal.settled()
            number += 1
        return number

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.1)
    rows, size = await asyncio.to_thread(state_backup.backup, tmp_path / "here", tmp_path / "backup.db")
    done.set()
    assert await writing > 0
    await journal.close()
    assert size == (tmp_path / "backup.db").stat().st_size
    assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600

    assert state_backup.restore(tmp_path / "backup.db", tmp_path / "there") is None
    there = opened(tmp_path / "there")
    found = {found.key for found, _ in there.load()}
    assert len(found) == rows
    assert {name.partition("-")[2] for name in found if name.startswith("left")} == {
        name.partition("-")[2] for name in found if name.startswith("right")
    }
    await there.close()


async def test_the_state_that_was_there_is_kept(tmp_path: Path) -> None:
    for name in ("here", "there"):
        journal = opened(tmp_path / name)
        journal.record({row(name): Document(b"1")})
        await journal.settled()
        await journal.close()
    state_backup.backup(tmp_path / "here", tmp_path / "backup.db")
    kept = state_backup.restore(tmp_path / "backup.db", tmp_path / "there")
    assert kept is not None
    there = opened(tmp_path / "there")
    assert [found for found, _ in there.load()] == [row("here")]
    await there.close()
    with sqlite3.connect(kept) as before:
        assert before.execute("SELECT key FROM rows").fetchall() == [("there",)]
    before.close()


async def test_a_damaged_backup_is_not_restored(tmp_path: Path) -> None:
    journal = opened(tmp_path / "here")
    journal.record({row(number): Document(b"x" * 900) for number in range(50)})
    await journal.settled()
    await journal.close()
    backup = tmp_path / "backup.db"
    state_backup.backup(tmp_path / "here", backup)
    data = bytearray(backup.read_bytes())
    flipped = bytearray(data)
    flipped[data.index(b"x" * 900) + 5] ^= 1
    for bad in (bytes(flipped), bytes(data[: len(data) // 2]), b"no database " * 500):
        backup.write_bytes(bad)
        with pytest.raises(errors.ConfigError, match=r"damaged|no backup"):
            state_backup.restore(backup, tmp_path / "there")
        assert not (tmp_path / "there" / "aws" / FILE).exists()


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigError, match="there is no state"):
        state_backup.backup(tmp_path, tmp_path / "backup.db")
    with pytest.raises(errors.ConfigError, match="there is no backup"):
        state_backup.restore(tmp_path / "backup.db", tmp_path)


async def test_a_backup_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    await opened(tmp_path / "here").close()
    with pytest.raises(errors.ConfigError, match="cannot be written"):
        state_backup.backup(tmp_path / "here", tmp_path / "no-folder" / "backup.db")


async def test_a_running_hermes_is_not_restored_over(tmp_path: Path) -> None:
    await opened(tmp_path / "here").close()
    state_backup.backup(tmp_path / "here", tmp_path / "backup.db")
    with (tmp_path / "here" / "aws" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(errors.ConfigError, match="stop it first"):
            state_backup.restore(tmp_path / "backup.db", tmp_path / "here")
