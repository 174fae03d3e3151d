"""The steps of each type of command, run by `hermes.execution` under names that snapshots store.

workspace → attachments → agent → commit → push → build → publish. Network steps are retried; an agent never is.
Each step fills in the facts of the run at once, so that a run that is stopped after it still reports them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from hermes import errors
from hermes.agents.port import AgentReport
from hermes.domain import escape
from hermes.domain.request import CommandType
from hermes.repository import commit_message
from hermes.repository.live_branch import UpToDate
from hermes.repository.pusher import PushedCommit
from hermes.repository.workspace import Work
from hermes.worker.run import agent_task, correction, going_live
from hermes.worker.run.publish import Published
from hermes.worker.run.run import Run
from hermes.worker.run.site import showing
from hermes.worker.run.stepping import NETWORK, SERVICES, kept, step, to_its_end
from hermes.worker.run.tools import Tools


@dataclass(frozen=True, slots=True)
class Ready:
    """The result of the first step."""

    update: UpToDate
    """The commit that the worktree was set to, and what it was brought up to date with."""
    notes: tuple[str, ...]


_READY: TypeAdapter[Ready] = TypeAdapter(Ready)
_PATHS: TypeAdapter[tuple[Path, ...]] = TypeAdapter(tuple[Path, ...])
_REPORT: TypeAdapter[AgentReport] = TypeAdapter(AgentReport)
_WORK: TypeAdapter[Work | None] = TypeAdapter(Work | None)
_LANDED: TypeAdapter[PushedCommit | None] = TypeAdapter(PushedCommit | None)
_PUBLISHED: TypeAdapter[Published] = TypeAdapter(Published)
_TEXT: TypeAdapter[str] = TypeAdapter(str)
_YES: TypeAdapter[bool] = TypeAdapter(bool)

PUSHED: Final = "push"
"""The step after which the agent's work is on the remote."""


async def carry_out(run: Run, tools: Tools) -> None:
    """Run all steps of this type of command. Raises `ExecutionInterrupted`, `errors.StepFailed`."""
    command, facts, space, preview = run.command, run.facts, run.space, tools.preview
    await _workspace(run)
    await _verify(run)
    match command.type:
        case CommandType.PUSH:
            await _push(run, space.push_only)
        case CommandType.UNDO:
            work = await _undo(run)
            if tools.checks is not None:
                work = await correction.until_checked(run, tools, tools.checks, work)
            await _push(run, lambda: space.land(work))
        case CommandType.BUILD:
            await _run_build(run, tools)
        case CommandType.PREVIEW:
            await _make(run, tools)
        case CommandType.EDIT:
            await showing.keep_original(run, tools)
            await _run_agent(run, tools)
        case CommandType.ASK:
            await _run_agent(run, tools)
            await _discard(run)
        case CommandType.COMMIT:
            pass
        case CommandType.PUBLISH:
            await going_live.carry_out(run, tools)
    if command.type in (CommandType.EDIT, CommandType.COMMIT) and facts.agent.error is None:
        found = await _commit(run)
        if found is not None and tools.checks is not None:
            found = await correction.until_checked(run, tools, tools.checks, found)
        if found is not None:
            await _push(run, lambda: space.land(found))
            await showing.attach_diff(run, tools, found)
            if preview.published:
                await _make(run, tools)
    if facts.built and preview.published and command.type is not CommandType.BUILD:
        await _publish(run, tools)
        facts.complete = True  # pictures are an extra
        await showing.look(run, tools)
    facts.complete = True


# ── one by one ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _workspace(run: Run) -> None:
    async def prepare() -> Ready:
        await run.progress("workspace", "Bringing the workspace up to date", None)
        notes = await run.space.prepare(run.command)
        return Ready(run.space.update, tuple(notes))

    ready = kept(run, "workspace", await step(run, "workspace", prepare, _READY, retry=NETWORK))
    run.facts.notes += ready.notes
    run.facts.began = True
    if run.space.update != ready.update:  # an earlier process did the step
        await run.state.run(run.space.resume_at(ready.update))
    run.facts.live_base = ready.update.made_on if ready.update.joins is None else None


async def _verify(run: Run) -> None:
    """Check that the remote still has what an earlier process pushed; if not, it is pushed, or done, again."""
    steps = run.state.steps
    pushed = next((one for one in steps if one.key == PUSHED and one.restored), None)
    landed = _LANDED.validate_python(pushed.result) if pushed is not None else None
    if landed is None:
        return
    steps.forget("verify")  # every process checks it once
    if kept(run, "verify", await step(run, "verify", lambda: run.space.has(landed), _YES, retry=NETWORK)):
        return
    steps.forget(PUSHED, "build", "publish", "look")
    if await run.state.run(run.space.knows(landed.sha)):
        run.facts.notes.append(f"What had been pushed to {landed.branch} was no longer there, and was pushed again.")
        return
    steps.forget("agent", "commit", "undo", *correction.STEPS, *showing.STEPS)
    run.facts.notes.append(
        f"This had been done before, as commit {landed.sha[:12]}, which is no longer in the repository: so it was done again."
    )


async def _run_agent(run: Run, tools: Tools) -> None:
    facts, setup = run.facts, tools.agent

    async def lay_out() -> tuple[Path, ...]:
        return await agent_task.lay_out(run, tools.inputs)

    files = kept(run, "attachments", await step(run, "attachments", lay_out, _PATHS, retry=SERVICES))

    def note(report: AgentReport) -> AgentReport:
        # A program's JSON may have lone surrogates, which no snapshot and no mail can carry.
        facts.agent = _REPORT.validate_python(escape.deep(_REPORT.dump_python(report, mode="json")))
        return facts.agent

    async def agent() -> AgentReport:
        await run.progress("agent", "Working", None)
        facts.log_began = True
        run.crash_point("agent.before")
        task = await agent_task.task(run, tools, files)
        working = setup.agent.run(task, state=run.state, progress=run.progress)
        return await to_its_end(run, working, "agent", setup.stop_schedule, note)

    facts.agent = kept(run, "agent", await step(run, "agent", agent, _REPORT, actor=setup.agent))
    run.crash_point("agent.ended")


async def _commit(run: Run) -> Work | None:
    facts = run.facts

    async def commit() -> Work | None:
        await run.progress("commit", "Committing and pushing", None)
        facts.work = await run.space.commit(run.command, text=commit_message.for_command(run.command))
        left = run.space.unresolved
        if left:
            raise errors.StepFailed(
                f"The live branch changed the same places, and the two changes are not put together in {', '.join(left[:5])}.",
                hint="Ask again, or put them together by hand on the branch of this thread.",
                fault=errors.Fault.CONFLICT,
            )
        return facts.work

    facts.work = kept(run, "commit", await step(run, "commit", commit, _WORK))
    if facts.work is not None:
        run.crash_point("work.committed")
        if run.space.update.joins is not None:
            facts.live_base, facts.brought_together = run.space.update.made_on, True
    return facts.work


async def _discard(run: Run) -> None:
    """Throw away what an agent changed that was only to answer: a question changes nothing, whatever the agent did."""

    async def discard() -> bool:
        return await run.space.discard()

    if kept(run, "discard", await step(run, "discard", discard, _YES)):
        run.facts.notes.append("This was a question, so what had been changed in files for it was put back.")


async def _undo(run: Run) -> Work:
    facts = run.facts

    async def undo() -> Work | None:
        facts.work = await run.space.undo(run.command)
        return facts.work

    facts.work = kept(run, "undo", await step(run, "undo", undo, _WORK))
    assert facts.work is not None
    return facts.work


async def _push(run: Run, land: Callable[[], Awaitable[PushedCommit | None]]) -> None:
    async def push() -> PushedCommit | None:
        run.facts.landed = await land()
        return run.facts.landed

    run.facts.landed = kept(run, PUSHED, await step(run, PUSHED, push, _LANDED, retry=NETWORK))
    run.crash_point("work.pushed")


async def _make(run: Run, tools: Tools) -> None:
    """Make what is shown: a static site is there already."""
    if tools.preview.static:
        run.facts.built = True
    elif run.facts.work is None or run.facts.built_head != run.facts.work.head:
        await _run_build(run, tools)
    else:
        run.facts.built = True  # its check needed it


async def _run_build(run: Run, tools: Tools) -> None:
    command, facts, space = run.command, run.facts, run.space

    async def build() -> str:
        await run.progress("build", "Building", None)
        facts.log_began = True
        facts.build_began = True
        space.paths.built.touch()
        working = tools.preview.build.run(
            space.paths,
            mark=command.command_id,
            log=space.log_of(command),
            state=run.state,
            bounds=command.context.limits,
            user=space.user,
            access=run.access,
        )
        return await to_its_end(run, working, "build", tools.agent.stop_schedule)

    said = kept(run, "build", await step(run, "build", build, _TEXT))
    facts.built = True
    if command.type is not CommandType.EDIT:
        facts.agent = AgentReport(summary=said)


async def _publish(run: Run, tools: Tools) -> None:
    publication = tools.preview.publication
    assert publication is not None

    async def publish() -> Published:
        await run.progress("publish", "Publishing", None)
        paths, space = run.space.paths, run.space
        head = run.facts.work.head if run.facts.work is not None else space.base
        if tools.preview.static and tools.site is not None and head is not None:
            # Of a static site only what is committed: beside it may be whatever an agent left.
            async with tools.site.states.laid_out(space, head) as tree:
                run.facts.published = await publication.publish(run.command, tree, run.state)
        else:
            run.facts.published = await publication.publish(
                run.command, paths.tree, run.state, beside=paths.runtime, user=space.user
            )
        return run.facts.published

    run.facts.published = kept(run, "publish", await step(run, "publish", publish, _PUBLISHED, retry=SERVICES))
