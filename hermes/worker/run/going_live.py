"""The steps of a command that publishes: merge → check → live. Until the push begins they can be stopped; then it is brought to its end.

What is pushed is a merge of exactly the approved commit (or the revert of a published one) with the live branch as it was a moment ago. If
the branch has moved by then, everything is done again from where it is now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from hermes import errors
from hermes.execution import ExecutionState
from hermes.repository.live_branch import Merged
from hermes.repository.pusher import PushedCommit
from hermes.repository.workspace import Work
from hermes.worker.run import correction
from hermes.worker.run.run import Run
from hermes.worker.run.stepping import NETWORK, kept, step, to_its_end
from hermes.worker.run.tools import Tools

#: Times that a live branch which moves meanwhile is merged with.
TURNS: Final = 5


@dataclass(frozen=True, slots=True)
class WentLive:
    """What was brought to the live branch."""

    pushed: PushedCommit
    work: Work


_MERGED: TypeAdapter[Merged] = TypeAdapter(Merged)
_LIVE: TypeAdapter[WentLive | None] = TypeAdapter(WentLive | None)
_TEXT: TypeAdapter[str] = TypeAdapter(str)


async def carry_out(run: Run, tools: Tools) -> None:
    """Bring what was approved to the live branch. Raises `ExecutionInterrupted`, `errors.StepFailed`."""
    for _turn in range(TURNS):
        merged = kept(run, "merge", await step(run, "merge", lambda: _merge(run), _MERGED, retry=NETWORK))
        if merged.there and merged.head == merged.live:
            run.facts.notes.append(f"{merged.branch} had it already.")
            return
        if not merged.there:
            await check_merged(run, tools, merged)
        if await _bring(run, tools, merged):
            return
    raise errors.PushRejected(
        "The live branch changes too often to push to it.", hint="Send the request again in a while."
    )


async def _merge(run: Run) -> Merged:
    await run.progress("workspace", "Merging with the live branch", None)
    return await run.space.live.merge(run.command, fetch=True)


async def check_merged(run: Run, tools: Tools, merged: Merged) -> None:
    """Make sure that the merged tree passes the project's checks, and builds, before anybody sees it. Raises as `carry_out` does."""
    command, space = run.command, run.space
    await run.state.run(space.show(merged.head))
    if tools.checks is not None:
        work = await run.state.run(space.work_of(merged.live, merged.head))
        run.facts.failed_checks = await correction.check(run, tools, tools.checks, "check", work)
        if run.facts.failed_checks and not tools.checks.settings.allow_failing:
            names = ", ".join(one.name for one in run.facts.failed_checks)
            raise errors.StepFailed(
                f"Together with what is on {merged.branch} it does not pass: {names}.", fault=errors.Fault.BUILD
            )
    if not tools.preview.build.exists:
        return

    async def build() -> str:
        await run.progress("build", "Building", None)
        run.facts.log_began = True
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

    kept(run, "build", await step(run, "build", build, _TEXT))


async def _bring(run: Run, tools: Tools, merged: Merged) -> bool:
    """Push, and put the pages in place; False if the branch has moved."""

    async def bring() -> WentLive | None:
        if run.fenced():
            raise errors.StepFailed("Another worker has this project now.", fault=errors.Fault.WORKSPACE)
        if not merged.there and not await run.space.live.push(merged):
            return None
        run.facts.landed = PushedCommit(merged.head, merged.branch)
        run.crash_point("live.pushed")
        run.facts.work = await run.space.work_of(merged.live, merged.head)
        await _put_in_place(run, tools)
        return WentLive(run.facts.landed, run.facts.work)

    async def live() -> WentLive | None:
        await run.progress("publish", "Publishing", None)
        return await to_its_end(run, bring(), "live", tools.agent.stop_schedule)

    went = kept(run, "live", await step(run, "live", live, _LIVE, retry=NETWORK))
    if went is not None:
        run.facts.landed, run.facts.work = went.pushed, went.work
    return went is not None


async def _put_in_place(run: Run, tools: Tools) -> None:
    """Upload the built pages of the live branch, where the project has a place for them."""
    plan, publication, paths = run.command.context.publishing, tools.preview.publication, run.space.paths
    if plan is None or plan.prefix is None or publication is None or not tools.preview.build.exists:
        return
    async with ExecutionState() as bringing:  # a stop no longer counts: the branch has it
        run.facts.published = await publication.publish(
            run.command, paths.tree, bringing, beside=paths.runtime, user=run.space.user, prefix=plan.prefix
        )


async def tidy(run: Run, now: float) -> None:
    """Delete branches of threads whose work has been live for long; nothing waits for it, and nothing fails of it."""
    gone = await run.space.live.tidy(run.command, now=now)
    if gone:
        run.facts.notes.append(f"Deleted branches whose work is live: {', '.join(gone)}.")
