"""Whether this worker may run a command. The record decides; a message is only a hint."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hermes import errors
from hermes.aws.records.commands import CLAIM_GIVES_WAY, Commands
from hermes.aws.records.preemptions import Preemptions
from hermes.aws.records.sessions import Sessions
from hermes.domain import lifecycle, wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions.preemption import Preemption
from hermes.domain.env import Env
from hermes.domain.interrupts import InterruptReason
from hermes.worker.journal import Journal

Stop = tuple[InterruptReason, str, str | None]
"""Reason, words, and the command that caused it."""


class ClaimVerdict(enum.Enum):
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

    verdict: ClaimVerdict
    record: Command | None = None
    result: wire.ResultMessage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecords:
    """What decides whether a command may run, and may go on."""

    commands: Commands
    sessions: Sessions
    preemptions: Preemptions


class Claims:
    """What one process of one generation may run and has begun: claimed in the records, and noted in the journal on its disk."""

    def __init__(
        self,
        *,
        records: ClaimRecords,
        journal: Journal,
        key: str | None = None,
        gen: int,
        timing: lifecycle.Timing,
        env: Env,
    ) -> None:
        self._records = records
        self._commands = records.commands
        self.journal = journal
        """What was begun here."""
        self._key = key
        self._gen = gen
        self._token = env.new_id()
        self._timing = timing
        self._now = env.now

    async def claim(self, message: wire.CommandMessage) -> Claim:
        """Try to claim it. Raises `errors.Transient`."""
        entry = self.journal.find(message.command_id, message.attempt)
        if entry is not None and entry.result is not None:
            return Claim(ClaimVerdict.REPORTED, result=entry.result)
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
            current = await self._commands.get(message.command_id)
            return Claim(self._why_not(current, message, failed), current)
        return Claim(ClaimVerdict.RUN, record)

    def begin(self, message: wire.CommandMessage) -> None:
        """Note that it is about to run."""
        self.journal.begin(message, gen=self._gen)

    async def against(self, message: wire.CommandMessage) -> Stop | None:
        """What the records say against a command that runs here. Raises `errors.Transient`."""
        record = await self._commands.get(message.command_id)
        session = await self._records.sessions.get(message.session_id)
        first = await self._records.preemptions.over(record) if record is not None else None
        if record is not None and record.claimed_gen is None and record.attempt == message.attempt:
            return None  # not claimed yet
        return stopped_by_record(record, message, session.interrupt_upto if session is not None else 0, first)

    def _why_not(
        self, current: Command | None, message: wire.CommandMessage, failed: errors.ConditionFailed
    ) -> ClaimVerdict:
        if current is None or not current.fits(key=self._key, nonce=message.nonce):
            return ClaimVerdict.UNKNOWN
        if current.state.terminal or current.attempt != message.attempt:
            return ClaimVerdict.DROP
        if current.claimed_gen is None and set(failed.items) == {CLAIM_GIVES_WAY}:
            return ClaimVerdict.GIVES_WAY
        if current.claimed_gen is None:
            return ClaimVerdict.NEVER_STARTED  # open and unclaimed: only an interrupt can have been in the way
        return ClaimVerdict.SALVAGE if current.claimed_gen == self._gen else ClaimVerdict.DROP


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
) -> Stop | None:
    """What the records say against a command that runs here; None if it may go on.

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
