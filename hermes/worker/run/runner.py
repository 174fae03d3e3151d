"""One command, from workspace to result: steps that can be stopped at any moment, and work that is kept whatever happens.

The runner knows nothing of queues and records. It always returns a report, and returns it in time: after a stop every step that saves
something has its own deadline and runs whatever the others did.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from hermes import errors
from hermes.agents import hidden, steering
from hermes.agents.port import Agent, AgentTask, Progress
from hermes.domain import wire
from hermes.domain.commands import CommandType
from hermes.domain.crash_points import CrashPoint, no_crash
from hermes.domain.interrupts import InterruptReason
from hermes.execution import ExecutionInterrupted, ExecutionState, ExecutionStatus, InterruptSignal
from hermes.process import descendants, homes
from hermes.process.process import StopSchedule
from hermes.process.user import act
from hermes.repository.workspace import Workspace
from hermes.worker.run import attachments, report, workspace_cleaner
from hermes.worker.run.build import Build
from hermes.worker.run.media import Media
from hermes.worker.run.publish import Publication, filled
from hermes.worker.run.report import Facts
from hermes.worker.run.steps import Steps
from hermes.worker.run.transcripts import Transcripts
from hermes.worker.run.work_saver import WorkSaver

#: An agent that has not ended so long after its SIGKILL is let go.
AGENT_GRACE_SECONDS: Final = 12.0

_LOG = logging.getLogger(__name__)

_NOT_TWICE = "agent"
"""The one step that is not done again where it had begun: nobody knows what half of it has done."""


class Runner:
    """Carries out commands, one call each."""

    def __init__(
        self,
        *,
        agent: Agent,
        workspace: Callable[[wire.CommandMessage], Workspace],
        build: Build,
        publication: Publication | None = None,
        fetch: attachments.Fetch,
        media: Media | None = None,
        keeper: WorkSaver,
        transcripts: Transcripts | None = None,
        environment: Mapping[str, str],
        secrets: tuple[str, ...] = (),
        preview_url: str | None = None,
        ladder: StopSchedule | None = None,
        now: Callable[[], float] = time.time,
        reach: CrashPoint = no_crash,
    ) -> None:
        self._agent = agent
        self._workspace = workspace
        self._build = build
        self._publication = publication
        self._fetch = fetch
        self._media = media
        self._keeper = keeper
        self._transcripts = transcripts
        self._environment = environment
        self._secrets = secrets
        self._preview_url = preview_url
        self._ladder = ladder or StopSchedule()
        self._now = now
        self._reach = reach

    async def run(
        self,
        command: wire.CommandMessage,
        *,
        state: ExecutionState,
        progress: Progress,
        fenced: Callable[[], bool] = lambda: False,
    ) -> wire.ResultMessage:
        """Carry it out and report. Only a cancellation comes out as an exception, after the agent has been ended."""
        facts = Facts(begun=self._now())
        space = self._workspace(command)
        state.set_timeout(command.context.limits.wall_seconds, _took_too_long(command.context.limits.wall_seconds))
        async with space:  # when it is left, nothing of the agent's user runs any more: then it is reported
            stopped = await self._carry_out(command, space, facts, state, progress, fenced)
        return report.final(command, facts, stopped=stopped, now=self._now())

    async def _carry_out(
        self,
        command: wire.CommandMessage,
        space: Workspace,
        facts: Facts,
        state: ExecutionState,
        progress: Progress,
        fenced: Callable[[], bool],
    ) -> InterruptSignal | None:
        """Fill the facts; what stopped it, if it did not come to its end."""
        try:
            workspace_cleaner.note_use(space.paths, session_id=command.session_id, branch=command.context.branch)
            await self._show_hidden(space)
            await self._steps(command, space, facts, state, progress).all()
            facts.preview_url = self._preview(command, facts)
        except ExecutionInterrupted:
            _LOG.info("The command was stopped.", extra=_extra("command.stopped", command))
        except errors.StepFailed as error:
            facts.failure = error
        except errors.Transient as error:
            facts.failure = errors.StepFailed(f"A service that Hermes needs did not answer ({error.message}).")
            facts.failure.hint = "Send your request again in a while."
        except errors.AwsRefused as error:
            facts.failure = errors.StepFailed(f"A service that Hermes needs refused it ({error.message}).")
            facts.failure.hint = "The operator has to look at what the worker is allowed to do."
        except OSError as error:
            _LOG.exception("The disk refused a step.", extra=_extra("command.disk", command))
            facts.failure = errors.StepFailed(f"The worker's disk did not take it: {error.strerror or error}.")
            facts.failure.hint = "The operator has to make room or look at the disk; then send your request again."
        except Exception as error:
            _LOG.exception("A step failed in a way that nobody foresaw.", extra=_extra("command.broken", command))
            facts.failure = errors.StepFailed(f"Hermes itself failed while it worked on this ({type(error).__name__}).")
            facts.failure.hint = "Your request was not lost; the operator sees the reason. Send it again in a while."
        finally:
            state.cancel_timeout()
        stopped = None if self._done(command, facts) else state.interrupted
        await self._keeper.keep(command, space, facts, stopped, fenced)
        return stopped

    async def salvage(self, command: wire.CommandMessage) -> wire.ResultMessage:
        """Save what a run left that ended with its process, and report that it may be run again."""
        facts = Facts(begun=self._now(), began=True)
        stopped = InterruptSignal(InterruptReason.SYSTEM_SHUTDOWN, "The worker had to be restarted.", at=self._now())
        space = self._workspace(command)
        await descendants.sweep(command.command_id)
        async with space:
            try:
                await self._show_hidden(space)
                await space.resume()
                if await space.sound():
                    await self._keeper.save(command, space, facts, stopped, lambda: False)
            except errors.StepFailed as error:
                facts.unsaved = error
            await self._keeper.keep_unpushed(command, space, facts, stopped)
        return report.final(command, facts, stopped=stopped, now=self._now())

    async def recover(
        self,
        command: wire.CommandMessage,
        *,
        state: ExecutionState | None,
        progress: Progress,
        fenced: Callable[[], bool] = lambda: False,
    ) -> wire.ResultMessage:
        """Settle what a dead process had begun in this folder: `state` is what its snapshot says, None if there is none.

        It goes on behind the last step that was done; but where the agent had begun and not ended, its work is saved instead.
        """
        # Its agent may have outlived its worker, and would go on editing under our hands.
        await descendants.sweep(command.command_id)
        if state is None or any(
            step.key == _NOT_TWICE and step.status is not ExecutionStatus.COMPLETED for step in state.steps
        ):
            return await self.salvage(command)
        return await self.run(command, state=state, progress=progress, fenced=fenced)

    # ── the steps ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _steps(
        self, command: wire.CommandMessage, space: Workspace, facts: Facts, state: ExecutionState, progress: Progress
    ) -> Steps:
        return Steps(
            command=command,
            space=space,
            facts=facts,
            state=state,
            progress=progress,
            agent=self._agent,
            build=self._build,
            publication=self._publication,
            lay_out=self._lay_out,
            task=self._task,
            patience_seconds=self._ladder.kill + AGENT_GRACE_SECONDS,
            reach=self._reach,
        )

    async def _lay_out(self, command: wire.CommandMessage, space: Workspace) -> tuple[Path, ...]:
        await act(space.user, homes.renew, str(space.paths.home), command.context.agent_session_id)
        await self._bring_transcript(command, space)
        given, media = command.context.attachments, self._media
        if media is None:
            return await attachments.lay_out(space.paths.inbox / "attachments", given, self._fetch, user=space.user)
        plain = [ref for ref in given if not media.takes(ref)]
        laid = await attachments.lay_out(space.paths.inbox / "attachments", plain, self._fetch, user=space.user)
        placed = [
            await media.place(space.paths.tree, ref, space.paths.runtime, user=space.user)
            for ref in given
            if media.takes(ref)
        ]
        return (*laid, *placed)

    async def _show_hidden(self, space: Workspace) -> None:
        """What a run that was killed had hidden from its agent: else it would be taken for deleted."""
        paths = space.paths
        try:
            await act(space.user, hidden.show, str(paths.tree), str(paths.inbox), steering.AIDER_MADE)
        except OSError as error:
            raise errors.StepFailed(
                f"Files of the project could not be put back in their place: {error.strerror}."
            ) from error

    async def _bring_transcript(self, command: wire.CommandMessage, space: Workspace) -> None:
        """Without it the agent begins a new conversation, and that is all."""
        conversation = command.context.agent_session_id
        if self._transcripts is None or conversation is None:
            return
        try:
            await self._transcripts.bring(command.session_id, conversation, space.paths.home, user=space.user)
        except (errors.HermesError, OSError, ValueError, KeyError):
            _LOG.warning("The transcript was not read.", extra=_extra("command.transcript", command), exc_info=True)

    async def _recall(self, command: wire.CommandMessage) -> str:
        """For an agent that has lost its conversation; without it the new one begins with the request alone."""
        if self._transcripts is None:
            return ""
        try:
            return await self._transcripts.recaps.tell(command.session_id, before=command.seq)
        except (errors.HermesError, OSError):
            _LOG.warning("The recap was not read.", extra=_extra("command.transcript", command), exc_info=True)
            return ""

    def _task(self, command: wire.CommandMessage, space: Workspace, files: tuple[Path, ...]) -> AgentTask:
        context = command.context
        return AgentTask(
            command_id=command.command_id,
            instruction=command.instruction,
            worktree=space.paths.tree,
            home=space.paths.home,
            inbox=space.paths.inbox,
            log=space.log_of(command),
            environment=self._environment,
            subject=context.subject,
            quoted=context.quoted,
            attachments=files,
            previous=context.previous,
            resume=context.agent_session_id,
            recall=functools.partial(self._recall, command),
            limits=context.limits,
            ladder=self._ladder,
            secrets=self._secrets,
            user=space.user,
        )

    def _done(self, command: wire.CommandMessage, facts: Facts) -> bool:
        """Everything had been done and pushed when the interrupt came: then that is what is reported."""
        done = facts.complete or (facts.landed is not None and facts.agent.error is None and self._publication is None)
        return command.type is CommandType.EDIT and done

    def _preview(self, command: wire.CommandMessage, facts: Facts) -> str | None:
        if not self._preview_url:
            return None
        shown = facts.published is not None if self._publication is not None else facts.landed is not None
        if not shown and (self._publication is not None or command.type is not CommandType.PREVIEW):
            return None
        return filled(self._preview_url, command, facts.landed.sha if facts.landed is not None else "")


def _took_too_long(seconds: float) -> str:
    return (
        f"It took longer than {seconds / 60:.0f} minutes."
        if seconds >= 120
        else f"It took longer than {seconds:g} second{'' if seconds == 1 else 's'}."
    )


def _extra(action: str, command: wire.CommandMessage) -> dict[str, str]:
    return {"action": action, "command_id": command.command_id, "session_id": command.session_id}
