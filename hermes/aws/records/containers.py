"""The records of containers and their queue sets: the state machine's conditional writes.

Every write by a worker carries its `gen` and `task_arn`; one that fails raises `errors.Fenced`, and the worker stops.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hermes import errors, limits
from hermes.aws import items, tables
from hermes.aws.once import once
from hermes.aws.resource_names import ResourceNames
from hermes.domain.containers import ALIVE, GONE, Container, ContainerState, EndCause, LaunchRequest, QueueSet

_ALIVE = sorted(s.value for s in ALIVE)
_GONE = sorted(s.value for s in GONE)


class Containers:
    """The containers and queues tables."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self.table = names.table("containers")
        self.queues = names.table("queues")

    async def get(self, key: str) -> Container | None:
        """The container's record; None: absent."""
        item = await self._tables.get(self.table, {"container_key": key})
        return items.from_item(Container, item) if item else None

    async def all(self, *, most: int = 1000) -> list[Container]:
        """Every container's record, for the sweep of orphans and for operators."""
        return items.known(Container, await self._tables.scan(self.table, most=most))

    async def queue_set(self, key: str) -> QueueSet | None:
        """The key's queue set; None if it was not made yet."""
        item = await self._tables.get(self.queues, {"container_key": key})
        return items.from_item(QueueSet, item) if item else None

    async def keep_queue_set(self, queue_set: QueueSet) -> None:
        """Record a queue set; the same set may be recorded again. Attributes of a newer version are kept."""
        fields = queue_set.model_dump(exclude={"container_key"}, exclude_none=True)
        key = {"container_key": queue_set.container_key}
        await self._tables.update(tables.Update(table=self.queues, key=key, set=fields))

    async def queue_sets(self, *, most: int = 100_000) -> list[QueueSet]:
        """Every queue set; the table has other rows too."""
        rows = await self._tables.scan(self.queues, most=most)
        return items.known(QueueSet, [row for row in rows if "input_url" in row])

    async def forget_queue_set(self, seen: QueueSet) -> None:
        """Delete the row of a queue set that was not used since it was read. Raises `errors.ConditionFailed`."""
        key = {"container_key": seen.container_key}
        await self._tables.delete(self.queues, key, condition=tables.equals("last_used_at", seen.last_used_at))

    # ── the gateway's writes ───────────────────────────────────────────────────────────────────────────────────────

    async def begin_launch(
        self, seen: Container | None, *, request: LaunchRequest, owner: str, now: float, lease: float
    ) -> Container:
        """absent, stopped, failed or lost → launching with `gen + 1`; the request is frozen here. Losers get `ConditionFailed`."""
        record = Container(
            container_key=request.container_key,
            state=ContainerState.LAUNCHING,
            gen=request.gen,
            request=request,
            lease_owner=owner,
            lease_until=now + lease,
            launched_at=now,
            active_at=now,
            dispatched_seq=seen.dispatched_seq if seen else 0,
            done_seq=seen.done_seq if seen else 0,
            failures=seen.failures if seen else 0,
            ended_gen=seen.ended_gen if seen else None,
            ended_by=seen.ended_by if seen else "",
            expires_at=int(now + limits.KEEP_SECONDS),
        )
        condition = tables.absent("container_key")
        if seen is not None:
            condition = tables.one_of("state", _GONE) & tables.equals("gen", seen.gen)

        async def written() -> Container:
            await self._tables.put(tables.Put(table=self.table, item=items.to_item(record), condition=condition))
            return record

        return await once(
            written(),
            look=lambda: self.get(request.container_key),
            ours=lambda current: (current.gen, current.lease_owner) == (request.gen, owner),
        )

    async def take_lease(self, seen: Container, *, owner: str, now: float, lease: float) -> Container:
        """Continue a launch whose holder died, with the same gen, token and request."""
        return await self._change(
            seen,
            {"lease_owner": owner, "lease_until": now + lease},
            tables.equals("state", ContainerState.LAUNCHING.value) & tables.equals("lease_until", seen.lease_until),
        )

    async def started(self, seen: Container, *, task_arn: str, now: float) -> Container:
        """launching → starting, with the task; a worker that was quicker (already ready) keeps its state.

        Its time to get ready begins now: a launch may have waited for room before.
        """
        free = tables.absent("task_arn") | tables.equals("task_arn", task_arn)
        try:
            return await self._change(
                seen,
                {"state": ContainerState.STARTING.value, "task_arn": task_arn, "launched_at": now},
                tables.equals("state", ContainerState.LAUNCHING.value) & free,
            )
        except errors.ConditionFailed:
            current = await self.get(seen.container_key)
            if current is None or current.gen != seen.gen:
                raise
            return current

    async def failed(self, seen: Container, *, reason: str) -> Container:
        """launching or starting → failed: the launcher refused, or the task stopped before it was ready."""
        states = [ContainerState.LAUNCHING.value, ContainerState.STARTING.value]
        return await self._change(
            seen,
            {"state": ContainerState.FAILED.value, "failure": reason[:500], "failures": seen.failures + 1},
            tables.one_of("state", states),
        )

    async def lost(self, seen: Container, *, reason: str, cause: EndCause = EndCause.UNKNOWN) -> Container:
        """→ lost: the heartbeat is as stale as it was seen. What ended it is kept over the next launch."""
        return await self._change(
            seen,
            {
                "state": ContainerState.LOST.value,
                "failure": reason[:500],
                "ended_gen": seen.gen,
                "ended_by": cause.value,
            },
            tables.one_of("state", [s.value for s in ContainerState if s not in GONE])
            & tables.equals("heartbeat_at", seen.heartbeat_at),
        )

    async def explained(self, seen: Container, *, reason: str, cause: EndCause) -> Container:
        """Add what ended a generation that was given up before that was known."""
        return await self._change(
            seen,
            {"failure": reason[:500], "ended_by": cause.value},
            tables.equals("state", ContainerState.LOST.value),
        )

    async def dispatch(self, key: str, *, gen: int, now: float) -> None:
        """Count one command handed over, if this generation is ready or busy. Raises `errors.ConditionFailed`: ensure again."""
        write = tables.Update(
            table=self.table,
            key={"container_key": key},
            set={"active_at": now},
            add={"dispatched_seq": 1},
            condition=tables.equals("gen", gen) & tables.one_of("state", _ALIVE),
        )
        await self._tables.mark(write)

    async def ask_to_drain(self, seen: Container) -> None:
        """Ask the worker of this generation to end once it has nothing to do. Raises `errors.ConditionFailed` if another has the key."""
        write = tables.Update(
            table=self.table,
            key={"container_key": seen.container_key},
            set={"drain_asked": seen.gen},
            condition=tables.equals("gen", seen.gen),
        )
        await self._tables.mark(write)

    async def _change(self, seen: Container, changes: Mapping[str, Any], condition: tables.Condition) -> Container:
        write = tables.Update(
            table=self.table,
            key={"container_key": seen.container_key},
            set=dict(changes),
            condition=tables.equals("gen", seen.gen) & condition,
        )
        return items.from_item(Container, await self._tables.update(write))

    # ── the worker's writes ────────────────────────────────────────────────────────────────────────────────────────

    async def register_ready(self, key: str, *, gen: int, task_arn: str, now: float) -> Container:
        """launching or starting → ready, if `gen` is mine and the task is absent or mine."""
        free = tables.absent("task_arn") | tables.equals("task_arn", task_arn)
        open_states = [s.value for s in ContainerState if s not in GONE and s is not ContainerState.DRAINING]
        return await self._mine(
            key,
            {
                "state": ContainerState.READY.value,
                "task_arn": task_arn,
                "ready_at": now,
                "heartbeat_at": now,
                "active_at": now,
                "failures": 0,
            },
            tables.equals("gen", gen) & tables.one_of("state", open_states) & free,
        )

    async def heartbeat(
        self,
        key: str,
        *,
        gen: int,
        task_arn: str,
        now: float,
        busy: bool,
        done_seq: int,
        memory_bytes: int | None = None,
        leaving: bool = False,
    ) -> Container:
        """Write a heartbeat and whether a command runs. Returns the record; `dispatched_seq` counts dispatched commands.

        `leaving`: the worker was told to end. It is draining then, so that nothing more is sent to it, whatever still runs.
        """
        state = ContainerState.DRAINING if leaving else ContainerState.BUSY if busy else ContainerState.READY
        return await self._mine(
            key,
            {
                "state": state.value,
                "heartbeat_at": now,
                "done_seq": done_seq,
                "expires_at": int(now + limits.KEEP_SECONDS),
                **({"active_at": now} if busy else {}),
                **({"memory_bytes": memory_bytes} if memory_bytes else {}),
            },
            self._owner(gen, task_arn)
            & tables.one_of("state", [*_ALIVE, *([ContainerState.DRAINING.value] if leaving else [])]),
        )

    async def start_draining(self, key: str, *, gen: int, task_arn: str, now: float, done_seq: int) -> Container:
        """ready or busy → draining, if nothing was dispatched beyond `done_seq`.

        `done_seq` is the `dispatched_seq` that the worker read before its last, empty receive. Raises `errors.ConditionFailed`
        if more was dispatched meanwhile (stay), `errors.Fenced` if another worker owns the key.
        """
        write = tables.Update(
            table=self.table,
            key={"container_key": key},
            set={"state": ContainerState.DRAINING.value, "heartbeat_at": now, "done_seq": done_seq},
            condition=self._owner(gen, task_arn)
            & tables.one_of("state", _ALIVE)
            & tables.at_most("dispatched_seq", done_seq),
        )

        async def written() -> Container:
            return items.from_item(Container, await self._tables.update(write))

        def mine(current: Container) -> bool:
            return (current.gen, current.task_arn) == (gen, task_arn)

        try:
            return await once(
                written(),
                look=lambda: self.get(key),
                ours=lambda current: mine(current) and current.state is ContainerState.DRAINING,
            )
        except errors.ConditionFailed as error:
            current = await self.get(key)
            if current is not None and mine(current) and current.alive:
                raise
            raise errors.Fenced from error

    async def stopped(self, key: str, *, gen: int, task_arn: str, now: float) -> Container:
        """→ stopped, in good order."""
        return await self._mine(
            key,
            {"state": ContainerState.STOPPED.value, "heartbeat_at": now},
            self._owner(gen, task_arn)
            & tables.one_of("state", [*_ALIVE, ContainerState.DRAINING.value, ContainerState.STOPPED.value]),
        )

    @staticmethod
    def _owner(gen: int, task_arn: str) -> tables.Condition:
        return tables.equals("gen", gen) & tables.equals("task_arn", task_arn)

    async def _mine(self, key: str, changes: Mapping[str, Any], condition: tables.Condition) -> Container:
        write = tables.Update(table=self.table, key={"container_key": key}, set=dict(changes), condition=condition)
        try:
            return items.from_item(Container, await self._tables.update(write))
        except errors.ConditionFailed as error:
            raise errors.Fenced(f"another task owns {key}, or it was given up") from error
