"""What happens, as it happens: events read from the records, so that every gateway tells of what any gateway and worker did.

One feed serves everybody who watches one gateway. While nobody watches, it reads nothing. It reads which commands are open and what has
changed of them, the newest mails, the replies and the actions of operators, all by index; so an event comes about a second after it
was written.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final

from hermes import errors
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer, ViewerRole
from hermes.admin.views import audit, mails, replies
from hermes.admin.views.mails import MailRow
from hermes.admin.views.replies import ReplyRow
from hermes.aws import items
from hermes.domain.active_job import ActiveJob
from hermes.domain.commands import Command, CommandState
from hermes.domain.operating.audit import AuditRow

#: Between two looks; the indexes may be a second late themselves.
LOOK_SECONDS: Final = 0.8
#: A watcher waits this long for the first look, after which everything is told.
PRIME_SECONDS: Final = 5.0
#: The newest rows of a list that a look compares with those it knows.
ROWS: Final = 50
#: Where running commands are is looked for with each second look: their workers write it at each step, and else every ten seconds.
_STEP_LOOKS: Final = 2
#: Events that wait for one slow watcher; past it the watcher is sent away and comes again.
WAITING: Final = 1000
#: Ended commands whose last state is remembered.
_REMEMBERED: Final = 5000
#: Open commands of one shard that a look sees.
_OPEN: Final = 1000
_EVERYTHING: Final = Viewer(name="live feed", role=ViewerRole.READER)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LiveEvent:
    """One thing that happened."""

    at: float
    """Epoch seconds, by the clock of whoever wrote it."""
    what: str
    """`command.accepted`, `command.started`, …, `command.step` and `command.progress`; `mail.command`, `mail.refused`, …; `reply.pending`,
    `reply.sent`, …; `operator.stop`, …"""
    id: str
    """Of the command, mail, reply or audit row."""
    project: str | None
    person: str | None
    """Whose command it is, who wrote the mail, who gets the reply, which operator acted."""
    session_id: str | None = None
    detail: str = ""


class LiveFeed:
    """The feed of one gateway."""

    def __init__(self, *, console: Console, look_seconds: float = LOOK_SECONDS) -> None:
        self._console = console
        self._look_seconds = look_seconds
        self._watchers: dict[asyncio.Queue[LiveEvent | None], Viewer] = {}
        self._looking: asyncio.Task[None] | None = None
        self._primed = asyncio.Event()
        self._memory = _Memory()
        self._looks = 0

    @contextlib.asynccontextmanager
    async def watch(self, viewer: Viewer) -> AsyncIterator[AsyncIterator[LiveEvent]]:
        """The events from now on that the viewer may see; they end where the watcher is too slow, or where the gateway stops."""
        queue: asyncio.Queue[LiveEvent | None] = asyncio.Queue(maxsize=WAITING)
        self._watchers[queue] = viewer
        if self._looking is None or self._looking.done():
            self._memory = _Memory()
            self._primed = asyncio.Event()
            self._looking = asyncio.create_task(self._look_on(), name="live feed")
        try:
            with contextlib.suppress(TimeoutError):  # it begins late then; it does not fail
                async with asyncio.timeout(PRIME_SECONDS):
                    await self._primed.wait()
            yield _drained(queue)
        finally:
            self._watchers.pop(queue, None)
            if not self._watchers and self._looking is not None:
                self._looking.cancel()
                await asyncio.gather(self._looking, return_exceptions=True)
                self._looking = None

    def close(self) -> None:
        """Send every watcher away: the gateway stops, and they go to another."""
        for queue in list(self._watchers):
            self._end(queue)

    async def _look_on(self) -> None:
        first = True
        while True:
            # What cannot be read now is read with the next look: nothing is lost, because the memory is as it was.
            with contextlib.suppress(errors.HermesError):
                found = await self._look()
                if not first:
                    self._tell(found)
                first = False
                self._primed.set()
            await asyncio.sleep(self._look_seconds)

    def _tell(self, found: Iterable[LiveEvent]) -> None:
        for event in found:
            for queue, viewer in list(self._watchers.items()):
                if not viewer.sees(event.project):
                    continue
                try:
                    queue.put_nowait(event)
                except asyncio.QueueFull:
                    self._end(queue)

    def _end(self, queue: asyncio.Queue[LiveEvent | None]) -> None:
        self._watchers.pop(queue, None)
        with contextlib.suppress(asyncio.QueueEmpty):
            queue.get_nowait()
        with contextlib.suppress(asyncio.QueueFull):
            queue.put_nowait(None)

    async def _look(self) -> list[LiveEvent]:
        console, everything = self._console, _EVERYTHING
        timers, came, answered, acted = await asyncio.gather(
            console.stores.commands.due(before=None, most=_OPEN),
            mails.mails(console, everything, most=ROWS),
            replies.replies(console, everything, most=ROWS),
            audit.audit(console, everything, most=ROWS),
        )
        changed = self._memory.changed({timer.command_id: (timer.due, timer.state) for timer in timers})
        # One that came and ended between two looks was never among the open ones.
        changed += self._memory.unknown(row.command_id for row in came.rows)
        read = await self._read(list(dict.fromkeys(changed)))
        found = [event for command in read for event in self._memory.of_command(command)]
        self._looks += 1
        if self._looks % _STEP_LOOKS == 0:
            keys = [timer.container_key for timer in timers if timer.state != CommandState.ACCEPTED]
            found += self._memory.of_jobs(
                await console.stores.active_jobs.of_all(keys, now=console.now()), console.now()
            )
        found += self._memory.of_rows(came.rows, answered.rows, acted.rows)
        return sorted(found, key=lambda event: event.at)

    async def _read(self, command_ids: list[str]) -> list[Command]:
        table = self._console.stores.commands.table
        read: list[Command] = []
        for begin in range(0, len(command_ids), 100):
            keys = [(table, {"command_id": one}) for one in command_ids[begin : begin + 100]]
            read += items.known(Command, filter(None, await self._console.stores.tables.get_many(keys)))
        return read


class _Memory:
    """What was told already."""

    def __init__(self) -> None:
        self._timers: Mapping[str, tuple[float, str]] = {}
        self._histories: dict[str, tuple[float, int]] = {}
        self._rows: dict[str, str] = {}
        self._running: dict[str, Command] = {}
        """The open commands that were read."""
        self._jobs: Mapping[str, ActiveJob] = {}

    def of_jobs(self, jobs: Mapping[str, ActiveJob], at: float) -> list[LiveEvent]:
        """The steps that began, and what is done in them meanwhile."""
        before, self._jobs = self._jobs, jobs
        found = []
        for command_id, job in jobs.items():
            command, was = self._running.get(command_id), before.get(command_id)
            if command is None or not job.step or (was is not None and was.progress == job.progress):
                continue
            begins = was is None or was.step != job.step
            found.append(_event(command, at, "step" if begins else "progress", job.progress))
        return found

    def changed(self, timers: Mapping[str, tuple[float, str]]) -> list[str]:
        """The commands to read: new ones, those whose timer or state is another, and those that are no longer open."""
        before, self._timers = self._timers, timers
        return [one for one in {**before, **timers} if before.get(one) != timers.get(one)]

    def unknown(self, command_ids: Iterable[str | None]) -> list[str]:
        """Those of which nothing was told yet."""
        return [one for one in command_ids if one is not None and one not in self._histories]

    def of_command(self, command: Command) -> list[LiveEvent]:
        """What its history has that was not told."""
        if command.state.terminal:
            self._running.pop(command.command_id, None)
        else:
            self._running[command.command_id] = command
        last = self._histories.get(command.command_id, (0.0, 0))
        new, seen = [], 0
        for entry in command.history:
            # Entries of one moment are told apart by their number.
            if entry.at < last[0]:
                continue
            if entry.at == last[0]:
                seen += 1
                if seen <= last[1]:
                    continue
            new.append(entry)
        if command.history:
            at = command.history[-1].at
            self._histories[command.command_id] = (at, sum(entry.at == at for entry in command.history))
        while len(self._histories) > _REMEMBERED:
            self._histories.pop(next(iter(self._histories)))
        return [_event(command, entry.at, entry.what, entry.detail) for entry in new]

    def of_rows(
        self, came: Iterable[MailRow], answered: Iterable[ReplyRow], acted: Iterable[AuditRow]
    ) -> list[LiveEvent]:
        """The rows that are new or have another state."""
        found = [
            LiveEvent(
                at=row.received_at,
                what=f"mail.{row.outcome}",
                id=row.mail_id,
                project=row.project,
                person=row.person,
                session_id=row.session_id,
                detail=row.reason,
            )
            for row in came
        ]
        found += [
            LiveEvent(
                at=row.sent_at or row.created_at,
                what=f"reply.{row.state}",
                id=row.reply_id,
                project=row.project,
                person=row.person,
                session_id=row.session_id,
                detail=row.why if row.state != "pending" else "",
            )
            for row in answered
        ]
        found += [
            LiveEvent(
                at=row.at,
                what=f"operator.{row.what.value}",
                id=row.audit_id,
                project=row.project,
                person=row.who,
                detail=f"{row.subject}: {row.outcome or row.reason}".rstrip(": "),
            )
            for row in acted
        ]
        new = [event for event in found if self._rows.get(event.id) != event.what]
        self._rows |= {event.id: event.what for event in new}
        while len(self._rows) > _REMEMBERED:
            self._rows.pop(next(iter(self._rows)))
        return new


def _event(command: Command, at: float, what: str, detail: str) -> LiveEvent:
    return LiveEvent(
        at=at,
        what=f"command.{what}",
        id=command.command_id,
        project=command.project,
        person=command.origin.author,
        session_id=command.session_id,
        detail=detail,
    )


async def _drained(queue: asyncio.Queue[LiveEvent | None]) -> AsyncIterator[LiveEvent]:
    while (event := await queue.get()) is not None:
        yield event
