"""The gateway as a service: starts its parts, watches them, and stops them in an order that loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.gateway.replies.outbox import Outbox
from hermes.gateway.results.output_poller import OutputPoller
from hermes.gateway.upkeep.tasks import Tasks
from hermes.gateway.upkeep.visibility_extender import VisibilityExtender

_TASKS_SECONDS = 10.0
_REPLIES_SECONDS = 30.0


class Ingress(Protocol):
    """A way in that this process serves; it only stores raw mail and pointer."""

    async def start(self) -> None:
        """Begin to take mail."""

    async def close(self) -> None:
        """Take no more mail; wait for mail that is being received."""


class Part(Protocol):
    """A part that runs for as long as the service does."""

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop`; an exception stops the service."""


class GatewayService:
    """Runs until `stop`. A part that dies stops the service, which is then started again rather than left half alive."""

    def __init__(
        self,
        *,
        ingresses: Sequence[Ingress],
        parts: Sequence[Part],
        holding: VisibilityExtender,
        poller: OutputPoller,
        outbox: Outbox,
        tasks: Tasks,
        closing: asyncio.Event,
        env: Env,
    ) -> None:
        self._ingresses = ingresses
        self._parts = parts
        self._holding = holding
        self._poller = poller
        self._outbox = outbox
        self._tasks = tasks
        self._closing = closing
        self._env = env

    async def run(self, stop: asyncio.Event, *, started: asyncio.Event | None = None) -> None:
        """Serve until `stop` is set; then take no more, finish what is in hand, and leave the rest to the records.

        `started` is set once mail is taken. Raises the exception that a part died of.
        """
        for number, ingress in enumerate(self._ingresses):
            try:
                await ingress.start()
            except BaseException:
                await asyncio.gather(*(one.close() for one in self._ingresses[:number]), return_exceptions=True)
                raise
        inner, let_go = asyncio.Event(), asyncio.Event()
        holding = asyncio.create_task(self._holding.run(let_go), name="holding")
        parts = [asyncio.create_task(part.run(inner), name=type(part).__name__) for part in self._parts]
        waiting = asyncio.create_task(stop.wait(), name="stop")
        self._env.emit(Event("gateway.started", self._env.now(), "the gateway takes mail", {}))
        if started is not None:
            started.set()
        try:
            await asyncio.wait([*parts, holding, waiting], return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            self._env.emit(Event("gateway.stopping", self._env.now(), "the gateway stops: it takes no more mail", {}))
            await asyncio.gather(*(ingress.close() for ingress in self._ingresses), return_exceptions=True)
            inner.set()
            ended = await asyncio.gather(*parts, self._poller.close(), return_exceptions=True)
            let_go.set()
            self._closing.set()
            ended += await asyncio.gather(holding, return_exceptions=True)
            await self._tasks.close(_TASKS_SECONDS)
            await self._outbox.close(_REPLIES_SECONDS)
            self._env.emit(Event("gateway.stopped", self._env.now(), "the gateway has stopped", {}))
        for error in ended:
            if isinstance(error, BaseException):
                raise error
