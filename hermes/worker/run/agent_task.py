"""Prepares an agent's task: its home, the files of the mail, its conversation, and the instruction with its context."""

from __future__ import annotations

import functools
import logging
from pathlib import Path

from hermes import errors
from hermes.agents import hidden, steering
from hermes.agents.port import AgentTask
from hermes.domain import wire
from hermes.domain.operating import spans
from hermes.domain.request import CommandType
from hermes.process import homes
from hermes.process.user import act
from hermes.repository.workspace import Workspace
from hermes.worker.run import attachments
from hermes.worker.run.run import Run
from hermes.worker.run.tools import Inputs, Tools
from hermes.worker.run.transcripts import Transcripts

_LOG = logging.getLogger(__name__)


async def lay_out(run: Run, inputs: Inputs) -> tuple[Path, ...]:
    """Renew the agent's home and place the files of the mail for it; returns their paths. Raises OSError."""
    space, context = run.space, run.command.context
    await act(space.user, homes.renew, str(space.paths.home), context.agent_session_id)
    await _bring_transcript(run, inputs.transcripts)
    given, media = context.attachments, inputs.media
    plain = [ref for ref in given if media is None or not media.takes(ref)]
    laid = await attachments.lay_out(space.paths.inbox / "attachments", plain, inputs.fetch, user=space.user)
    if media is None:
        return laid
    placed = [
        await media.place(space.paths.tree, ref, space.paths.runtime, user=space.user)
        for ref in given
        if media.takes(ref)
    ]
    return (*laid, *placed)


async def show_hidden(space: Workspace) -> None:
    """Restore files that a killed run had hidden from its agent, so that they do not count as deleted."""
    paths = space.paths
    try:
        await act(space.user, hidden.show, str(paths.tree), str(paths.inbox), steering.AIDER_MADE)
    except OSError as error:
        raise errors.StepFailed(
            f"Files of the project could not be put back in their place: {error.strerror}."
        ) from error


async def task(run: Run, tools: Tools, files: tuple[Path, ...]) -> AgentTask:
    """The agent's task with the instruction and the paths of `files`."""
    command, space, setup = run.command, run.space, tools.agent
    context, paths = command.context, space.paths
    walls = None
    if setup.sandbox is not None:
        walls = setup.sandbox.around(paths.tree, paths.home, paths.inbox, readable=(space.objects,), access=run.access)
    return AgentTask(
        command_id=command.command_id,
        instruction=command.instruction,
        worktree=space.paths.tree,
        home=space.paths.home,
        inbox=space.paths.inbox,
        log=space.log_of(command),
        environment={**setup.environment, **(run.outlet.variables if run.outlet is not None else {})},
        subject=context.subject,
        asks=command.type is CommandType.ASK,
        material=context.material,
        quoted=context.quoted,
        attachments=files,
        previous=await _previous(run),
        conflicts=space.update.joins.paths if space.update.joins is not None else (),
        resume=context.agent_session_id,
        recall=functools.partial(_recall, run, tools.inputs.transcripts),
        limits=context.limits,
        stop_schedule=setup.stop_schedule,
        secrets=setup.secrets,
        user=space.user,
        walls=walls,
        traceparent=spans.agent_parent(command.traceparent, command.command_id, command.attempt)
        if setup.traced
        else None,
    )


async def _previous(run: Run) -> wire.Previous | None:
    """The command before, with the commit of its work: when this one was accepted, that was not saved yet."""
    previous = run.command.context.previous
    if previous is None or previous.commit is not None:
        return previous
    commit = await run.space.commit_of(previous.command_id)
    if commit is None:
        return previous
    return previous.model_copy(update={"commit": commit, "branch": run.command.context.branch})


async def _bring_transcript(run: Run, transcripts: Transcripts | None) -> None:
    """Fetch the agent's conversation; without it the agent begins a new one."""
    conversation, space = run.command.context.agent_session_id, run.space
    if transcripts is None or conversation is None:
        return
    try:
        await transcripts.bring(run.command.session_id, conversation, space.paths.home, user=space.user)
    except (errors.HermesError, OSError, ValueError, KeyError):
        _LOG.warning("The transcript was not read.", extra=run.about("command.transcript"), exc_info=True)


async def _recall(run: Run, transcripts: Transcripts | None) -> str:
    """The recap for an agent that has lost its conversation; without it the new one begins with the request alone."""
    if transcripts is None:
        return ""
    try:
        return await transcripts.recaps.tell(run.command.session_id, before=run.command.seq)
    except (errors.HermesError, OSError):
        _LOG.warning("The recap was not read.", extra=run.about("command.transcript"), exc_info=True)
        return ""
