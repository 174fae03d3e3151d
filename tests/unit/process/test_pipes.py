"""What comes out of a pipe, beside everything else that the loop has to do."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator

import pytest

from hermes.process import pipes


@pytest.fixture
def endless() -> Iterator[int]:
    """The output of a program that never ends."""
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        yield program.stdout.fileno()
        program.kill()


async def test_a_program_that_prints_without_end_leaves_others_their_turns(endless: int) -> None:
    async def read() -> None:
        async for _chunk in pipes.chunks(endless):
            # A moment's work, in which the program writes more.
            sum(range(20_000))

    reading = asyncio.create_task(read())
    for _turn in range(20):
        await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert reading.cancelled()
