"""Random trees of steps, retries, parallel groups and nested steps, and what may happen to them: the world of the model tests."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hypothesis import strategies as st

from hermes.execution import (
    Environment,
    ErrorPolicy,
    ExecutionEvent,
    ExecutionState,
    InterruptReason,
    RetryConfig,
    RetryStrategy,
    Snapshot,
    StepContext,
)


@dataclass(frozen=True)
class Step:
    """A leaf: fails so often, and waits so many turns of the loop in each attempt."""

    fails: int
    turns: int


@dataclass(frozen=True)
class Nested:
    """A step whose handler runs others."""

    children: tuple[Tree, ...]


@dataclass(frozen=True)
class Group:
    """Parallel work."""

    children: tuple[Tree, ...]
    limit: int
    policy: ErrorPolicy


Tree: TypeAlias = Step | Nested | Group

#: What happens at a turn of the loop: an interrupt, a cancellation from outside, or the end of the process.
HAPPENINGS = ("interrupt", "cancel", "kill")

_leaves = st.builds(Step, fails=st.integers(0, 3), turns=st.integers(0, 2))


def _inner(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(children, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        st.builds(Nested, several), st.builds(Group, several, st.integers(1, 4), st.sampled_from(list(ErrorPolicy)))
    )


trees: st.SearchStrategy[Tree] = st.recursive(_leaves, _inner, max_leaves=8)
plans = st.lists(st.tuples(st.integers(1, 12), st.sampled_from(HAPPENINGS)), max_size=4)

#: The last attempt of a step that fails three times does not come.
RETRIES = RetryConfig(max_attempts=3, initial_delay=1, strategy=RetryStrategy.CONSTANT)


class Store:
    """A store on a disk that outlives processes; a killed process writes nothing more."""

    def __init__(self) -> None:
        self.text: str | None = None

    async def save(self, snapshot: Snapshot) -> None:
        await asyncio.sleep(0)
        self.text = snapshot.to_json()

    async def load(self, execution_id: str) -> Snapshot | None:
        return None if self.text is None else Snapshot.from_json(self.text)

    async def delete(self, execution_id: str) -> None:
        self.text = None


@dataclass
class Process:
    """One process: it runs the tree in an execution until its end, or until something happens to it."""

    store: Store
    fails_left: Counter[str]
    """Over all processes: what a step still fails."""
    at: int = 0
    """The turn at which something happens; 0: never."""
    happening: str = ""
    turns: int = 0
    dead: bool = False
    handled: list[str] = field(default_factory=list)
    """The steps whose handlers have begun in this process."""
    state: ExecutionState = field(default_factory=ExecutionState)
    task: asyncio.Task[Any] | None = None

    async def save(self, snapshot: Snapshot) -> None:
        if not self.dead:
            await self.store.save(snapshot)

    async def load(self, execution_id: str) -> Snapshot | None:
        return await self.store.load(execution_id)

    async def delete(self, execution_id: str) -> None:
        await self.store.delete(execution_id)

    async def turn(self, _seconds: float = 0) -> None:
        """One turn of the loop, at which the planned thing may happen."""
        self.turns += 1
        if self.turns == self.at:
            self.happen()
        await asyncio.sleep(0)

    def happen(self) -> None:
        if self.happening == "interrupt":
            self.state.request_interrupt(InterruptReason.CUSTOM, "planned")
            return
        self.dead = self.happening == "kill"
        assert self.task is not None
        self.task.cancel()

    async def main(self, tree: Tree) -> Any:
        settings: dict[str, Any] = {"store": self, "autosave": True, "env": Environment(sleep=self.turn)}
        found = await self.store.load("tree")
        self.state = ExecutionState("tree", **settings) if found is None else ExecutionState.restore(found, **settings)
        self.task = asyncio.current_task()
        async with self.state:
            return await self.run(tree, "r")

    async def run(self, tree: Tree, name: str) -> Any:
        if isinstance(tree, Group):
            work = [self.deferred(child, f"{name}.{n}") for n, child in enumerate(tree.children)]
            found = await self.state.parallel(limit=tree.limit, errors=tree.policy).gather(work)
            return ["error" if isinstance(one, BaseException) else one for one in found]

        async def handler(context: StepContext) -> Any:
            if not self.dead:
                self.handled.append(name)
            if isinstance(tree, Nested):
                return [await self.run(child, f"{name}.{n}") for n, child in enumerate(tree.children)]
            for _ in range(tree.turns):
                await self.turn()
            if self.fails_left[name]:
                self.fails_left[name] -= not self.dead
                raise ConnectionError(name)
            return name

        step: ExecutionEvent[Any] = ExecutionEvent(
            name=name, handler=handler, retry_config=RETRIES if isinstance(tree, Step) else None
        )
        return await step.execute(self.state)

    def deferred(self, tree: Tree, name: str) -> Any:
        async def begin() -> Any:
            return await self.run(tree, name)

        return begin


def fails_of(tree: Tree, name: str = "r") -> Counter[str]:
    """Step -> how often it fails."""
    if isinstance(tree, Step):
        return Counter({name: tree.fails})
    children: Sequence[Tree] = tree.children
    return sum((fails_of(child, f"{name}.{n}") for n, child in enumerate(children)), Counter[str]())
