"""May this worker run this command? The record decides; a message is only a hint."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from hermes import errors
from hermes.aws.records.commands import CLAIM_GIVES_WAY, Commands
from hermes.domain import lifecycle, wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions.preemption import Preemption
from hermes.domain.interrupts import InterruptReason
from hermes.worker.journal import Journal


class Verdict(enum.Enum):
    """What to do with a command message."""

    RUN = enum.auto()
    """Claimed: it is ours to run, once."""
    NEVER_STARTED = enum.auto()
    """Interrupted before it began: report that."""
    GIVES_WAY = enum.auto()
    """A newer mail of another thread comes first: delete the message; the gateway sends another when that is done."""
    SALVAGE = enum.auto()
    """Claimed under this generation by a process of this task that is gone: save what it left, report that it may run again."""
    REPORTED = enum.auto()
    """Run before, and its report is in the journal: send it again."""
    DROP = enum.auto()
    """Over, superseded by a later attempt, or another's to settle: delete the message."""
    UNKNOWN = enum.auto()
    """No record knows it: park it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The verdict, with what it rests on."""

    verdict: Verdict
    record: Command | None = None
    result: wire.ResultMessage | None = None


class Claims:
    """Claims commands for one process of one generation; `token` is that process's."""

    def __init__(
        self,
        *,
        commands: Commands,
        journal: Journal,
        key: str | None = None,
        gen: int,
        token: str,
        timing: lifecycle.Timing,
        now: Callable[[], float],
    ) -> None:
        self._commands = commands
        self._journal = journal
        self._key = key
        self._gen = gen
        self._token = token
        self._timing = timing
        self._now = now

    async def claim(self, message: wire.CommandMessage) -> Claim:
        """Try to claim it. Raises `errors.Transient`."""
        entry = self._journal.find(message.command_id, message.attempt)
        if entry is not None and entry.result is not None:
            return Claim(Verdict.REPORTED, result=entry.result)
        try:
            record = await self._commands.claim(
                message.command_id,
                attempt=message.attempt,
                gen=self._gen,
                token=self._token,
                now=self._now(),
                key=self._key,
                nonce=message.nonce,
                timing=self._timing,
            )
        except errors.ConditionFailed as failed:
            stands = await self._commands.get(message.command_id)
            return Claim(self._why_not(stands, message, failed), stands)
        return Claim(Verdict.RUN, record)

    def _why_not(self, stands: Command | None, message: wire.CommandMessage, failed: errors.ConditionFailed) -> Verdict:
        if stands is None or not stands.fits(key=self._key, nonce=message.nonce):
            return Verdict.UNKNOWN
        if stands.state.terminal or stands.attempt != message.attempt:
            return Verdict.DROP
        if stands.claimed_gen is None and set(failed.items) == {CLAIM_GIVES_WAY}:
            return Verdict.GIVES_WAY
        if stands.claimed_gen is None:
            return Verdict.NEVER_STARTED  # open and unclaimed: only an interrupt can have been in the way
        return Verdict.SALVAGE if stands.claimed_gen == self._gen else Verdict.DROP


def never_started(
    message: wire.CommandMessage, record: Command | None, heard: wire.InterruptMessage | None
) -> wire.ResultMessage:
    """The report of a command that was interrupted before it began."""
    known = record.interruption if record is not None else None
    if known is not None:
        reason, by = known.reason, known.interrupted_by
    elif heard is not None:
        reason, by = heard.reason, heard.interrupted_by
    else:
        reason, by = InterruptReason.PRIORITY_OVERRIDE, None
    return wire.ResultMessage(
        command_id=message.command_id,
        attempt=message.attempt,
        nonce=message.nonce or (record.nonce if record is not None else None),
        success=False,
        interrupted=True,
        interrupt_reason=reason,
        interrupted_by=by,
        never_started=True,
        traceparent=message.traceparent,
    )


def stopped_by_record(
    record: Command | None, message: wire.CommandMessage, interrupt_upto: int, first: Preemption | None = None
) -> tuple[InterruptReason, str, str | None] | None:
    """What the records say against a command that runs here: reason, words, and who caused it; None if it may go on.

    `first` is what it gives way to.
    """
    if record is None:
        return None
    if record.attempt != message.attempt or record.state.terminal:
        return InterruptReason.CUSTOM, "It was settled elsewhere while it ran.", None
    if record.state is CommandState.INTERRUPTING or interrupt_upto > message.seq:
        known = record.interruption
        if known is None:
            return InterruptReason.PRIORITY_OVERRIDE, "", None
        return known.reason, known.message, known.interrupted_by
    if first is not None:
        return InterruptReason.PRIORITY_OVERRIDE, "", first.by_command
    return None
