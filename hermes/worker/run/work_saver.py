"""Saves what a run leaves, however it ended: its work, a partial build, its conversation, its log.

After a stop each of these has its own deadline, counted from the stop, and is done even if others failed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hermes import errors, limits
from hermes.domain import wire
from hermes.domain.env import Env
from hermes.domain.request import CommandType
from hermes.execution import ExecutionEvent, ExecutionState
from hermes.repository import commit_message
from hermes.repository.pusher import PushedCommit
from hermes.repository.workspace import Work, Workspace
from hermes.worker.run import report
from hermes.worker.run.publish import Publication
from hermes.worker.run.report import Facts
from hermes.worker.run.run import Run
from hermes.worker.run.stepping import NETWORK
from hermes.worker.run.transcripts import Transcripts

#: Time for a step whose deadline is over already: a local commit takes less.
LEAST_SECONDS: Final = 5.0
#: Deadline for log and transcript.
TRANSCRIPT_SECONDS: Final = 85.0
#: Deadline for a partial build, counted from the stop (docs/worker.md).
PARTIAL_BUILD_SECONDS: Final = 75.0

_LOG = logging.getLogger(__name__)

KeepLog = Callable[[wire.CommandMessage, Path], Awaitable[str | None]]
"""Stores the log of a command where the operator finds it; returns its key."""


#: An agent and what it started are gone this long after a stop, by the stop schedule and its sweep.
STOPPING_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The deadlines of the steps after a stop, in seconds from the stop."""

    save: float = limits.SAVE_SECONDS
    partial: float = PARTIAL_BUILD_SECONDS
    transcript: float = TRANSCRIPT_SECONDS


class WorkSaver:
    """Saves the work of runs."""

    def __init__(
        self,
        *,
        publication: Publication | None = None,
        transcripts: Transcripts | None = None,
        keep_log: KeepLog,
        budget: Budget | None = None,
        env: Env,
    ) -> None:
        self._publication = publication
        self._transcripts = transcripts
        self._keep_log = keep_log
        self._budget = budget or Budget()
        self._now = env.now
        self._clock = env.clock

    async def keep(self, run: Run) -> None:
        """Save everything worth saving. Failures are in the facts, or only in the log if no person needs them."""
        facts = run.facts
        if run.command.type is CommandType.ASK:
            await self.drop(run)
        elif _worth_saving(run) and facts.landed is None:
            await self.save(run)
        await self._keep_elsewhere(run)
        facts.left_out = run.space.left_out
        if run.stopped is not None and facts.build_began and facts.published is None:
            await self._keep_partial_build(run)
        await asyncio.gather(  # in parallel, so that one that hangs takes no time from the others
            self.keep_unpushed(run),
            self._keep_transcript(run),
            self._note_recap(run),
            self._store_log(run),
        )

    async def drop(self, run: Run) -> None:
        """Put back what an agent that was only to answer had changed, however its run ended; the next run would save it as work."""
        if not run.facts.began or run.facts.complete:
            return
        try:
            async with asyncio.timeout(self._left(run, self._budget.save)):
                if await run.space.sound():
                    await run.space.discard()
        except (errors.HermesError, TimeoutError, OSError):
            _LOG.warning(
                "What a question had changed was not put back.", extra=run.about("command.unsaved"), exc_info=True
            )

    async def save(self, run: Run) -> None:
        """Commit and push the work, however the run ended."""
        command, space, facts, stopped = run.command, run.space, run.facts, run.stopped
        try:
            async with asyncio.timeout(self._left(run, self._budget.save)):
                if facts.work is None:
                    why = f"Stopped: {stopped.reason.value}." if stopped is not None else "The run failed."
                    text = commit_message.for_command(command, prefix="Partial work: ", remark=why)
                    facts.work = await space.commit(command, text=text)
                if facts.work is not None:
                    facts.landed = await self._saved(space, facts.work, aside=run.fenced())
        except errors.StepFailed as error:
            facts.unsaved = error
        except TimeoutError:
            facts.unsaved = _not_in_time(facts)
        except OSError as error:
            facts.unsaved = errors.StepFailed(f"The work could not be saved: {error.strerror}.")
        if facts.unsaved is not None:
            _LOG.warning("The work was not brought to the remote.", extra=run.about("command.unsaved"))

    @staticmethod
    async def _saved(space: Workspace, work: Work, *, aside: bool) -> PushedCommit:
        """Push in a separate execution, since the stopped one runs no more steps."""
        step: ExecutionEvent[PushedCommit] = ExecutionEvent(
            name="save",
            actor="worker",
            handler=lambda _context: space.set_aside(work, "fenced") if aside else space.land(work),
            retry=NETWORK,
        )
        async with ExecutionState() as saving:
            return await step.execute(saving)

    async def _keep_elsewhere(self, run: Run) -> None:
        """Push what the agent committed beside its branch, and say where it is."""
        if not run.space.elsewhere:
            return
        try:
            async with asyncio.timeout(self._left(run, self._budget.save)):
                run.facts.notes += await run.space.keep_elsewhere()
        except (errors.HermesError, TimeoutError, OSError):
            places = ", ".join(work.place for work in run.space.elsewhere)
            run.facts.notes.append(f"The agent also left work in its {places}, which could not be pushed.")
            _LOG.warning("Work elsewhere was not pushed.", extra=run.about("command.unsaved"), exc_info=True)

    async def _keep_partial_build(self, run: Run) -> None:
        if self._publication is None:
            return
        space = run.space
        try:
            async with asyncio.timeout(self._left(run, self._budget.partial)):
                kept = await self._publication.keep_partial(
                    run.command, space.paths.tree, beside=space.paths.runtime, user=space.user
                )
        except (errors.HermesError, TimeoutError, OSError):
            _LOG.warning("The partial build was not stored.", extra=run.about("command.build"), exc_info=True)
        else:
            run.facts.notes.append(f"What the build had made by then is under {kept.prefix}.")

    async def keep_unpushed(self, run: Run) -> None:
        """Store commits that the remote refused, since this disk may be gone with the container."""
        facts = run.facts
        if facts.work is None or facts.landed is not None:
            return
        try:
            async with asyncio.timeout(self._left(run, self._budget.transcript)):
                key = await run.space.unpushed.keep()
        except (errors.HermesError, TimeoutError, OSError):
            _LOG.warning("The bundle was not stored.", extra=run.about("command.bundle"), exc_info=True)
        else:
            if key is not None:
                facts.notes.append(f"A copy of the work is kept in Hermes' storage as {key}; `git fetch` reads it.")

    async def _keep_transcript(self, run: Run) -> None:
        conversation, space = run.facts.agent.session_id, run.space
        if self._transcripts is None or conversation is None:
            return
        try:
            async with asyncio.timeout(self._left(run, self._budget.transcript)):
                await self._transcripts.keep(run.command.session_id, conversation, space.paths.home, user=space.user)
        except (errors.HermesError, TimeoutError, OSError):
            _LOG.warning("The transcript was not stored.", extra=run.about("command.transcript"), exc_info=True)

    async def _note_recap(self, run: Run) -> None:
        """Add to the recap, for agents with conversations; others have none to lose."""
        if self._transcripts is None or run.facts.agent.session_id is None:
            return
        result = report.final(run.command, run.facts, stopped=run.stopped, now=self._clock())
        try:
            async with asyncio.timeout(self._left(run, self._budget.transcript)):
                await self._transcripts.recaps.note(run.command, result)
        except (errors.HermesError, TimeoutError, OSError):
            _LOG.warning("The recap was not stored.", extra=run.about("command.transcript"), exc_info=True)

    async def _store_log(self, run: Run) -> None:
        log = run.space.log_of(run.command)
        if not run.facts.log_began:
            return
        try:
            if not log.exists():
                return
            async with asyncio.timeout(self._left(run, self._budget.transcript)):
                run.facts.log_key = await self._keep_log(run.command, log)
        except (errors.HermesError, TimeoutError, OSError):
            _LOG.warning("The log was not stored.", extra=run.about("command.log"), exc_info=True)

    def _left(self, run: Run, seconds: float) -> float:
        """The rest of a deadline that counts from the stop; a run that failed by itself has all of it from now."""
        if run.stopped is None:
            return seconds
        if run.stopped_at is None:
            # The signal has a time of day, which may have been set since. No agent takes longer to stop than this.
            since = min(max(0.0, self._now() - run.stopped.at), STOPPING_SECONDS)
            run.stopped_at = self._clock() - since
        return max(LEAST_SECONDS, run.stopped_at + seconds - self._clock())


def _worth_saving(run: Run) -> bool:
    """Whether there is work to save: a build leaves none, and a remote that refused the work would refuse it again."""
    facts = run.facts
    commits = run.command.type in (CommandType.EDIT, CommandType.COMMIT, CommandType.UNDO)
    return facts.began and commits and not isinstance(facts.failure, errors.PushRejected)


def _not_in_time(facts: Facts) -> errors.StepFailed:
    if facts.work is None:
        return errors.StepFailed("There was no time left to commit its work.", hint="The next request saves it first.")
    return errors.StepFailed(
        f"Its work is commit {facts.work.head[:12]}, which could not be pushed in time.",
        hint="The next request pushes it first.",
    )
