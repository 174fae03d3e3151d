"""The steps of a command that publishes: merge → check → live. Until the push begins they can be stopped; then it is brought to its end.

What is pushed is a merge of exactly the approved commit (or the revert of a published one) with the live branch as it was a moment ago. If
the branch has moved by then, everything is done again from where it is now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from hermes import errors
from hermes.execution import ExecutionInterrupted, ExecutionState
from hermes.repository.live_branch import Merged
from hermes.repository.pusher import PushedCommit
from hermes.repository.workspace import Work
from hermes.worker.run import correction
from hermes.worker.run.run import Run
from hermes.worker.run.stepping import NETWORK, kept, step, to_its_end
from hermes.worker.run.tools import Tools

#: Times that a live branch which moves meanwhile is merged with.
TURNS: Final = 5
#: Times that the pages of a live branch which moves meanwhile are put in place.
ROUNDS: Final = 3


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
    space = run.space
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
        working = _build(run, tools, merged.head, run.state)
        return await to_its_end(run, working, "build", tools.agent.stop_schedule)

    kept(run, "build", await step(run, "build", build, _TEXT))


async def _build(run: Run, tools: Tools, head: str, state: ExecutionState) -> str:
    """Build a commit, and nothing but what is in it: neither a thread's leftovers nor what the checks left become pages."""
    command, space = run.command, run.space
    run.facts.built_head, run.facts.log_began = None, True
    await state.run(space.show(head))
    said = await tools.preview.build.run(
        space.paths,
        mark=command.command_id,
        log=space.log_of(command),
        state=state,
        bounds=command.context.limits,
        user=space.user,
        access=run.access,
    )
    run.facts.built_head = head
    return said


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
        try:
            await _put_in_place(run, tools, merged)
        except ExecutionInterrupted as error:  # its own time limit: it hears no other interrupt
            raise errors.StepFailed(
                "To put the live pages in place took too long.", fault=errors.Fault.BUILD
            ) from error
        return WentLive(run.facts.landed, run.facts.work)

    async def live() -> WentLive | None:
        await run.progress("publish", "Publishing", None)
        return await to_its_end(run, bring(), "live", tools.agent.stop_schedule)

    went = kept(run, "live", await step(run, "live", live, _LIVE, retry=NETWORK))
    if went is not None:
        run.facts.landed, run.facts.work = went.pushed, went.work
    return went is not None


async def _put_in_place(run: Run, tools: Tools, merged: Merged) -> None:
    """Upload the built pages of the live branch, where the project has a place for them.

    Other threads may publish meanwhile, and whoever uploads last has to upload the newest: so it is looked before and after.
    """
    plan, publication, space = run.command.context.publishing, tools.preview.publication, run.space
    if plan is None or plan.prefix is None or publication is None or not tools.preview.build.exists:
        return
    async with ExecutionState() as bringing:  # a stop no longer counts: the branch has it
        bringing.set_timeout(run.command.context.limits.wall_seconds)
        newest = await space.live.newest(run.command)
        for _round in range(ROUNDS):
            head = newest
            if not await space.clone.contains(head, merged.head):
                raise errors.StepFailed(
                    f"{merged.branch} no longer has what was pushed to it, so its pages stay as they were.",
                    fault=errors.Fault.BRANCH,
                )
            if run.facts.built_head != head:  # or an earlier process built it: what is on the disk now is anybody's
                await _build(run, tools, head, bringing)
            run.facts.published = await publication.publish(
                run.command, space.paths.tree, bringing, beside=space.paths.runtime, user=space.user, prefix=plan.prefix
            )
            newest = await space.live.newest(run.command)
            if newest == head:
                break
        if head != merged.head:
            await space.show(merged.head)  # which the next command knows how to leave


async def tidy(run: Run, now: float) -> None:
    """Delete branches of threads whose work has been live for long; nothing waits for it, and nothing fails of it."""
    gone = await run.space.live.tidy(run.command, now=now)
    if gone:
        run.facts.notes.append(f"Deleted branches whose work is live: {', '.join(gone)}.")
