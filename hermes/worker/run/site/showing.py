"""The steps of a command that show its work: the site as it was before the agent, and what is different in the end.

original → … → look. Nothing here can make a command fail: what cannot be shown is left out, and the log says why.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from pydantic import TypeAdapter

from hermes import errors
from hermes.domain.request import CommandType
from hermes.repository.workspace import Work
from hermes.worker.run.checks import CheckFailure, Subject
from hermes.worker.run.run import Run
from hermes.worker.run.site.viewer import PREFIX, Sight
from hermes.worker.run.stepping import kept, step, to_its_end
from hermes.worker.run.tools import SiteTools, Tools

#: The steps of this module, by their names in snapshots.
STEPS: Final = ("original", "look")

#: The build of the site as it was, if nobody has it: a thread's first command waits for it.
_ORIGINAL_SECONDS: Final = 300.0
#: A change line by line that is attached to a mail.
DIFF_BYTES: Final = 200 * 1024
#: Problems of the built-in check that its output has.
_PROBLEMS: Final = 60

_LOG = logging.getLogger(__name__)

_YES: TypeAdapter[bool] = TypeAdapter(bool)
_SIGHT: TypeAdapter[Sight] = TypeAdapter(Sight)


def subject(run: Run) -> Subject:
    """The worktree of a run as something to be looked at."""
    return Subject(
        paths=run.space.paths,
        mark=run.command.command_id,
        log=run.space.log_of(run.command),
        state=run.state,
        bounds=run.command.context.limits,
        user=run.space.user,
        access=run.access,
    )


async def keep_original(run: Run, tools: Tools) -> None:
    """Build the site as it is before the agent, unless somebody has it. Raises `ExecutionInterrupted`."""
    site, base, space = tools.site, run.space.base, run.space
    if site is None or base is None or not site.compares(tools.checks):
        return

    async def original() -> bool:
        if not site.states.built or await site.states.at(space, base) is not None:
            return True
        await run.progress("build", "Building what is there", None)
        about = subject(run)
        try:
            async with asyncio.timeout(_ORIGINAL_SECONDS):
                working = tools.preview.build.run(
                    about.paths,
                    mark=about.mark,
                    log=about.log,
                    state=run.state,
                    bounds=about.bounds,
                    user=about.user,
                    access=about.access,
                )
                await to_its_end(run, working, "original", tools.agent.stop_schedule)
            found = await site.states.keep(space, base)
            await space.discard(base)  # what a build writes is nobody's change
        except (errors.HermesError, OSError, TimeoutError):
            _LOG.info("The site before the change is not known.", extra=run.about("site.no_original"), exc_info=True)
            return False
        return found is not None

    kept(run, "original", await step(run, "original", original, _YES))


async def inspect(run: Run, site: SiteTools, name: str, page_mb: float, head: str) -> CheckFailure | None:
    """The built-in check: what is wrong with the pages of a commit and was not wrong before. Raises `ExecutionInterrupted`."""
    try:
        after = await site.states.at(run.space, head)
        if after is None:
            return CheckFailure(name, f"There is no folder {site.viewer.settings.folder} to check, or it is too large.")
        before = await site.states.at(run.space, run.space.base) if run.space.base is not None else None
        found = await site.viewer.inspect(subject(run), before, after, page_mb=page_mb)
    except (errors.HermesError, OSError) as error:
        return CheckFailure(name, f"The pages could not be checked: {error}.")
    if found is None:
        return CheckFailure(name, "The pages could not be checked in time.")
    if not found:
        return None
    why = f"{len(found)} problem{'s' * (len(found) > 1)} on the pages."
    return CheckFailure(name, why, tuple(found[:3]), "\n".join(found[:_PROBLEMS]))


async def look(run: Run, tools: Tools) -> None:
    """Pictures and texts of what is different. Raises `ExecutionInterrupted`."""
    site, facts = tools.site, run.facts
    if site is None:
        return

    async def looking() -> Sight:
        head = facts.work.head if facts.work is not None else run.space.base
        before = facts.work.base if facts.work is not None else await _forked(run)
        if head is None or before is None or head == before or not site.viewer.looks:
            return Sight()
        try:
            # What was just built has no other name than its commit.
            after = await (site.states.keep(run.space, head) if site.states.built else site.states.at(run.space, head))
            old = await site.states.at(run.space, before)
            if old is None or after is None:
                return Sight()
            await run.progress("publish", "Looking at the pages", None)
            return await site.viewer.look(subject(run), run.command.session_id, old, after)
        except (errors.HermesError, OSError, TimeoutError):
            _LOG.warning("The pages were not photographed.", extra=run.about("site.not_seen"), exc_info=True)
            return Sight()

    sight = kept(run, "look", await step(run, "look", looking, _SIGHT))
    facts.pictures, facts.text_changes = sight.pictures, sight.texts


async def _forked(run: Run) -> str | None:
    """Where the branch of the thread left the one that it began from."""
    begun, base = run.space.begins_at, run.space.base
    return await run.space.clone.fork_point(begun, base) if begun is not None and base is not None else None


async def attach_diff(run: Run, tools: Tools, work: Work) -> None:
    """Store the change line by line for the reply, where the project wants it."""
    site = tools.site
    if site is None or not site.viewer.settings.diff or run.command.type is CommandType.ASK:
        return
    try:
        text = await run.space.clone.diff(work.base, work.head, most=DIFF_BYTES)
        if text:
            key = f"{PREFIX}{run.command.session_id}/{work.head}.diff"
            await site.put(key, text, "text/x-diff; charset=utf-8")
            run.facts.diff_key = key
    except (errors.HermesError, OSError):
        _LOG.warning("The diff was not stored.", extra=run.about("site.no_diff"), exc_info=True)
