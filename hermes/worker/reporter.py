"""Sends to the output queue: started, progress at intervals, and the one final report."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from hermes import errors, limits
from hermes.aws.queues import Queues
from hermes.domain import wire
from hermes.domain.env import Env
from hermes.worker.journal import Journal
from hermes.worker.run import report

#: The pause before a new step is shown in the container's record: most commands are past their first steps by then.
_STEP_SECONDS: Final = 1.0
#: The pause after a command's first progress; it doubles with each, up to the next limit.
PROGRESS_FIRST_SECONDS: Final = 0.25
#: Words within a step are reported at most this often: each message is two calls of the gateway's, which may have a thousand busy workers.
#: A new step is told at once.
PROGRESS_SECONDS: Final = 20.0

_LOG = logging.getLogger(__name__)


class Reporter:
    """Sends reports; no step of a command waits for a progress message."""

    def __init__(
        self,
        *,
        queues: Queues,
        url: str,
        journal: Journal,
        progress_seconds: float = PROGRESS_SECONDS,
        env: Env,
    ) -> None:
        self._queues = queues
        self._url = url
        self._journal = journal
        self._env = env
        self._progress_seconds = progress_seconds

    async def started(self, message: wire.CommandMessage) -> None:
        """Report that the command is claimed. The record says so already, so a lost message does no harm."""
        await self._courtesy(
            wire.Started(
                command_id=message.command_id,
                attempt=message.attempt,
                nonce=message.nonce,
                traceparent=message.traceparent,
            )
        )

    def progress(self, message: wire.CommandMessage) -> Coalesced:
        """The progress of one command."""
        return Coalesced(message, self._courtesy, self._env, self._progress_seconds)

    async def result(self, result: wire.ResultMessage) -> None:
        """Send the final report until it is on the queue; the journal keeps it meanwhile.

        A refused report is sent in a short form, since the queue, or the bucket of a long one, may refuse something in it.
        """
        self._journal.ended(result)
        body = result.encode()
        pause = 0.5
        while True:
            try:
                await self._queues.send(self._url, body)
                break
            except errors.HermesError as error:
                _LOG.warning(
                    "The report could not be sent yet.", extra={"action": "report.retry", "why": error.message}
                )
                if not isinstance(error, errors.Transient):
                    body = report.short(result).encode()
                await self._env.sleep(pause)
                pause = min(pause * 2, limits.REPORT_PAUSE_SECONDS)
        self._journal.sent(result)

    async def _courtesy(self, message: wire.Started | wire.Progress) -> None:
        try:
            await self._queues.send(self._url, message.encode())
        except errors.HermesError as error:
            _LOG.warning("A sign of life could not be sent.", extra={"action": "report.progress", "why": error.message})


class Coalesced:
    """The newest progress of one command, sent at most every few seconds."""

    def __init__(
        self,
        message: wire.CommandMessage,
        send: Callable[[wire.Progress], Awaitable[None]],
        env: Env,
        seconds: float,
    ) -> None:
        self._message = message
        self._send = send
        self._sleep = env.sleep
        self._seconds = seconds
        self._newest: wire.Progress | None = None
        self._news = asyncio.Event()
        self._stepped = asyncio.Event()
        self._step_untold = asyncio.Event()

    @property
    def step(self) -> str:
        """The step that the command is at; empty before the first."""
        return self._newest.step if self._newest is not None else ""

    @property
    def shown(self) -> dict[str, Any]:
        """Where the command is, as the fields of an `ActiveJob`."""
        newest = self._newest
        return {"step": newest.step, "words": newest.message, "percent": newest.percent} if newest is not None else {}

    async def __call__(self, step: str, words: str, percent: int | None) -> None:
        """Replace the progress by a newer one; returns at once."""
        if step != self.step:
            self._stepped.set()
            self._step_untold.set()
        self._newest = wire.Progress(
            command_id=self._message.command_id,
            attempt=self._message.attempt,
            nonce=self._message.nonce,
            step=step,
            message=words[:500],
            percent=percent,
            traceparent=self._message.traceparent,
        )
        self._news.set()

    async def keep_sending(self) -> None:
        """Send until cancelled: each step at once, and what is said within it at growing intervals."""
        pause = min(PROGRESS_FIRST_SECONDS, self._seconds)
        while True:
            await self._news.wait()
            self._news.clear()
            self._step_untold.clear()
            if self._newest is not None:
                await self._send(self._newest)
            await self._rest(pause)
            pause = min(pause * 2, self._seconds)

    async def _rest(self, seconds: float) -> None:
        """Wait for so long, or until the command is at another step."""
        waits = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._step_untold.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def keep_showing(self, show: Callable[[], Awaitable[None]]) -> None:
        """Call `show` after each step until cancelled; steps that follow each other quickly are one."""
        while True:
            await self._stepped.wait()
            await self._sleep(_STEP_SECONDS)
            self._stepped.clear()
            await show()
