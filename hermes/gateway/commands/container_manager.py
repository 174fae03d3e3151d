"""ContainerManager: one live container for each key, found in the cache, then the record, else launched.

Correctness depends on `gen` and the conditional writes, never on the launcher's client tokens: a process that dies at any line
leaves a record from which another replica continues the same launch.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

from hermes import errors, limits
from hermes.aws import queues
from hermes.aws.records import containers as container_records
from hermes.config.loading import Project
from hermes.domain.containers import (
    GONE,
    Container,
    ContainerState,
    EndCause,
    LaunchRequest,
    QueueSet,
    is_waiting_key,
)
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.gateway.commands.launch_pacer import LaunchPacer
from hermes.gateway.commands.pool_claims import PoolClaims
from hermes.gateway.commands.queue_sets import QueueSets
from hermes.gateway.commands.unchanged import Unchanged
from hermes.launch.port import EndedTask, Launcher, TaskState

#: Failed launches in a row before the command fails.
LAUNCH_TRIES: Final = 3
#: A task is given this long before the launcher is asked whether it has ended.
DESCRIBE_SECONDS: Final = 2.0
#: A worker of the pool that no record has named for so long is stopped.
UNOWNED_SECONDS: Final = 90.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LaunchTimes:
    """The manager's times, in seconds."""

    launch_lease: float = limits.LAUNCH_LEASE_SECONDS
    launch: float = limits.LAUNCH_SECONDS
    heartbeat_stale: float = limits.HEARTBEAT_STALE_SECONDS
    look: float = 0.1
    """The first wait between reads of a record that another holder changes; each is half as long again, up to 2 s."""


class ContainerManager:
    """Finds or starts the worker container of a key, and finds lost ones."""

    def __init__(
        self,
        *,
        records: container_records.Containers,
        launcher: Launcher,
        make_queue_set: Callable[[str], Awaitable[QueueSet]],
        environment: Callable[[str, Project, QueueSet, int], Mapping[str, str]],
        owner: str,
        times: LaunchTimes,
        pool: PoolClaims | None = None,
        env: Env,
    ) -> None:
        """`pool` offers keys to workers that wait without one."""
        self._records = records
        self._pool = pool
        self._launcher = launcher
        self.queue_sets = QueueSets(records=records, make=make_queue_set, env=env)
        self._environment = environment
        self._owner = owner
        self._times = times
        self._env = env
        self.closing = asyncio.Event()
        """Set when the gateway stops: nothing waits for a container any longer, and another replica continues the launch."""
        self._heartbeats = Unchanged(env=env)
        self._launches = Unchanged(env=env)
        self._leases = Unchanged(env=env)
        self._unowned = Unchanged(env=env)
        self._pacer = LaunchPacer(env=env)
        self._ready: dict[str, Container] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def queue_set(self, key: str) -> QueueSet:
        """The queues of the key (`QueueSets.of`)."""
        return await self.queue_sets.of(key)

    async def ensure(self, key: str, project: Project, *, until: float) -> Container:
        """A container that is ready or busy.

        Raises `errors.NotReady` at `until` (of the steady clock; the launch goes on), `errors.LaunchFailed` after LAUNCH_TRIES definite
        failures in a row.
        """
        known = self._ready.get(key)
        if known is not None:
            return known
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            return self._ready.get(key) or await self._bring_up(key, project, until=until)

    def refused(self, key: str) -> bool:
        """Whether AWS refuses the launch of this key for now."""
        return self._pacer.waits(key)

    def forget(self, key: str) -> None:
        """Drop a key's container from the cache, which was wrong."""
        self._ready.pop(key, None)

    async def dispatch(self, container: Container) -> bool:
        """Count a command as dispatched; False if this generation takes no more commands (call `ensure` again)."""
        try:
            await self._records.dispatch(container.container_key, gen=container.gen, now=self._env.now())
        except errors.ConditionFailed:
            self.forget(container.container_key)
            return False
        return True

    async def _bring_up(self, key: str, project: Project, *, until: float) -> Container:
        failures, wait = 0, self._times.look
        while True:
            record = await self._records.get(key)
            try:
                record = await self._step(key, project, record)
            except errors.ConditionFailed:
                continue  # another replica moved it; look again
            except errors.LaunchFailed as error:
                failures += 1
                more = failures < LAUNCH_TRIES and not error.for_good
                self._say("container.failed", f"launch failed{', trying again' * more}: {error.message}", key)
                if not more:
                    raise
            except errors.Transient as error:
                self._say("container.deferred", f"the launcher did not answer as expected: {error.message}", key)
            if record is not None and record.alive:
                self._pacer.settled(key)
                self._ready[key] = record
                return record
            if self._env.clock() + wait > until or self.closing.is_set():
                raise errors.NotReady(f"container {key} is {record.state.value if record else 'absent'}")
            await queues.pause(self.closing, wait)
            wait = min(wait * 1.5, 2.0)

    async def _step(self, key: str, project: Project, record: Container | None) -> Container | None:
        """One step of the state machine towards ready; none if another replica has to make it."""
        if record is None or record.state in GONE:
            return await self._launch(key, project, record)
        if record.state is ContainerState.LAUNCHING:
            if not self._pacer.may_try(key):
                return record
            if record.lease_owner == self._owner or self._lease_is_over(record):
                held = await self._records.take_lease(
                    record, owner=self._owner, now=self._env.now(), lease=self._times.launch_lease
                )
                return await self._run(held)
            return record
        if record.state is ContainerState.STARTING:
            return await self._watch_start(record)
        if self._is_silent(record):
            return await self._give_up(record, *await self._asked(record))
        return record

    def _lease_is_over(self, record: Container) -> bool:
        """Whether the replica that launches it has died: the lease is as it was for longer than it lasts, by our steady clock."""
        lease, mark = self._times.launch_lease, (record.gen, record.lease_owner, record.lease_until)
        return self._leases.longer_than(record.container_key, mark, lease, written_at=record.lease_until - lease)

    async def _launch(self, key: str, project: Project, seen: Container | None) -> Container:
        queues = await self.queue_sets.for_launch(key)
        self._env.crash_point("launch.queues")
        gen = seen.gen + 1 if seen else 1
        return await self._run(await self._begin(key, seen, self._environment(key, project, queues, gen)))

    async def _begin(self, key: str, seen: Container | None, environment: Mapping[str, str]) -> Container:
        """Record the launch of the next generation, with all that is needed to repeat it."""
        gen = seen.gen + 1 if seen else 1
        request = LaunchRequest(container_key=key, gen=gen, token=self._env.new_id(), environment=environment)
        held = await self._records.begin_launch(
            seen, request=request, owner=self._owner, now=self._env.now(), lease=self._times.launch_lease
        )
        self._env.crash_point("launch.recorded")
        self._say("container.launching", f"container starting (generation {gen})", key, gen=gen)
        return held

    async def keep_waiting(self, key: str, environment: Mapping[str, str]) -> Container | None:
        """One step towards a worker that waits under this key; what it starts with is `environment`.

        Raises `errors.LaunchFailed`, `errors.Transient`, and `errors.ConditionFailed` if another replica was first.
        """
        record = await self._records.get(key)
        if record is None or record.state in GONE:
            return await self._start(await self._begin(key, record, environment))
        if record.state is ContainerState.LAUNCHING:
            mine = record.lease_owner == self._owner or self._lease_is_over(record)
            if mine and self._pacer.may_try(key):
                held = await self._records.take_lease(
                    record, owner=self._owner, now=self._env.now(), lease=self._times.launch_lease
                )
                return await self._start(held)
        elif record.state is ContainerState.STARTING:
            return await self._watch_start(record)
        return record

    async def _run(self, held: Container) -> Container:
        """Offer it to the workers that wait for a key; if none takes it, start a task."""
        if self._pool is not None and held.request is not None and (claimed := await self._pool.claimed(held)):
            self._say("container.claimed", "a worker that waited has taken the key", held.container_key, gen=held.gen)
            return claimed
        return await self._start(held)

    async def _start(self, held: Container) -> Container:
        """Call the launcher; after a crash or a time-out with the same request and token."""
        if held.request is None:
            return await self._records.failed(held, reason="the record holds no launch request")
        try:
            task = await self._launcher.run(held.request)
        except errors.NoRoom:
            await self._make_room(held.container_key)
            raise
        except errors.AwsUnavailable as error:
            self._pacer.refused(held.container_key, error)
            raise
        except errors.LaunchFailed as error:
            self._pacer.settled(held.container_key)
            await self._records.failed(held, reason=error.message)
            raise
        self._pacer.settled(held.container_key)
        self._env.crash_point("launch.run")
        started = await self._records.started(held, task_arn=task, now=self._env.now())
        self._env.crash_point("launch.started")
        return started

    async def _make_room(self, key: str) -> None:
        """Ask the worker to leave that has been idle longest; this key's launch is repeated meanwhile. One is asked at a time."""
        running = {task.task for task in await self._launcher.running()}
        here = [r for r in await self._records.all() if r.task_arn in running and r.container_key != key]
        if any(record.state is ContainerState.DRAINING for record in here):
            return  # one is on its way out
        idle = [r for r in here if r.state is ContainerState.READY and r.done_seq >= r.dispatched_seq]
        if not idle:
            return
        longest = min(idle, key=lambda record: record.active_at)
        self.forget(longest.container_key)
        self._say("container.leaves", "an idle worker makes room for another", longest.container_key, gen=longest.gen)
        await self._launcher.stop(str(longest.task_arn), "another needs its room")

    async def _watch_start(self, record: Container) -> Container:
        if self._starts_for(record, self._times.launch):
            # The record first, so that a worker that has just become ready is not stopped.
            await self._records.failed(record, reason=f"not ready within {self._times.launch:g} s")
            if record.task_arn:
                await self._launcher.stop(record.task_arn, "not ready in time")
            raise errors.LaunchFailed(f"the container was not ready within {self._times.launch:g} s")
        if record.task_arn and self._starts_for(record, DESCRIBE_SECONDS):
            status = await self._launcher.describe(record.task_arn)
            if status.state is not TaskState.RUNNING:
                await self._records.failed(record, reason=f"stopped before it was ready: {status.reason}")
                memory = status.cause is EndCause.MEMORY
                raise errors.LaunchFailed(
                    f"the container stopped before it was ready: {status.reason}",
                    for_good=memory,  # the next one would need as much
                    fault=errors.Fault.MEMORY if memory else errors.Fault.WORKSPACE,
                )
        return record

    def _starts_for(self, record: Container, seconds: float) -> bool:
        mark, written_at = (record.gen, record.launched_at), record.launched_at
        return self._launches.longer_than(record.container_key, mark, seconds, written_at=written_at)

    async def alive(self, key: str, gen: int | None) -> bool:
        """Whether this generation of the key is alive; one with a stale heartbeat is fenced here."""
        record = await self._records.get(key)
        if record is None or (gen is not None and record.gen != gen) or record.state in GONE:
            return False
        if record.state in (ContainerState.READY, ContainerState.BUSY, ContainerState.DRAINING) and self._is_silent(
            record
        ):
            try:
                await self._give_up(record, *await self._asked(record))
            except errors.ConditionFailed:
                return await self.alive(key, gen)
            return False
        return True

    def _is_silent(self, record: Container) -> bool:
        """Whether its heartbeat has not changed for long while we looked."""
        mark, stale = (record.gen, record.state, record.heartbeat_at), self._times.heartbeat_stale
        return self._heartbeats.longer_than(record.container_key, mark, stale, written_at=record.heartbeat_at)

    async def stop(self, key: str, gen: int | None, reason: str) -> None:
        """Fence and stop a generation that does not answer an interrupt."""
        record = await self._records.get(key)
        if record is not None and (gen is None or record.gen == gen) and record.state not in GONE:
            try:
                await self._give_up(record, reason)
            except errors.ConditionFailed:
                # It wrote a heartbeat in between: it is alive and does not obey. The next sweep tries again.
                self._say("container.kept", "container moved on while it was being stopped", key)

    async def _asked(self, record: Container) -> tuple[str, EndCause]:
        """What became of a container that sends no heartbeat, as far as the launcher knows."""
        reason = "no heartbeat"
        with contextlib.suppress(errors.HermesError):
            status = await self._launcher.describe(record.task_arn) if record.task_arn else None
            if status is not None and status.state is TaskState.STOPPED:
                return f"{reason}: {status.reason}" if status.reason else reason, status.cause
        return reason, EndCause.UNKNOWN

    async def ended_by(self, key: str, gen: int | None) -> EndCause:
        """What ended a generation that was lost; unknown if it still has the key, or ended in good order."""
        record = await self._records.get(key)
        if record is None or gen is None or record.ended_gen != gen:
            return EndCause.UNKNOWN
        if not record.ended_by and record.gen == gen and record.state is ContainerState.LOST:
            reason, cause = await self._asked(record)  # the launcher may know by now
            if cause is not EndCause.UNKNOWN:
                await self._records.explained(record, reason=reason, cause=cause)
                return cause
        return EndCause(record.ended_by) if record.ended_by in set(EndCause) else EndCause.UNKNOWN

    async def _give_up(self, record: Container, reason: str, cause: EndCause = EndCause.UNKNOWN) -> Container:
        lost = await self._records.lost(record, reason=reason, cause=cause)
        self._env.crash_point("container.lost")
        self.forget(record.container_key)
        self._say("container.lost", f"container given up: {reason}", record.container_key, gen=record.gen)
        if record.task_arn:
            await self._launcher.stop(record.task_arn, reason)
        return lost

    async def sweep(self) -> None:
        """Stop running tasks that are not the current generation of their key; record as lost those that ended or have no heartbeat."""
        records = {record.container_key: record for record in await self._records.all()}
        running = await self._launcher.running()
        owners = {record.task_arn for record in records.values() if record.state not in GONE}
        for task in running:
            if is_waiting_key(task.container_key) and not self._is_left(task.task, owners):
                continue  # it has claimed a key, whose record names it
            record = records.get(task.container_key)
            if record is None:
                continue  # not of this installation, or its launch is being recorded now
            launched = record.gen == task.gen and record.state not in GONE
            if not launched and task.gen <= record.gen:
                self._say("container.orphan", "stopping a task that no longer owns its key", task.container_key)
                await self._launcher.stop(task.task, "not the current generation")
        known, unseen = {task.task for task in running}, []
        for key, record in records.items():
            if not record.alive:
                continue
            if self._is_silent(record):
                await self.alive(key, record.gen)
            elif record.task_arn and record.task_arn not in known:
                unseen.append(self._look_for(record, record.task_arn))
        # Beside each other, so that one call asks about a hundred.
        for error in await asyncio.gather(*unseen, return_exceptions=True):
            if error is not None:
                raise error

    def _is_left(self, task: str, owners: Collection[str | None]) -> bool:
        """Whether no record has named a worker of the pool for a while: it may have claimed a key since we read them."""
        owned = task in owners
        return self._unowned.longer_than(task, owned, UNOWNED_SECONDS, written_at=self._env.now()) and not owned

    async def task_ended(self, ended: EndedTask) -> None:
        """Take the word of a launcher that a task has ended: its container is lost, unless it had ended in good order."""
        record = await self._records.get(ended.container_key)
        if record is None or record.gen != ended.gen or record.task_arn != ended.task:
            return
        reason = ended.status.reason or "its task has ended"
        with contextlib.suppress(errors.ConditionFailed):  # it went on, or another gateway was first
            if record.state in (ContainerState.READY, ContainerState.BUSY, ContainerState.DRAINING):
                await self._give_up(record, reason, ended.status.cause)
            elif record.state is ContainerState.LOST and not record.ended_by:
                await self._records.explained(record, reason=reason, cause=ended.status.cause)

    async def _look_for(self, record: Container, task: str) -> None:
        """Record a container as lost at once if its task has certainly ended; its heartbeat would show it later."""
        status = await self._launcher.describe(task)
        if status.state is TaskState.STOPPED:
            with contextlib.suppress(errors.ConditionFailed):  # it, or another gateway, was first
                await self._give_up(record, status.reason or "its task has ended", status.cause)

    def _say(self, name: str, text: str, key: str, **facts: int | str) -> None:
        self._env.emit(Event(name, self._env.now(), text, {"container_key": key, **facts}))
