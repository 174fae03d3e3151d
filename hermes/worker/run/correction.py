"""The checks of a command's work, and the one round in which its agent corrects what they found.

check → correct → recommit → recheck. The second agent run is the first's conversation, with the output of the checks as its request.
Whatever comes of it, there is work to push: a check that still fails is a fact of the result.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter

from hermes import errors
from hermes.agents.port import AgentReport
from hermes.config.check_settings import SITE
from hermes.domain import escape, wire
from hermes.domain.request import CommandType
from hermes.repository import commit_message
from hermes.repository.workspace import Work
from hermes.worker.run import agent_task, checks
from hermes.worker.run.checks import CheckFailure, Checks
from hermes.worker.run.run import Run
from hermes.worker.run.site import showing
from hermes.worker.run.stepping import kept, step, to_its_end
from hermes.worker.run.tools import SiteTools, Tools

#: The steps of this module, by their names in snapshots.
STEPS: Final = ("check", "correct", "recommit", "recheck")

#: What a correction may cost at least: with less left of the command's money there is none.
_LEAST_DOLLARS: Final = 0.01

_LOG = logging.getLogger(__name__)

_FOUND: TypeAdapter[tuple[CheckFailure, ...]] = TypeAdapter(tuple[CheckFailure, ...])
_REPORT: TypeAdapter[AgentReport] = TypeAdapter(AgentReport)
_WORK: TypeAdapter[Work | None] = TypeAdapter(Work | None)


async def until_checked(run: Run, tools: Tools, project: Checks, work: Work) -> Work:
    """The work to push: as it is, or corrected. What still fails is in the facts. Raises `ExecutionInterrupted`."""
    facts = run.facts
    facts.failed_checks = await check(run, tools, project, "check", work)
    left = _limits(run)
    asks = facts.agent.question is not None or run.command.type is not CommandType.EDIT
    if not facts.failed_checks or asks or left is None:
        return work
    facts.corrected = True
    facts.work = None  # what is stopped from here on is saved as a whole
    await _correct(run, tools, facts.failed_checks)

    async def recommit() -> Work | None:
        await run.progress("commit", "Committing and pushing", None)
        found = await run.space.commit(run.command, text=commit_message.for_command(run.command))
        if found is None:  # it took everything back: what was asked for is worth more
            await run.space.discard(work.head)
        else:
            facts.work = found
        return found

    again = kept(run, "recommit", await step(run, "recommit", recommit, _WORK))
    facts.work = again or work
    if facts.work.head != work.head:
        facts.failed_checks = await check(run, tools, project, "recheck", facts.work)
    return facts.work


async def check(run: Run, tools: Tools, project: Checks, name: str, work: Work) -> tuple[CheckFailure, ...]:
    """What a commit, which the worktree shows, does not pass; `name` is that of the step. Raises `ExecutionInterrupted`."""

    async def all_of_them() -> tuple[CheckFailure, ...]:
        await run.progress("check", "Checking", None)
        run.facts.log_began = True
        found = await to_its_end(run, project.run(showing.subject(run)), "check", tools.agent.stop_schedule)
        if project.settings.site and tools.site is not None:
            of_site = await _of_site(run, tools, tools.site, project, work)
            found = (*found, *([of_site] if of_site is not None else []))
        await run.space.discard(work.head)  # what the checks wrote is no work
        return found

    return kept(run, name, await step(run, name, all_of_them, _FOUND))


async def _of_site(run: Run, tools: Tools, site: SiteTools, project: Checks, work: Work) -> CheckFailure | None:
    """The built-in check, of what the build makes of the work."""
    if site.states.built:
        about = showing.subject(run)
        try:
            building = tools.preview.build.run(
                about.paths,
                mark=about.mark,
                log=about.log,
                state=run.state,
                bounds=about.bounds,
                user=about.user,
                access=about.access,
            )
            await to_its_end(run, building, "build", tools.agent.stop_schedule)
        except errors.StepFailed as error:
            return CheckFailure(SITE, error.message, output=error.message)
        await site.states.keep(run.space, work.head)
        run.facts.built_head = work.head
    return await showing.inspect(run, site, SITE, project.settings.page_mb, work.head)


async def _correct(run: Run, tools: Tools, failed: Sequence[CheckFailure]) -> None:
    facts, setup, first = run.facts, tools.agent, run.facts.agent

    def note(report: AgentReport) -> AgentReport:
        second = _REPORT.validate_python(escape.deep(_REPORT.dump_python(report, mode="json")))
        facts.agent = _both(first, second)
        return second

    async def correct() -> AgentReport:
        await run.progress("correct", "Correcting", None)
        run.crash_point("correct.before")
        task = dataclasses.replace(
            await agent_task.task(run, tools, ()),
            instruction=checks.correction(run.command.instruction, failed),
            resume=first.session_id or run.command.context.agent_session_id,
            limits=_limits(run) or run.command.context.limits,
            subject="",
            material="",
            quoted="",
            previous=None,
        )
        working = setup.agent.run(task, state=run.state, progress=run.progress)
        try:
            return await to_its_end(run, working, "correct", setup.stop_schedule, note)
        except errors.StepFailed as error:  # the work of the first round is worth as much as before
            _LOG.warning("The agent could not correct its work.", extra=run.about("command.uncorrected"), exc_info=True)
            return note(AgentReport(error=error.message))

    note(kept(run, "correct", await step(run, "correct", correct, _REPORT, actor=setup.agent)))


def _both(first: AgentReport, second: AgentReport) -> AgentReport:
    """The report of both rounds: the words of the first, which are about the request, and the cost of both."""
    costs = [cost for cost in (first.cost_usd, second.cost_usd) if cost is not None]
    return dataclasses.replace(
        first, cost_usd=sum(costs) if costs else None, session_id=second.session_id or first.session_id
    )


def _limits(run: Run) -> wire.CommandLimits | None:
    """What is left of the command's limits; None if its money is spent."""
    limits, spent = run.command.context.limits, run.facts.agent.cost_usd or 0.0
    if limits.cost_usd is None:
        return limits
    left = limits.cost_usd - spent
    return limits.model_copy(update={"cost_usd": left}) if left >= _LEAST_DOLLARS else None
