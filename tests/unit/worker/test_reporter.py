"""What goes out: progress now and then, the newest of it, and a final report until it is on the queue."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hermes import errors
from hermes.aws.queues import Queues
from hermes.domain import wire
from hermes.worker.journal import Journal
from hermes.worker.reporter import Reporter
from tests import env
from tests.unit.worker.origin import a_command


class Line(Queues):
    """An output queue in memory; the next sends fail with `failures`."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = [*failures]
        self.sent: list[wire.Started | wire.Progress | wire.ResultMessage] = []

    async def send(self, url: str, body: str, **_: object) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(wire.read_output(body))
        return "id"


class Pauses:
    """Sleeps that end when somebody says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._over = asyncio.Semaphore(0)
        self.begun = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.begun.set()
        await self._over.acquire()

    def end(self) -> None:
        self.begun.clear()
        self._over.release()


def words(line: Line) -> list[str]:
    return [said.message for said in line.sent if isinstance(said, wire.Progress)]


async def test_progress_comes_at_once_then_ever_less_often_and_always_the_newest(tmp_path: Path) -> None:
    line, pauses = Line(), Pauses()
    reporter = Reporter(
        queues=line,
        url="o",
        journal=Journal(folder=tmp_path, env=env.quiet()),
        env=env.quiet(sleep=pauses),
        progress_seconds=30.0,
    )
    progress = reporter.progress(a_command())
    sending = asyncio.create_task(progress.keep_sending())
    async with asyncio.timeout(60):
        await progress("agent", "one", 1)
        await pauses.begun.wait()
        assert words(line) == ["one"]
        for text in ("two", "three", "four"):
            await progress("agent", text, None)
        assert words(line) == ["one"]
        pauses.end()
        await pauses.begun.wait()
        assert words(line) == ["one", "four"]
        for n in range(6):
            pauses.end()
            await progress("agent", str(n), None)
            await pauses.begun.wait()
    sending.cancel()
    assert words(line)[2:] == [str(n) for n in range(6)]
    assert pauses.asked == sorted(pauses.asked)
    assert pauses.asked[-1] == 30.0


async def test_a_new_step_is_told_at_once_however_long_the_pause(tmp_path: Path) -> None:
    line, pauses = Line(), Pauses()
    progress = Reporter(
        queues=line, url="o", journal=Journal(folder=tmp_path, env=env.quiet()), env=env.quiet(sleep=pauses)
    ).progress(a_command())
    sending = asyncio.create_task(progress.keep_sending())
    async with asyncio.timeout(60):
        for step in ("workspace", "agent", "push"):
            await progress(step, f"{step} begins", None)
            await pauses.begun.wait()
            pauses.begun.clear()
            await progress(step, "and goes on", None)
            await asyncio.sleep(0)
    sending.cancel()
    assert words(line) == ["workspace begins", "agent begins", "push begins"]


async def test_progress_that_cannot_be_sent_is_let_go(tmp_path: Path) -> None:
    line, pauses = Line(errors.AwsUnavailable("no")), Pauses()
    progress = Reporter(
        queues=line, url="o", journal=Journal(folder=tmp_path, env=env.quiet()), env=env.quiet(sleep=pauses)
    ).progress(a_command())
    sending = asyncio.create_task(progress.keep_sending())
    async with asyncio.timeout(60):
        await progress("agent", "lost", None)
        await pauses.begun.wait()
        pauses.end()
        await progress("agent", "heard", None)
        await pauses.begun.wait()
    sending.cancel()
    assert words(line) == ["heard"]


async def test_a_final_report_is_sent_until_it_is_on_the_queue_and_the_journal_has_it_meanwhile(tmp_path: Path) -> None:
    command = a_command()
    journal = Journal(folder=tmp_path, env=env.quiet())
    journal.begin(command, gen=1)
    line, pauses = Line(errors.AwsUnavailable("no"), errors.AwsTimeout("no")), Pauses()
    result = wire.ResultMessage(command_id=command.command_id, attempt=command.attempt, success=True)
    reporter = Reporter(queues=line, url="o", journal=journal, env=env.quiet(sleep=pauses))
    sending = asyncio.create_task(reporter.result(result))
    async with asyncio.timeout(60):
        await pauses.begun.wait()
        (entry,) = journal.open()
        assert entry.result == result  # a process that dies now is followed by one that sends it
        pauses.end()
        await pauses.begun.wait()
        pauses.end()
        await sending
    assert line.sent == [result]
    assert list(journal.open()) == []
