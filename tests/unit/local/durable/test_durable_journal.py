"""The journal alone: one sync for many, a batch that cannot be written, damage, and a file that does not grow."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from hermes import errors
from hermes.local.durable import journal as module
from hermes.local.durable import wal
from hermes.local.durable.journal import StateJournal
from hermes.local.durable.rows import Document, StoreRow

PAD = b"x" * 900


def row(name: object, kind: str = "item") -> StoreRow:
    return StoreRow(kind, "table", str(name))


def opened(folder: Path, refused: list[Mapping[StoreRow, Document | None]] | None = None) -> StateJournal:
    return StateJournal(folder / module.FILE, refused=([] if refused is None else refused).append)


async def written(journal: StateJournal, *names: object, data: bytes = PAD) -> None:
    journal.record({row(name): Document(data) for name in names})
    await journal.settled()


def killed(folder: Path, into: Path) -> Path:
    """The files as a killed process leaves them."""
    into.mkdir()
    for name in (module.FILE, f"{module.FILE}-wal"):
        (into / name).write_bytes((folder / name).read_bytes())
    return into


async def test_those_who_wait_together_share_a_sync(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    batches: list[int] = []
    write = journal._write

    def counting(batch: dict[StoreRow, Document | None]) -> None:
        batches.append(len(batch))
        write(batch)

    journal._write = counting  # type: ignore[method-assign]
    await asyncio.gather(*(written(journal, number) for number in range(100)))
    await written(journal, 100)
    assert batches == [100, 1]
    await journal.close()


async def test_what_is_not_written_yet_is_read_and_a_deleted_row_is_gone(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.record({row("a"): Document(b"1"), row("b", "body"): Document(b"2", 7.0)})
    assert journal.read(row("a")) == Document(b"1")
    await journal.settled()
    assert journal.read(row("b", "body")) == Document(b"2", 7.0)
    assert [found for found, _ in journal.load()] == [row("a")]
    journal.record({row("a"): None})
    assert journal.read(row("a")) is None
    await journal.close()
    assert list(opened(tmp_path).load()) == []


async def test_a_batch_that_cannot_be_written_is_put_back_with_all_that_came_after_it(tmp_path: Path) -> None:
    refused: list[Mapping[StoreRow, Document | None]] = []
    journal = opened(tmp_path, refused)
    await written(journal, "a", data=b"before")
    (pages,) = journal._writer.execute("PRAGMA page_count").fetchone()
    journal._writer.execute(f"PRAGMA max_page_count = {pages}")
    journal.record({row("a"): Document(b"after"), row("big"): Document(b"x" * 100_000)})
    waiting = [asyncio.create_task(journal.settled())]
    journal.record({row("later"): Document(b"y")})
    waiting.append(asyncio.create_task(journal.settled()))
    for outcome in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(outcome, errors.NoRoom)
    assert refused == [{row("a"): Document(b"before"), row("big"): None, row("later"): None}]
    journal._writer.execute("PRAGMA max_page_count = 1000000")
    await written(journal, "later")
    assert journal.read(row("later")) == Document(PAD)
    await journal.close()


async def test_what_can_be_neither_written_nor_set_back_ends_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    monkeypatch.setattr(module, "end", ended.append)

    def refused(_: object) -> None:
        raise errors.DamagedRecord("a row is damaged")

    journal = StateJournal(tmp_path / module.FILE, refused=refused)
    (pages,) = journal._writer.execute("PRAGMA page_count").fetchone()
    journal._writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(errors.NoRoom):
        await written(journal, "big", data=b"x" * 100_000)
    assert ended == ["what could not be written could not be set back either: a row is damaged"]


async def test_room_that_was_kept_aside_is_used_where_there_is_none(tmp_path: Path) -> None:
    asked: list[int] = []

    def more_room() -> bool:
        asked.append(1)
        journal._writer.execute("PRAGMA max_page_count = 1000000")
        return True

    journal = StateJournal(tmp_path / module.FILE, refused=lambda _: None, more_room=more_room)
    (pages,) = journal._writer.execute("PRAGMA page_count").fetchone()
    journal._writer.execute(f"PRAGMA max_page_count = {pages}")
    await written(journal, "big", data=b"x" * 100_000)
    assert asked == [1]
    assert journal.read(row("big")) == Document(b"x" * 100_000)
    await journal.close()


async def test_a_row_with_a_flipped_bit_is_left_out_and_named(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    await written(journal, "good", "bad")
    await journal.close()
    with sqlite3.connect(tmp_path / module.FILE) as database:
        database.execute("UPDATE rows SET doc = ? WHERE key = 'bad'", (b"y" + PAD[1:],))
    database.close()
    journal = opened(tmp_path)
    assert [found for found, _ in journal.load()] == [row("good")]
    assert journal.damaged == [row("bad")]
    with pytest.raises(errors.DamagedRecord, match="bad"):
        journal.read(row("bad"))


@pytest.mark.parametrize("at", ["head", "frame", "salt"])
async def test_a_damaged_log_gives_what_is_before_the_damage_and_the_rest_is_said(tmp_path: Path, at: str) -> None:
    journal = opened(tmp_path / "")
    for number in range(9):
        await written(journal, number)
    left = killed(tmp_path, tmp_path / "left")
    log = wal.path(left / module.FILE)
    data = bytearray(log.read_bytes())
    frame = wal._FRAME_BYTES + wal.PAGE_BYTES
    frames = next(n for n in range(1000) if not any(data[32 + n * frame : 32 + n * frame + 24]))
    place = {"head": 9, "frame": 32 + frame * (frames // 2) + 1000, "salt": 32 + frame * (frames // 2) + 8}[at]
    data[place] ^= 4
    log.write_bytes(data)
    after = opened(left)
    assert after.lost is not None
    assert "later changes are lost" in after.lost
    found = [int(found.key) for found, _ in after.load()]
    assert found == list(range(len(found)))
    assert (len(found) == 0) is (at == "head")
    assert len(found) < 9


async def test_a_log_that_was_cut_gives_what_is_before_the_cut_and_that_is_said(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    for number in range(9):
        await written(journal, number)
    left = killed(tmp_path, tmp_path / "left")
    log = wal.path(left / module.FILE)
    data = log.read_bytes()
    frame = wal._FRAME_BYTES + wal.PAGE_BYTES
    frames = next(n for n in range(1000) if not any(data[32 + n * frame : 32 + n * frame + 24]))
    log.write_bytes(data[: 32 + frame * (frames - 1) + 2000])
    after = opened(left)
    assert after.lost is not None
    assert "in the middle of a change" in after.lost
    assert [int(found.key) for found, _ in after.load()] == list(range(8))


async def test_a_log_in_good_order_has_lost_nothing(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    await written(journal, *range(9))
    after = opened(killed(tmp_path, tmp_path / "left"))
    assert after.lost is None
    assert len(list(after.load())) == 9


async def test_the_journal_of_a_newer_hermes_is_refused(tmp_path: Path) -> None:
    await opened(tmp_path).close()
    with sqlite3.connect(tmp_path / module.FILE) as database:
        database.execute(f"PRAGMA user_version = {module.FORMAT + 1}")
    database.close()
    with pytest.raises(errors.ConfigError, match="newer Hermes"):
        opened(tmp_path)


async def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / module.FILE).write_bytes(b"no database, whatever its name says " * 200)
    with pytest.raises(errors.ConfigError, match="cannot be opened"):
        opened(tmp_path)


async def test_the_files_do_not_grow_with_what_is_gone(tmp_path: Path) -> None:
    journal = opened(tmp_path)

    def size() -> int:
        return sum(file.stat().st_size for file in tmp_path.iterdir())

    sizes = []
    for turn in range(12):
        await written(journal, *(f"{turn}-{number}" for number in range(300)), data=b"x" * 20_000)
        journal.record({row(f"{turn}-{number}"): None for number in range(300)})
        await journal.settled()
        sizes.append(size())
    assert max(sizes[6:]) <= max(sizes[:6])
    for turn in range(4 * module.VACUUM_COMMITS):
        await written(journal, turn)
    await journal.close()
    assert size() < 8_000_000


async def test_a_disk_that_does_not_answer_makes_the_call_fail_and_not_wait_for_ever(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    hanging = threading.Event()
    journal._thread.submit(hanging.wait)  # as a sync that does not return
    journal.record({row("one"): Document(PAD)})
    with pytest.raises(errors.Transient, match=r"has written nothing for 0\.05 s") as raised:
        await journal.settled(0.05)
    assert not isinstance(raised.value, errors.NoRoom), "it may still be written, so nothing is set back"

    hanging.set()
    await journal.settled()
    assert journal.read(row("one")) == Document(PAD)
    await journal.close()
