"""Alerter: tells the operator of trouble, without being asked.

It listens to the gateway's events and looks around once a minute. What it notices goes into the book of alerts, one row that all gateways
share, together with the notices that follow; from there each notice is delivered to every channel. So two gateways tell one trouble once, a
gateway that dies in between loses no notice, and a channel that does not answer holds up neither the gateway nor another channel.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from hermes import errors
from hermes.aws import queues
from hermes.aws.records.alerts import AlertRecords
from hermes.domain.alerts import signals as alert_signals
from hermes.domain.alerts import telling
from hermes.domain.alerts.book import AlertBook, Notice, Signal
from hermes.domain.env import Env
from hermes.domain.events import Event

#: The probes look, and the book is read for what other gateways left, this often.
LOOK_SECONDS: Final = 60.0
#: What is noticed is written after this, so that a burst is one write.
GATHER_SECONDS: Final = 0.5
#: The book is tried again after this.
AGAIN_SECONDS: Final = 5.0
#: Where the book cannot be written for so long, the operator is told directly.
DIRECT_SECONDS: Final = 60.0
#: One delivery to one channel.
DELIVERY_SECONDS: Final = 20.0
#: Signals that wait to be written while AWS does not answer; each is a kind and a thing.
SIGNALS_MOST: Final = 500


class AlertChannel(Protocol):
    """A way to the operator."""

    @property
    def name(self) -> str:
        """What the book knows it by: the same in every gateway and after a restart."""

    async def send(self, notice: Notice) -> None:
        """Deliver it. Raises `errors.HermesError` if it was not taken; it is then tried again for a day."""


class Probe(Protocol):
    """Something that is looked at once a minute."""

    async def look(self) -> Sequence[Signal]:
        """What is wrong and what is well. Raises `errors.HermesError`."""


class Alerter:
    """A listener for events, and a part of the service."""

    def __init__(
        self, *, book: AlertRecords, channels: Sequence[AlertChannel], probes: Sequence[Probe] = (), env: Env
    ) -> None:
        self._records = book
        self._channels = {channel.name: channel for channel in channels}
        self._probes = list(probes)
        self._env = env
        self._noticed: dict[str, list[Signal]] = {}
        self._book: AlertBook | None = None
        """As this gateway last saw it."""
        self._wake = asyncio.Event()
        self._failing_since: float | None = None
        """Since when the book cannot be written, by `clock`."""
        self._direct: dict[str, float] = {}
        """What was told meanwhile, and when, epoch seconds."""

    def take(self, event: Event) -> None:
        """Note what the event means for the operator; returns at once."""
        for signal in alert_signals.signals(event):
            self.notice(signal)

    def notice(self, signal: Signal) -> None:
        """Note one signal. Without effect where the operator knows it."""
        if self._book is not None and not self._noticed.get(signal.name):
            if not telling.matters(self._book, signal, now=self._env.now()):
                return
        elif self._book is None and signal.well and signal.name not in self._noticed:
            return  # the first look at the book is about to show whether it matters; what is well is said again
        known = self._noticed.setdefault(signal.name, [])
        if len(self._noticed) > SIGNALS_MOST:
            del self._noticed[signal.name]
            return
        if known and known[-1].well == signal.well and len(known) > 1:
            known[-1] = signal
        else:
            known.append(signal)
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Watch and deliver until `stop`. What is being delivered then is delivered again by another gateway, or after the restart."""
        watching = asyncio.create_task(self._watch(), name="alerts")
        stopping = asyncio.create_task(stop.wait(), name="alerts stop")
        try:
            await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            watching.cancel()
            ended = await asyncio.gather(watching, return_exceptions=True)
        if isinstance(ended[0], Exception):
            raise ended[0]
        try:
            await self._write()
        except errors.HermesError as error:
            self._say("alerts.deferred", f"the last alerts were not written: {error.message}")

    async def _watch(self) -> None:
        next_look = self._env.clock()
        while True:
            if self._env.clock() >= next_look:
                next_look = self._env.clock() + LOOK_SECONDS
                await self._look()
            try:
                await self._write()
                await self._deliver()
                self._failing_since = None
            except errors.HermesError as error:
                self._say("alerts.deferred", f"the alerts could not be written now: {error.message}")
                await self._without_book()
                await self._env.sleep(AGAIN_SECONDS)
                continue
            await self._wait(min(next_look - self._env.clock(), self._idle_seconds()))

    async def _look(self) -> None:
        with contextlib.suppress(errors.HermesError):  # what is noticed meanwhile waits, and the next write shows it
            self._book = await self._records.get()
        for probe in self._probes:
            try:
                found = await probe.look()
            except errors.HermesError:
                continue  # AWS does not answer; that is told by what depends on it
            for signal in found:
                self.notice(signal)

    async def _write(self) -> None:
        """Put what was noticed into the book. It stays noticed until it is there."""
        noticed = {name: list(signals) for name, signals in self._noticed.items()}
        hours = self._book is not None and self._book.alerts
        if not noticed and not hours:
            return
        now, all_of_it = self._env.now(), [signal for signals in noticed.values() for signal in signals]
        if not all_of_it and self._book is not None:
            same = telling.signalled(self._book, (), now=now, channels=self._names, new_id=self._env.new_id)
            if same is self._book:
                return
        self._book = await self._records.change(
            lambda book: telling.signalled(
                book, all_of_it, now=now, channels=self._names, new_id=self._env.new_id, told=self._direct
            )
        )
        self._direct.clear()
        for name, signals in noticed.items():
            left = self._noticed.get(name, [])[len(signals) :]
            if left:
                self._noticed[name] = left
            else:
                self._noticed.pop(name, None)

    async def _deliver(self) -> None:
        """Deliver what is due, all channels beside each other."""
        if self._book is None or not telling.due(self._book, self._names, now=self._env.now()):
            return
        wanted: list[tuple[Notice, str]] = []

        def take(book: AlertBook) -> AlertBook:
            wanted[:] = telling.due(book, self._names, now=self._env.now())
            return telling.taken(book, wanted, now=self._env.now()) if wanted else book

        self._book = await self._records.change(take)
        by_channel: dict[str, list[Notice]] = {}
        for notice, channel in wanted:
            by_channel.setdefault(channel, []).append(notice)
        results = await asyncio.gather(*(self._through(channel, rows) for channel, rows in by_channel.items()))
        done = {where: took for result in results for where, took in result.items()}
        now = self._env.now()
        self._book = await self._records.change(lambda book: telling.delivered(book, done, now=now))

    async def _without_book(self) -> None:
        """Where AWS has not answered for a while, tell what may be the reason, directly: once in an hour by each gateway."""
        now = self._env.clock()
        if self._failing_since is None:
            self._failing_since = now
        if now - self._failing_since < DIRECT_SECONDS:
            return
        for name, signals in list(self._noticed.items()):
            if self._env.now() - self._direct.get(name, 0.0) < telling.AGAIN_SECONDS:
                continue
            notice = telling.direct(signals[-1], now=self._env.now(), new_id=self._env.new_id)
            if notice is None:
                continue
            took = await asyncio.gather(*(self._sent(channel, notice) for channel in self._names))
            if any(took):
                self._direct[name] = self._env.now()

    async def _through(self, channel: str, notices: Sequence[Notice]) -> Mapping[tuple[str, str], bool]:
        """Deliver to one channel in order. After the first that it does not take, the others wait too, and cost no time."""
        done: dict[tuple[str, str], bool] = {}
        working, began = True, self._env.clock()
        for notice in notices:
            if working and self._env.clock() - began < telling.DELIVERY_LEASE_SECONDS - DELIVERY_SECONDS:
                working = await self._sent(channel, notice)
            else:
                working = False
            done[notice.notice_id, channel] = working
        return done

    async def _sent(self, channel: str, notice: Notice) -> bool:
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                await self._channels[channel].send(notice)
        except TimeoutError:
            self._say(
                "alerts.undelivered", f"{channel} did not take an alert in {DELIVERY_SECONDS:g} s; it is tried again"
            )
        except errors.HermesError as error:
            self._say("alerts.undelivered", f"{channel} did not take an alert; it is tried again: {error.message}")
        except (
            Exception
        ) as error:  # nobody thought of it; the gateway does not end for it, and the notice is tried again
            text = f"{type(error).__name__}: {error}"
            self._say("alerts.undelivered", f"{channel} did not take an alert; it is tried again: {text}")
        else:
            self._say("alerts.told", f"the operator was told: {notice.title}")
            return True
        return False

    @property
    def _names(self) -> Sequence[str]:
        return tuple(self._channels)

    def _idle_seconds(self) -> float:
        due = telling.next_due(self._book, self._names) if self._book is not None else None
        return LOOK_SECONDS if due is None else max(1.0, due - self._env.now())

    async def _wait(self, seconds: float) -> None:
        """Until something is noticed (and what comes with it), or the time is over."""
        if not await queues.pause(self._wake, max(0.0, seconds)):
            return
        await self._env.sleep(GATHER_SECONDS)
        self._wake.clear()

    def _say(self, name: str, text: str) -> None:
        self._env.emit(Event(name, self._env.now(), text, {}))
