"""What the alerter looks at once a minute: dead letters, the poll of the inbound queue, disks, the clock, refusals of AWS, shares."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from hermes import errors
from hermes.aws.alerts.aws_time import CLOCK_SECONDS
from hermes.aws.alerts.refusal_watch import RefusedCall
from hermes.aws.records.stores import Stores
from hermes.aws.side_queue import SideQueue
from hermes.config.current import ConfigSource
from hermes.domain.alerts.book import AlertKind, Signal
from hermes.domain.commands import CommandState
from hermes.domain.decisions import shares
from hermes.domain.decisions.shares import Measure, ShareLimit
from hermes.domain.env import Env
from hermes.domain.events import Event

#: A disk is nearly full with less than this part of it free, and less than these bytes.
DISK_PART: Final = 0.1
DISK_BYTES: Final = 5 * 1024**3
#: It is well again with so much more: a file that comes and goes is no news.
DISK_AGAIN: Final = 1.25
#: A call that is refused for so long, with no success in between, is told.
REFUSED_SECONDS: Final = 60.0
#: A share is nearly used up at this part of it.
SHARE_PART: Final = 0.8
#: A limit of fewer open commands is reached in ordinary use.
SHARE_OPEN_LEAST: Final = 5
#: Commands whose shares are looked at in one look; the others share rows with them, or come with the next.
SHARE_COMMANDS: Final = 100

_COUNTED: Final = frozenset({"mail.command", *(f"command.{state.value}" for state in CommandState if state.terminal)})


class DeadLetterProbe:
    """Whether messages lie in the dead-letter queues."""

    def __init__(self, side_queues: Sequence[SideQueue]) -> None:
        self._side_queues = side_queues

    async def look(self) -> Sequence[Signal]:
        """See `Probe.look`."""
        found = []
        for side_queue in self._side_queues:
            count = await side_queue.count()
            text = f"{count} message{'s' * (count != 1)} wait{'s' * (count == 1)} for you." if count else ""
            found.append(Signal(kind=AlertKind.DEAD_LETTER, thing=side_queue.name, text=text, well=not count))
        return found


class PollProbe:
    """Whether this gateway hears of its inbound queue."""

    def __init__(self, *, last_poll: Callable[[], float], stale_seconds: float, host: str, env: Env) -> None:
        self._last_poll = last_poll
        self._stale = stale_seconds
        self._host = host
        self._env = env

    async def look(self) -> Sequence[Signal]:
        """See `Probe.look`."""
        age = self._env.clock() - self._last_poll()
        text = f"The queue last answered {age:.0f} seconds ago."
        return (Signal(kind=AlertKind.POLL_STALE, thing=self._host, text=text, well=age <= self._stale),)


class DiskProbe:
    """Whether the disks of these folders have room. Folders on one disk are one disk."""

    def __init__(self, *, folders: Mapping[str, Path], host: str) -> None:
        """`folders`: what is kept there → the folder."""
        self._folders = folders
        self._host = host
        self._low: set[str] = set()

    async def look(self) -> Sequence[Signal]:
        """See `Probe.look`."""
        found, seen = [], set()
        for what, folder in self._folders.items():
            try:
                disk, device = os.statvfs(folder), os.stat(folder).st_dev
            except OSError:
                continue  # it is not made yet
            if device in seen:
                continue
            seen.add(device)
            free, least = disk.f_bavail * disk.f_frsize, min(disk.f_blocks * disk.f_frsize * DISK_PART, DISK_BYTES)
            low = free < least * (DISK_AGAIN if what in self._low else 1)
            (self._low.add if low else self._low.discard)(what)
            text = f"{free / 1024**2:.0f} MiB are free where {what} is kept ({folder})."
            found.append(Signal(kind=AlertKind.DISK, thing=f"{self._host}: {what}", text=text, well=not low))
        return found


class ClockProbe:
    """Whether this machine's clock agrees with that of AWS."""

    def __init__(self, *, offset: Callable[[], float | None], host: str) -> None:
        self._offset = offset
        self._host = host

    async def look(self) -> Sequence[Signal]:
        """See `Probe.look`."""
        offset = self._offset()
        if offset is None:
            return ()
        text = f"It is {abs(offset):.0f} seconds {'ahead of' if offset > 0 else 'behind'} the clock of AWS."
        return (Signal(kind=AlertKind.CLOCK, thing=self._host, text=text, well=abs(offset) <= CLOCK_SECONDS),)


class RefusalProbe:
    """Which calls AWS has refused for a while, with no success in between."""

    def __init__(self, *, refused: Callable[[], Mapping[str, RefusedCall]]) -> None:
        self._refused = refused
        self._told: set[str] = set()

    async def look(self) -> Sequence[Signal]:
        """See `Probe.look`."""
        lasting = {name: one for name, one in self._refused().items() if one.seconds >= REFUSED_SECONDS}
        over, self._told = self._told - lasting.keys(), set(lasting)
        found = [Signal(kind=AlertKind.AWS, thing=name, well=True) for name in sorted(over)]
        for name, one in lasting.items():
            todo = getattr(one.error, "todo", "")
            found.append(Signal(kind=AlertKind.AWS, thing=name, text=f"{todo} {one.error.message}".strip()))
        return found


class ShareProbe:
    """Whether a share is nearly used up: of the commands that began or ended since the last look."""

    def __init__(self, *, stores: Stores, config: ConfigSource, env: Env) -> None:
        self._commands = stores.commands
        self._usage = stores.usage
        self._config = config
        self._env = env
        self._changed: dict[str, None] = {}

    def take(self, event: Event) -> None:
        """A listener for events."""
        command_id = event.facts.get("command_id")
        if event.name in _COUNTED and isinstance(command_id, str) and len(self._changed) < SHARE_COMMANDS:
            self._changed[command_id] = None

    async def look(self) -> Sequence[Signal]:
        """See `Probe.look`."""
        changed, self._changed = list(self._changed), {}
        limits: dict[str, ShareLimit] = {}
        for command_id in changed:
            limits |= {limit.row: limit for limit in await self._limits(command_id)}
        found = []
        for limit in limits.values():
            if limit.measure is Measure.OPEN and limit.most < SHARE_OPEN_LEAST:
                continue
            used = await self._usage.used(limit.row)
            if used >= limit.most * SHARE_PART:
                text = f"{limit.measure.value}: {used:g} of {limit.most:g} are used."
                found.append(Signal(kind=AlertKind.SHARE, thing=f"{limit.subject} ({limit.measure.value})", text=text))
        return found

    async def _limits(self, command_id: str) -> Iterable[ShareLimit]:
        config = self._config.current
        if not config.shared:
            return ()
        try:
            command = await self._commands.get(command_id)
        except errors.UnknownRecord:
            return ()
        if command is None:
            return ()
        client, name = command.container_key.split("#")[:2]
        project = config.project_named(client, name)
        if project is None:
            return ()
        return shares.limits_of(config.grants(project, command.origin.author), self._env.now())
