"""Finisher: the final result of a command and its reply, in one transaction. The first final wins; a second finds the state terminal."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable
from typing import Any

from hermes import errors, ids, limits
from hermes.aws import commands as command_records
from hermes.aws import outbox as outbox_records
from hermes.aws import sessions, tables
from hermes.domain import conclusion, wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.events import Emit, Event
from hermes.domain.interrupts import InterruptReason
from hermes.domain.replies import Reply
from hermes.gateway.replies import ReplyWriter, alias_of, first_line
from hermes.mail import templates

_TRIES = 8


class Finish(enum.StrEnum):
    """What became of a final report."""

    FINISHED = "finished"
    """The command is terminal now, and its reply is in the outbox."""
    RERUN = "rerun"
    """The command is accepted again as its next attempt."""
    DUPLICATE = "duplicate"
    """The command was terminal already, or a later attempt is under way."""
    UNKNOWN = "unknown"
    """No record knows the command."""


_KINDS = {
    CommandState.SUCCEEDED: templates.Kind.SUCCEEDED,
    CommandState.FAILED: templates.Kind.FAILED,
    CommandState.TIMED_OUT: templates.Kind.TIMED_OUT,
    CommandState.NEEDS_INPUT: templates.Kind.NEEDS_INPUT,
    CommandState.INTERRUPTED: templates.Kind.INTERRUPTED,
}


class Finisher:
    """Carries out conclusions: reads the command, decides, writes, hands the reply on."""

    def __init__(
        self,
        *,
        tables: tables.Tables,
        commands: command_records.Commands,
        sessions: sessions.Sessions,
        outbox: outbox_records.Outbox,
        writer: ReplyWriter,
        send_reply: Callable[[Reply], None],
        accepted_due: float,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        emit: Emit,
    ) -> None:
        self._tables = tables
        self._commands = commands
        self._sessions = sessions
        self._outbox = outbox
        self._writer = writer
        self._send_reply = send_reply
        self._accepted_due = accepted_due
        self._now = now
        self._sleep = sleep
        self._emit = emit

    async def finish(self, result: wire.ResultMessage, *, unconfirmed: bool = False) -> tuple[Finish, Command | None]:
        """Write the final result of a command; any replica may, for the record correlates.

        `unconfirmed`: the command was to be stopped and its container never said so. Shielded from cancellation once begun: it is the
        one write that a shutdown lets end. Raises `errors.Transient`.
        """
        return await asyncio.shield(asyncio.ensure_future(self._finish(result, unconfirmed)))

    async def _finish(self, result: wire.ResultMessage, unconfirmed: bool) -> tuple[Finish, Command | None]:
        for attempt in range(_TRIES):
            command = await self._commands.get(result.command_id)
            if command is None:
                return Finish.UNKNOWN, None
            if command.state.terminal or command.attempt > result.attempt:
                return Finish.DUPLICATE, command
            decided = conclusion.conclude(command, result)
            try:
                if decided.rerun:
                    return Finish.RERUN, await self._rerun(command, result)
                return Finish.FINISHED, await self._conclude(command, result, decided.state, unconfirmed)
            except (errors.ConditionFailed, errors.TransactionBusy):
                await self._sleep(0.02 * 2**attempt)
        raise errors.TransactionBusy(f"command {result.command_id} stayed contended")

    async def _rerun(self, command: Command, result: wire.ResultMessage) -> Command:
        now = self._now()
        reason = result.interrupt_reason or InterruptReason.SYSTEM_SHUTDOWN
        detail = f"attempt {command.attempt} cut short: {reason.value}"
        context = wire.CommandContext.model_validate_json(command.context)
        previous = wire.Previous(
            command_id=command.command_id,
            instruction=command.instruction[:2000],
            reason=reason,
            commit=result.git_commit,
        )
        changed = await self._commands.update(
            self._commands.change(
                command,
                {
                    "state": CommandState.ACCEPTED.value,
                    "attempt": command.attempt + 1,
                    "claim_token": None,
                    "claimed_gen": None,
                    "orphaned_at": None,
                    "context": context.model_copy(update={"previous": previous}).model_dump_json(by_alias=True),
                    "history": [e.model_dump() for e in command.with_history(now, "cut short", detail)],
                    "due": now + self._accepted_due,
                    "due_shard": ids.due_shard(command.command_id),
                },
                states=frozenset({CommandState.RUNNING}),
            )
        )
        self._say("command.rerun", f"{detail}; it runs again", changed)
        return changed

    async def _conclude(
        self, command: Command, result: wire.ResultMessage, state: CommandState, unconfirmed: bool
    ) -> Command:
        now = self._now()
        kind = _KINDS[state]
        if state is CommandState.INTERRUPTED and unconfirmed:
            kind = templates.Kind.INTERRUPT_UNCONFIRMED
        if state is CommandState.SUCCEEDED and not result.files_changed and not result.git_commit:
            kind = templates.Kind.NOTHING_CHANGED
        reply = self._writer.final(command, kind, await self._facts(command, result))
        stored = result.model_copy(
            update={"summary": result.summary[:20_000], "files_changed": result.files_changed[:500]}
        )
        changes: dict[str, Any] = {
            "state": state.value,
            "finished_at": now,
            "result": stored.encode(),
            "history": [e.model_dump() for e in command.with_history(now, state.value, result.error or "")],
            "expires_at": int(now + limits.KEEP_SECONDS),
        }
        alias = alias_of(reply, now=now)
        writes: list[tables.Write] = [
            self._commands.finish(command, changes, attempt=result.attempt),
            self._outbox.add(reply),
            *([self._sessions.alias(alias)] if alias else []),
        ]
        if result.agent_session_id:
            writes.append(self._sessions.remember_agent(command.session_id, result.agent_session_id))
        try:
            await self._tables.transact(writes)
        except errors.ConditionFailed:
            # Perhaps our own write, whose answer was lost: then this very reply stands in the outbox, and its lease is ours.
            stands = await self._outbox.get(reply.reply_id)
            if stands is None or stands.raw != reply.raw or stands.created_at != reply.created_at:
                raise
        self._send_reply(reply)
        done = command.model_copy(update={"state": state, "finished_at": now, "result": changes["result"], "due": None})
        self._say(f"command.{state.value}", _sentence(state, result), done)
        return done

    async def _facts(self, command: Command, result: wire.ResultMessage) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "instruction": first_line(command.instruction),
            "summary": result.summary,
            "files_changed": list(result.files_changed),
            "diffstat": result.diffstat,
            "commit": result.git_commit[:10] if result.git_commit else None,
            "branch": result.branch,
            "pushed": result.pushed,
            "duration": result.duration_seconds,
            "cost": result.cost_usd,
            "preview_url": result.preview_url,
            "policy": command.policy.value,
            "error": result.error,
            "hint": result.hint,
            "question": result.needs_input,
            "restarts": command.attempt - 1,
            "attempt": command.attempt,
            "never_started": result.never_started,
        }
        if result.interrupted or result.timed_out:
            facts["reason"] = command.interruption.reason if command.interruption else result.interrupt_reason
            by = command.interruption.interrupted_by if command.interruption else result.interrupted_by
            newer = await self._commands.get(by) if by else None
            facts["stopped_by"] = first_line(newer.instruction) if newer else ""
        if command.supersedes:
            facts["superseded"] = await self._superseded(command.supersedes)
        return facts

    async def _superseded(self, command_id: str) -> dict[str, Any]:
        """What this command stopped, and where its work is."""
        older = await self._commands.get(command_id)
        if older is None:
            return {}
        told: dict[str, Any] = {"instruction": first_line(older.instruction)}
        result = wire.read_output(older.result) if older.result else None
        if isinstance(result, wire.ResultMessage):
            told |= {
                "branch": result.branch,
                "commit": result.git_commit[:10] if result.git_commit else None,
                "pushed": result.pushed,
                "never_started": result.never_started,
            }
        return told

    def _say(self, name: str, text: str, command: Command) -> None:
        facts = {"command_id": command.command_id, "session_id": command.session_id, "attempt": command.attempt}
        self._emit(Event(name, self._now(), text, facts))


def _sentence(state: CommandState, result: wire.ResultMessage) -> str:
    commit = f"; commit {result.git_commit[:10]} on {result.branch}" if result.git_commit else ""
    saved = "; its work is kept" if result.git_commit else ""
    match state:
        case CommandState.SUCCEEDED:
            return f"done, {len(result.files_changed)} file(s) changed{commit}"
        case CommandState.INTERRUPTED | CommandState.TIMED_OUT:
            return f"stopped{saved}{commit}"
        case _:
            return f"{state.value}{commit}"
