"""One command, from workspace to result: steps that can be stopped at any moment, and work that is kept whatever happens.

The runner knows nothing of queues and records. It always returns a report, and returns it in time: after a stop every step that saves
something has its own deadline and runs whatever the others did.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hermes import errors, limits
from hermes.agents.port import Agent, AgentTask, Progress
from hermes.domain import wire
from hermes.domain.commands import CommandType
from hermes.domain.interrupts import InterruptReason
from hermes.domain.reach import Reach, nowhere
from hermes.execution import ExecutionEvent, ExecutionInterrupted, ExecutionState, ExecutionStatus, InterruptSignal
from hermes.worker import attachments, message, report, stragglers, tidy
from hermes.worker.build import Build
from hermes.worker.landing import Landed
from hermes.worker.media import Media
from hermes.worker.process import Ladder
from hermes.worker.publish import Publication, filled
from hermes.worker.report import Facts
from hermes.worker.steps import NETWORK, Steps
from hermes.worker.transcripts import Transcripts
from hermes.worker.user import User
from hermes.worker.workspace import Work, Workspace

_LOG = logging.getLogger(__name__)

Keep = Callable[[wire.CommandMessage, Path], Awaitable[str | None]]
"""Stores a file of a command (its log, its bundle) where the operator finds it; returns its key."""

_NOT_TWICE = "agent"
"""The one step that is not done again where it had begun: nobody knows what half of it has done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """When the steps after a stop must be over, in seconds from the stop."""

    save: float = limits.SAVE_SECONDS
    partial: float = limits.PARTIAL_BUILD_SECONDS
    transcript: float = limits.TRANSCRIPT_SECONDS


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
        keep_log: Keep,
        keep_bundle: Keep | None = None,
        transcripts: Transcripts | None = None,
        environment: Mapping[str, str],
        secrets: tuple[str, ...] = (),
        preview_url: str | None = None,
        ladder: Ladder | None = None,
        user: User | None = None,
        budget: Budget | None = None,
        now: Callable[[], float] = time.time,
        reach: Reach = nowhere,
    ) -> None:
        self._agent = agent
        self._workspace = workspace
        self._build = build
        self._publication = publication
        self._fetch = fetch
        self._media = media
        self._keep_log = keep_log
        self._keep_bundle = keep_bundle
        self._transcripts = transcripts
        self._environment = environment
        self._secrets = secrets
        self._preview_url = preview_url
        self._ladder = ladder or Ladder()
        self._user = user
        self._budget = budget or Budget()
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
        tidy.note_use(space.paths, session_id=command.session_id, branch=command.context.branch)
        state.set_timeout(command.context.limits.wall_seconds, _took_too_long(command.context.limits.wall_seconds))
        try:
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
        except Exception as error:
            _LOG.exception("A step failed in a way that nobody foresaw.", extra=_extra("command.broken", command))
            facts.failure = errors.StepFailed(f"Hermes itself failed while it worked on this ({type(error).__name__}).")
            facts.failure.hint = "Your request was not lost; the operator sees the reason. Send it again in a while."
        finally:
            state.cancel_timeout()
        stopped = None if self._done(command, facts) else state.interrupted
        if self._worth_saving(command, facts) and facts.landed is None:
            await self._save(command, space, facts, stopped, fenced)
        facts.left_out = space.left_out
        if stopped is not None and facts.build_began and facts.published is None:
            await self._keep_partial_build(command, space, facts, stopped)
        await asyncio.gather(  # beside each other: one that hangs takes no time from the others
            self._keep_unpushed(command, space, facts, stopped),
            self._keep_transcript(command, space, facts, stopped),
            self._store_log(command, space, facts, stopped),
        )
        return report.final(command, facts, stopped=stopped, now=self._now())

    async def salvage(self, command: wire.CommandMessage) -> wire.ResultMessage:
        """Save what a run left that ended with its process, and report that it may be run again."""
        facts = Facts(begun=self._now(), began=True)
        stopped = InterruptSignal(InterruptReason.SYSTEM_SHUTDOWN, "The worker had to be restarted.", at=self._now())
        space = self._workspace(command)
        await stragglers.sweep(command.command_id)
        try:
            await space.resume()
            if space.sound():
                await self._save(command, space, facts, stopped, lambda: False)
        except errors.StepFailed as error:
            facts.unsaved = error
        await self._keep_unpushed(command, space, facts, stopped)
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
        await stragglers.sweep(command.command_id)
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
            hand_over=self._hand_over,
            patience_seconds=self._ladder.kill + limits.AGENT_GRACE_SECONDS,
            reach=self._reach,
        )

    async def _lay_out(self, command: wire.CommandMessage, space: Workspace) -> tuple[Path, ...]:
        await self._bring_transcript(command, space)
        given, media = command.context.attachments, self._media
        if media is None:
            return await attachments.lay_out(space.paths.inbox / "attachments", given, self._fetch)
        plain = [ref for ref in given if not media.takes(ref)]
        laid = await attachments.lay_out(space.paths.inbox / "attachments", plain, self._fetch)
        placed = [await media.place(space.paths.tree, ref, space.paths.inbox) for ref in given if media.takes(ref)]
        return (*laid, *placed)

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
            limits=context.limits,
            ladder=self._ladder,
            secrets=self._secrets,
            user=self._user,
        )

    def _hand_over(self, space: Workspace) -> None:
        if self._user is not None:
            paths = space.paths
            self._user.take_over(paths.tree, paths.home, paths.home / "tmp", paths.inbox)

    def _done(self, command: wire.CommandMessage, facts: Facts) -> bool:
        """Everything had been done and pushed when the interrupt came: then that is what is reported."""
        done = facts.complete or (facts.landed is not None and facts.agent.error is None and self._publication is None)
        return command.type is CommandType.EDIT and done

    @staticmethod
    def _worth_saving(command: wire.CommandMessage, facts: Facts) -> bool:
        """A build leaves nothing to commit, and a remote that has said no to the work says it again."""
        commits = command.type in (CommandType.EDIT, CommandType.COMMIT, CommandType.UNDO)
        return facts.began and commits and not isinstance(facts.failure, errors.PushRejected)

    def _preview(self, command: wire.CommandMessage, facts: Facts) -> str | None:
        if not self._preview_url:
            return None
        shown = facts.published is not None if self._publication is not None else facts.landed is not None
        if not shown and (self._publication is not None or command.type is not CommandType.PREVIEW):
            return None
        return filled(self._preview_url, command, facts.landed.sha if facts.landed is not None else "")

    # ── after the steps ───────────────────────────────────────────────────────────────────────────────────────────

    async def _save(
        self,
        command: wire.CommandMessage,
        space: Workspace,
        facts: Facts,
        stopped: InterruptSignal | None,
        fenced: Callable[[], bool],
    ) -> None:
        """Commit and push what there is, whatever ended the run."""
        try:
            async with asyncio.timeout(self._left(stopped, self._budget.save)):
                if facts.work is None:
                    why = f"Stopped: {stopped.reason.value}." if stopped is not None else "The run failed."
                    text = message.for_command(command, prefix="Partial work: ", remark=why)
                    facts.work = await space.commit(command, text=text)
                if facts.work is not None:
                    facts.landed = await self._saved(space, facts.work, aside=fenced())
        except errors.StepFailed as error:
            facts.unsaved = error
        except TimeoutError:
            facts.unsaved = _not_in_time(facts)
        except OSError as error:
            facts.unsaved = errors.StepFailed(f"The work could not be saved: {error.strerror}.")
        if facts.unsaved is not None:
            _LOG.warning("The work was not brought to the remote.", extra=_extra("command.unsaved", command))

    @staticmethod
    async def _saved(space: Workspace, work: Work, *, aside: bool) -> Landed:
        """A step of its own, in an execution of its own: the one that was stopped does nothing more."""
        step: ExecutionEvent[Landed] = ExecutionEvent(
            name="save",
            actor="worker",
            handler=lambda _context: space.set_aside(work, "fenced") if aside else space.land(work),
            retry=NETWORK,
        )
        async with ExecutionState() as saving:
            return await step.execute(saving)

    async def _keep_partial_build(
        self, command: wire.CommandMessage, space: Workspace, facts: Facts, stopped: InterruptSignal
    ) -> None:
        if self._publication is None:
            return
        try:
            async with asyncio.timeout(self._left(stopped, self._budget.partial)):
                kept = await self._publication.keep_partial(command, space.paths.tree)
        except (errors.HermesError, TimeoutError, OSError):
            _LOG.warning("The partial build was not stored.", extra=_extra("command.build", command), exc_info=True)
        else:
            facts.notes.append(f"What the build had made by then is under {kept.prefix}.")

    async def _keep_unpushed(
        self, command: wire.CommandMessage, space: Workspace, facts: Facts, stopped: InterruptSignal | None
    ) -> None:
        """Commits that the remote did not take are on this disk alone, which may be gone with this container."""
        if facts.work is None or facts.landed is not None or self._keep_bundle is None:
            return
        try:
            async with asyncio.timeout(self._left(stopped, self._budget.transcript)):
                bundle = await space.bundle()
                key = await self._keep_bundle(command, bundle) if bundle is not None else None
        except (errors.HermesError, TimeoutError, OSError):
            _LOG.warning("The bundle was not stored.", extra=_extra("command.bundle", command), exc_info=True)
        else:
            if key is not None:
                facts.notes.append(f"The work is kept in Hermes' storage as {key}; `git fetch` reads it.")

    async def _keep_transcript(
        self, command: wire.CommandMessage, space: Workspace, facts: Facts, stopped: InterruptSignal | None
    ) -> None:
        conversation = facts.agent.session_id
        if self._transcripts is None or conversation is None:
            return
        try:
            async with asyncio.timeout(self._left(stopped, self._budget.transcript)):
                await self._transcripts.keep(command.session_id, conversation, space.paths.home)
        except (errors.HermesError, TimeoutError, OSError):
            _LOG.warning("The transcript was not stored.", extra=_extra("command.transcript", command), exc_info=True)

    async def _bring_transcript(self, command: wire.CommandMessage, space: Workspace) -> None:
        """Without it the agent begins a new conversation, and that is all."""
        conversation = command.context.agent_session_id
        if self._transcripts is None or conversation is None:
            return
        try:
            await self._transcripts.bring(command.session_id, conversation, space.paths.home)
        except (errors.HermesError, OSError, ValueError, KeyError):
            _LOG.warning("The transcript was not read.", extra=_extra("command.transcript", command), exc_info=True)

    async def _store_log(
        self, command: wire.CommandMessage, space: Workspace, facts: Facts, stopped: InterruptSignal | None
    ) -> None:
        log = space.log_of(command)
        if not facts.log_began or not log.exists():
            return
        try:
            async with asyncio.timeout(self._left(stopped, self._budget.transcript)):
                facts.log_key = await self._keep_log(command, log)
        except (errors.HermesError, TimeoutError, OSError):
            _LOG.warning("The log was not stored.", extra=_extra("command.log", command), exc_info=True)

    def _left(self, stopped: InterruptSignal | None, seconds: float) -> float:
        """What is left of a deadline counted from the stop; a run that failed by itself has the whole of it from now."""
        begun = stopped.at if stopped is not None and stopped.at is not None else self._now()
        return max(limits.LEAST_SECONDS, begun + seconds - self._now())


def _took_too_long(seconds: float) -> str:
    return (
        f"It took longer than {seconds / 60:.0f} minutes."
        if seconds >= 120
        else f"It took longer than {seconds:g} seconds."
    )


def _not_in_time(facts: Facts) -> errors.StepFailed:
    if facts.work is None:
        return errors.StepFailed("There was no time left to commit its work.", hint="The next request saves it first.")
    return errors.StepFailed(
        f"Its work is commit {facts.work.head[:12]}, which could not be pushed in time.",
        hint="The next request pushes it first.",
    )


def _extra(action: str, command: wire.CommandMessage) -> dict[str, str]:
    return {"action": action, "command_id": command.command_id, "session_id": command.session_id}
