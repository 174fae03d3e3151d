"""What a command consists of, by its type: steps of `hermes.execution` under names that snapshots know.

workspace → attachments → agent → commit → push → build → publish. What goes over the network is tried again; an agent never is.
Each step fills the facts of the run as soon as it knows them, so that a run which is stopped behind it still reports them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from hermes import errors, limits
from hermes.agents.port import Agent, AgentReport, AgentTask, Progress
from hermes.domain import escape, wire
from hermes.domain.commands import CommandType
from hermes.domain.crash_points import CrashPoint
from hermes.execution import NO_RETRY, ExecutionEvent, ExecutionState, RetryConfig, StepContext
from hermes.repository import commit_message
from hermes.repository.pusher import PushedCommit
from hermes.repository.workspace import Work, Workspace
from hermes.worker.run.build import Build
from hermes.worker.run.publish import Publication, Published
from hermes.worker.run.report import Facts

_LOG = logging.getLogger(__name__)
T = TypeVar("T")

NETWORK = RetryConfig(
    max_attempts=limits.GIT_TRIES,
    base_seconds=1.0,
    cap_seconds=8.0,
    jitter=0.2,
    allow=(errors.RepositorySilent, errors.Transient),
)
"""For what asks a server; a server that says no is not asked again."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What the first step leaves."""

    base: str | None
    """The commit that the worktree was made equal to."""
    notes: tuple[str, ...]


_READY: TypeAdapter[Ready] = TypeAdapter(Ready)
_PATHS: TypeAdapter[tuple[Path, ...]] = TypeAdapter(tuple[Path, ...])
_REPORT: TypeAdapter[AgentReport] = TypeAdapter(AgentReport)
_WORK: TypeAdapter[Work | None] = TypeAdapter(Work | None)
_LANDED: TypeAdapter[PushedCommit | None] = TypeAdapter(PushedCommit | None)
_PUBLISHED: TypeAdapter[Published] = TypeAdapter(Published)
_TEXT: TypeAdapter[str] = TypeAdapter(str)
_YES: TypeAdapter[bool] = TypeAdapter(bool)

PUSHED = "push"
"""The step after which an agent's work is safe."""


class Steps:
    """The steps of one run of one command."""

    def __init__(
        self,
        *,
        command: wire.CommandMessage,
        space: Workspace,
        facts: Facts,
        state: ExecutionState,
        progress: Progress,
        agent: Agent,
        build: Build,
        publication: Publication | None,
        lay_out: Callable[[wire.CommandMessage, Workspace], Awaitable[tuple[Path, ...]]],
        task: Callable[[wire.CommandMessage, Workspace, tuple[Path, ...]], AgentTask],
        patience_seconds: float,
        reach: CrashPoint,
    ) -> None:
        self._command = command
        self._space = space
        self._facts = facts
        self._state = state
        self._progress = progress
        self._agent = agent
        self._build = build
        self._publication = publication
        self._lay_out = lay_out
        self._task = task
        self._patience_seconds = patience_seconds
        self._reach = reach

    async def all(self) -> None:
        """Everything that this type of command asks for. Raises `ExecutionInterrupted`, `errors.StepFailed`."""
        command, facts = self._command, self._facts
        await self._workspace()
        await self._verify()
        match command.type:
            case CommandType.PUSH:
                await self._push(self._space.push_only)
            case CommandType.UNDO:
                work = await self._undo()
                await self._push(lambda: self._space.land(work))
            case CommandType.BUILD | CommandType.PREVIEW:
                await self._run_build()
            case CommandType.EDIT:
                await self._run_agent()
            case CommandType.COMMIT:
                pass
        if command.type in (CommandType.EDIT, CommandType.COMMIT) and facts.agent.error is None:
            found = await self._commit()
            if found is not None:
                await self._push(lambda: self._space.land(found))
                if self._shows:
                    await self._run_build()
        if facts.built and self._shows and command.type is not CommandType.BUILD:
            await self._publish()
        facts.complete = True

    @property
    def _shows(self) -> bool:
        return self._publication is not None and self._build.exists

    # ── one by one ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _workspace(self) -> None:
        async def prepare() -> Ready:
            await self._progress("workspace", "Bringing the workspace up to date", None)
            notes = await self._space.prepare(self._command)
            return Ready(self._space.base, tuple(notes))

        ready = await self._do("workspace", prepare, _READY, retry=NETWORK)
        self._facts.notes += ready.notes
        self._facts.began = True
        if self._space.base != ready.base:  # the step was done by a process before this one
            await self._state.run(self._space.resume_at(ready.base))

    async def _verify(self) -> None:
        """What a process before this one had pushed counts only if the remote still has it: else it is pushed, or done, again."""
        steps = self._state.steps
        pushed = next((step for step in steps if step.key == PUSHED and step.restored), None)
        landed = _LANDED.validate_python(pushed.result) if pushed is not None else None
        if landed is None:
            return
        steps.forget("verify")  # asked anew by every process
        if await self._do("verify", lambda: self._space.has(landed), _YES, retry=NETWORK):
            return
        steps.forget(PUSHED, "build", "publish")
        if await self._state.run(self._space.knows(landed.sha)):
            self._facts.notes.append(
                f"What had been pushed to {landed.branch} was no longer there, and was pushed again."
            )
            return
        steps.forget("agent", "commit", "undo")
        self._facts.notes.append(
            f"This had been done before, as commit {landed.sha[:12]}, which is no longer in the repository: so it was done again."
        )

    async def _run_agent(self) -> None:
        async def lay_out() -> tuple[Path, ...]:
            return await self._lay_out(self._command, self._space)

        files = await self._do("attachments", lay_out, _PATHS, retry=NETWORK)

        async def run() -> AgentReport:
            task = self._task(self._command, self._space, files)
            report = await self._agent.run(task, state=self._state, progress=self._progress)
            # A program's JSON may hold halves of characters, which no snapshot and no mail can carry.
            self._facts.agent = _REPORT.validate_python(escape.deep(_REPORT.dump_python(report, mode="json")))
            return self._facts.agent

        async def agent() -> AgentReport:
            await self._progress("agent", "Working", None)
            self._facts.log_began = True
            self._reach("agent.before")
            return await self._to_its_end(run(), "agent")

        self._facts.agent = await self._do("agent", agent, _REPORT, actor=self._agent)
        self._reach("agent.ended")

    async def _commit(self) -> Work | None:
        async def commit() -> Work | None:
            await self._progress("commit", "Committing and pushing", None)
            self._facts.work = await self._space.commit(self._command, text=commit_message.for_command(self._command))
            return self._facts.work

        self._facts.work = await self._do("commit", commit, _WORK)
        if self._facts.work is not None:
            self._reach("work.committed")
        return self._facts.work

    async def _undo(self) -> Work:
        async def undo() -> Work | None:
            self._facts.work = await self._space.undo(self._command)
            return self._facts.work

        self._facts.work = await self._do("undo", undo, _WORK)
        assert self._facts.work is not None
        return self._facts.work

    async def _push(self, land: Callable[[], Awaitable[PushedCommit | None]]) -> None:
        async def push() -> PushedCommit | None:
            self._facts.landed = await land()
            return self._facts.landed

        self._facts.landed = await self._do(PUSHED, push, _LANDED, retry=NETWORK)
        self._reach("work.pushed")

    async def _run_build(self) -> None:
        async def run() -> str:
            log = self._space.log_of(self._command)
            command = self._command
            return await self._build.run(
                self._space.paths,
                mark=command.command_id,
                log=log,
                state=self._state,
                bounds=command.context.limits,
                user=self._space.user,
            )

        async def build() -> str:
            await self._progress("build", "Building", None)
            self._facts.log_began = True
            self._facts.build_began = True
            return await self._to_its_end(run(), "build")

        said = await self._do("build", build, _TEXT)
        self._facts.built = True
        if self._command.type is not CommandType.EDIT:
            self._facts.agent = AgentReport(summary=said)

    async def _publish(self) -> None:
        publication = self._publication
        assert publication is not None

        async def publish() -> Published:
            await self._progress("publish", "Publishing", None)
            paths = self._space.paths
            self._facts.published = await publication.publish(
                self._command, paths.tree, self._state, beside=paths.runtime, user=self._space.user
            )
            return self._facts.published

        self._facts.published = await self._do("publish", publish, _PUBLISHED, retry=NETWORK)

    # ── what they have in common ──────────────────────────────────────────────────────────────────────────────────

    async def _do(
        self,
        name: str,
        work: Callable[[], Awaitable[T]],
        form: TypeAdapter[T],
        *,
        actor: Any = "worker",
        retry: RetryConfig = NO_RETRY,
    ) -> T:
        """One step; a process may die at any of the points that it reaches, and the next knows from the snapshot which were passed."""

        async def handler(_context: StepContext) -> T:
            self._reach(f"{name}.begun")
            result = await work()
            self._reach(f"{name}.done")
            return result

        step: ExecutionEvent[T] = ExecutionEvent(
            name=name,
            actor=actor,
            handler=handler,
            retry=retry,
            dump=lambda result: form.dump_python(result, mode="json"),
            load=form.validate_python,
        )
        result = await step.execute(self._state)
        self._reach(f"{name}.kept")
        return result

    async def _to_its_end(self, work: Coroutine[Any, Any, T], what: str) -> T:
        """Not cancelled by an interrupt: what runs a program sees the state itself and has its ladder. Only one that overstays is."""
        running = asyncio.create_task(work, name=what)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if self._state.interrupted is not None and not running.done():
                await asyncio.wait({running}, timeout=self._patience_seconds)
                if not running.done():
                    _LOG.error(
                        "It did not end by its ladder: %s.",
                        what,
                        extra={"action": "agent.overstayed", "command_id": self._command.command_id},
                    )
            raise
        finally:
            if not running.done():
                running.cancel()
            await asyncio.gather(running, return_exceptions=True)
