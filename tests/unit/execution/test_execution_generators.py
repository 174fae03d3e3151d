"""Generators of an execution are closed with it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Generator

import pytest

from hermes.execution import ExecutionInterrupted, ExecutionState, InterruptReason, NoteEvent
from tests.eventually import settled, soon


class Closed:
    """Generators that tell when they are closed."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def lines(self, name: str) -> AsyncGenerator[int, None]:
        try:
            for number in range(1_000_000):
                yield number
                await asyncio.sleep(0)
        finally:
            self.names.append(name)

    def plain(self, name: str) -> Generator[int, None, None]:
        try:
            yield from range(1_000_000)
        finally:
            self.names.append(name)


async def test_registered_generators_are_killed_newest_first() -> None:
    state, closed = ExecutionState(), Closed()
    first, second, third = closed.lines("first"), closed.plain("second"), closed.lines("third")
    for generator in (first, second, third):
        state.register_generator(generator)
    await anext(first)
    next(second)
    await anext(third)
    assert await state.kill_generators() == 3
    assert closed.names == ["third", "second", "first"]
    assert await state.kill_generators() == 0


async def test_an_unregistered_generator_is_left_alone() -> None:
    state, closed = ExecutionState(), Closed()
    generator = closed.plain("mine")
    next(generator)
    state.register_generator(generator)
    assert state.unregister_generator(generator)
    assert not state.unregister_generator(generator)
    assert await state.kill_generators() == 0
    assert next(generator) == 1


async def test_the_end_of_an_execution_kills_its_generators() -> None:
    closed = Closed()
    async with ExecutionState() as state:
        generator = closed.plain("left open")
        next(generator)
        state.register_generator(generator)
    assert closed.names == ["left open"]


async def test_a_generator_that_is_being_read_is_closed_when_its_reader_stops() -> None:
    state = ExecutionState()
    ended = asyncio.Event()

    async def slow() -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.sleep(3600)
            yield 2
        finally:
            ended.set()

    generator = slow()
    state.register_generator(generator)

    async def read() -> None:
        with contextlib.suppress(ExecutionInterrupted):
            async with state.interruptible():
                async for _ in generator:
                    pass

    reader = asyncio.create_task(read())
    await settled()
    state.request_interrupt(InterruptReason.USER_CANCELLED)
    async with asyncio.timeout(60):
        assert await state.kill_generators() == 1
        await reader
    assert ended.is_set()


async def test_a_generator_that_does_not_close_is_noted() -> None:
    state = ExecutionState()

    async def stubborn() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            raise OSError("stuck")

    generator = stubborn()
    await anext(generator)
    state.register_generator(generator)
    assert await state.kill_generators(0.05) == 0
    assert any(isinstance(event, NoteEvent) and "stuck" in event.detail for event in state.history)


async def test_only_generators_are_registered() -> None:
    with pytest.raises(TypeError):
        ExecutionState().register_generator(iter([1]))  # type: ignore[arg-type]


async def test_iterate_reads_to_the_end_and_forgets() -> None:
    state = ExecutionState()

    async def three() -> AsyncGenerator[int, None]:
        for number in range(3):
            yield number

    assert [item async for item in state.iterate(three())] == [0, 1, 2]
    assert await state.kill_generators() == 0


async def test_iterate_is_interrupted_while_it_waits_and_closes_the_generator() -> None:
    state, ended = ExecutionState(), []

    async def slow() -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.sleep(3600)
        finally:
            ended.append(True)

    soon(state.request_interrupt, InterruptReason.CUSTOM)
    with pytest.raises(ExecutionInterrupted):
        async for _ in state.iterate(slow()):
            pass
    assert ended == [True]


async def test_a_plain_generator_that_raises_on_being_closed_is_noted_and_not_tried_again() -> None:
    state = ExecutionState()
    closes: list[int] = []

    def broken() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            closes.append(1)
            raise OSError("the file is gone")

    generator = broken()
    next(generator)
    state.register_generator(generator)
    assert await state.kill_generators() == 0
    assert closes == [1]
    assert any(isinstance(event, NoteEvent) and "the file is gone" in event.detail for event in state.history)


async def test_a_plain_generator_that_another_thread_reads_is_closed_when_it_is_free() -> None:
    state = ExecutionState()
    reading, go = threading.Event(), threading.Event()

    def slow() -> Generator[int, None, None]:
        reading.set()
        go.wait(60)
        yield 1

    generator = slow()
    thread = threading.Thread(target=next, args=(generator,))
    thread.start()
    await asyncio.to_thread(reading.wait, 60)
    state.register_generator(generator)
    asyncio.get_running_loop().call_later(0.02, go.set)
    async with asyncio.timeout(60):
        assert await state.kill_generators(60) == 1
    await asyncio.to_thread(thread.join, 60)


async def test_a_task_is_cancelled_but_never_the_caller_s_own() -> None:
    state = ExecutionState()
    task = asyncio.current_task()
    assert task is not None
    state.register_generator(task)
    assert await state.kill_generators() == 0
    assert task.cancelling() == 0
    state.unregister_generator(task)


@pytest.mark.parametrize(("ends", "words"), [("ignores", "takes no notice"), ("fails", "ValueError: broken")])
async def test_a_task_that_does_not_end_or_fails_is_recorded(ends: str, words: str) -> None:
    state, free = ExecutionState(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            if ends == "fails":
                raise ValueError("broken") from None
            await free.wait()

    task = asyncio.create_task(work(), name="the work")
    await asyncio.sleep(0)
    state.register_generator(task)
    assert await state.kill_generators(0.01) == 0
    assert any(
        isinstance(event, NoteEvent) and words in event.detail and "the work" in event.detail for event in state.history
    )
    free.set()
    await asyncio.wait({task})
    future = asyncio.get_running_loop().create_future()
    state.register_generator(future)
    assert await state.kill_generators() == 1
