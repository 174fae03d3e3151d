"""The room for mails that come: memory first, then a file without a name; who gives way; what a full disk does."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes import errors
from hermes.config.ingress_limits import IngressLimits
from hermes.ingress.spool import Body, Spool

MIB = 1024 * 1024


def limits(**more: Any) -> IngressLimits:
    return IngressLimits(**{"memory_bytes": MIB, "spool_bytes": 64 * MIB, **more})


async def filled(spool: Spool, size: int, holder: str = "") -> Body:
    body = spool.body(holder)
    for start in range(0, size, 64 * 1024):
        await body.write(bytes([start // 65536 % 256]) * min(64 * 1024, size - start))
    return body


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_what_was_written_is_read_back_whatever_the_pieces(pieces: list[bytes]) -> None:
    async def write() -> None:
        spool = Spool(limits(), body_memory_bytes=50)
        body = spool.body()
        for piece in pieces:
            await body.write(piece)
        body.finish()
        whole = b"".join(pieces)

        assert (len(body), body.head(7), b"".join(body.chunks(3, 90))) == (len(whole), whole[:7], whole[3:90])
        assert body.reader().readall() == whole
        assert body.in_memory == (len(whole) <= 50)
        body.discard()
        assert (spool.memory.held, spool.disk.held) == (0, 0)

    asyncio.run(write())


async def test_small_mails_stay_in_memory_until_it_is_full_and_large_ones_never_do(tmp_path: Path) -> None:
    spool = Spool(limits(spool_folder=tmp_path))

    small = [await filled(spool, 300_000) for _ in range(4)]
    large = await filled(spool, 3 * MIB)

    assert [one.in_memory for one in small] == [True, True, True, False]
    assert not large.in_memory
    assert spool.memory.held == 900_000
    assert spool.disk.held == 3 * MIB + 300_000
    assert os.listdir(tmp_path) == []
    for one in [*small, large]:
        one.discard()
    assert (spool.memory.held, spool.disk.held) == (0, 0)


async def test_the_network_that_holds_most_gives_way_to_one_that_holds_little() -> None:
    spool = Spool(limits())
    hoard = [await filled(spool, 21 * MIB, "203.0.113.0/24") for _ in range(3)]

    owner = await filled(spool, 3 * MIB, "198.51.100.0/24")
    owner.finish()

    assert len(owner) == 3 * MIB
    assert [one.coming for one in hoard].count(False) == 1
    lost = next(one for one in hoard if not one.coming)
    with pytest.raises(errors.NoRoom):
        await lost.write(b"more")
    assert spool.disk.held <= 64 * MIB
    for one in [*hoard, owner]:
        one.discard()
    assert spool.disk.held == 0


async def test_whoever_holds_most_is_refused_and_takes_nobodys_room() -> None:
    spool = Spool(limits())
    other = await filled(spool, 2 * MIB, "198.51.100.0/24")

    greedy = [await filled(spool, 21 * MIB, "203.0.113.0/24") for _ in range(2)]
    with pytest.raises(errors.NoRoom):
        await filled(spool, 30 * MIB, "203.0.113.0/24")

    await other.write(b"more")
    for one in [other, *greedy]:
        one.discard()


async def test_what_has_come_whole_or_is_our_own_keeps_its_room() -> None:
    spool = Spool(limits())
    whole, ours = await filled(spool, 40 * MIB, "203.0.113.0/24"), await filled(spool, 20 * MIB)
    whole.finish()

    with pytest.raises(errors.NoRoom):
        await filled(spool, 10 * MIB, "198.51.100.0/24")

    assert b"".join(whole.chunks())[-3:] == whole.read(40 * MIB - 3, 3)
    for one in (whole, ours):
        one.discard()


class Disk:
    """A disk that is full after so many bytes."""

    def __init__(self, room: int) -> None:
        self.room = room

    def make_file(self, folder: str | None) -> BinaryIO:
        disk, file = self, tempfile.TemporaryFile(buffering=0, dir=folder)  # noqa: SIM115 - closed below

        class Full(io.FileIO):
            def write(self, data: Any) -> int:
                count = min(len(data), disk.room)
                if not count:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                disk.room -= count
                return super().write(bytes(memoryview(data)[:count]))

            def close(self) -> None:
                super().close()
                file.close()

        return Full(file.fileno(), "r+", closefd=False)


async def test_a_full_disk_keeps_nothing_half_and_is_used_again_when_there_is_room() -> None:
    disk = Disk(2 * MIB)
    spool = Spool(limits(), make_file=disk.make_file)
    body = spool.body()

    for _ in range(32):
        await body.write(b"x" * 64 * 1024)
    with pytest.raises(errors.NoRoom, match="No space left on device"):
        await body.write(b"x")
    with pytest.raises(errors.NoRoom):
        body.finish()

    assert (spool.memory.held, spool.disk.held, body.in_memory) == (0, 0, True)
    disk.room = 10 * MIB
    again = await filled(spool, 3 * MIB)
    again.finish()
    assert sum(len(chunk) for chunk in again.chunks()) == 3 * MIB
    again.discard()


async def test_the_last_of_a_disk_is_left_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(tempfile.gettempdir())

    class Tight:
        f_blocks, f_frsize, f_bavail = real.f_blocks, real.f_frsize, 10

    monkeypatch.setattr(os, "statvfs", lambda path: Tight)
    spool = Spool(limits())

    with pytest.raises(errors.NoRoom):
        await filled(spool, 2 * MIB)

    assert spool.disk.held == 0


async def test_a_mail_that_gives_way_while_it_is_written_leaves_no_open_file() -> None:
    spool = Spool(limits(), body_memory_bytes=10)
    body = spool.body()
    await body.write(b"x" * 100)
    writing = asyncio.create_task(body.write(b"y" * MIB))
    await asyncio.sleep(0)

    body.lose()
    with pytest.raises(errors.NoRoom):
        await writing

    assert body._file is None
    assert spool.disk.held == 0


async def test_a_client_that_leaves_while_its_mail_is_written_leaves_no_open_file() -> None:
    spool = Spool(limits(), body_memory_bytes=10)
    body = spool.body()
    await body.write(b"x" * 100)
    writing = asyncio.create_task(body.write(b"y" * MIB))
    await asyncio.sleep(0)

    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    body.discard()

    async with asyncio.timeout(60):
        while body._file is not None:  # noqa: ASYNC110 - the thread has only to end
            await asyncio.sleep(0.001)
